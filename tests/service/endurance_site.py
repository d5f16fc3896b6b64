"""The site of the endurance run: the replica, with what truly happened on it, and every request as it came in."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from time import monotonic

from tests.hostile.arrivals import note_arrivals
from tests.site import Event, Replica, Truth
from tests.site.script import Step, event_of
from tests.site.server import Fault

FAILING = "/ru/kontakty"
ADDED = (  # appended to articles one by one; "услуга" stands in half of them, never in that form
    "С понедельника услугами отделения № {n} пользуются и жители посёлка.",
    "Очередь на осмотр вышки № {n} передвинута на вечер.",
    "Перечень из {n} услуг обновлён.",
    "Собрание бригады № {n} перенесено.",
)


@dataclass(frozen=True, kw_only=True)
class Happening:
    """Something that truly happened, with all the words that it touched."""

    name: str
    kind: str
    url: str
    words: str
    at: float  # monotonic

    @property
    def named(self) -> tuple[str, str]:
        return self.kind, self.url


@dataclass(kw_only=True)
class Watched:
    """The replica; ``arrivals``: when each request came in (monotonic)."""

    replica: Replica
    arrivals: list[float] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    blocking: bool = False

    def __post_init__(self) -> None:
        server = self.replica._server
        ordinary = server.fault
        self._steps = dict(self.replica._steps)
        self._steps |= {step.name: step for step in self._more()}

        def watched(target: str) -> Fault | None:
            return Fault(403, None, 0, False) if self.blocking else ordinary(target)

        server.fault = watched  # type: ignore[method-assign]
        note_arrivals(server, self.arrivals)

    def _more(self) -> Iterator[Step]:
        """Another paragraph for each article that the script leaves alone."""
        world, scripted = self.replica._world, {step.node for step in self._steps.values()}
        nodes = [node for node in world.nodes.values() if node.kind == "news" and node.live and not node.translations]
        for n, node in enumerate(nodes):
            if node.nid not in scripted and not node.orphan and not node.feed_only and node.wording.language == "ru":
                text = ADDED[n % len(ADDED)].format(n=n + 2)
                yield Step(name=f"more-{node.nid}", node=node.nid, note=text, what=("text",), append=text)

    @property
    def names(self) -> list[str]:
        """All that can happen, the script's events first."""
        return list(self._steps)

    def happen(self, name: str) -> None:
        """Makes it happen and notes which words it touched."""
        step, before = self._steps[name], self._pages()
        event = event_of(step, self.replica._world, self.replica.url)
        with self.replica._lock:
            self.replica._take([step])
        at = monotonic()
        words = touched(event, before, self._pages())
        self.happenings.append(Happening(name=name, kind=event.kind, url=event.url, words=words, at=at))

    def _pages(self) -> dict[str, Truth]:
        return {truth.url: truth for truth in self.replica.truth()}

    def fail(self, path: str, status: int | None) -> None:
        """The page answers with that status from now on; null: as it should."""
        if status is None:
            self.replica._server.faults.pop(path, None)
        else:
            self.replica.fail(path, status=status)

    def gaps(self) -> list[float]:
        """Seconds between requests, the shortest first."""
        return sorted(after - before for before, after in pairwise(sorted(self.arrivals)))


@contextmanager
def watched(seed: int) -> Iterator[Watched]:
    with Replica(seed=seed) as replica:
        yield Watched(replica=replica)


def touched(event: Event, before: dict[str, Truth], after: dict[str, Truth]) -> str:
    """Of an edit the paragraphs, titles and names that differ; of any other event the whole page."""
    was, now = before.get(event.url), after.get(event.moved_to or event.url)
    if event.kind != "edited" or was is None or now is None:
        shown = now or was
        assert shown is not None
        return f"{shown.title}\n{shown.text}"
    differing = set(_parts(was)) ^ set(_parts(now))
    return "\n".join(sorted(differing))


def _parts(page: Truth) -> list[str]:
    named = [*page.links, *page.images, *page.attachments]
    return [page.title, *page.text.split("\n\n"), *(text for _, text in named if text)]


def says(words: str, pattern: str) -> bool:
    return bool(re.search(pattern, words, re.IGNORECASE))
