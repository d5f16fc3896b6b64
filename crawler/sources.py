"""Where a spider's pages come from: what is due, or one page and where it leads."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from config.site import Site
from crawler.core.settle.doubt import is_asked_again
from crawler.core.visit import Found
from crawler.tally import Tally
from storage.archive import Archive
from storage.records import Page

Ask = Callable[..., Awaitable[Any]]


class Due:
    """Due pages from the archive; ``ask`` calls it off the event loop."""

    def __init__(self, archive: Archive, site: str, *, ask: Ask, now: Callable[[], datetime]) -> None:
        self._archive = archive
        self._site = site
        self._ask = ask
        self._now = now

    async def claim(self, limit: int) -> list[Page]:
        pages: list[Page] = await self._ask(self._archive.claim_due, self._site, self._now(), limit)
        return pages

    async def next_due(self) -> datetime | None:
        due: datetime | None = await self._ask(self._archive.next_due, self._site)
        return due


class Chase:
    """One page, then the page that it was redirected to."""

    def __init__(self, archive: Archive, site: Site, page: Page, tally: Tally) -> None:
        self._archive = archive
        self._site = site
        self._next: Page | None = page
        self._asked = {page.id}
        self._confirmed = False  # the second look was taken
        self._tally = tally

    async def claim(self, limit: int) -> list[Page]:
        page, self._next = self._next, None
        return [page] if page else self._once_more() or self._after_redirect()

    def _once_more(self) -> list[Page]:
        """The page again, once, when what it brought has to be confirmed."""
        last = self._tally.last
        if self._confirmed or last is None or not is_asked_again(last[0].visit, last[1]):
            return []
        self._confirmed = True
        page = self._archive.page(self._site.key, last[0].visit.page.url)
        return [page] if page else []

    def _after_redirect(self) -> list[Page]:
        last = self._tally.last
        if last is None or last[0].visit.found is not Found.REDIRECT or last[0].visit.target is None:
            return []
        target = self._archive.page(self._site.key, last[0].visit.target)
        if target is None or target.id in self._asked:
            return []
        self._asked.add(target.id)
        return [target]

    async def next_due(self) -> datetime | None:
        return None
