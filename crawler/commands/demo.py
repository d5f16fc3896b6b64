"""``letapis demo``: the whole job on the bundled replica of the ministry's site, no network needed."""

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from config.settings import Network, Settings
from config.site import BUILT_IN, Site, load_site, load_sites
from crawler.commands import DONE, FAILED, UsageError
from crawler.commands.changes import entry
from crawler.commands.context import actor, archive_of, clock, complain, console, in_folder, one_line, say
from crawler.commands.crawl import progress
from crawler.core.report import render_html
from crawler.log import log_to
from crawler.runs import Summary, Wiring
from crawler.runs import crawl as run_crawl
from storage.archive import Archive


@dataclass(frozen=True, kw_only=True)
class Replica:
    """The replica server in a process of its own."""

    url: str
    host: str
    profile: Path

    def ask(self, path: str, *, post: bool = False) -> Any:
        request = Request(f"{self.url.rstrip('/')}{path}", data=b"{}" if post else None)
        with urlopen(request, timeout=30) as answer:
            return json.load(answer)


def demo(asked: argparse.Namespace) -> int:
    """Crawls the replica, lets edits happen, crawls again, lets only noise happen, crawls again, and reports."""
    home = (asked.keep or asked.home or Path("demo")).resolve()
    _clean(home)
    with replica(home) as site_server:
        settings = in_folder(Settings(), home).model_copy(update={"network": Network(allow=(site_server.host,))})
        site = load_site(site_server.profile)
        say(f"A copy of how the ministry's site behaves is up at {site_server.url} (this machine only).\n")
        with archive_of(settings) as archive:
            log_to(home)
            done = _job(site_server, site, settings, archive, home)
            _rest(archive, site)
            return done


def _job(server: Replica, site: Site, settings: Settings, archive: Archive, home: Path) -> int:
    say("1. First crawl: the baseline")
    _crawl(site, settings, archive)
    events = server.ask("/-/replica/apply", post=True)
    say(f"\n2. {len(events)} things happen on the site: edits, new pages, deletions, moves. Second crawl")
    second = _crawl(site, settings, archive)
    server.ask("/-/replica/noise", post=True)
    say("\n3. Nothing happens but noise: clocks, counters, banners, restyling, comments. Third crawl")
    third = _crawl(site, settings, archive)
    report = home / "report.html"
    _report(report, second, archive, site)
    agreed = _agree(events, second) and not third.changes
    _tell(second, third, events, report, home, agreed=agreed)
    return DONE if agreed else FAILED


def _rest(archive: Archive, site: Site) -> None:
    """Lets every site rest: a service that shows the demo must neither miss its server nor go out to the web."""
    for key in {site.key, *load_sites(BUILT_IN)}:
        archive.pause(key, clock(), "this is a demo: the server of its site is gone", actor=actor())


def _crawl(site: Site, settings: Settings, archive: Archive) -> Summary:
    wiring = Wiring(settings=settings, archive=archive)
    with progress(site, quiet=False) as told:
        summary = asyncio.run(run_crawl(site, wiring, everything=True, max_pages=None, told=told))
    counted = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in summary.tally.outcomes.most_common())
    say(f"   {sum(summary.tally.outcomes.values())} visits: {counted}; {len(summary.changes)} changes")
    return summary


def _agree(events: list[dict[str, Any]], summary: Summary) -> bool:
    """Whether each thing that happened is reported once, and nothing else."""
    truth = sorted((event["kind"], event["url"]) for event in events)
    return truth == sorted((change.kind.value, change.url) for change in summary.changes)


def _report(path: Path, summary: Summary, archive: Archive, site: Site) -> None:
    entries = [entry(change, archive) for change in summary.changes]
    title = "What changed on the demo site"
    page = render_html(
        entries, title=title, since=summary.run.started_at, until=clock(), zone=site.zone, generated_at=clock()
    )
    path.write_text(page, encoding="utf-8")


def _tell(
    second: Summary, third: Summary, events: list[dict[str, Any]], report: Path, home: Path, *, agreed: bool
) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name in ("kind", "page", "what changed"):
        table.add_column(name, overflow="fold")
    for change in sorted(second.changes, key=lambda one: -one.significance):
        table.add_row(change.kind.value, Text(one_line(change.title)), Text(one_line(change.summary)))
    say()
    console().print(table)
    say()
    if agreed:
        say(f"All {len(events)} happenings are reported, each once; the noise reported nothing.")
    else:
        complain(f"the report differs from what happened ({len(second.changes)} and {len(third.changes)} changes)")
    where = os.path.relpath(home)
    say(f"Report:       {os.path.relpath(report)}  (open it in a browser)")
    say(f"Database:     {where}/letapis.db\nRaw captures: {where}/warc")
    say(f"Look around:  {_program()} --home {where} changes")
    say(f"In a browser: {_program()} --home {where} up  (prints the address and a one-time password)")


def _program() -> str:
    """How this program is called from here: by name, or by its path where the name is not known to the shell."""
    return "letapis" if shutil.which("letapis") else os.path.relpath(sys.argv[0])


def _clean(home: Path) -> None:
    """Starts from nothing, but never deletes what is not a demo's."""
    if (home / "letapis.db").exists() and not (home / "sites" / "replica.toml").exists():
        raise UsageError(f"{home} holds an archive that is not a demo's; name another folder by --keep")
    for part in ("warc", "logs"):
        shutil.rmtree(home / part, ignore_errors=True)
    for name in ("letapis.db", "letapis.db-wal", "letapis.db-shm", "report.html"):
        (home / name).unlink(missing_ok=True)
    (home / "sites").mkdir(parents=True, exist_ok=True)


@contextmanager
def replica(home: Path) -> Iterator[Replica]:
    """The replica, up and ready; ended when the block ends."""
    profile = home / "sites" / "replica.toml"  # where commands with this home find it, too
    command = [sys.executable, "-m", "tests.site", "--size", "demo", "--write-profile", str(profile)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise RuntimeError("the replica did not start")
        ready = json.loads(line)
        yield Replica(url=ready["url"], host=ready["host"], profile=profile)
    finally:
        process.terminate()
        process.wait(10)
