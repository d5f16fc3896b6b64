"""Small records with sensible defaults, for tests of the archive."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from storage.archive import Archive
from storage.records import (
    Capture,
    Change,
    ChangeKind,
    Digests,
    Discovery,
    Document,
    Extractor,
    Outcome,
    Page,
    PageKind,
    PageState,
    Revisit,
    RunKind,
    Settlement,
    Version,
    What,
)

NOON = datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
SITE = "mpt"


def address(path: str) -> str:
    return f"https://mpt.example{path}"


def discovery(path: str, **fields: Any) -> Discovery:
    usual: dict[str, Any] = {
        "site": SITE,
        "url": address(path),
        "address": address(path),
        "group": address(path),
        "kind": PageKind.NEWS,
        "next_visit": NOON,
        "revisit": Revisit(page_class="news"),
    }
    return Discovery(**(usual | fields))


def found(archive: Archive, *paths: str, **fields: Any) -> list[Page]:
    """Pages at these paths, just discovered."""
    archive.discover([discovery(path, **fields) for path in paths])
    pages = archive.pages_by_url(fields.get("site", SITE), [address(path) for path in paths])
    return [pages[address(path)] for path in paths]


def started(archive: Archive, kind: RunKind = RunKind.CRAWL) -> int:
    return archive.begin_run(SITE, kind, NOON).id


def document(title: str, text: str, **fields: Any) -> Document:
    usual: dict[str, Any] = {
        "language": "be",
        "published": "2026-03-01",
        "kind": PageKind.NEWS,
        "extractor": Extractor.PROFILE,
    }
    return Document(title=title, text=text, markdown=text, **(usual | fields))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def digests(of: Document) -> Digests:
    parts = {name: digest(name) for name in ("links", "images", "numbers", "dates", "attachments", "formatting")}
    content = digest(of.title + "\n" + of.text)
    return Digests(content=content, title=digest(of.title), text=digest(of.text), **parts)


def version(page: Page, number: int, title: str = "Тытул", text: str = "Тэкст", **fields: Any) -> Version:
    shown = fields.pop("document", None) or document(title, text)
    usual: dict[str, Any] = {"first_seen": NOON, "extractor_version": "1", "profile_version": "1"}
    return Version(page_id=page.id, number=number, document=shown, digests=digests(shown), **(usual | fields))


def capture(page: Page, run_id: int, **fields: Any) -> Capture:
    usual: dict[str, Any] = {"fetched_at": NOON, "status": 200, "outcome": Outcome.NEW}
    return Capture(run_id=run_id, page_id=page.id, url=page.url, **(usual | fields))


def change(page: Page, run_id: int, kind: ChangeKind = ChangeKind.EDITED, **fields: Any) -> Change:
    usual: dict[str, Any] = {
        "site": page.site,
        "url": page.url,
        "title": "Тытул",
        "page_kind": page.kind,
        "last_seen": NOON - DAY,
        "first_seen": NOON,
        "significance": 0.5,
        "what": (What.TEXT,),
        "summary": "адно слова",
        "from_version": 1,
        "to_version": 2,
    }
    return Change(page_id=page.id, kind=kind, run_id=run_id, **(usual | fields))


def live(page: Page, number: int = 1, **fields: Any) -> Page:
    """The page after a good visit that found its version of that number."""
    usual: dict[str, Any] = {"state": PageState.LIVE, "version": number, "last_seen": NOON, "next_visit": NOON + DAY}
    return replace(page, **(usual | fields))


def visit(page: Page, run_id: int, number: int = 1, text: str = "Тэкст", **fields: Any) -> Settlement:
    """A good visit that found a new version."""
    usual: dict[str, Any] = {
        "pages": (live(page, number),),
        "captures": (capture(page, run_id),),
        "versions": (version(page, number, text=text),),
    }
    return Settlement(**(usual | fields))
