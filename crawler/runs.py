"""Runs: crawl and fetch. The only place where archive, WARC, workers and spider are wired together."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime

from config.settings import Settings
from config.site import Site
from crawler.alone import alone
from crawler.closing import tell_events
from crawler.core.canonical import EXTRACTOR_VERSION
from crawler.core.learnt import Learnt
from crawler.core.pace import PATIENT, Haste
from crawler.core.scope import VARIANT, discovery
from crawler.core.soft404 import probe_urls
from crawler.core.traps import Novelty
from crawler.core.upgrade import profile_version
from crawler.core.visit import Terms
from crawler.engine import Ended, run_spider
from crawler.hiding import hide_noise
from crawler.lessons import Lessons, keep, known_of, learns, stamp, template_of
from crawler.log import about
from crawler.opinions import ask_opinion
from crawler.pipelines import Brought, Recorder
from crawler.reader import Reader
from crawler.reextract import LOADED, reextract
from crawler.reread import reread, unprofiled
from crawler.search import bring_up_to_date
from crawler.sources import Budgeted, Chase, Due, Watch
from crawler.spider import Job, Source
from crawler.steering import Steering
from crawler.tally import Summary, Tally, Told
from crawler.watch import keep_watch, watching
from crawler.workers import Timed, WorkerPool
from storage.archive import Archive
from storage.records import Discovery, Page, PageState, Run, RunKind, RunState, Settlement
from storage.warc import WarcWriter

__all__ = ["Summary", "Tally", "Wiring", "clock", "crawl", "fetch", "seed_of", "workers"]

ON_DEMAND = Haste(patience=20.0)
INDEXED = 2_000  # versions that the end of a run takes into the text index; a search takes in the rest
MOST_HOPS = 20  # pages that one fetch may be sent on to


def clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """What the runs of one process share."""

    settings: Settings
    archive: Archive
    now: Callable[[], datetime] = clock
    haste: Haste = ON_DEMAND  # of fetches
    pool: WorkerPool | None = None  # kept warm by who has many runs; null: each run has its own


async def crawl(
    site: Site,
    wiring: Wiring,
    *,
    everything: bool,
    max_pages: int | None,
    told: Told,
    budgeted: bool = False,
    feeds_first: bool = False,
) -> Summary:
    """Visits the site's due pages (``everything``: all it knows) and records what they brought.

    ``budgeted``: a scheduled run, which has the requests that the site's budget allows since the last one; those that
    nothing is due for go to the earliest pages past half their interval. ``feeds_first``: only feeds and first pages
    of lists that are due, and what they make due: new pages, and known ones that a feed says were modified.

    The server is asked nothing when there is nothing to visit.

    A crawl that was killed leaves nothing half done: the next one frees its leases and goes on. Raises BeingCrawled
    while another process of this home folder crawls the site.
    """
    with alone(wiring.settings.home, site.key):
        return await _crawl(
            site,
            wiring,
            everything=everything,
            max_pages=max_pages,
            told=told,
            budgeted=budgeted,
            feeds_first=feeds_first,
        )


async def _crawl(
    site: Site,
    wiring: Wiring,
    *,
    everything: bool,
    max_pages: int | None,
    told: Told,
    budgeted: bool,
    feeds_first: bool,
) -> Summary:
    archive, now = wiring.archive, wiring.now
    if not learns(site):  # what is learnt changes with each run: those pages are read again one by one, as they differ
        await reextract(site, wiring, dry_run=False, told=lambda looked, total: None)
    run = archive.begin_run(site.key, RunKind.CRAWL, now())
    archive.release_all(site.key)
    archive.discover([d for seed in site.seeds for d in seed_of(seed, site, now(), run)])
    steering = Steering(
        archive, site, run, now=now, budgeted=budgeted or feeds_first, everything=everything, whole=not feeds_first
    )
    if everything:
        steering.forced(at := now())
        archive.make_due(site.key, at)

    def source(recorder: Recorder, tally: Tally) -> Source:
        if feeds_first:
            return Watch(archive, site.key, ask=recorder.call, now=now, steering=steering, tally=tally)
        if steering.scheduled:
            return Budgeted(archive, site.key, ask=recorder.call, now=now, steering=steering)
        return Due(archive, site.key, ask=recorder.call, now=now)

    most = site.policy.max_pages if max_pages is None else max_pages
    probing = not feeds_first
    summary = await _perform(site, wiring, run, told, most=most, source=source, steering=steering, probing=probing)
    archive.release_all(site.key)
    if learns(site) and run.baseline and summary.drained:  # its pages were read before the template was known
        await reextract(site, wiring, dry_run=False, told=lambda looked, total: None)
    return summary


async def fetch(page: Page, site: Site, wiring: Wiring, *, told: Told) -> Summary:
    """Visits one page now, and the page that it redirects to, the same way as every other visit."""
    run = wiring.archive.begin_run(site.key, RunKind.FETCH, wiring.now(), takeover=False)
    steering = Steering(wiring.archive, site, run, now=wiring.now)
    return await _perform(
        site,
        wiring,
        run,
        told,
        most=MOST_HOPS,
        source=lambda recorder, tally: Chase(wiring.archive, site, page, tally),
        steering=steering,
    )


def seed_of(url: str, site: Site, now: datetime, run: Run | None) -> Iterable[Discovery]:
    """A seed, or any address given by hand, as pages to be."""
    return discovery(url, base=url, site=site, now=now, depth=0, found_on=None, baseline=run.baseline if run else True)


async def _perform(
    site: Site,
    wiring: Wiring,
    run: Run,
    told: Told,
    *,
    most: int,
    source: Callable[[Recorder, Tally], Source],
    steering: Steering,
    probing: bool = False,
) -> Summary:
    """One run from its first request to its summary; a run that breaks is marked as broken before the error goes on."""
    tally = Tally(signs=watching(wiring.archive, site))
    with about(site=site.key, run=run.id), _ending(wiring, run, tally), steering:
        ended = await _visit(
            site, wiring, run, tally, told, most=most, source=source, steering=steering, probing=probing
        )
        steering.drained = ended.drained
        return _closed(wiring, site, run, tally, ended)


@contextmanager
def _ending(wiring: Wiring, run: Run, tally: Tally) -> Iterator[None]:
    """A run that breaks is marked as what it is before the error goes on."""
    try:
        yield
    except BaseException as error:
        state = RunState.FAILED if isinstance(error, Exception) else RunState.INTERRUPTED
        wiring.archive.finish_run(run.id, state, tally.counts, wiring.now(), error=repr(error))
        raise


async def _visit(
    site: Site,
    wiring: Wiring,
    run: Run,
    tally: Tally,
    told: Told,
    *,
    most: int,
    source: Callable[[Recorder, Tally], Source],
    steering: Steering,
    probing: bool,
) -> Ended:
    """Wires archive, WARC file, workers and spider together, and lets the spider run."""
    settings, archive = wiring.settings, wiring.archive
    crawls = run.kind is RunKind.CRAWL
    template = template_of(site, archive)
    lessons = Lessons(known_of(site, archive)) if learns(site) and crawls else None
    pool = wiring.pool or workers(settings)
    warc = WarcWriter(settings.warc_folder, max_bytes=settings.warc.max_mb * 2**20, site=site.key, software=_software())
    terms = _terms(site, wiring, run, template, steering)
    recorder = _recorder(site, wiring, terms, template, warc=warc, pool=pool)

    def both(brought: Brought, settlement: Settlement) -> None:
        tally.take(brought, settlement)
        steering.take(brought.visit, settlement)
        told(brought, settlement)

    reader = Reader(
        site=site,
        run_id=run.id,
        pool=pool,
        clock=wiring.now,
        baseline=archive.baseline_at(site.key) is None,  # then nothing that is found now was added
        learnt=template,
        sight=lessons is not None,
    )
    job = Job(
        site=site,
        source=source(recorder, tally),
        recorder=recorder,
        reader=reader,
        clock=wiring.now,
        max_pages=most,
        told=both,
        lessons=lessons,
        novelty=_novelty(site, archive) if crawls else Novelty(site=site),
        haste=PATIENT if crawls else wiring.haste,
        probes=probe_urls(site, f"{run.id:x}{int(run.started_at.timestamp()):x}") if probing else (),
    )
    async with nullcontext() if wiring.pool else pool:
        try:
            return await run_spider(job, settings)
        finally:
            await recorder.close()
            warc.close()
            if lessons is not None:
                keep(lessons, site, archive)


def workers(settings: Settings, timed: Timed | None = None) -> WorkerPool:
    """The processes that read what came, within the operator's limits; ``timed`` is told how long each task took."""
    limits = settings.workers
    return WorkerPool(
        count=limits.count, seconds=limits.seconds, memory_mb=limits.memory_mb, imports=LOADED, timed=timed
    )


def _recorder(
    site: Site,
    wiring: Wiring,
    terms: Callable[[], Terms],
    template: Learnt | None,
    *,
    warc: WarcWriter,
    pool: WorkerPool,
) -> Recorder:
    return Recorder(
        archive=wiring.archive,
        warc=warc,
        terms=terms,
        read_again=lambda capture, page, general: reread(
            capture,
            page,
            site=unprofiled(site) if general else site,
            folder=wiring.settings.warc_folder,
            pool=pool,
            learnt=template,
        ),
        opinion=lambda body, url, document: ask_opinion(pool, body, url, document),
        clock=wiring.now,
    )


def _novelty(site: Site, archive: Archive) -> Novelty:
    """The run's memory of patterns; what earlier runs have visited counts for the budgets."""
    novelty = Novelty(site=site)
    if site.scope.budgets:
        for page in archive.pages(site.key, states=[state for state in PageState if state is not PageState.NEW]):
            novelty.spend(page.url)
    return novelty


def _terms(site: Site, wiring: Wiring, run: Run, template: Learnt | None, steering: Steering) -> Callable[[], Terms]:
    """What holds for a batch."""
    version = stamp(profile_version(site), template)

    def terms() -> Terms:
        return Terms(
            run=run,
            policy=site.policy,
            now=wiring.now(),
            multiplier=steering.k,
            trust=steering.trust,
            extractor_version=EXTRACTOR_VERSION,
            profile_version=version,
        )

    return terms


def _closed(wiring: Wiring, site: Site, run: Run, tally: Tally, ended: Ended) -> Summary:
    broken = ended.failures[0] if ended.failures else None
    if run.kind is RunKind.CRAWL and run.baseline and tally.tells_the_site and _knows_all(wiring, site):
        wiring.archive.finish_baseline(site.key, wiring.now())
    # first of all: messages wait for the run's end, so that nobody is told the parts of an event one by one
    changes = () if broken else tell_events(wiring.archive, run, visited=sum(tally.outcomes.values()), now=wiring.now())
    state = RunState.FAILED if broken else RunState.INTERRUPTED if ended.interrupted else RunState.DONE
    wiring.archive.finish_run(run.id, state, tally.counts, wiring.now(), error=repr(broken) if broken else None)
    if broken:
        raise broken
    hide_noise(wiring.archive, changes, wiring.now())
    keep_watch(wiring.archive, site, tally.signs, sections=run.kind is RunKind.CRAWL, now=wiring.now())
    bring_up_to_date(wiring.archive, most=INDEXED)
    return Summary(run=run, tally=tally, changes=changes, drained=ended.drained, interrupted=ended.interrupted)


def _knows_all(wiring: Wiring, site: Site) -> bool:
    """The baseline is whole when all that is left is likely duplicates: they are known, and will not be reported."""
    return wiring.archive.unvisited(site.key, wiring.now(), below=VARIANT) == 0


def _software() -> str:
    from importlib.metadata import version

    return f"letapis/{version('letapis')}"
