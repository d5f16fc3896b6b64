"""``letapis export``: pages, versions, captures and changes as JSON lines, CSV, Markdown files or WARC."""

import argparse
import csv
import json
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from config.settings import Settings
from crawler.commands import DONE, UsageError
from crawler.commands.context import archive_of, as_json, folder_at, say, settings_of, written_to
from crawler.core.documents import document_json, file_name, sample_form
from crawler.core.report import change_json
from storage.archive import Archive
from storage.records import Capture, Page, PageState, Version

Line = dict[str, Any]
_FORMULA = re.compile(r"\s*[=+\-@\t\r＝＋－＠]")
_FORMS = {
    "pages": ("jsonl", "csv"),
    "versions": ("jsonl", "csv", "md"),
    "captures": ("jsonl", "csv", "warc"),
    "changes": ("jsonl", "csv"),
}


def export(asked: argparse.Namespace) -> int:
    """Writes data out, as it streams from the archive."""
    if asked.format not in _FORMS[asked.what] and not (asked.what == "pages" and asked.format == "md"):
        raise UsageError(f"{asked.what} go out as {' or '.join(_FORMS[asked.what])}, not as {asked.format}")
    if asked.format in ("md", "warc") and asked.output is None:
        raise UsageError(f"--format {asked.format} writes files: say where with -o FOLDER")
    settings = settings_of(asked)
    with archive_of(settings) as archive:
        count = _written(asked, archive, settings)
    if asked.output:
        say(f"{count} {'files' if asked.format in ('md', 'warc') else asked.what} written to {asked.output}")
    return DONE


def _written(asked: argparse.Namespace, archive: Archive, settings: Settings) -> int:
    if asked.format == "md":
        return _markdown_files(archive, asked.site, asked.output)
    if asked.format == "warc":
        return _warc_files(settings.warc_folder, asked.site, asked.output)
    write = _csv if asked.format == "csv" else _jsonl
    with written_to(asked.output) as out:
        return write(_LINES[asked.what](archive, asked.site), out)


def _pages(archive: Archive, site: str | None) -> Iterator[Line]:
    """One line a page: those that were there once; with all the addresses and translations that we know of each."""
    siblings: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for page in filter(_stands, archive.pages(site)):
        siblings[page.site, page.group].append(page.url)
    for page in filter(_stands, archive.pages(site)):
        aliases = [alias.url for alias in archive.aliases([page.id]).get(page.id, [])]
        yield _page(page, aliases, [url for url in siblings[page.site, page.group] if url != page.url])


def _stands(page: Page) -> bool:
    """A page of its own: neither another one's address, nor waiting for a look that may show it to be one."""
    return page.version is not None and page.state not in (PageState.ALIAS, PageState.HELD)


def _page(page: Page, aliases: list[str], translations: list[str]) -> Line:
    return {
        "url": page.url,
        "aliases": aliases,
        "translations": translations,
        "state": page.state.value,
        "kind": page.kind.value,
        "site": page.site,
        "section": page.section,
        "title": page.title,
        "language": page.language,
        "version": page.version,
        "found_at": page.found_at.isoformat(),
        "last_seen": page.last_seen.isoformat() if page.last_seen else None,
        "next_visit": page.next_visit.isoformat() if page.next_visit else None,
    }


def _versions(archive: Archive, site: str | None) -> Iterator[Line]:
    for page, version in archive.all_versions(site):
        if _told_elsewhere(page, version, archive):
            continue
        capture = archive.capture(version.capture_id) if version.capture_id is not None else None
        yield {
            **document_json(version.document, digests=version.digests, url=page.url),
            **_of_capture(capture, version),
            "site": page.site,
            "version": version.number,
            "extractor_version": version.extractor_version,
            "profile_version": version.profile_version,
            "upgrade": version.upgrade,
        }


def _told_elsewhere(page: Page, version: Version, archive: Archive) -> bool:
    """Whether the page that this one is another address of has a version of the same content."""
    other = page.alias_of or page.twin_of
    if other is None:
        return False
    return any(known.digests.content == version.digests.content for known in archive.versions(other))


def _of_capture(capture: Capture | None, version: Version) -> Line:
    """What is known of the request that brought a version."""
    return {
        "requested_url": capture.url if capture else None,
        "final_url": capture.url if capture else None,
        "status": capture.status if capture else None,
        "outcome": capture.outcome.value if capture else None,
        "error": capture.error if capture else None,
        "fetched_at": version.first_seen.isoformat(),
    }


def _captures(archive: Archive, site: str | None) -> Iterator[Line]:
    for capture in archive.captures(site=site):
        yield _capture(capture)


def _capture(capture: Capture) -> Line:
    place = capture.warc
    return {
        "url": capture.url,
        "fetched_at": capture.fetched_at.isoformat(),
        "status": capture.status,
        "outcome": capture.outcome.value,
        "error": capture.error,
        "media_type": capture.media_type,
        "digest": capture.digest,
        "size": capture.size,
        "redirect_to": capture.redirect_to,
        "warc": {"file": place.file, "offset": place.offset, "length": place.length} if place else None,
        "run": capture.run_id,
    }


def _changes(archive: Archive, site: str | None) -> Iterator[Line]:
    for change in archive.changes(site=site, include_formatting=True):
        yield change_json(change)


_LINES: dict[str, Callable[[Archive, str | None], Iterator[Line]]] = {
    "pages": _pages,
    "versions": _versions,
    "captures": _captures,
    "changes": _changes,
}


def _jsonl(lines: Iterable[Line], out: TextIO) -> int:
    count = 0
    for line in lines:
        count += 1
        out.write(as_json(line) + "\n")
    return count


def _csv(lines: Iterable[Line], out: TextIO) -> int:
    count = 0
    writer: Any = None
    for line in lines:
        count += 1
        if writer is None:
            writer = csv.DictWriter(out, fieldnames=list(line))
            writer.writeheader()
        writer.writerow({key: _cell(value) for key, value in line.items()})
    return count


def _cell(value: Any) -> str:
    """A cell as text; what a spreadsheet would take for a formula gets an apostrophe in front (OWASP)."""
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if _FORMULA.match(text) else text


def _markdown_files(archive: Archive, site: str | None, folder: Path) -> int:
    """One file a page, its latest version, in the form of the sample documents."""
    folder = folder_at(folder)
    count = 0
    for page in archive.pages(site):
        if page.version is None or page.state in (PageState.ALIAS, PageState.EXCLUDED):
            continue
        version = archive.version(page.id, page.version)
        if version is not None:
            text = sample_form(version.document, url=page.url)
            (folder / file_name(page.url)).write_text(text, encoding="utf-8")
            count += 1
    return count


def _warc_files(folder: Path, site: str | None, target: Path) -> int:
    """The raw captures as they are: whole WARC files, each of one site."""
    target = folder_at(target)
    of_site = re.compile(rf"{re.escape(site)}-\d{{8}}T" if site else "")
    files = [path for path in sorted(folder.glob("*.warc.gz")) if of_site.match(path.name)]
    for path in files:
        shutil.copyfile(path, target / path.name)
    return len(files)
