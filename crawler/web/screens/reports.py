"""Reports: written from changes, seen before they go out, downloaded, published."""

from collections.abc import Iterator
from dataclasses import replace

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from crawler.core.filters import as_query
from crawler.core.query import parsed
from crawler.core.report.composed import linked, paragraphs_of
from crawler.core.report.page import shown_groups
from crawler.i18n import catalogue
from crawler.web import conditions, reporting
from crawler.web.access import Need, Screen, who_of
from crawler.web.context import Web, web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from crawler.web.listed import listed
from crawler.web.pages import language, leads_to, page
from crawler.web.words import N_
from storage.records_queue import ChangeFilter
from storage.records_review import Report, ReportEntry, ReviewState

router = Screen()

OFFERED = 100  # changes to choose from


@router.get("/reports", need=Need.READ)
def reports(request: Request) -> Response:
    web = web_of(request)
    found = web.archive.reports()
    return page(request, "reports.html", reports=found, published=_published(web, found))


@router.get("/reports/new", need=Need.REVIEW)
def new_report(request: Request) -> Response:
    """Changes to choose from: those of the query, which is the change list's; without one, the confirmed ones."""
    return _offer(request, title="", chosen=None)


def _offer(request: Request, *, title: str, chosen: list[int] | None, wrong: str = "", status: int = 200) -> Response:
    web = web_of(request)
    try:
        wanted = conditions.filter_of(request.query_params.multi_items(), web.zone())
    except ValueError:
        wanted, wrong, status = ChangeFilter(), wrong or N_("This filter can't be used."), 422
    if wanted == ChangeFilter():
        wanted = replace(wanted, states=(ReviewState.CONFIRMED,))
    stems = parsed(wanted.words) if wanted.words.strip() else None
    found = web.archive.queue(wanted, limit=OFFERED, stems=stems)
    return page(
        request,
        "report_new.html",
        status=status,
        rows=listed(web.archive, found.rows, language(request, web)),
        total=found.total,
        query=as_query(wanted),
        title=title,
        chosen=chosen,
        wrong=wrong,
        longest=reporting.LONGEST_TITLE,
    )


@router.post("/reports", need=Need.REVIEW)
async def make_report(request: Request) -> Response:
    """A report of the chosen changes (``ids``), a memo drafted on each."""
    form = await request.form(max_files=0, max_fields=1_000)
    return await run_in_threadpool(_make, request, form)


def _make(request: Request, form: FormData) -> Response:
    web, name = web_of(request), who_of(request).user.name
    ids, title = list(_ids(form)), _text(form, "title", reporting.LONGEST_TITLE)
    if not title or not ids:
        wrong = N_("Give the report a title.") if ids else N_("Choose changes first.")
        return _offer(request, title=title, chosen=ids, wrong=wrong, status=422)
    drafted = reporting.drafted(web, ids, language(request, web))
    report = Report(title=title, entries=drafted, created_at=web.now, created_by=name, updated_at=web.now)
    made = web.archive.save_report(report, actor=name, now=web.now)
    return leads_to(request, f"/reports/{made.id}/edit", N_("The memos are drafted: check them, and write the lead."))


@router.get("/reports/{report_id:int}", need=Need.READ)
def report(request: Request, report_id: Id) -> Response:
    """The report as it goes out, and the ways out."""
    web, one = web_of(request), _report(request, report_id)
    composed = reporting.composed(web, one, language(request, web))
    return page(
        request,
        "report_one.html",
        report=composed,
        stored=one,
        forms=list(reporting.Form),
        published=_published(web, [one])[one.id or 0],
        split=paragraphs_of,
        linked=linked,
        shown_groups=shown_groups,
        voice=composed.voice,
        zone=composed.voice.zone,
        may_drop=reporting.may_drop(web, one, who_of(request)),
    )


@router.get("/reports/{report_id:int}/export.{form}", need=Need.READ)
def export_report(request: Request, report_id: Id, form: reporting.Form) -> Response:
    """The report as a file."""
    web, one = web_of(request), _report(request, report_id)
    return file_of(web, one, form, language(request, web))


def file_of(web: Web, one: Report, form: reporting.Form, spoken: str) -> Response:
    """A download of the report."""
    content = reporting.rendered(reporting.composed(web, one, spoken), form)
    headers = {"Content-Disposition": f'attachment; filename="report-{one.id}.{form}"'}
    return Response(content, headers=headers, media_type=reporting.TYPES[form])


@router.get("/reports/{report_id:int}/edit", need=Need.REVIEW)
def edit_form(request: Request, report_id: Id) -> Response:
    return _edit(request, _report(request, report_id))


def _edit(request: Request, one: Report, *, wrong: str = "", status: int = 200) -> Response:
    web = web_of(request)
    changes = {entry.change_id: web.archive.change(entry.change_id) for entry in one.entries}
    return page(
        request,
        "report_edit.html",
        status=status,
        report=one,
        changes=changes,
        wrong=wrong,
        longest=reporting.LONGEST_TITLE,
        seen=web.archive.report(one.id or 0) or one,
    )


@router.post("/reports/{report_id:int}/edit", need=Need.REVIEW)
async def save(request: Request, report_id: Id) -> Response:
    """Saves what was typed; ``do`` says where to go: "preview", or "add", "up N", "down N", "drop N" and on with it."""
    form = await request.form(max_files=0, max_fields=1_500)
    return await run_in_threadpool(_save, request, report_id, form)


def _save(request: Request, report_id: int, form: FormData) -> Response:
    web, stored, name = web_of(request), _report(request, report_id), who_of(request).user.name
    word, _, number = _text(form, "do", 40).partition(" ")
    typed = replace(
        stored,
        title=_text(form, "title", reporting.LONGEST_TITLE),
        lead=_text(form, "lead", reporting.LONGEST_LEAD),
        entries=tuple(_typed(form)),
    )
    if _text(form, "seen", 60) != stored.updated_at.isoformat():
        wrong = N_("Somebody has saved this report meanwhile. Save again to put yours in its place.")
        return _edit(request, typed, wrong=wrong, status=409)
    try:
        if word == "add":
            known = {entry.change_id for entry in typed.entries}
            fresh = [one for one in _ids(form, "add") if one not in known]
            typed = replace(typed, entries=(*typed.entries, *reporting.drafted(web, fresh, language(request, web))))
        reporting.checked(web, (entry.change_id for entry in typed.entries))
    except Refused as error:
        said = catalogue(language(request, web)).gettext(error.message)
        return _edit(request, typed, wrong=said % error.values if error.values else said, status=422)
    if not typed.title:
        return _edit(request, typed, wrong=N_("Give the report a title."), status=422)
    typed = replace(typed, entries=_moved(typed.entries, word, number))
    web.archive.save_report(typed, actor=name, now=web.now)
    place = f"/reports/{report_id}" if word == "preview" else f"/reports/{report_id}/edit"
    return leads_to(request, f"{place}#entry-{number}" if number.isdecimal() else place, N_("Saved."))


@router.post("/reports/{report_id:int}/publish", need=Need.REVIEW)
def publish(request: Request, report_id: Id) -> Response:
    """Its changes become published; the audit log says by whom."""
    web, one = web_of(request), _report(request, report_id)
    if not one.entries:
        return leads_to(request, f"/reports/{report_id}", N_("There is nothing in this report yet."), bad=True)
    try:
        fresh = web.archive.publish(report_id, actor=who_of(request).user.name, now=web.now)
    except ValueError as error:
        raise Refused(409, N_("A change of this report is not there any more: take it out.")) from error
    told = N_("Its changes are published.") if fresh else N_("Its changes were published before.")
    return leads_to(request, f"/reports/{report_id}", told)


@router.get("/reports/{report_id:int}/delete", need=Need.REVIEW)
def delete_form(request: Request, report_id: Id) -> Response:
    """Asks first: nothing brings it back."""
    web, one = web_of(request), _report(request, report_id)
    if not reporting.may_drop(web, one, who_of(request)):
        raise Refused(403, N_("Drafts are deleted by their authors; all else, by administrators."))
    return page(request, "report_delete.html", report=one, published=web.archive.was_published(report_id))


@router.post("/reports/{report_id:int}/delete", need=Need.REVIEW)
def delete(request: Request, report_id: Id) -> Response:
    reporting.drop(web_of(request), _report(request, report_id), who_of(request))
    return leads_to(request, "/reports", N_("The report is deleted."))


def _report(request: Request, report_id: int) -> Report:
    found = web_of(request).archive.report(report_id)
    if found is None:
        raise Refused(404, N_("There is no such report."))
    return found


def _published(web: Web, found: list[Report]) -> dict[int, bool]:
    """Whether all changes of each report are published."""
    reviews = web.archive.review(entry.change_id for one in found for entry in one.entries)
    return {
        one.id or 0: bool(one.entries)
        and all(reviews[entry.change_id].state is ReviewState.PUBLISHED for entry in one.entries)
        for one in found
    }


def _typed(form: FormData) -> Iterator[ReportEntry]:
    """The memos as they stand in the form, by the places that were given them."""
    found = []
    for index, change_id in enumerate(_ids(form, "entry")):
        place = _text(form, f"place-{change_id}", 6)
        entry = ReportEntry(
            change_id=change_id,
            title=_text(form, f"title-{change_id}", reporting.LONGEST_TITLE),
            body=_text(form, f"body-{change_id}", reporting.LONGEST_BODY),
            context=_text(form, f"context-{change_id}", reporting.LONGEST_BODY),
        )
        found.append((int(place) if place.isascii() and place.isdigit() else index + 1, index, entry))
    yield from (entry for _, _, entry in sorted(found, key=lambda one: one[:2]))


def _moved(entries: tuple[ReportEntry, ...], word: str, number: str) -> tuple[ReportEntry, ...]:
    """The memos with one of them a place up or down, or out."""
    at = next((index for index, one in enumerate(entries) if str(one.change_id) == number), None)
    if at is None or word not in ("up", "down", "drop"):
        return entries
    rest = [*entries[:at], *entries[at + 1 :]]
    if word != "drop":
        rest.insert(max(0, at - 1) if word == "up" else at + 1, entries[at])
    return tuple(rest)


def _text(form: FormData, name: str, longest: int) -> str:
    value = form.get(name)
    return value.replace("\r\n", "\n").strip()[:longest] if isinstance(value, str) else ""


def _ids(form: FormData, name: str = "ids") -> Iterator[int]:
    """Numbers of changes, those parted by commas or blanks too; each once. What is no number is left out."""
    words = [word for value in form.getlist(name) if isinstance(value, str) for word in value.replace(",", " ").split()]
    numbers = (int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 19)
    yield from dict.fromkeys(number for number in numbers if number > 0)
