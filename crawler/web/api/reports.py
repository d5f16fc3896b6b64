"""Reports: memos on changes, drafted or given, published, downloaded."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import Field

from crawler.web import reporting
from crawler.web.access import Need, who_of
from crawler.web.api.routes import Api, In, Listing, Out, RowId, found
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from crawler.web.pages import language
from crawler.web.screens.reports import file_of
from storage.records_review import Report, ReportEntry

api = Api("reports")

_Body = Annotated[str, Field(max_length=reporting.LONGEST_BODY)]


def _form(kind: str) -> dict[str, Any]:
    return {"schema": {"type": "object"} if kind == "application/json" else {"type": "string", "format": "binary"}}


class EntryIn(In):
    """A memo. Without title and body it is drafted from the change."""

    change_id: RowId
    title: str = Field("", max_length=reporting.LONGEST_TITLE, description="in the present tense, names the change")
    body: _Body = Field("", description="neutral, in the past tense; words in [square brackets] lead to the difference")
    context: _Body = ""


class ReportIn(In):
    title: str = Field(min_length=1, max_length=reporting.LONGEST_TITLE, examples=["What changed in November"])
    lead: str = Field("", max_length=reporting.LONGEST_LEAD)
    entries: list[EntryIn] = Field([], max_length=reporting.MOST)


class EntryOut(Out):
    change_id: int
    title: str
    body: str
    context: str


class ReportOut(Out):
    id: int
    title: str
    lead: str
    entries: list[EntryOut]
    created_at: datetime
    created_by: str
    updated_at: datetime


class Published(Out):
    fresh: list[int] = Field(description="ids of the changes that were not published before")


@api.get("/reports", need=Need.READ, summary="Reports")
def reports(request: Request) -> Listing[ReportOut]:
    """The last edited first, a hundred at most."""
    return Listing(items=[ReportOut.model_validate(one) for one in web_of(request).archive.reports()])


@api.get("/reports/{report_id:int}", need=Need.READ, summary="One report")
def report(request: Request, report_id: Id) -> ReportOut:
    """As it was written."""
    return ReportOut.model_validate(found(web_of(request).archive.report(report_id)))


@api.get(
    "/reports/{report_id:int}/export.{form}",
    need=Need.READ,
    summary="A report as a file",
    response_class=Response,
    responses={200: {"content": {kind.partition(";")[0]: _form(kind) for kind in reporting.TYPES.values()}}},
)
def export(request: Request, report_id: Id, form: reporting.Form) -> Response:
    """HTML that needs nothing else, Markdown, Word, or JSON; in the language of the user, else of Accept-Language."""
    web = web_of(request)
    return file_of(web, found(web.archive.report(report_id)), form, language(request, web))


@api.post("/reports", need=Need.REVIEW, status_code=201, summary="Write a report")
def make(request: Request, asked: ReportIn) -> ReportOut:
    """Entries in their order; what says nothing is drafted."""
    web, name = web_of(request), who_of(request).user.name
    entries = _entries(request, asked.entries)
    new = Report(
        title=asked.title, lead=asked.lead, entries=entries, created_at=web.now, created_by=name, updated_at=web.now
    )
    return ReportOut.model_validate(web.archive.save_report(new, actor=name, now=web.now))


@api.put("/reports/{report_id:int}", need=Need.REVIEW, summary="Rewrite a report")
def rewrite(request: Request, report_id: Id, asked: ReportIn) -> ReportOut:
    """The whole of it. What is published stays so."""
    web, name = web_of(request), who_of(request).user.name
    stored = found(web.archive.report(report_id))
    new = replace(stored, title=asked.title, lead=asked.lead, entries=_entries(request, asked.entries))
    return ReportOut.model_validate(web.archive.save_report(new, actor=name, now=web.now))


@api.post("/reports/{report_id:int}/publish", need=Need.REVIEW, summary="Publish a report's changes")
def publish(request: Request, report_id: Id) -> Published:
    """They become published; the audit log says by whom. 409 for a report without any."""
    web = web_of(request)
    if not found(web.archive.report(report_id)).entries:
        raise Refused(409, "There is nothing in this report yet.")
    fresh = web.archive.publish(report_id, actor=who_of(request).user.name, now=web.now)
    return Published(fresh=fresh)


@api.delete("/reports/{report_id:int}", need=Need.REVIEW, summary="Delete a report")
def delete(request: Request, report_id: Id) -> ReportOut:
    """A draft of one's own; as an administrator any, published ones too. For good: answers with what it was."""
    one = found(web_of(request).archive.report(report_id))
    reporting.drop(web_of(request), one, who_of(request))
    return ReportOut.model_validate(one)


def _entries(request: Request, asked: Sequence[EntryIn]) -> tuple[ReportEntry, ...]:
    web = web_of(request)
    reporting.checked(web, (one.change_id for one in asked))
    empty = [one.change_id for one in asked if not (one.title or one.body)]
    made = {one.change_id: one for one in reporting.drafted(web, empty, language(request, web))}
    return tuple(made.get(one.change_id) or ReportEntry(**one.model_dump()) for one in asked)
