"""What the service is doing and what it does next, from the archive: the same answer in every process."""

from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from shutil import disk_usage
from typing import Any

from config.settings import Settings
from config.site import Site
from crawler.service.lease import RIGHT
from crawler.service.plan import visited
from storage.archive import Archive
from storage.records import Run
from storage.records_service import Database


def status(settings: Settings, sites: Mapping[str, Site], archive: Archive, now: datetime) -> dict[str, Any]:
    """Everything that ``letapis status --json`` says; moments in ISO form, sizes in bytes."""
    lease, queues, database = archive.lease(RIGHT), archive.queues(now), archive.database()
    going, last = archive.going(), archive.last_crawls()
    return {
        "service": {
            "running": bool(lease and lease.until > now),
            "holder": lease.holder if lease else None,
            "until": _iso(lease.until) if lease else None,
            "address": settings.public_url,
        },
        "runs": [run_line(run) for run in going],
        "sites": [
            {
                "site": key,
                "due": queues[key][0] if key in queues else 0,
                "due_since": _iso(queues[key][1]) if key in queues else None,
                "last_run": run_line(last[key]) if key in last else None,
            }
            for key in visited(settings, sites)
        ],
        "jobs": jobs(archive),
        "deliveries": {state.value: count for state, count in archive.outbox_counts().items()},
        "oldest_message": _iso(archive.oldest_pending()),
        "problems": len(archive.problems()),
        "disk": _disk(settings, database),
        "release": version("letapis"),
        "database": {"kind": database.kind, "schema": database.revision},
    }


def jobs(archive: Archive) -> list[dict[str, Any]]:
    """The service's list, the next first, with what rests and how the last run of each site went."""
    pauses, last = archive.pauses(), archive.last_crawls()
    found = []
    for job in archive.planned_jobs():
        kind, _, site = job.id.partition(" ")
        pause = pauses.get(site)
        found.append(
            {
                "job": job.id,
                "kind": kind,
                "site": site or None,
                "next": _iso(job.next_run),
                "paused": bool(pause),
                "paused_since": _iso(pause.since) if pause else None,
                "reason": pause.reason if pause else None,
                "last_run": run_line(last[site]) if kind == "run" and site in last else None,
            }
        )
    return found


def run_line(run: Run) -> dict[str, Any]:
    """A run for scripts."""
    return {
        "site": run.site,
        "run": run.id,
        "kind": run.kind.value,
        "state": run.state.value,
        "started_at": _iso(run.started_at),
        "finished_at": _iso(run.finished_at),
        "counts": run.counts,
        "error": run.error,
    }


def _disk(settings: Settings, database: Database) -> dict[str, int]:
    """Bytes, and how many WARC files there are."""
    warc = [_size(path) for path in settings.warc_folder.glob("*")]
    return {
        "database": database.size,
        "warc": sum(warc),
        "warc_files": len(warc),
        "free": disk_usage(settings.home).free,
    }


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # it was just now taken away
        return 0


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
