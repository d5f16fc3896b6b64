"""Runs: crawl and fetch, from their first decision to their summary."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from config.site import Site
from crawler.alone import alone
from crawler.closing import tell_events
from crawler.core.scope import VARIANT, discovery
from crawler.engine import Ended
from crawler.hiding import hide_noise
from crawler.lessons import learns
from crawler.log import about
from crawler.pipelines import Recorder
from crawler.reextract import reextract
from crawler.search import bring_up_to_date
from crawler.sources import Budgeted, Chase, Due, Watch
from crawler.spider import Source
from crawler.steering import Steering
from crawler.tally import Summary, Tally, Told
from crawler.watch import keep_watch, watching
from crawler.wiring import ON_DEMAND, Wiring, clock, visit, workers
from storage.records import Discovery, Page, Run, RunKind, RunState
from storage.said import Said

__all__ = ["ON_DEMAND", "Summary", "Tally", "Wiring", "clock", "crawl", "fetch", "seed_of", "workers"]

INDEXED = 2_000  # versions that the end of a run takes into the text index; a search takes in the rest
MOST_HOPS = 20  # pages that one fetch may be sent on to


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
        ended = await visit(
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
        wiring.archive.finish_run(run.id, state, tally.counts, wiring.now(), error=_broken(error))
        raise


def _closed(wiring: Wiring, site: Site, run: Run, tally: Tally, ended: Ended) -> Summary:
    broken = ended.failures[0] if ended.failures else None
    if run.kind is RunKind.CRAWL and run.baseline and tally.tells_the_site and _knows_all(wiring, site):
        wiring.archive.finish_baseline(site.key, wiring.now())
    # first of all: messages wait for the run's end, so that nobody is told the parts of an event one by one
    changes = () if broken else tell_events(wiring.archive, run, visited=sum(tally.outcomes.values()), now=wiring.now())
    state = RunState.FAILED if broken else RunState.INTERRUPTED if ended.interrupted else RunState.DONE
    wiring.archive.finish_run(run.id, state, tally.counts, wiring.now(), error=_broken(broken) if broken else None)
    if broken:
        raise broken
    hide_noise(wiring.archive, changes, wiring.now())
    keep_watch(wiring.archive, site, tally.signs, sections=run.kind is RunKind.CRAWL, now=wiring.now())
    bring_up_to_date(wiring.archive, most=INDEXED)
    return Summary(run=run, tally=tally, changes=changes, drained=ended.drained, interrupted=ended.interrupted)


def _broken(error: BaseException) -> str:
    return Said("an error ended the run: {error}", error=repr(error))


def _knows_all(wiring: Wiring, site: Site) -> bool:
    """The baseline is whole when all that is left is likely duplicates: they are known, and will not be reported."""
    return wiring.archive.unvisited(site.key, wiring.now(), below=VARIANT) == 0
