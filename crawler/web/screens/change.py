"""One change: what differs, why it weighs what it weighs, what it was seen by, what people have decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request, Response

from config.site import Site
from crawler.core.query import parsed
from crawler.core.report import Entry
from crawler.core.report.marks import shown
from crawler.core.report.voice import Voice
from crawler.core.urls import canonical
from crawler.entries import entries_of
from crawler.i18n import catalogue
from crawler.web import difference, history, names
from crawler.web.access import Need, Screen, who_of
from crawler.web.conditions import address, filter_of
from crawler.web.context import Web, web_of
from crawler.web.decisions import assignable
from crawler.web.difference import Difference
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from crawler.web.pages import language, page
from crawler.web.words import N_
from storage.records import Capture, Change, ChangeKind
from storage.records_queue import ChangeFilter, Neighbours, QueueRow

router = Screen()
MEMBERS = 50  # pages of a site-wide event that are named
FILES = 3  # replaced files whose texts are compared
DECISIONS = 50  # told, the latest
LOOKS = 30  # captures that are listed
TEXT = 12  # paragraphs of a page that came or went, unless all are asked for


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """A file that took another's place under the same name, and what differs in its text."""

    name: str
    difference: Difference


@router.get("/changes/{change_id:int}", need=Need.READ)
def change(request: Request, change_id: Id) -> Response:
    """The change; the query may hold the queue's filter, ``view`` (sides, inline) and ``all``."""
    web = web_of(request)
    row = web.archive.queue_row(change_id)
    if row is None:
        raise Refused(404, N_("There is no such change."))
    entry = next(entries_of(web.archive, [row.change]))
    values = {
        "names": names,
        **_told(request, web, row, entry),
        **_around(request, web, row),
        **_decided(request, web, row),
    }
    return page(request, "change.html", **values)


def voice_of(request: Request, web: Web, site: str) -> Voice:
    """Says things of a site in the reader's language."""
    spoken = language(request, web)
    known = web.sites.get(site)
    titles = {part.name: part.title or part.name for part in known.sections} if known else {}
    return Voice(zone=web.zone(site), language=spoken, catalogue=catalogue(spoken), sections=titles)


def _told(request: Request, web: Web, row: QueueRow, entry: Entry) -> dict[str, Any]:
    voice = voice_of(request, web, row.change.site)
    found = difference.asked(request, entry.comparison) if entry.comparison else None
    return {
        "row": row,
        "change": row.change,
        "entry": entry,
        "voice": voice,
        "difference": found,
        "switches": difference.switches(request, found) if found is not None else {},
        "text": [] if found is not None else _text(entry),
        "text_shown": None if request.query_params.get("all") == "1" else TEXT,
        "all_href": difference.with_params(request, all="1"),
        "files": _replaced(request, web, entry),
        "looks": looks_of(web, row.change, entry),
        "subject": _subject(web, row.change, entry),
    }


def _around(request: Request, web: Web, row: QueueRow) -> dict[str, Any]:
    """Neighbours: of the same page, and in the queue whose filter the address holds."""
    wanted = _filter(request, web, row.change)
    stems = parsed(wanted.words) if wanted.words.strip() else None
    found: Neighbours = web.archive.neighbours(row.change.id or 0, wanted, stems=stems)
    query = urlsplit(address(wanted)).query
    members = (
        web.archive.changes(group_id=row.change.id, limit=MEMBERS, include_formatting=True) if row.group > 1 else []
    )
    return {
        "neighbours": found,
        "query": f"?{query}" if query else "",
        "queue": address(wanted),
        "members": members,
        "lead": row.change.group_id,
    }


def _filter(request: Request, web: Web, change: Change) -> ChangeFilter:
    """The queue's filter in this address; one that means nothing is no filter."""
    pairs = request.query_params.multi_items()
    try:
        return filter_of([(name, value) for name, value in pairs if name not in ("view", "all")], web.zone(change.site))
    except ValueError:
        return ChangeFilter()


def _decided(request: Request, web: Web, row: QueueRow) -> dict[str, Any]:
    change_id = row.change.id or 0
    reviewing, spoken = who_of(request).may(Need.REVIEW), language(request, web)
    words = catalogue(spoken)
    return {
        "review": row.review,
        "notes": web.archive.notes(change_id),
        "history": history.entries(web, web.archive.audit(f"change {change_id}", limit=DECISIONS), words, spoken),
        "rule": web.archive.hidden_by([change_id]).get(change_id),
        "people": assignable(web.archive, [row.review]) if reviewing else [],
    }


def _text(entry: Entry) -> list[str]:
    """The paragraphs of a page that came or went."""
    version = entry.after or entry.before
    return [shown(line) for line in version.document.text.split("\n") if line.strip()] if version else []


def _subject(web: Web, change: Change, entry: Entry) -> dict[str, int | None]:
    """The pages that the versions before and after belong to."""
    before = entry.before.page_id if entry.before else None
    after = entry.after.page_id if entry.after else None
    return {"before": before, "after": after, "own": change.page_id}


def looks_of(web: Web, change: Change, entry: Entry) -> Sequence[Capture]:
    """The captures from the last look before to the first one after, and those that the versions were read from."""
    versions = [version for version in (entry.before, entry.after) if version]
    pages = {change.subject_id or change.page_id, *(version.page_id for version in versions)}
    if change.kind is ChangeKind.MOVED:
        pages.add(change.page_id)
    return web.archive.looks(
        pages,
        since=change.last_seen or change.first_seen,
        until=change.first_seen,
        run_id=change.run_id,
        also=[version.capture_id for version in versions if version.capture_id],
        limit=LOOKS,
    )


def _replaced(request: Request, web: Web, entry: Entry) -> list[Replaced]:
    """Files that other files took the place of, where both were read: their texts compared."""
    if entry.comparison is None or entry.comparison.file or entry.change.site not in web.sites:
        return []
    site = web.sites[entry.change.site]
    pairs = [
        (_canonical(before.url, site), _canonical(after.url, site), after.name)
        for before, after in entry.comparison.attachments.retargeted[:FILES]
    ]
    pages = web.archive.pages_by_url(site.key, [url for pair in pairs for url in pair[:2]])
    latest = web.archive.latest_versions({one.id for one in pages.values()})
    words = catalogue(language(request, web))
    found = []
    for old, new, name in pairs:
        before, after = (latest.get(pages[url].id) if url in pages else None for url in (old, new))
        if before and after:
            comparison = difference.compared(before, after, new, words)
            found.append(Replaced(name=name, difference=difference.asked(request, comparison)))
    return found


def _canonical(url: str, site: Site) -> str:
    try:
        return canonical(url, site)
    except ValueError:
        return url  # no address: no page has it
