"""Changes: the queue, filtered by its address, decided about row by row or many at once."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

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
from crawler.web.context import Web, web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from crawler.web.listed import listed, together
from crawler.web.pages import language, leads_to, on_site, page
from crawler.web.words import N_
from storage.records import ChangeKind, What
from storage.records_queue import ChangeFilter, Cursor, Facets, QueueRow
from storage.records_review import Review, ReviewState

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
        wanted, wrong = ChangeFilter(), str(error)
    return page(request, "changes.html", status=422 if wrong else 200, **_list(request, web, wanted, cursor, wrong))


def _list(request: Request, web: Web, wanted: ChangeFilter, cursor: Cursor | None, wrong: str) -> dict[str, Any]:
    stems = parsed(wanted.words) if wanted.words.strip() else None
    found = web.archive.queue(wanted, after=cursor, limit=ROWS, stems=stems)
    facets = web.archive.facets(wanted, stems=stems)
    rows = listed(web.archive, found.rows, language(request, web))
    first, query = conditions.address(wanted), as_query(wanted)
    behind = f"{first}{'&' if query else '?'}after={as_cursor(found.next)}" if found.next else None
    return {
        "wanted": wanted,
        "wrong": wrong,
        "rows": rows,
        "total": found.total,
        "first": first if cursor else None,
        "next": behind,
        "query": query,
        "states": conditions.by_state(wanted, facets),
        "all_states": conditions.address(wanted, states=()),
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


def section_titles(web: Web) -> dict[str, str]:
    """Titles of sections by name, of all sites."""
    return {section.name: section.title for site in web.sites.values() for section in site.sections if section.title}


def site_titles(web: Web) -> dict[str, str]:
    """Titles of sites by key; where two have the same, their keys tell them apart."""
    titles = {key: site.title or key for key, site in web.sites.items()}
    often = Counter(titles.values())
    return {key: title if often[title] == 1 else f"{title} ({key})" for key, title in titles.items()}


@router.get("/changes/{change_id}/diff", need=Need.READ)
def inline_diff(request: Request, change_id: Id) -> Response:
    """What differs, as a piece of the list; for who has no scripts, the change's own page."""
    if request.headers.get("hx-request") != "true":
        return leads_to(request, f"/changes/{change_id}")
    web = web_of(request)
    row = web.archive.queue_row(change_id)
    if row is None:
        raise Refused(404, N_("There is no such change."))
    return page(request, "change_panel.html", panel=_panel_values(web, language(request, web), row))


def _panel_values(web: Web, spoken: str, row: QueueRow) -> dict[str, Any]:
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


@router.post("/changes/decide", need=Need.REVIEW)
async def decide(request: Request) -> Response:
    """Decides about changes; see ``crawler.web.decisions.decision_of`` for the form's fields.

    htmx gets the rows as they are now, a browser without scripts goes on to ``next``.
    """
    form = await request.form(max_files=0, max_fields=2_000)
    return await run_in_threadpool(_decide, request, form)


def _decide(request: Request, form: FormData) -> Response:
    web, actor = web_of(request), who_of(request).user.name
    try:
        decided = decisions.decision_of(form, actor)
        if decided.empty:
            raise Refused(422, N_("Choose what to decide."))
        altered = decisions.carry_out(web.archive, decided, actor=actor, now=web.now)
    except Refused as error:
        if request.headers.get("hx-request") != "true":
            raise
        return page(
            request,
            "decided.html",
            rows=[],
            told=_refusal(request, error),
            bad=True,
            noise=None,
            panel=None,
            can_undo=False,
        )
    word = decided.state if isinstance(decided.state, ReviewState) else None
    lone = decided.ids[0] if word is ReviewState.NOISE and len(decided.rows) == 1 else None
    return _decided(request, form, decided.rows, len(altered), word=word, noise=lone)


@router.post("/changes/undo", need=Need.REVIEW)
async def undo(request: Request) -> Response:
    """Takes back what this user decided last; said again, what was decided before that."""
    form = await request.form(max_files=0, max_fields=2_000)
    return await run_in_threadpool(_undo, request, form)


def _undo(request: Request, form: FormData) -> Response:
    web = web_of(request)
    back = decisions.take_back(web.archive, actor=who_of(request).user.name, now=web.now)
    return _decided(request, form, [(one,) for one in back], len(back), back=True)


def _decided(
    request: Request,
    form: FormData,
    rows: Any,
    count: int,
    *,
    word: ReviewState | None = None,
    noise: int | None = None,
    back: bool = False,
) -> Response:
    """The rows as they are now, and what was done in words."""
    web = web_of(request)
    spoken = language(request, web)
    told = _told(spoken, count, word, back)
    if request.headers.get("hx-request") == "true":
        if back:
            rows = _as_shown(form, rows)
        shown = together(web.archive, rows, spoken)
        panel = _panel_values(web, spoken, shown[0].row) if form.get("panel") and len(shown) == 1 else None
        values = {"told": told, "bad": False, "noise": noise, "panel": panel, **_row_values(web)}
        return page(request, "decided.html", rows=shown, can_undo=bool(count) and not back, **values)
    to = form.get("next")
    return leads_to(request, on_site(to if isinstance(to, str) else None, "/changes"), told)


def _row_values(web: Web) -> dict[str, Any]:
    return {"section_titles": section_titles(web)}


def _as_shown(form: FormData, ids: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The rows of the list that hold these changes, as the form tells them; a change that no row holds, alone."""
    altered = {one for row in ids for one in row}
    rows = [
        tuple(int(one) for one in value.split(","))
        for value in form.getlist("shown")
        if isinstance(value, str) and value.replace(",", "").isdecimal() and len(value) < 20_000
    ]
    return [row for row in rows if altered & set(row)]


def _told(spoken: str, count: int, word: ReviewState | None, back: bool) -> str:
    words = catalogue(spoken)
    if back:
        if not count:
            return words.gettext("There is nothing to take back.")
        return words.ngettext("%(n)s change is as it was before.", "%(n)s changes are as they were before.", count) % {
            "n": count
        }
    if not count:
        return words.gettext("Nothing had to be altered.")
    if word is None:
        return words.ngettext("%(n)s change is altered.", "%(n)s changes are altered.", count) % {"n": count}
    told = words.ngettext("%(n)s change: %(state)s.", "%(n)s changes: %(state)s.", count)
    return told % {"n": count, "state": words.gettext(word.value)}


def _refusal(request: Request, error: Refused) -> str:
    told = catalogue(language(request, web_of(request))).gettext(error.message)
    return told % error.values if error.values else told
