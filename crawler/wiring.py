"""The only place where archive, WARC file, workers, reader and spider are wired together, for one run."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime

from config.settings import Settings
from config.site import Site
from crawler.core.canonical import EXTRACTOR_VERSION
from crawler.core.learnt import Learnt
from crawler.core.pace import PATIENT, Haste
from crawler.core.soft404 import probe_urls
from crawler.core.traps import Novelty
from crawler.core.upgrade import profile_version
from crawler.core.visit import Terms
from crawler.engine import Ended, run_spider
from crawler.lessons import Lessons, keep, known_of, learns, stamp, template_of
from crawler.opinions import ask_opinion
from crawler.pipelines import Brought, Recorder
from crawler.reader import Reader
from crawler.reextract import LOADED
from crawler.reread import reread, unprofiled
from crawler.spider import Job, Source
from crawler.steering import Steering
from crawler.tally import Tally, Told
from crawler.workers import Timed, WorkerPool
from storage.archive import Archive
from storage.records import PageState, Run, RunKind, Settlement
from storage.warc import WarcWriter

__all__ = ["ON_DEMAND", "Wiring", "clock", "visit", "workers"]

ON_DEMAND = Haste(patience=20.0)


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


async def visit(
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
    """Lets a spider make the run's visits, until it is done or stopped; what it brings is recorded and told."""
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


def _software() -> str:
    from importlib.metadata import version

    return f"letapis/{version('letapis')}"
