"""Data going out: pages, versions, captures and changes as lines, each of which stands for itself."""

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from crawler.core.documents import document_json
from crawler.core.report.entries import change_json
from crawler.core.steering_marks import as_json
from storage.archive import Archive
from storage.records import Capture, Page, PageState, Version
from storage.records_review import AuditEntry

Line = dict[str, Any]
_FORMULA = re.compile(r"\s*[=+\-@\t\r＝＋－＠]")


def jsonl(lines: Iterable[Line]) -> Iterator[str]:
    """Each line as a JSON object, with its line feed."""
    return (as_json(line) + "\n" for line in lines)


def csv_rows(lines: Iterable[Line]) -> Iterator[str]:
    """Each line as a row (RFC 4180); the first one comes with the header in front. Formulas are made text."""
    written = io.StringIO()
    writer: csv.DictWriter[str] | None = None
    for line in lines:
        if writer is None:
            writer = csv.DictWriter(written, fieldnames=list(line))
            writer.writeheader()
        writer.writerow({key: _cell(value) for key, value in line.items()})
        yield written.getvalue()
        written.seek(0)
        written.truncate()


def _cell(value: Any) -> str:
    """A cell as text; what a spreadsheet would take for a formula gets an apostrophe in front (OWASP)."""
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if _FORMULA.match(text) else text


def _pages(archive: Archive, site: str | None) -> Iterator[Line]:
    """One line a page: those that were there once; with all the addresses and translations that we know of each."""
    siblings: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for page in filter(_stands, archive.pages(site)):
        siblings[page.site, page.group].append(page.url)
    for page in filter(_stands, archive.pages(site)):
        aliases = [alias.url for alias in archive.aliases([page.id]).get(page.id, [])]
        yield page_line(page, aliases, [url for url in siblings[page.site, page.group] if url != page.url])


def _stands(page: Page) -> bool:
    """A page of its own: neither another one's address, nor waiting for a look that may show it to be one."""
    return page.version is not None and page.state not in (PageState.ALIAS, PageState.HELD)


def page_line(page: Page, aliases: list[str], translations: list[str]) -> Line:
    """A page with its other addresses and languages; the keys are stable, new ones may come."""
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
        yield capture_line(capture)


def capture_line(capture: Capture) -> Line:
    """A capture, without what came back; the keys are stable, new ones may come."""
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
    for change in archive.all_changes(site):
        yield change_json(change)


def audit_line(entry: AuditEntry) -> Line:
    """A row of the audit log; the keys are stable, new ones may come."""
    return {
        "id": entry.id,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "detail": entry.detail,
    }


LINES: dict[str, Callable[[Archive, str | None], Iterator[Line]]] = {
    "pages": _pages,
    "versions": _versions,
    "captures": _captures,
    "changes": _changes,
}
"""What goes out, by name; a site's, or all."""
