"""Deciding about changes: one or many at once, and taking the last decision back."""

from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from crawler.core.filters import as_query
from crawler.core.query import parsed
from crawler.i18n import catalogue
from crawler.web import conditions, decisions
from crawler.web.access import Need, Screen, who_of
from crawler.web.choices import section_titles
from crawler.web.context import Web, web_of
from crawler.web.errors import Refused
from crawler.web.listed import together
from crawler.web.pages import language, leads_to, on_site, page
from crawler.web.screens.changes import panel_values, tabs
from crawler.web.words import N_
from storage.records_review import ReviewState

router = Screen()


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
        panel = panel_values(web, spoken, shown[0].row) if form.get("panel") and len(shown) == 1 else None
        values: dict[str, Any] = {"told": told, "noise": noise, "panel": panel, "can_undo": bool(count) and not back}
        return page(request, "decided.html", rows=shown, bad=False, **values, **_list_of(web, form))
    to = form.get("next")
    return leads_to(request, on_site(to if isinstance(to, str) else None, "/changes"), told)


def _list_of(web: Web, form: FormData) -> dict[str, Any]:
    """The list that the form stands on: its filter, and how many there are of each state now."""
    found: dict[str, Any] = {"section_titles": section_titles(web), "states": None, "query": ""}
    path, _, query = str(form.get("next", "")).partition("?")
    try:
        wanted = conditions.filter_of(parse_qsl(query, max_num_fields=200), web.zone())
    except ValueError:
        return found
    if path != conditions.PATH:
        return found
    stems = parsed(wanted.words) if wanted.words.strip() else None
    return found | {"query": as_query(wanted)} | tabs(wanted, web.archive.facets(wanted, stems=stems))


def _as_shown(form: FormData, ids: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The rows of the list that hold these changes, as the form tells them; a change that no row holds, alone."""
    altered = {one for row in ids for one in row}
    rows = [decisions.ids_of(value) for value in form.getlist("shown") if isinstance(value, str)]
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
