"""Where a spider's pages come from: what is due, or one page and where it leads."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from config.site import Site
from crawler.core.scope import ARTICLE
from crawler.core.settle.doubt import is_asked_again
from crawler.core.visit import Found
from crawler.steering import Steering
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


class Budgeted(Due):
    """As Due, as far as the budget reaches; what it has left goes to pages that may come early.

    Pages that are gone or failing are not paid from the budget. Early pages come when all that is due is recorded:
    what they would take is not needed for anything that a list has just brought.
    """

    def __init__(
        self, archive: Archive, site: str, *, ask: Ask, now: Callable[[], datetime], steering: Steering
    ) -> None:
        super().__init__(archive, site, ask=ask, now=now)
        self._steering = steering
        self._early = False

    async def claim(self, limit: int) -> list[Page]:
        room = min(limit, self._steering.left)
        pages = await self._due(room) if room > 0 else await self._on_ladder(limit)
        if not pages and room > 0 and self._early:
            pages = await self._ask(self._archive.claim_early, self._site, self._now(), room)
        self._steering.claimed(pages)
        return pages

    async def _due(self, room: int) -> list[Page]:
        return await super().claim(room)

    async def _on_ladder(self, limit: int) -> list[Page]:
        pages: list[Page] = await self._ask(self._archive.claim_ladder, self._site, self._now(), limit)
        return pages

    async def next_due(self) -> datetime | None:
        if self._steering.left <= 0:
            return None
        if await self._ask(self._archive.may_come_early, self._site, self._now()):
            self._early = True
            return self._now()
        return await super().next_due()


class Watch(Budgeted):
    """Feeds and first pages of lists that are due, then what they have made due; within the budget."""

    def __init__(
        self,
        archive: Archive,
        site: str,
        *,
        ask: Ask,
        now: Callable[[], datetime],
        steering: Steering,
        tally: Tally,
    ) -> None:
        super().__init__(archive, site, ask=ask, now=now, steering=steering)
        self._tally = tally
        tally.minds_due = True

    async def _due(self, room: int) -> list[Page]:
        now = self._now()
        pages: list[Page] = await self._ask(lambda: self._archive.claim_due(self._site, now, room, below=ARTICLE))
        return pages or await self._made_due(now, room)

    async def _made_due(self, now: datetime, room: int) -> list[Page]:
        """Pages that nobody has visited yet, and those that a feed says were modified, a handful at a time."""
        found, hinted = self._tally.made_due()
        new: set[int] = await self._ask(self._archive.never_visited, self._site, found)
        waiting = sorted(new | hinted)
        pages: list[Page] = await self._ask(self._archive.claim_these, waiting[:room], now)
        self._tally.keep_due(waiting[room:])
        return pages

    async def _on_ladder(self, limit: int) -> list[Page]:
        return []

    async def next_due(self) -> datetime | None:
        """Now while something waits: it was not there when the last claim was made."""
        return self._now() if self._steering.left > 0 and self._tally.waits() else None


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
