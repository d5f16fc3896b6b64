"""Records to rows and back: the only place that knows how a record is laid out in columns."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import RowMapping

from storage.records import (
    Attachment,
    Capture,
    Change,
    ChangeKind,
    Digests,
    Discovery,
    Document,
    Extractor,
    Image,
    Link,
    Named,
    Outcome,
    Page,
    PageKind,
    PageState,
    Problem,
    Revisit,
    Run,
    RunKind,
    RunState,
    Version,
    WarcPlace,
    What,
)
from storage.tables import micros

Row = Mapping[str, Any] | RowMapping

_REVISIT = tuple(f.name for f in fields(Revisit))
_PAGE = tuple(f.name for f in fields(Page) if f.name not in ("kind", "state", "revisit"))
_DISCOVERY = tuple(f.name for f in fields(Discovery) if f.name != "revisit")
_CAPTURE = tuple(f.name for f in fields(Capture) if f.name not in ("outcome", "warc"))
_VERSION = tuple(f.name for f in fields(Version) if f.name not in ("document", "digests"))
_DIGESTS = tuple(f.name for f in fields(Digests))
_PARTS = ("links", "images", "attachments")
_DOCUMENT = tuple(f.name for f in fields(Document) if f.name not in (*_PARTS, "kind", "extractor", "translations"))
_CHANGE = tuple(f.name for f in fields(Change) if f.name not in ("kind", "page_kind", "what"))
_RUN = tuple(f.name for f in fields(Run) if f.name not in ("kind", "state", "counts"))
_PROBLEM = tuple(f.name for f in fields(Problem))

# Of a discovered page, besides what the discovery says.
_NEVER_VISITED = dict.fromkeys(
    (
        *("alias_of", "twin_of", "node", "etag", "last_modified", "body_digest", "region_digest", "version", "title"),
        *("language", "last_seen", "missing_since", "unconditional_at", "lease_until", "hint_modified", "hint_read"),
    )
)


def _take(source: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(source, name) for name in names}


def page_row(page: Page) -> dict[str, Any]:
    """Columns of a page, the lease aside."""
    return {
        **_take(page, _PAGE),
        **_take(page.revisit, _REVISIT),
        "kind": page.kind.value,
        "state": page.state.value,
    }


def page_of(row: Row) -> Page:
    return Page(
        kind=PageKind(row["kind"]),
        state=PageState(row["state"]),
        revisit=Revisit(**{name: row[name] for name in _REVISIT}),
        **{name: row[name] for name in _PAGE},
    )


def named_columns(table: Any) -> list[Any]:
    """The columns that named_of reads."""
    names = ("id", "next_visit", "hint_modified", "hint_read", *_REVISIT)
    return [table.c[name] for name in names]


def named_of(row: Row) -> Named:
    return Named(
        page_id=row["id"],
        next_visit=row["next_visit"],
        hint_modified=row["hint_modified"],
        hint_read=row["hint_read"],
        revisit=Revisit(**{name: row[name] for name in _REVISIT}),
    )


def discovery_row(found: Discovery, found_at: datetime | None = None) -> dict[str, Any]:
    """Columns of the page that a discovery becomes; found when it wants its first visit, unless told otherwise."""
    return {
        **_NEVER_VISITED,
        **_take(found, _DISCOVERY),
        **_take(found.revisit, _REVISIT),
        "kind": found.kind.value,
        "state": PageState.NEW.value,
        "found_at": found_at or found.next_visit,
    }


def capture_row(capture: Capture) -> dict[str, Any]:
    place = capture.warc
    row = {
        **_take(capture, _CAPTURE),
        "outcome": capture.outcome.value,
        "warc_file": place.file if place else None,
        "warc_offset": place.offset if place else None,
        "warc_length": place.length if place else None,
    }
    del row["id"]
    return row


def capture_of(row: Row) -> Capture:
    place = None
    if row["warc_file"] is not None:
        place = WarcPlace(file=row["warc_file"], offset=row["warc_offset"], length=row["warc_length"])
    return Capture(outcome=Outcome(row["outcome"]), warc=place, **{name: row[name] for name in _CAPTURE})


def version_row(version: Version) -> dict[str, Any]:
    document = version.document
    return {
        **_take(version, _VERSION),
        **_take(document, _DOCUMENT),
        **{f"digest_{name}": getattr(version.digests, name) for name in _DIGESTS},
        "kind": document.kind.value,
        "extractor": document.extractor.value,
        "links": _json([[link.url, link.text] for link in document.links]),
        "images": _json([[image.url, image.alt] for image in document.images]),
        "attachments": _json([[a.url, a.text, a.media_type] for a in document.attachments]),
        "translations": _json([list(pair) for pair in document.translations]),
    }


def version_of(row: Row) -> Version:
    return Version(
        document=document_of(row),
        digests=Digests(**{name: row[f"digest_{name}"] for name in _DIGESTS}),
        **{name: row[name] for name in _VERSION},
    )


def document_of(row: Row) -> Document:
    return Document(
        kind=PageKind(row["kind"]),
        extractor=Extractor(row["extractor"]),
        links=tuple(Link(url=url, text=text) for url, text in json.loads(row["links"])),
        images=tuple(Image(url=url, alt=alt) for url, alt in json.loads(row["images"])),
        attachments=tuple(
            Attachment(url=url, text=text, media_type=media) for url, text, media in json.loads(row["attachments"])
        ),
        translations=tuple((language, url) for language, url in json.loads(row["translations"])),
        **{name: row[name] for name in _DOCUMENT},
    )


def change_row(change: Change) -> dict[str, Any]:
    row = {
        **_take(change, _CHANGE),
        "kind": change.kind.value,
        "page_kind": change.page_kind.value,
        "what": f",{','.join(what.value for what in change.what)},",
        "absorbed": False,
        "key": change_key(change),
    }
    del row["id"]
    return row


def change_key(change: Change) -> str:
    """What tells one change of a page and kind from the next: versions, subject, and when it was last seen as before.

    The last sight is part of it because a page may vanish twice, or go back and forth between two versions.
    """
    seen = micros(change.last_seen) if change.last_seen else "never"
    return f"{change.from_version}>{change.to_version} of {change.subject_id or 'self'} after {seen}"


@lru_cache(1_000)
def _parts(what: str) -> tuple[What, ...]:
    return tuple(What(name) for name in what.split(",") if name)


def change_of(row: Row) -> Change:
    return Change(
        kind=ChangeKind(row["kind"]),
        page_kind=PageKind(row["page_kind"]),
        what=_parts(row["what"]),
        **{name: row[name] for name in _CHANGE},
    )


def run_of(row: Row) -> Run:
    return Run(
        kind=RunKind(row["kind"]),
        state=RunState(row["state"]),
        counts=json.loads(row["counts"]),
        **{name: row[name] for name in _RUN},
    )


def problem_of(row: Row) -> Problem:
    return Problem(**{name: row[name] for name in _PROBLEM})


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
