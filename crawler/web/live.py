"""What the pages ask of the running service: fetch now, figures, how it goes. The service brings it, the web asks."""

from typing import Any, Protocol


class FetchRefused(Exception):
    """A fetch that is not done, and why: a private address, a site that is paused, too many at once."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status  # of HTTP, 4xx or 503


class Live(Protocol):
    """The service as the web sees it. Without one (null) pages can be read, but nothing can be fetched."""

    async def fetch(self, url: str, site: str | None, who: str) -> dict[str, Any]:
        """Fetches one URL now; the answer has the keys of ``letapis fetch --json``. Raises FetchRefused."""
        ...

    def metrics(self) -> bytes:
        """Figures in the text form of Prometheus."""
        ...

    def status(self) -> dict[str, Any]:
        """What the service is doing, and what it does next."""
        ...
