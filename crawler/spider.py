"""The spider: due pages in, visits out; politely, and never more of them in memory than are under way."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urljoin

import scrapy
from scrapy.http import Response

from config.site import Site
from crawler.core.pace import PATIENT, Haste
from crawler.core.traps import Novelty, is_fertile
from crawler.core.visit import Found, Visit
from crawler.download.failures import Abandoned, FailureKind, failure_kind
from crawler.download.slots import abandon_waiting
from crawler.lessons import Lessons
from crawler.log import about
from crawler.pipelines import Brought, Recorder
from crawler.reader import Reader
from storage.records import Page, PageKind, PageState, Settlement
from storage.said import Said

log = logging.getLogger(__name__)

MAX_HOPS = 20  # redirects of one page, to other forms of its own address
SOON = 5.0  # seconds: a page due within them belongs to this run


class Source(Protocol):
    """Where due pages come from."""

    async def claim(self, limit: int) -> list[Page]: ...

    async def next_due(self) -> datetime | None: ...


@dataclass(frozen=True, kw_only=True)
class Job:
    """What one spider is to do."""

    site: Site
    source: Source
    recorder: Recorder
    reader: Reader
    clock: Callable[[], datetime]
    max_pages: int | None
    told: Callable[[Brought, Settlement], None]  # progress: a visit is committed
    novelty: Novelty
    probes: tuple[str, ...] = ()  # addresses that can't exist: how the site says "not found"
    haste: Haste = PATIENT
    lessons: Lessons | None = None  # null where there is no template to be learnt


class SiteSpider(scrapy.Spider):
    """Visits one site's due pages until none is due, or ``max_pages`` requests were made."""

    name = "letapis"

    def __init__(self, job: Job, **options: Any) -> None:
        super().__init__(**options)
        self.job = job
        self.asked = 0  # requests begun
        self.asking = 0  # without an answer yet
        self.under_way = 0  # begun and not committed
        self.drained = False  # nothing was left that is due
        self.failures: list[BaseException] = []  # our own errors: the run has failed
        self._moved = asyncio.Event()
        self._stopping = asyncio.Event()
        self._passing: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        """Begins nothing more: what waits is left for the next run, what is on its way is still recorded."""
        self._stopping.set()
        self._moved.set()
        abandon_waiting(self.crawler)

    async def start(self) -> AsyncIterator[Any]:
        probes = self.job.probes
        while not self._ended():
            pages = await self.job.source.claim(self._room())
            if pages and probes:  # a run that has nothing to visit asks nothing at all
                for url in probes:
                    self.asking += 1
                    yield scrapy.Request(url, callback=self.probed, errback=self.not_probed, dont_filter=True)
                await self._until(lambda: self.asking == 0)
                probes = ()
            for page in pages:
                refusal = self.job.novelty.refusal(page.url) if page.state is PageState.NEW else None
                if refusal is None:
                    yield self._begin(page)
                else:
                    await self._pass_over(page, refusal)
            if pages:
                await self._until(lambda: self.asking < self._width())
            elif self.under_way:
                self._wait_for_answers()
                await self._progress()
            elif not await self._soon():
                self.drained = True
                return
        while self.under_way:
            self._wait_for_answers()
            await self._progress()
            if self._stopping.is_set():
                abandon_waiting(self.crawler)  # requests that had not reached their host's line yet

    def _ended(self) -> bool:
        return self._full() or bool(self.failures) or self._stopping.is_set()

    def _width(self) -> int:
        return 2 * self.job.site.policy.concurrency

    def _room(self) -> int:
        left = self._width() if self.job.max_pages is None else min(self._width(), self.job.max_pages - self.asked)
        return max(1, left)

    def _full(self) -> bool:
        return self.job.max_pages is not None and self.asked >= self.job.max_pages

    def _wait_for_answers(self) -> None:
        if self.asking == 0:
            self.job.recorder.hurry()

    async def _soon(self) -> bool:
        """Waits for a page that is due within a few seconds; false when there is none."""
        due = await self.job.source.next_due()
        if due is None or due > self.job.clock() + timedelta(seconds=SOON):
            return False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, (due - self.job.clock()).total_seconds())):
                await self._stopping.wait()
        return True

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not holds() and not self._stopping.is_set():
            await self._progress()

    async def _progress(self) -> None:
        self._moved.clear()
        await self._moved.wait()

    async def _pass_over(self, page: Page, refusal: str) -> None:
        """Not asked, and said so: the pattern is a trap, or its budget is spent."""
        self.under_way += 1
        visit = self.job.reader.failed(page, refusal, found=Found.PASSED)
        task = asyncio.create_task(self.record(Brought(visit=visit, exchange=None)))
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)

    def _begin(self, page: Page) -> scrapy.Request:
        self.asked += 1
        self.asking += 1
        self.under_way += 1
        return self._request(page, page.address, hops=0)

    def _request(self, page: Page, address: str, *, hops: int) -> scrapy.Request:
        meta: dict[str, Any] = {"hops": hops}
        if self._conditional(page) and hops == 0:
            meta |= {"etag": page.etag, "last_modified": page.last_modified, "conditional": True}
        return scrapy.Request(
            address,
            callback=self.answered,
            errback=self.unanswered,
            cb_kwargs={"page": page},
            meta=meta,
            dont_filter=True,
        )

    def _conditional(self, page: Page) -> bool:
        """A 304 is a hint: it is asked for only where the profile trusts it, and only for so long."""
        policy = self.job.site.policy
        if page.kind is PageKind.FEED:
            return False  # what it says has to be read each time
        if page.body_digest is None or page.unconditional_at is None or not (page.etag or page.last_modified):
            return False
        trusted = policy.conditional == "all" or (policy.conditional == "documents" and page.kind is PageKind.DOCUMENT)
        return trusted and self.job.clock() - page.unconditional_at < timedelta(seconds=policy.unconditional_after)

    async def answered(self, response: Response, page: Page) -> AsyncIterator[Any]:
        async for out in self._guarded(page, lambda: self._read(response, page)):
            yield out
            if isinstance(out, Brought) and (again := self._once_more(out.visit)):
                yield again

    def _once_more(self, visit: Visit) -> scrapy.Request | None:
        """Some pages of a site without a profile are fetched twice: what differs then is noise, not text."""
        if self.job.lessons is None or not self.job.lessons.take(visit) or self._stopping.is_set():
            return None
        self.asking += 1
        return scrapy.Request(
            visit.address,
            callback=self.compared,
            errback=self.not_compared,
            cb_kwargs={"visit": visit},
            dont_filter=True,
        )

    async def compared(self, response: Response, visit: Visit) -> None:
        """Learns from the second fetch; it is no visit, and nothing of it is kept."""
        try:
            seen = await self.job.reader.sighted(response)
            if seen is not None and visit.sighting is not None and self.job.lessons is not None:
                self.job.lessons.compare(visit.page.url, visit.sighting, seen)
        finally:
            self.asking -= 1
            self._moved.set()

    async def not_compared(self, failure: Any) -> None:
        log.info("no answer to a second fetch: %s", failure_kind(failure.value).message)
        self.asking -= 1
        self._moved.set()

    async def _read(self, response: Response, page: Page) -> Any:
        visit = await self.job.reader.read(response, page)
        hops = response.meta["hops"]
        if visit.found is Found.REDIRECT and visit.target == page.url:
            if hops >= MAX_HOPS:
                return Brought(
                    visit=self.job.reader.failed(page, Said("redirects in a circle"), found=Found.FAILED), exchange=None
                )
            location = urljoin(response.url, visit.capture.redirect_to or "")
            return self._request(page, location, hops=hops + 1)
        return Brought(visit=visit, exchange=response.meta["exchange"], body=response.body)

    async def probed(self, response: Response) -> None:
        """Learns how the site answers for an address that can't exist."""
        try:
            await self.job.reader.learn_missing(response)
        finally:
            self.asking -= 1
            self._moved.set()

    async def not_probed(self, failure: Any) -> None:
        log.info("no answer to a probe: %s", failure_kind(failure.value).message)
        self.asking -= 1
        self._moved.set()

    async def unanswered(self, failure: Any) -> AsyncIterator[Any]:
        page = failure.request.cb_kwargs["page"]
        if isinstance(failure.value, Abandoned):
            self._left(page)
            return
        known = failure_kind(failure.value)
        if known.kind is FailureKind.OTHER:
            log.error("unexpected failure for %s", page.address, exc_info=failure.value)
        forbidden = known.kind in (FailureKind.ADDRESS_REFUSED, FailureKind.SCHEME) or (
            known.kind is FailureKind.ROBOTS and not known.transient
        )
        found = Found.FORBIDDEN if forbidden else Found.FAILED
        self.asking -= 1
        robots = forbidden and known.kind is FailureKind.ROBOTS
        visit = self.job.reader.failed(page, known.message, found=found, robots=robots)
        yield Brought(visit=visit, exchange=None)

    def _left(self, page: Page) -> None:
        """The run stops before this page was asked for: it stays due."""
        log.info("left for the next run: %s", page.url)
        self.asking -= 1
        self.under_way -= 1
        self._moved.set()

    async def _guarded(self, page: Page, work: Callable[[], Awaitable[Any]]) -> AsyncIterator[Any]:
        """An error of our own ends the run; the page is left as it was, to be claimed again."""
        try:
            with about(page=page.id):
                out = await work()
        except Exception as error:
            self._broken(error)
            return
        if not isinstance(out, scrapy.Request):
            self.asking -= 1
            self._moved.set()
        yield out

    def _broken(self, error: Exception) -> None:
        log.error("an error of our own", exc_info=error)
        self.failures.append(error)
        self.asking -= 1
        self.under_way -= 1
        self._moved.set()

    async def record(self, brought: Brought) -> None:
        """Called by the pipeline: returns when the visit is committed."""
        try:
            settlement = await self.job.recorder.put(brought)
        except Exception as error:
            self.failures.append(error)
            log.error("a visit could not be recorded", exc_info=error)
        else:
            if settlement.captures:
                self._learn(brought, settlement)
                if self.job.lessons is not None:
                    self.job.lessons.settled(brought.visit, settlement)
                self.job.told(brought, settlement)
        finally:
            self.under_way -= 1
            self._moved.set()

    def _learn(self, brought: Brought, settlement: Settlement) -> None:
        """What a first visit brought tells whether pages like it are worth asking."""
        visit = brought.visit
        if visit.page.state is not PageState.NEW or visit.found in (Found.FORBIDDEN, Found.FAILED, Found.BLOCKED):
            return
        lists = visit.page.kind in (PageKind.LISTING, PageKind.FEED)
        links = [found.url for found in visit.discoveries]
        fertile = is_fertile(visit.page.url, new_text=bool(settlement.versions), new_links=links, is_list=lists)
        self.job.novelty.visited(visit.page.url, fertile=fertile)
