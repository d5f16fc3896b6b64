"""``letapis history`` and ``letapis diff``: a page's versions, and what differs between two of them."""

import argparse

from crawler.commands import DONE, UsageError
from crawler.commands.context import archive_of, emit, say, settings_of, site_at, sites_of
from crawler.core.diff import diff as difference
from crawler.core.report import render_terminal_diff
from crawler.core.urls import canonical
from storage.archive import Archive
from storage.records import Page, Version


def page_at(asked: argparse.Namespace, archive: Archive) -> Page:
    """The page that a URL names, by any of its addresses. Raises UsageError when none does."""
    site = site_at(asked.url, sites_of(settings_of(asked)))
    found = archive.page(site.key, canonical(asked.url, site))
    if found is None:
        raise UsageError(f"{asked.url} is not in the archive; fetch it first: letapis fetch {asked.url}")
    return found


def history(asked: argparse.Namespace) -> int:
    """Lists a page's versions, oldest first."""
    with archive_of(settings_of(asked)) as archive:
        page = page_at(asked, archive)
        versions = archive.versions(page.id)
    if asked.json:
        for version in versions:
            emit(_line(page, version))
        return DONE
    say(f"{page.title or page.url}\n{page.url} ({page.state.value})")
    for version in versions:
        mark = " (read anew, same bytes)" if version.upgrade else ""
        words = len(version.document.text.split())
        say(f"{version.number:>4}  first seen {version.first_seen:%Y-%m-%d %H:%M} UTC  {words} words{mark}")
    if len(versions) > 1:
        say(f"See what changed: letapis diff {page.url}")
    return DONE


def _line(page: Page, version: Version) -> dict[str, object]:
    return {
        "url": page.url,
        "version": version.number,
        "first_seen": version.first_seen.isoformat(),
        "title": version.document.title,
        "digest": version.digests.content,
        "extractor": version.document.extractor.value,
        "extractor_version": version.extractor_version,
        "profile_version": version.profile_version,
        "upgrade": version.upgrade,
    }


def diff(asked: argparse.Namespace) -> int:
    """Shows what differs between two versions, in colour on a terminal."""
    with archive_of(settings_of(asked)) as archive:
        page = page_at(asked, archive)
        before, after = _pair(asked, page, archive)
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    console.print(f"{page.url}  version {before.number} → {after.number}")
    if before.document.title != after.document.title:
        console.print(
            Text.assemble("title: ", (before.document.title, "strike red"), " ", (after.document.title, "green"))
        )
    for style, text in render_terminal_diff(difference(before.document.text, after.document.text)):
        console.print(Text(text, style=style), end="")
    console.print()
    return DONE


def _pair(asked: argparse.Namespace, page: Page, archive: Archive) -> tuple[Version, Version]:
    versions = {version.number: version for version in archive.versions(page.id)}
    if len(versions) < 2 and asked.before is None:
        raise UsageError(f"{page.url} has one version only; there is nothing to compare yet")
    numbers = sorted(versions)
    before, after = asked.before or numbers[-2], asked.after or numbers[-1]
    for number in (before, after):
        if number not in versions:
            raise UsageError(f"{page.url} has no version {number}; it has {numbers[0]} to {numbers[-1]}")
    return versions[before], versions[after]
