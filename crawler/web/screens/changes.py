"""Changes: the queue, filtered by its address, decided about row by row or many at once."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Query, Request, Response

from crawler.core.filters import as_cursor, as_query, of_cursor
from crawler.core.phrases import shortened
from crawler.core.query import parsed
from crawler.core.report import Entry
from crawler.core.report.marks import shown
from crawler.core.report.page import shown_groups
from crawler.core.report.voice import Voice
from crawler.core.review import BY_HAND
from crawler.entries import entries_of
from crawler.i18n import catalogue
from crawler.web import conditions, decisions
from crawler.web.access import Need, Screen, who_of
from crawler.web.choices import section_titles
from crawler.web.context import Web, web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from crawler.web.listed import listed
from crawler.web.pages import language, leads_to, page
from crawler.web.words import N_
from storage.records import ChangeKind, What
from storage.records_queue import ChangeFilter, Cursor, Facets, QueueRow
from storage.records_review import Review
from storage.said import saying

router = Screen()

ROWS = 50  # of a page
LANGUAGES = ("ru", "be", "en")


@router.get("/changes", need=Need.READ)
def changes(request: Request, after: Annotated[str, Query(max_length=200)] = "") -> Response:
    web, wrong, cursor = web_of(request), "", None
    try:
        wanted = conditions.filter_of(request.query_params.multi_items(), web.zone())
        cursor = of_cursor(after, wanted.order) if after else None
    except ValueError as error:
        wanted, wrong = ChangeFilter(), saying(error)
    return page(request, "changes.html", status=422 if wrong else 200, **_list(request, web, wanted, cursor, wrong))


def _list(request: Request, web: Web, wanted: ChangeFilter, cursor: Cursor | None, wrong: str) -> dict[str, Any]:
    stems = parsed(wanted.words) if wanted.words.strip() else None
    found, facets = web.archive.listing(wanted, after=cursor, limit=ROWS, stems=stems)
    rows = listed(web.archive, found.rows, language(request, web))
    first, query = conditions.address(wanted), as_query(wanted)
    behind = f"{first}{'&' if query else '?'}after={as_cursor(found.next)}" if found.next else None
    return {
        "wanted": wanted,
        "wrong": wrong,
        "rows": rows,
        "total": facets.total,
        "first": first if cursor else None,
        "next": behind,
        "query": query,
        **tabs(wanted, facets),
        "kinds": conditions.by_kind(wanted, facets),
        "counted_sites": conditions.by_site(wanted, facets),
        "sections": conditions.by_section(wanted, facets),
        "titled_sections": _sections(facets, wanted, section_titles(web)),
        "since": conditions.day_of(wanted.since, web.zone()),
        "until": conditions.day_of(wanted.until, web.zone()),
        "filters": _filters(request, web),
        **_choices(web, wanted, language(request, web)),
    }


def _sections(facets: Facets, wanted: ChangeFilter, titles: dict[str, str]) -> list[tuple[str, str]]:
    """The sections that have changes, and the chosen one."""
    names = {name for name in facets.sections if name} | ({wanted.section} if wanted.section else set())
    return sorted(((name, titles.get(name, name)) for name in names), key=lambda one: one[1])


def _choices(web: Web, wanted: ChangeFilter, spoken: str) -> dict[str, Any]:
    """What the forms offer."""
    return {
        "all_kinds": [kind.value for kind in ChangeKind],
        "all_parts": [part.value for part in What],
        "all_languages": list(dict.fromkeys([*LANGUAGES, *wanted.languages])),
        "by_hand_words": [(state.value, catalogue(spoken).gettext(state.value)) for state in BY_HAND],
        "chosen_min": f"{wanted.min_significance:g}" if wanted.min_significance else "",
        "titled_sites": list(site_titles(web).items()),
        "people": people(web, spoken),
        "section_titles": section_titles(web),
    }


def _filters(request: Request, web: Web) -> list[Any]:
    who = who_of(request)
    return web.archive.filters(who.user.name)


def site_titles(web: Web) -> dict[str, str]:
    """Titles of sites by key; where two have the same, their keys tell them apart."""
    titles = {key: site.title or key for key, site in web.sites.items()}
    often = Counter(titles.values())
    return {key: title if often[title] == 1 else f"{title} ({key})" for key, title in titles.items()}


def tabs(wanted: ChangeFilter, facets: Facets) -> dict[str, Any]:
    """The list by state, with counts."""
    found = {"states": conditions.by_state(wanted, facets), "all_states": conditions.address(wanted, states=())}
    return found | {"any_state": not wanted.states}


@router.get("/changes/{change_id}/diff", need=Need.READ)
def inline_diff(request: Request, change_id: Id) -> Response:
    """What differs, as a piece of the list; for who has no scripts, the change's own page."""
    if request.headers.get("hx-request") != "true":
        return leads_to(request, f"/changes/{change_id}")
    web = web_of(request)
    row = web.archive.queue_row(change_id)
    if row is None:
        raise Refused(404, N_("There is no such change."))
    return page(request, "change_panel.html", panel=panel_values(web, language(request, web), row))


def panel_values(web: Web, spoken: str, row: QueueRow) -> dict[str, Any]:
    """What stands behind a row that is opened: the difference, why it weighs what it weighs, notes."""
    entry = next(entries_of(web.archive, [row.change]))
    return {
        "row": row,
        "change": row.change,
        "entry": entry,
        "voice": Voice(zone=web.zone(row.change.site), language=spoken, catalogue=catalogue(spoken)),
        "groups": shown_groups(entry),
        "notes": web.archive.notes(row.review.change_id),
        "text": _text_of(entry),
        "people": people(web, spoken, [row.review]),
    }


def _text_of(entry: Entry) -> list[str]:
    """The first paragraphs of a page that came or went."""
    version = entry.after or entry.before
    lines = version.document.text.split("\n") if version else []
    return [shortened(shown(line), 1_000) for line in lines if line.strip()][:12]


def people(web: Web, spoken: str, reviews: Iterable[Review] = ()) -> list[tuple[str, str]]:
    """Whom a form may choose as assignee."""
    names = decisions.assignable(web.archive, reviews)
    return [(decisions.NOBODY, catalogue(spoken).gettext("nobody")), *((name, name) for name in names)]
