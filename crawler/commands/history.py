"""``letapis history`` and ``letapis diff``: a page's versions, and what differs between two of them."""

import argparse
import sys

from crawler.commands import DONE, UsageError
from crawler.commands.context import archive_of, console, counted, emit, one_line, say, settings_of, site_at, sites_of
from crawler.core.diff import diff as difference
from crawler.core.report import render_terminal_diff
from crawler.core.urls import canonical
from storage.archive import Archive
from storage.records import Page, Version


def page_at(asked: argparse.Namespace, archive: Archive) -> Page:
    """The page that a URL names, by any of its addresses. Raises UsageError when none does.

    Sites that were crawled by a profile that is not given now are looked through, too.
    """
    sites = sites_of(settings_of(asked))
    site = site_at(asked.url, sites)
    others = {run.site: site for run in archive.runs(limit=None)}
    for key, profile in {site.key: site, **others}.items():
        found = archive.page(key, canonical(asked.url, sites.get(key, profile)))
        if found is not None and found.version is not None:
            return found
    raise UsageError(f"{asked.url} is not in the archive; fetch it first: letapis fetch {asked.url}")


def history(asked: argparse.Namespace) -> int:
    """Lists a page's versions, oldest first."""
    with archive_of(settings_of(asked)) as archive:
        page = page_at(asked, archive)
        versions = archive.versions(page.id)
    if asked.json:
        for version in versions:
            emit(_line(page, version))
        return DONE
    say(f"{one_line(page.title or page.url)}\n{page.url} ({page.state.value})")
    for version in versions:
        mark = " (read anew, same bytes)" if version.upgrade else ""
        words = counted(len(version.document.text.split()), "word")
        say(f"{version.number:>4}  first seen {version.first_seen:%Y-%m-%d %H:%M} UTC  {words}{mark}")
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
    from rich.text import Text

    out = console()
    out.print(Text(f"{page.url}  version {before.number} → {after.number}", style="bold"), soft_wrap=True)
    old, new = one_line(before.document.title), one_line(after.document.title)
    if old != new:
        out.print(Text.assemble("title: ", (f"[-{old}-]", "strike red"), " ", (f"{{+{new}+}}", "underline green")))
    pieces = render_terminal_diff(difference(before.document.text, after.document.text))
    out.print(Text.assemble(*((text, style) for style, text in pieces)), end="", soft_wrap=not sys.stdout.isatty())
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
