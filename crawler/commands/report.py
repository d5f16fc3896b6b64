"""``letapis report``: the changes of a period as a document, a feed, or a table."""

import argparse
import sys
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from config.settings import Settings
from config.site import Site
from crawler.commands import DONE, UsageError
from crawler.commands.changes import found, zone_of
from crawler.commands.context import archive_of, clock, counted, moment, say, settings_of, sites_of, written_to
from crawler.core.report import (
    Entry,
    feeds_of,
    render_atom,
    render_csv,
    render_docx,
    render_html,
    render_json,
    render_markdown,
    render_opml,
)
from crawler.entries import entries_of
from crawler.i18n import catalogue


def report(asked: argparse.Namespace) -> int:
    """Writes the change report of a period."""
    settings = settings_of(asked)
    sites = sites_of(settings, asked.site_file)
    if asked.format == "opml":
        return _feeds(asked, settings, sites)
    with archive_of(settings) as archive:
        changes = [change for change in found(asked, archive, limit=None) if asked.section in (None, change.section)]
        entries = list(entries_of(archive, changes))
    if asked.format == "docx":
        return _document(entries, asked, sites)
    with written_to(asked.output) as out:
        out.write(rendered(asked, entries, settings, sites))
    return _done(asked, counted(len(entries), "change"))


def rendered(asked: argparse.Namespace, entries: Sequence[Entry], settings: Settings, sites: dict[str, Site]) -> str:
    """The report in the form that was asked for."""
    match asked.format:
        case "json":
            return render_json(entries)
        case "csv":
            return render_csv(entries)
        case "atom":
            return _atom(asked, entries, settings, sites)
        case form:
            render = render_markdown if form == "md" else render_html
            now, words = clock(), catalogue(asked.language)
            return render(
                entries,
                title=_title(asked, sites),
                since=moment(asked.since, now=now),
                until=moment(asked.until, now=now),
                zone=zone_of([entry.change for entry in entries], sites),
                generated_at=now,
                language=asked.language,
                catalogue=words,
                sections=section_titles(sites),
            )


def section_titles(sites: dict[str, Site]) -> dict[str, str]:
    """Titles of the sites' sections by name; of two sections with one name the first one's."""
    return {part.name: part.title or part.name for site in reversed(sites.values()) for part in site.sections}


def _title(asked: argparse.Namespace, sites: dict[str, Site]) -> str:
    title = catalogue(asked.language).gettext("Changes")
    names = [name for name in (asked.site, asked.section) if name]
    return f"{title}: {', '.join(section_titles(sites).get(name, name) for name in names)}" if names else title


def _atom(asked: argparse.Namespace, entries: Sequence[Entry], settings: Settings, sites: dict[str, Site]) -> str:
    place = "/".join(part for part in (asked.site or "all", asked.section) if part)
    zone: ZoneInfo = zone_of([entry.change for entry in entries], sites)
    return render_atom(
        entries,
        title=_title(asked, sites),
        self_url=f"{settings.public_url}/feeds/{place}.atom",
        site_url=settings.public_url,
        updated=clock(),
        zone=zone,
        language=asked.language,
        catalogue=catalogue(asked.language),
        sections=section_titles(sites),
    )


def _feeds(asked: argparse.Namespace, settings: Settings, sites: dict[str, Site]) -> int:
    """The list of feeds that the service has: needs no changes."""
    words = catalogue(asked.language)
    with archive_of(settings) as archive:
        subscriptions = archive.subscriptions()
    chosen = {key: site for key, site in sites.items() if asked.site in (None, key)}
    feeds = list(feeds_of(chosen.values(), subscriptions, settings.public_url, words))
    with written_to(asked.output) as out:
        out.write(render_opml(feeds, title=words.gettext("Changes"), made=clock()))
    return _done(asked, counted(len(feeds), "feed"))


def _document(entries: Sequence[Entry], asked: argparse.Namespace, sites: dict[str, Site]) -> int:
    if asked.output is None and sys.stdout.isatty():
        raise UsageError("a document of Word can't be shown here; name a file by -o")
    now = clock()
    made = render_docx(
        entries,
        title=_title(asked, sites),
        since=moment(asked.since, now=now),
        until=moment(asked.until, now=now),
        zone=zone_of([entry.change for entry in entries], sites),
        generated_at=now,
        language=asked.language,
        catalogue=catalogue(asked.language),
        sections=section_titles(sites),
    )
    if asked.output is None:
        sys.stdout.buffer.write(made)
        return DONE
    with written_to(asked.output) as out:
        out.buffer.write(made)
    return _done(asked, counted(len(entries), "change"))


def _done(asked: argparse.Namespace, what: str) -> int:
    if asked.output is not None:
        say(f"{what} written to {asked.output}")
    return DONE
