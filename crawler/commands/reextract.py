"""``letapis re-extract``: stored pages read by today's extractor and profile, or a preview of it."""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from config.site import Site
from crawler.commands import DONE, FAILED
from crawler.commands.context import DEFAULT_SITE, archive_of, complain, emit, say, settings_of, site_named, sites_of
from crawler.core.upgrade import Delta
from crawler.log import log_to
from crawler.reextract import Reextraction, Told
from crawler.reextract import reextract as run_reextract
from crawler.runs import Wiring

SHOWN = 5  # pages that could not be read, named on standard error
_WHY = {
    Delta.FAILED: "its stored bytes are not there or can't be read",
    Delta.EMPTIED: "nothing is left of its text; the version before is kept (does the profile still fit?)",
}


def reextract(asked: argparse.Namespace) -> int:
    """Reads a site's stored pages again; stores what differs as upgrades, unless it is only a preview."""
    settings = settings_of(asked)
    known = sites_of(settings, asked.site_file)
    own = [key for key in known if asked.site_file and asked.site is None and key in _own_keys(asked)]
    site = site_named(asked.site or (own[0] if own else DEFAULT_SITE), known)
    with archive_of(settings) as archive:
        log_to(settings.home)
        wiring = Wiring(settings=settings, archive=archive)
        with _progress(site, quiet=asked.json) as told:
            done = asyncio.run(run_reextract(site, wiring, dry_run=asked.dry_run, told=told))
    if asked.json:
        emit(_json(site, done, dry_run=asked.dry_run))
    else:
        _tell(site, done, dry_run=asked.dry_run)
    for url, delta in done.troubled[:SHOWN]:
        complain(f"{url}: {_WHY[delta]}")
    return FAILED if done.troubled else DONE


def _own_keys(asked: argparse.Namespace) -> list[str]:
    from config.site import load_site

    return [load_site(path).key for path in asked.site_file]


def _json(site: Site, done: Reextraction, *, dry_run: bool) -> dict[str, object]:
    return {
        "site": site.key,
        "run": done.run.id if done.run else None,
        "dry_run": dry_run,
        "pages": done.pages,
        **{delta.value: done.deltas[delta] for delta in Delta},
        "stored": done.stored,
        "examples": [{"url": one.url, "what": list(one.what), "words": one.words} for one in done.examples],
        "failures": [{"url": url, "error": _WHY[delta]} for url, delta in done.troubled],
    }


def _tell(site: Site, done: Reextraction, *, dry_run: bool) -> None:
    same, differ = done.deltas[Delta.SAME], done.deltas[Delta.DIFFERS]
    if not done.pages:
        say(f"{site.key}: every page's latest version was made by today's extractor and profile.")
        return
    say(f"{site.key}: {done.pages} pages read again: {same} the same, {differ} differ")
    for one in done.examples:
        say(f"  {one.url}  ({', '.join(one.what)})")
        if one.words:
            say(f"    {one.words}")
    if dry_run:
        say("Nothing was stored. Store it: letapis re-extract " + site.key)
    else:
        say(f"{done.stored} stored as upgrades: no changes, nobody is notified.")


@contextmanager
def _progress(site: Site, *, quiet: bool) -> Iterator[Told]:
    """A bar on a terminal; nothing when output is for scripts or not a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda looked, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{site.key}: reading again", total=None)
        yield lambda looked, total: bar.update(task, completed=looked, total=total)
