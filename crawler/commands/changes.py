"""``letapis changes`` and ``letapis report``: what changed, as lines or as a document."""

import argparse
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from rich.text import Text

from config.site import Site
from crawler.commands import DONE
from crawler.commands.context import (
    archive_of,
    clock,
    console,
    counted,
    emit,
    moment,
    one_line,
    say,
    settings_of,
    sites_of,
    written_to,
)
from crawler.core.blind import blind_times
from crawler.core.report import Entry, change_json, render_csv, render_html, render_json, render_markdown
from storage.archive import Archive
from storage.records import Change, ChangeKind, What

_STYLE = {
    ChangeKind.ADDED: "green",
    ChangeKind.EDITED: "yellow",
    ChangeKind.REMOVED: "red",
    ChangeKind.RESTORED: "green",
    ChangeKind.MOVED: "cyan",
}


def changes(asked: argparse.Namespace) -> int:
    """Prints the changes of a period, newest first."""
    settings = settings_of(asked)
    with archive_of(settings) as archive:
        found = _found(asked, archive, limit=asked.limit)
        troubles = archive.problems(asked.site, open_only=False)
    if asked.json:
        for change in found:
            emit(change_json(change, blind_times(change, troubles)))
    elif found:
        _table(found, sites_of(settings, asked.site_file))
    else:
        say("No changes in that period. The first crawl of a site is its baseline; changes show from the second on.")
    return DONE


def report(asked: argparse.Namespace) -> int:
    """Writes the change report of a period."""
    settings = settings_of(asked)
    sites = sites_of(settings, asked.site_file)
    with archive_of(settings) as archive:
        found = _found(asked, archive, limit=None)
        entries = [entry(change, archive) for change in found]
    text = rendered(asked.format, entries, asked=asked, zone=_zone(found, sites))
    with written_to(asked.output) as out:
        out.write(text)
    if asked.output is not None:
        say(f"{counted(len(entries), 'change')} written to {asked.output}")
    return DONE


def rendered(form: str, entries: Sequence[Entry], *, asked: argparse.Namespace, zone: ZoneInfo) -> str:
    """The report in the form that was asked for."""
    now = clock()
    since, until = moment(asked.since, now=now), moment(asked.until, now=now)
    match form:
        case "json":
            return render_json(entries)
        case "csv":
            return render_csv(entries)
        case "md":
            return render_markdown(entries, title="Changes", since=since, until=until, zone=zone, generated_at=now)
        case _:
            return render_html(entries, title="Changes", since=since, until=until, zone=zone, generated_at=now)


def entry(change: Change, archive: Archive) -> Entry:
    """A change with the versions that it lies between."""
    subject = change.subject_id or change.page_id
    before = archive.version(subject, change.from_version) if change.from_version else None
    if change.kind is ChangeKind.MOVED and change.moved_to:
        target = archive.page(change.site, change.moved_to)
        subject = target.id if target else subject
    after = archive.version(subject, change.to_version) if change.to_version else None
    blind = blind_times(change, archive.problems(change.site, open_only=False))
    return Entry(change=change, before=before, after=after, blind=blind)


def _found(asked: argparse.Namespace, archive: Archive, *, limit: int | None) -> list[Change]:
    now = clock()
    what = tuple(What(part) for part in asked.what or ())
    kinds = tuple(ChangeKind(kind) for kind in asked.kind or ())
    return archive.changes(
        since=moment(asked.since, now=now),
        until=moment(asked.until, now=now),
        site=asked.site,
        kinds=kinds or None,
        what=what or None,
        include_formatting=What.FORMATTING in what,
        min_significance=asked.min_significance,
        limit=limit,
    )


def _zone(found: Sequence[Change], sites: dict[str, Site]) -> ZoneInfo:
    keys = {change.site for change in found}
    zones = {sites[key].zone for key in keys if key in sites}
    return zones.pop() if len(zones) == 1 else ZoneInfo("UTC")


def _table(found: Sequence[Change], sites: dict[str, Site]) -> None:
    from rich.table import Table

    zone = _zone(found, sites)
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("first seen", no_wrap=True)
    table.add_column("kind", no_wrap=True)
    table.add_column("what changed", overflow="fold")
    for change in found:
        seen = change.first_seen.astimezone(zone).strftime("%Y-%m-%d %H:%M")
        table.add_row(seen, Text(change.kind.value, style=_STYLE[change.kind]), about(change))
    console().print(table)
    say(f"\n{counted(len(found), 'change')}, times in {zone.key}. Word by word: letapis diff URL")


def about(change: Change) -> Text:
    """A change in two or three lines: the title, what changed, where."""
    lines = [(one_line(change.title or change.url), "bold"), (one_line(change.summary), ""), (change.url, "dim")]
    if change.moved_to:
        lines.append((f"→ {change.moved_to}", "dim"))
    return Text("\n").join(Text(line, style=style) for line, style in lines if line)
