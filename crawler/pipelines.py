"""Visits into the archive, in batches, off the event loop: raw bytes first, then one transaction."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crawler.core.settle import settle
from crawler.core.settle.emptied import doubted
from crawler.core.visit import Found, Known, Terms, Visit
from crawler.download.handler import Exchange
from crawler.lookups import count_new_links, look_up
from crawler.opinions import Ask, with_opinions
from crawler.owing import owed_of
from crawler.rebase import ReadAgain, rebase
from storage import warc as stored
from storage.archive import Archive
from storage.records import Capture, Document, Settlement, Version
from storage.warc import WarcWriter

log = logging.getLogger(__name__)

BATCH = 100  # visits of one transaction
PATIENCE = 0.25  # seconds that a visit waits for others to share its transaction


@dataclass(frozen=True, kw_only=True)
class Brought:
    """One request's result on its way into the archive."""

    visit: Visit
    exchange: Exchange | None  # null when no answer came
    body: bytes | None = None  # decoded; null when no answer came


class Recorder:
    """Takes visits, settles them in batches and writes each batch in one transaction.

    A batch's raw bytes are on disk before its rows are: a row never points at bytes that a crash took.
    """

    def __init__(
        self,
        *,
        archive: Archive,
        warc: WarcWriter,
        terms: Callable[[], Terms],
        read_again: ReadAgain,
        opinion: Ask,
        clock: Callable[[], datetime],
    ) -> None:
        self._archive = archive
        self._warc = warc
        self._terms = terms
        self._read_again = read_again
        self._opinion = opinion
        self._clock = clock
        self._waiting: list[tuple[Brought, asyncio.Future[Settlement]]] = []
        self._wake = asyncio.Event()
        self._hurried = asyncio.Event()
        self._doubts: dict[int, Document] = {}  # first looks at edits that wait for a second one, by page id
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="archive")
        self._task: asyncio.Task[None] | None = None

    async def put(self, brought: Brought) -> Settlement:
        """Returns what was decided, once it is committed."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        future: asyncio.Future[Settlement] = asyncio.get_running_loop().create_future()
        self._waiting.append((brought, future))
        self._wake.set()
        if len(self._waiting) >= BATCH:
            self._hurried.set()
        return await future

    def hurry(self) -> None:
        """Nothing more is coming for now: don't wait for company."""
        self._hurried.set()

    async def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Asks the archive off the event loop, in turn with the batches."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)

    async def close(self) -> None:
        while self._waiting and self._task and not self._task.done():
            self.hurry()
            await asyncio.sleep(0)
            await asyncio.gather(*(future for _, future in self._waiting), return_exceptions=True)
        if self._task:
            self._task.cancel()
        self._thread.shutdown()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            await self._company()
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            if not self._waiting:
                self._wake.clear()
            await self._commit(batch)

    async def _company(self) -> None:
        if len(self._waiting) >= BATCH:
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hurried.wait(), PATIENCE)
        self._hurried.clear()

    async def _commit(self, batch: list[tuple[Brought, asyncio.Future[Settlement]]]) -> None:
        try:
            settlements = await self._settle([brought for brought, _ in batch])
        except Exception as error:
            for _, future in batch:
                future.set_exception(error)
            return
        for (_, future), settlement in zip(batch, settlements, strict=True):
            future.set_result(settlement)

    async def _settle(self, batch: list[Brought]) -> list[Settlement]:
        visits = await self.call(self._keep_bytes, batch)
        known: Known = await self.call(look_up, visits, self._archive)
        known.doubts = self._doubts
        visits = [doubted(visit, known) for visit in visits]
        visits = await with_opinions(visits, [brought.body for brought in batch], known, self._opinion)
        before = dict(known.latest)
        terms = self._terms()
        await rebase(visits, known, terms, read_again=self._read_again, call=self.call, archive=self._archive)
        settlements = [settle(visit, known, terms) for visit in visits]
        attachments = {v.page.id: v.attachments for v in visits if v.found is Found.DOCUMENT}
        await self.call(self._write, settlements, attachments, before, known)
        return settlements

    def _write(
        self,
        settlements: list[Settlement],
        attachments: dict[int, tuple[str, ...]],
        before: dict[int, Version],
        known: Known,
    ) -> None:
        owed = owed_of(self._archive, settlements, before, known, self._clock())
        self._archive.record(settlements, attachments=attachments, owed=owed)

    def _keep_bytes(self, batch: list[Brought]) -> list[Visit]:
        """Appends the exchanges to the WARC file, on disk when it returns; the visits with their places."""
        same = [one.visit.page.id for one in batch if one.visit.found is Found.SAME and one.visit.page.version]
        origins = self._archive.origins(same)
        visits = [self._kept(brought, origins.get(brought.visit.page.id)) for brought in batch]
        self._warc.sync()
        return count_new_links(visits, self._archive)

    def _kept(self, brought: Brought, origin: Capture | None) -> Visit:
        if brought.exchange is None:
            return brought.visit
        place = self._warc.write(as_stored(brought.exchange, brought.visit, origin))
        return replace(brought.visit, capture=replace(brought.visit.capture, warc=place))


def as_stored(exchange: Exchange, visit: Visit, origin: Capture | None) -> stored.Exchange:
    """The exchange as the WARC file keeps it: a 304, or the bytes of ``origin`` once more, as a revisit of that."""
    capture = visit.capture
    again = origin is not None and (visit.not_modified or origin.digest == capture.digest)
    return stored.Exchange(
        url=exchange.url,
        at=exchange.fetched_at,
        method=exchange.method,
        request_headers=_as_bytes(exchange.request_headers),
        status_line=f"{exchange.protocol} {exchange.status} {exchange.reason}".rstrip(),
        response_headers=_as_bytes(exchange.headers),
        body=exchange.body,
        ip=exchange.peer or None,
        payload_digest=capture.digest,
        revisit_of=_revisit(origin) if origin and again else None,
        truncated="length" if exchange.cut else None,
    )


def _revisit(origin: Capture) -> stored.RevisitOf | None:
    return stored.RevisitOf(place=origin.warc, url=origin.url, at=origin.fetched_at) if origin.warc else None


def _as_bytes(headers: Iterable[tuple[str, str]]) -> tuple[tuple[bytes, bytes], ...]:
    """Header bytes as they were on the wire: text was Latin-1 all along."""
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers)


class RecordPipeline:
    """Scrapy's end of the recorder: an item is done when it is committed."""

    def __init__(self, crawler: Any) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> "RecordPipeline":
        return cls(crawler)

    async def process_item(self, item: Brought) -> Brought:
        await self._crawler.spider.record(item)
        return item
