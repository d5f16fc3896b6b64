"""Reports by schedule: each day's and each week's changes of a site as files, written once, missed ones made up."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path

from config.settings import Settings
from config.site import Site
from crawler.core.report import Entry, render_html, render_json, render_markdown
from crawler.entries import entries_of
from crawler.i18n import catalogue
from storage.archive import Archive
from storage.records import Change, RunState

MADE_UP = 30  # periods at most that are written later, when the service was not there
STUCK = timedelta(days=1)  # a run that has been under way for so long holds no report back any more


@dataclass(frozen=True, kw_only=True)
class Period:
    name: str  # "2026-11-19", "2026-W47": the files' name
    start: datetime  # local midnight
    end: datetime  # local midnight, not in the period any more


def periods(kind: str, now: datetime, zone: tzinfo, *, since: datetime) -> list[Period]:
    """The days ("daily") or ISO weeks ("weekly") of `zone` that are over, oldest first: at most 30, from `since` on.

    >>> from datetime import UTC
    >>> [one.name for one in periods("weekly", datetime(2026, 11, 20, tzinfo=UTC), UTC,
    ...                              since=datetime(2026, 11, 4, tzinfo=UTC))]
    ['2026-W45', '2026-W46']
    """
    today = now.astimezone(zone).date()
    length = 1 if kind == "daily" else 7
    end = today if kind == "daily" else today - timedelta(days=today.weekday())
    found = (_period(end - timedelta(days=length * (back + 1)), length, zone) for back in range(MADE_UP))
    return [one for one in found if one.end > since][::-1]


def _period(first: date, length: int, zone: tzinfo) -> Period:
    year, week, _ = first.isocalendar()
    name = first.isoformat() if length == 1 else f"{year}-W{week:02}"
    return Period(name=name, start=_midnight(first, zone), end=_midnight(first + timedelta(days=length), zone))


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def write_reports(archive: Archive, settings: Settings, sites: Mapping[str, Site], now: datetime) -> list[Path]:
    """Writes the reports that are due and not there yet; returns what was written, oldest first.

    HOME/reports/SITE/2026-11-19.html, .md and .json for a day, 2026-W47 for a week. A report that is there is never
    written again; each file comes whole or not at all. Periods before the site's first crawl have no report, and a
    period is not reported while a run that began in it goes on.
    """
    written: list[Path] = []
    for site in sites.values():
        for one in _due(archive, settings, site, now):
            entries = list(entries_of(archive, _changes(archive, site, one)))
            written += _write(settings.home / "reports" / site.key, one, entries, site, now)
    return written


def _due(archive: Archive, settings: Settings, site: Site, now: datetime) -> Iterator[Period]:
    runs = archive.runs(site.key, limit=None) if site.policy.reports else []
    if not runs:
        return
    since = min(run.started_at for run in runs)
    under_way = [run.started_at for run in runs if run.state is RunState.RUNNING and now - run.started_at < STUCK]
    for kind in site.policy.reports:
        for one in periods(kind, now, site.zone, since=since):
            if any(begun < one.end for begun in under_way):
                continue
            if not all(path.exists() for path in _paths(settings.home / "reports" / site.key, one).values()):
                yield one


def _changes(archive: Archive, site: Site, period: Period) -> list[Change]:
    return archive.changes(site=site.key, since=period.start, until=period.end)


def _paths(folder: Path, period: Period) -> dict[str, Path]:
    return {form: folder / f"{period.name}.{form}" for form in ("html", "md", "json")}


def _write(folder: Path, period: Period, entries: list[Entry], site: Site, now: datetime) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for form, path in _paths(folder, period).items():
        if not path.exists():
            _whole(path, _rendered(form, period, entries, site, now))
            yield path


def _rendered(form: str, period: Period, entries: list[Entry], site: Site, now: datetime) -> str:
    if form == "json":
        return render_json(entries)
    words, language = catalogue(site.policy.reports_language), site.policy.reports_language
    render = render_html if form == "html" else render_markdown
    return render(
        entries,
        title=f"{site.title or site.key}: {period.name}",
        since=period.start,
        until=period.end,
        zone=site.zone,
        generated_at=now,
        language=language,
        catalogue=words,
        sections={part.name: part.title or part.name for part in site.sections},
    )


def _whole(path: Path, text: str) -> None:
    """The file comes whole or not at all: written beside, then named."""
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise
