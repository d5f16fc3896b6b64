"""Runs: crawl and fetch. The only place where archive, WARC, workers and spider are wired together."""

import asyncio
import logging
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from config.settings import Settings
from config.site import Site
from crawler.closing import tell_events
from crawler.core.canonical import EXTRACTOR_VERSION
from crawler.core.learnt import Learnt
from crawler.core.schedule_budget import multiplier
from crawler.core.scope import VARIANT, discovery
from crawler.core.settle.doubt import is_asked_again
from crawler.core.signs import Signs
from crawler.core.soft404 import probe_urls
from crawler.core.traps import Novelty
from crawler.core.upgrade import profile_version
from crawler.core.visit import Found, Terms
from crawler.lessons import Lessons, keep, known_of, learns, stamp, template_of
from crawler.middlewares import scrapy_settings
from crawler.opinions import ask_opinion
from crawler.pipelines import Brought, Recorder
from crawler.reader import Reader
from crawler.reextract import LOADED, reextract
from crawler.reread import reread, unprofiled
from crawler.spider import Job, SiteSpider, Source
from crawler.watch import keep_watch, watching
from crawler.workers import WorkerPool
from storage.archive import Archive
from storage.records import Change, Outcome, Page, PageState, Run, RunKind, RunState, Settlement
from storage.warc import WarcWriter

log = logging.getLogger(__name__)

Told = Callable[[Brought, Settlement], None]
SIGNALS = (signal.SIGINT, signal.SIGTERM)
GRACE = 5.0  # seconds that answers on their way get to arrive once a signal has said stop


def clock() -> datetime:
    return datetime.now(UTC)


@dataclass(kw_only=True)
class Tally:
    """What a run has done so far."""

    outcomes: Counter[str] = field(default_factory=Counter)
    changes: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)  # (URL, what went wrong)
    last: tuple[Brought, Settlement] | None = None
    signs: Signs = field(default_factory=Signs)

    @property
    def counts(self) -> dict[str, int]:
        return {**self.outcomes, "changes": self.changes}

    @property
    def tells_the_site(self) -> bool:
        """Enough has answered to say what is there; what a broken listing hides would be reported as new later."""
        failed = len(self.failures)
        well = self.outcomes.total() - failed
        return failed < well and failed <= max(3, well / 10)

    def take(self, brought: Brought, settlement: Settlement) -> None:
        capture = settlement.captures[-1]
        self.outcomes[capture.outcome.value] += 1
        self.changes += len(settlement.changes)
        self.last = (brought, settlement)
        self.signs.take(brought.visit, settlement)
        if capture.outcome in (Outcome.ERROR, Outcome.BLOCKED):
            self.failures.append((capture.url, capture.error or "failed"))


@dataclass(frozen=True, kw_only=True)
class Summary:
    """How a run ended."""

    run: Run
    tally: Tally
    changes: tuple[Change, ...]
    drained: bool  # nothing due was left
    interrupted: bool  # a signal ended it early


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """What the runs of one process share."""

    settings: Settings
    archive: Archive
    now: Callable[[], datetime] = clock


async def crawl(site: Site, wiring: Wiring, *, everything: bool, max_pages: int | None, told: Told) -> Summary:
    """Visits the site's due pages (``everything``: all it knows) and records what they brought.

    A crawl that was killed leaves nothing half done: the next one frees its leases and goes on.
    """
    archive, now = wiring.archive, wiring.now
    if not learns(site):  # what is learnt changes with each run: those pages are read again one by one, as they differ
        await reextract(site, wiring, dry_run=False, told=lambda looked, total: None)
    run = archive.begin_run(site.key, RunKind.CRAWL, now())
    archive.release_all(site.key)
    archive.discover([d for seed in site.seeds for d in seed_of(seed, site, now(), run)])
    if everything:
        archive.make_due(site.key, now())
    tally = Tally(signs=watching(wiring.archive, site))
    most = site.policy.max_pages if max_pages is None else max_pages
    with _ending(wiring, run, tally):
        async with _spider(site, wiring, run, tally, told, most=most) as (spider, perform):
            await perform(_Due(archive, site, spider))
    archive.release_all(site.key)
    summary = _closed(wiring, site, run, tally, spider)
    if learns(site) and run.baseline and summary.drained:  # its pages were read before the template was known
        await reextract(site, wiring, dry_run=False, told=lambda looked, total: None)
    return summary


async def fetch(page: Page, site: Site, wiring: Wiring, *, told: Told) -> Summary:
    """Visits one page now, and the page that it redirects to, the same way as every other visit."""
    run = wiring.archive.begin_run(site.key, RunKind.FETCH, wiring.now(), takeover=False)
    tally = Tally(signs=watching(wiring.archive, site))
    with _ending(wiring, run, tally):
        async with _spider(site, wiring, run, tally, told, most=20) as (spider, perform):
            await perform(_Chase(wiring.archive, site, page, tally))
    return _closed(wiring, site, run, tally, spider)


def seed_of(url: str, site: Site, now: datetime, run: Run | None) -> Iterable[Any]:
    """A seed, or any address given by hand, as pages to be."""
    return discovery(url, base=url, site=site, now=now, depth=0, found_on=None, baseline=run.baseline if run else True)


@contextmanager
def _ending(wiring: Wiring, run: Run, tally: Tally) -> Iterator[None]:
    """A run that breaks is marked as what it is before the error goes on."""
    try:
        yield
    except BaseException as error:
        state = RunState.FAILED if isinstance(error, Exception) else RunState.INTERRUPTED
        wiring.archive.finish_run(run.id, state, tally.counts, wiring.now(), error=repr(error))
        raise


@asynccontextmanager
async def _spider(
    site: Site, wiring: Wiring, run: Run, tally: Tally, told: Told, *, most: int
) -> AsyncIterator[tuple["_Holder", Callable[[Source], Any]]]:
    settings = wiring.settings
    limits = settings.workers
    warc = WarcWriter(settings.warc_folder, max_bytes=settings.warc.max_mb * 2**20, site=site.key, software=_software())
    holder = _Holder()
    template = template_of(site, wiring.archive)
    lessons = Lessons(known_of(site, wiring.archive)) if learns(site) and run.kind is RunKind.CRAWL else None
    async with WorkerPool(
        count=limits.count, seconds=limits.seconds, memory_mb=limits.memory_mb, imports=LOADED
    ) as pool:
        recorder = Recorder(
            archive=wiring.archive,
            warc=warc,
            terms=_terms(site, wiring, run, template),
            read_again=lambda capture, page, general: reread(
                capture,
                page,
                site=unprofiled(site) if general else site,
                folder=settings.warc_folder,
                pool=pool,
                learnt=template,
            ),
            opinion=lambda body, url, document: ask_opinion(pool, body, url, document),
            clock=wiring.now,
        )
        holder.recorder = recorder

        async def perform(source: Source) -> None:
            def both(brought: Brought, settlement: Settlement) -> None:
                tally.take(brought, settlement)
                told(brought, settlement)

            crawls = run.kind is RunKind.CRAWL
            unknown = wiring.archive.baseline_at(site.key) is None  # nothing that is found now was added
            reader = Reader(
                site=site,
                run_id=run.id,
                pool=pool,
                clock=wiring.now,
                baseline=unknown,
                learnt=template,
                sight=lessons is not None,
            )
            job = Job(
                site=site,
                source=source,
                recorder=recorder,
                reader=reader,
                clock=wiring.now,
                max_pages=most,
                told=both,
                lessons=lessons,
                novelty=_novelty(site, wiring.archive) if crawls else Novelty(site=site),
                probes=probe_urls(site, f"{run.id:x}{int(run.started_at.timestamp()):x}") if crawls else (),
            )
            holder.spider = await _run_spider(job, settings, holder)

        try:
            yield holder, perform
        finally:
            await recorder.close()
            warc.close()
            if lessons is not None:
                keep(lessons, site, wiring.archive)


@dataclass(kw_only=True)
class _Holder:
    """Fills while the wiring is made: recorder first, spider when it has run."""

    interrupted: bool = False

    recorder: Recorder | None = None
    spider: SiteSpider | None = None


async def _run_spider(job: Job, settings: Settings, holder: _Holder) -> SiteSpider:
    from scrapy.crawler import AsyncCrawlerRunner

    runner = AsyncCrawlerRunner(
        {
            **scrapy_settings(settings, job.site),
            "TWISTED_REACTOR_ENABLED": False,
            "ITEM_PIPELINES": {"crawler.pipelines.RecordPipeline": 100},
            "CONCURRENT_ITEMS": 1,  # an answer makes one visit; Scrapy starts so many tasks for each
            "SCRAPER_SLOT_MAX_ACTIVE_SIZE": 16 * 2**20,  # bytes of answers that wait for their batch's commit
        }
    )
    crawler = runner.create_crawler(SiteSpider)
    await _until_signalled(asyncio.ensure_future(runner.crawl(crawler, job=job)), crawler, holder)
    spider = crawler.spider
    if not isinstance(spider, SiteSpider):
        raise RuntimeError("the spider did not start; see the log")
    return spider


async def _until_signalled(crawling: asyncio.Future[Any], crawler: Any, holder: _Holder) -> None:
    """Waits for the crawl. The first signal lets what is on its way arrive, for a few seconds; the second does not."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if holder.interrupted or crawler.spider is None:
            crawling.cancel()
        else:
            crawler.spider.stop()
            loop.call_later(GRACE, crawling.cancel)
        holder.interrupted = True

    for number in SIGNALS:
        loop.add_signal_handler(number, stop)
    try:
        await crawling
    except asyncio.CancelledError:
        if not holder.interrupted:
            raise
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


def _novelty(site: Site, archive: Archive) -> Novelty:
    """The run's memory of patterns; what earlier runs have visited counts for the budgets."""
    novelty = Novelty(site=site)
    if site.scope.budgets:
        for page in archive.pages(site.key, states=[state for state in PageState if state is not PageState.NEW]):
            novelty.spend(page.url)
    return novelty


def _terms(site: Site, wiring: Wiring, run: Run, template: Learnt | None) -> Callable[[], Terms]:
    """What holds for a batch; the revisit multiplier is set once a run, from the rates known at its start."""
    factor = max(multiplier(1.0, wiring.archive.demand(site.key), site.policy.budget_per_day), 1e-3)
    version = stamp(profile_version(site), template)

    def terms() -> Terms:
        return Terms(
            run=run,
            policy=site.policy,
            now=wiring.now(),
            multiplier=factor,
            extractor_version=EXTRACTOR_VERSION,
            profile_version=version,
        )

    return terms


def _closed(wiring: Wiring, site: Site, run: Run, tally: Tally, holder: "_Holder") -> Summary:
    spider = holder.spider
    if spider is None:
        raise RuntimeError("the spider did not run")
    broken = spider.failures[0] if spider.failures else None
    drained = spider.drained and broken is None
    if run.kind is RunKind.CRAWL and run.baseline and tally.tells_the_site and _knows_all(wiring, site):
        wiring.archive.finish_baseline(site.key, wiring.now())
    state = RunState.FAILED if broken else RunState.INTERRUPTED if holder.interrupted else RunState.DONE
    wiring.archive.finish_run(run.id, state, tally.counts, wiring.now(), error=repr(broken) if broken else None)
    if broken:
        raise broken
    keep_watch(wiring.archive, site, tally.signs, sections=run.kind is RunKind.CRAWL, now=wiring.now())
    changes = tell_events(wiring.archive, run, visited=sum(tally.outcomes.values()))
    return Summary(run=run, tally=tally, changes=changes, drained=drained, interrupted=holder.interrupted)


def _knows_all(wiring: Wiring, site: Site) -> bool:
    """The baseline is whole when all that is left is likely duplicates: they are known, and will not be reported."""
    return wiring.archive.unvisited(site.key, wiring.now(), below=VARIANT) == 0


class _Due:
    """Due pages from the archive, asked off the event loop."""

    def __init__(self, archive: Archive, site: Site, holder: "_Holder") -> None:
        self._archive = archive
        self._site = site
        self._holder = holder

    async def claim(self, limit: int) -> list[Page]:
        pages: list[Page] = await self._ask(self._archive.claim_due, self._site.key, clock(), limit)
        return pages

    async def next_due(self) -> datetime | None:
        due: datetime | None = await self._ask(self._archive.next_due, self._site.key)
        return due

    async def _ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        if self._holder.recorder is None:
            raise RuntimeError("there is no recorder yet")
        return await self._holder.recorder.call(function, *arguments)


class _Chase:
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


def _software() -> str:
    from importlib.metadata import version

    return f"letapis/{version('letapis')}"
