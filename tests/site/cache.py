"""Drupal's page cache: validators are the cache's build time, and any publication empties it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime

from tests.site.answers import Answer, packed

_OWN = {"Expires", "Cache-Control"}
_CACHED = (("Expires", "Sun, 19 Nov 1978 05:00:00 GMT"), ("Cache-Control", "public, max-age=0"), ("Vary", "Cookie"))


@dataclass(kw_only=True)
class PageCache:
    """Rendered pages by target. `flush` makes every later build at least a second younger than every earlier one."""

    now: Callable[[], datetime]
    floor: int = 0
    built: dict[str, Answer] = field(default_factory=dict)
    held: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)  # validators that outlive a flush

    def get(self, target: str, render: Callable[[], Answer]) -> Answer:
        """The cached page, rendered when it is not there; only good pages are kept."""
        if target in self.built:
            return self._marked(self.built[target], "HIT")
        answer = render()
        if answer.status != 200 or not answer.media_type.startswith(("text/html", "application/rss")):
            return answer
        validators = self.held.get(target) or self._validators()
        headers = tuple(pair for pair in answer.headers if pair[0] not in _OWN)
        self.built[target] = replace(answer, headers=(*headers, *_CACHED, *validators), packed=packed(answer.body))
        return self._marked(self.built[target], "MISS")

    def flush(self, stale: frozenset[str] = frozenset()) -> None:
        """A publication: every page gets new validators, but for these paths, saved behind the cache's back."""
        kept = self._validators_of(stale)
        self.floor = max(self.floor, int(self.now().timestamp())) + 1
        self.built.clear()
        self.held = kept

    def drop_silently(self, stale: frozenset[str]) -> None:
        """A save behind the cache's back alone: these pages are rendered anew and keep their validators."""
        self.held |= self._validators_of(stale)
        for target in self.held:
            self.built.pop(target, None)

    def _validators_of(self, paths: frozenset[str]) -> dict[str, tuple[tuple[str, str], ...]]:
        return {
            target: tuple(pair for pair in answer.headers if pair[0] in ("ETag", "Last-Modified"))
            for target, answer in self.built.items()
            if target.partition("?")[0].strip("/").removeprefix("ru/").removeprefix("be/").removeprefix("en/") in paths
        }

    def _validators(self) -> tuple[tuple[str, str], ...]:
        stamp = max(self.floor, int(self.now().timestamp()))
        modified = format_datetime(datetime.fromtimestamp(stamp, UTC), usegmt=True)
        return ("ETag", f'"{stamp}-1"'), ("Last-Modified", modified)

    @staticmethod
    def _marked(answer: Answer, word: str) -> Answer:
        return replace(answer, headers=(*answer.headers, ("X-Drupal-Cache", word)))
