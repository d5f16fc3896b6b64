"""The audit log: for administrators; a part at a time, or all of it as a file."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import Field

from crawler.exports import audit_line
from crawler.web.access import Need
from crawler.web.api.exporting import FILE, Form, streamed
from crawler.web.api.routes import Api, Asked, In, Listing, Moment, Out, RowId, Short, onward
from crawler.web.context import web_of
from storage import records_review as records

api = Api("audit")


class AuditFilter(In):
    subject: Short | None = Field(None, description="what was decided about", examples=["change 17"])
    actor: Short | None = Field(None, description="a user's name", examples=["anna"])
    action: Short | None = Field(None, description="what was done", examples=["change.state", "user.login"])
    since: Moment | None = Field(None, description="then or later")
    until: Moment | None = Field(None, description="before")

    def wanted(self) -> records.AuditAsked:
        return records.AuditAsked(
            subject=self.subject, actor=self.actor, action=self.action, since=self.since, until=self.until
        )


class AuditAsked(AuditFilter, Asked):
    before: RowId | None = Field(None, description="entries with lower ids")


class AuditOut(Out):
    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


@api.get("/audit", need=Need.ADMIN, summary="The audit log")
def audit(request: Request, asked: Annotated[AuditAsked, Query()]) -> Listing[AuditOut]:
    """Who decided what when, the newest first."""
    some = web_of(request).archive.audit_list(asked.wanted(), before=asked.before, limit=asked.limit + 1)
    items = [AuditOut.model_validate(one) for one in some[: asked.limit]]
    more = len(some) > asked.limit
    return Listing(items=items, next=onward(request, before=items[-1].id) if more else None)


@api.get("/audit.{form}", need=Need.ADMIN, summary="The audit log as a file", **FILE)
def audit_file(request: Request, form: Form, asked: Annotated[AuditFilter, Query()]) -> Response:
    """All that is asked for as a stream, the newest first; in CSV no cell is a formula."""
    return streamed(_lines(request, asked.wanted()), "audit", form)


def _lines(request: Request, asked: records.AuditAsked) -> Iterator[dict[str, Any]]:
    return (audit_line(entry) for entry in web_of(request).archive.audit_rows(asked))
