"""The running service as the web pages see it."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from config.settings import Settings
from config.site import Site
from crawler.service.metrics import Metrics
from crawler.service.status import status
from storage.archive import Archive

Fetch = Callable[[str, str | None, str], Awaitable[dict[str, Any]]]


class Here:
    """What crawler.web.live.Live asks for."""

    def __init__(
        self,
        settings: Settings,
        sites: Mapping[str, Site],
        archive: Archive,
        metrics: Metrics,
        *,
        fetch: Fetch,
        held: Callable[[], bool],
        clock: Callable[[], datetime],
    ) -> None:
        self._settings, self._sites, self._archive, self._metrics = settings, sites, archive, metrics
        self._fetch, self._held, self._clock = fetch, held, clock
        self._since = clock()

    async def fetch(self, url: str, site: str | None, who: str) -> dict[str, Any]:
        """Fetches one URL now; the answer is that of ``letapis fetch --json``. ``who`` asks, for the log."""
        return await self._fetch(url, site, who)

    def metrics(self) -> bytes:
        """Prometheus' text form."""
        queues = self._archive.queues(self._clock())
        return self._metrics.text(
            due={key: queues[key][0] if key in queues else 0 for key in self._sites},
            deliveries={state.value: count for state, count in self._archive.outbox_counts().items()},
            problems=[problem.site for problem in self._archive.problems()],
            held=self._held(),
        )

    def status(self) -> dict[str, Any]:
        """What the service is doing, since when, and what it does next."""
        found = status(self._settings, self._sites, self._archive, self._clock())
        found["service"] |= {"since": self._since.isoformat()}
        return found
