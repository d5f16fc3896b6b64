"""``letapis changes``: what changed, as lines."""

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
)
from crawler.core.blind import blind_times
from crawler.core.report import Entry, change_json
from crawler.entries import entries_of
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
        told = found(asked, archive, limit=asked.limit)
        troubles = archive.problems(asked.site, open_only=False)
    if asked.json:
        for change in told:
            emit(change_json(change, blind_times(change, troubles)))
    elif told:
        _table(told, sites_of(settings, asked.site_file))
    else:
        say("No changes in that period. The first crawl of a site is its baseline; changes show from the second on.")
    return DONE


def entry(change: Change, archive: Archive) -> Entry:
    """A change with the versions that it lies between."""
    return next(entries_of(archive, [change]))


def found(asked: argparse.Namespace, archive: Archive, *, limit: int | None) -> list[Change]:
    """The changes that were asked for, newest first."""
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


def zone_of(changes: Sequence[Change], sites: dict[str, Site]) -> ZoneInfo:
    """The zone of the changes' site; UTC where they are of several zones."""
    keys = {change.site for change in changes}
    zones = {sites[key].zone for key in keys if key in sites}
    return zones.pop() if len(zones) == 1 else ZoneInfo("UTC")


def _table(found: Sequence[Change], sites: dict[str, Site]) -> None:
    from rich.table import Table

    zone = zone_of(found, sites)
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
