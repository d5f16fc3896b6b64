"""``letapis crawl``: one crawl now, with live progress and a summary."""

import argparse
import asyncio
import sys
from collections.abc import Callable
from time import monotonic
from typing import Any

from config.settings import Settings
from config.site import Site
from crawler.alone import BeingCrawled
from crawler.commands import DONE, FAILED
from crawler.commands.context import (
    DEFAULT_SITE,
    archive_of,
    complain,
    counted,
    emit,
    say,
    settings_of,
    site_named,
    sites_of,
)
from crawler.log import log_to
from crawler.runs import Summary, Wiring
from crawler.runs import crawl as run_crawl
from storage.archive import Archive

SHOWN = 5  # failures and changes named in the summary for people


def crawl(asked: argparse.Namespace) -> int:
    """Crawls the sites that were named, one after the other."""
    settings = settings_of(asked)
    known = sites_of(settings, asked.site_file)
    own = [] if asked.sites else _own_keys(asked)
    sites = [site_named(key, known) for key in asked.sites or own or [DEFAULT_SITE]]
    with archive_of(settings) as archive:
        log_to(settings.home)
        codes = [_one(site, settings, archive, asked) for site in sites]
    return max(codes)


def _own_keys(asked: argparse.Namespace) -> list[str]:
    from config.site import load_site

    return [load_site(path).key for path in asked.site_file]


def _one(site: Site, settings: Settings, archive: Archive, asked: argparse.Namespace) -> int:
    begun = monotonic()
    wiring = Wiring(settings=settings, archive=archive)
    try:
        with progress(site, quiet=asked.json) as told:
            summary = asyncio.run(run_crawl(site, wiring, everything=asked.all, max_pages=asked.max_pages, told=told))
    except BeingCrawled as other:
        complain(str(other))
        return FAILED
    if asked.json:
        emit(summary_json(site, summary, seconds=monotonic() - begun))
    else:
        _tell(site, summary, archive, seconds=monotonic() - begun)
    for url, error in summary.tally.failures[:SHOWN]:
        complain(f"{url}: {error}")
    if len(summary.tally.failures) > SHOWN:
        complain(f"and {counted(len(summary.tally.failures) - SHOWN, 'more failure')}; all of them: --json, or the log")
    if summary.interrupted:
        raise KeyboardInterrupt
    return FAILED if summary.tally.failures else DONE


def summary_json(site: Site, summary: Summary, *, seconds: float) -> dict[str, Any]:
    """The summary for scripts."""
    return {
        "site": site.key,
        "run": summary.run.id,
        "baseline": summary.run.baseline,
        "finished": summary.drained,
        "visits": sum(summary.tally.outcomes.values()),
        "outcomes": dict(summary.tally.outcomes),
        "changes": len(summary.changes),
        "failures": [{"url": url, "error": error} for url, error in summary.tally.failures],
        "seconds": round(seconds, 1),
    }


def _tell(site: Site, summary: Summary, archive: Archive, *, seconds: float) -> None:
    visits = sum(summary.tally.outcomes.values())
    by_outcome = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in summary.tally.outcomes.most_common())
    say(f"{site.key}: {counted(visits, 'visit')} in {seconds:.0f} s" + (f" ({by_outcome})" if by_outcome else ""))
    known = archive.baseline_at(site.key) is not None
    if summary.run.baseline and known:
        say("This was the site's first crawl, its baseline: changes are reported from the next one on.")
    elif summary.run.baseline and summary.drained:
        say("The site's first crawl is not complete: too little of it answered. The same command goes on with it.")
    elif summary.changes:
        say(f"{counted(len(summary.changes), 'change')}. See them: letapis changes, or letapis report -o report.html")
    elif known:
        say("No changes.")
    if not summary.drained:
        say("Pages are left that are due; the same command goes on with them.")
    due = archive.next_due(site.key)
    if due is not None and summary.drained:
        say(f"Next visit due {due.astimezone(site.zone):%Y-%m-%d %H:%M} ({site.policy.zone}).")


class progress:
    """A live line on a terminal: visits by outcome; nothing when output is for scripts or not a terminal."""

    def __init__(self, site: Site, *, quiet: bool) -> None:
        self._site = site
        self._quiet = quiet or not sys.stderr.isatty()
        self._counts: dict[str, int] = {}
        self._shown: Any = None

    def __enter__(self) -> Callable[..., None]:
        if not self._quiet:
            from rich.console import Console
            from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            self._shown = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._shown.start()
            self._shown.add_task(f"{self._site.key}: asking {self._site.hosts[0]} …")
        return self._told

    def _told(self, brought: Any, settlement: Any) -> None:
        outcome = settlement.captures[-1].outcome.value
        self._counts[outcome] = self._counts.get(outcome, 0) + 1
        if self._shown is not None:
            by_outcome = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in self._counts.items())
            task = self._shown.tasks[0]
            visits = counted(sum(self._counts.values()), "visit")
            self._shown.update(task.id, description=f"{self._site.key}: {visits} ({by_outcome})")

    def __exit__(self, *_: object) -> None:
        if self._shown is not None:
            self._shown.stop()
