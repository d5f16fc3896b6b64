"""``letapis jobs``, ``run-now``, ``pause``, ``resume``, ``status``: talking to the service by way of the archive."""

import argparse
from datetime import datetime
from time import monotonic, sleep
from typing import Any

from config.site import Site
from crawler.commands import DONE, FAILED
from crawler.commands.context import (
    actor,
    archive_of,
    clock,
    complain,
    console,
    counted,
    emit,
    one_line,
    say,
    settings_of,
    site_named,
    sites_of,
)
from crawler.service.lease import RIGHT
from crawler.service.status import jobs as planned
from crawler.service.status import status as looked
from storage.archive import Archive
from storage.records_service import OrderKind

PATIENCE = 5.0  # seconds in which a running service takes an order


def jobs(asked: argparse.Namespace) -> int:
    """Lists what the service does when next."""
    settings = settings_of(asked)
    sites = sites_of(settings)
    with archive_of(settings) as archive:
        found, up = planned(archive), _is_up(archive)
    if asked.json:
        for job in found:
            emit(job)
        return DONE
    if not found:
        say("No jobs yet: the service makes them when it is started. Start it: letapis up")
        return DONE
    _show_jobs(found, sites)
    if not up:
        say("The service is not running, so none of them is done. Start it: letapis up")
    return DONE


def run_now(asked: argparse.Namespace) -> int:
    """Orders a run, and waits until the service has taken the order."""
    settings = settings_of(asked)
    site = site_named(asked.site, sites_of(settings))
    with archive_of(settings) as archive:
        if not _is_up(archive):
            complain(f"no service is running: start it by letapis up, or crawl at once by letapis crawl {site.key}")
            return FAILED
        order = archive.order(site.key, OrderKind.RUN, clock(), actor=actor())
        until = monotonic() + PATIENCE
        while order.id in archive.open_orders():
            if monotonic() > until:
                complain("the service has not taken the order yet; it will as soon as it can: letapis status")
                return FAILED
            sleep(0.1)
    say(f"The service crawls {site.key} now. How it goes: letapis status")
    return DONE


def pause(asked: argparse.Namespace) -> int:
    """Lets a site's scheduled runs rest."""
    settings = settings_of(asked)
    site = site_named(asked.site, sites_of(settings))
    with archive_of(settings) as archive:
        fresh = archive.pause(site.key, clock(), asked.reason, actor=actor())
    rests = "rests" if fresh else "was resting"
    say(f"{site.key} {rests}; a run under way goes on. To end it: letapis resume {site.key}")
    return DONE


def resume(asked: argparse.Namespace) -> int:
    """Ends a pause."""
    settings = settings_of(asked)
    site = site_named(asked.site, sites_of(settings))
    with archive_of(settings) as archive:
        rested = archive.resume(site.key, clock(), actor=actor())
    say(f"{site.key} is visited by its schedule again: letapis jobs" if rested else f"{site.key} was not resting.")
    return DONE


def status(asked: argparse.Namespace) -> int:
    """Tells how the service fares."""
    settings = settings_of(asked)
    sites = sites_of(settings)
    with archive_of(settings) as archive:
        found = looked(settings, sites, archive, clock())
    if asked.json:
        emit(found)
        return DONE
    _tell_service(found["service"])
    _tell_runs(found["runs"])
    _tell_sites(found["sites"])
    _tell_rest(found)
    return DONE


def _is_up(archive: Archive) -> bool:
    lease = archive.lease(RIGHT)
    return lease is not None and lease.until > clock()


def _show_jobs(found: list[dict[str, Any]], sites: dict[str, Site]) -> None:
    from rich.table import Table

    table = Table("job", "next", "last run", box=None, pad_edge=False)
    for job in found:
        site = sites.get(job["site"] or "")
        rests = f"rests since {job['paused_since'][:16]}: {job['reason'] or 'no reason given'}" if job["paused"] else ""
        table.add_row(job["job"], one_line(rests) or _local(job["next"], site), _last(job["last_run"]))
    console().print(table)


def _last(run: dict[str, Any] | None) -> str:
    if run is None:
        return ""
    visits = sum(count for name, count in run["counts"].items() if name != "changes")
    error = f": {run['error']}" if run["error"] else ""
    return one_line(f"run {run['run']} {run['state']}, {counted(visits, 'visit')}{error}")


def _local(moment: str | None, site: Site | None) -> str:
    if moment is None:
        return "never"
    at = datetime.fromisoformat(moment)
    return f"{at.astimezone(site.zone):%Y-%m-%d %H:%M:%S} {site.policy.zone}" if site else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _tell_service(service: dict[str, Any]) -> None:
    if service["running"]:
        say(f"The service is up: {service['holder']} (machine, process, number); its pages: {service['address']}")
    else:
        say("The service is not running. Start it: letapis up")


def _tell_runs(runs: list[dict[str, Any]]) -> None:
    for run in runs:
        say(f"Under way: {run['site']}, {_last(run)}, begun {run['started_at'][:19]} UTC")


def _tell_sites(sites: list[dict[str, Any]]) -> None:
    for site in sites:
        last = _last(site["last_run"]) or "not crawled yet"
        say(f"{site['site']}: {counted(site['due'], 'page')} due; {last}")


def _tell_rest(found: dict[str, Any]) -> None:
    messages = ", ".join(f"{count} {state}" for state, count in found["deliveries"].items())
    disk = {name: f"{size / 2**20:,.1f} MiB" for name, size in found["disk"].items()}
    waiting = f", the oldest owed since {found['oldest_message'][:19]} UTC" if found["oldest_message"] else ""
    say(f"Messages: {messages or 'none'}{waiting}")
    say(f"Problems: {found['problems']} open" + (" (letapis problems)" if found["problems"] else ""))
    files = counted(found["disk"]["warc_files"], "file")
    say(f"Disk: database {disk['database']}, captures {disk['warc']} in {files}, free {disk['free']}")
    say(f"Letapis {found['release']}, {found['database']['kind']}, schema {found['database']['schema']}")
