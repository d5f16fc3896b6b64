"""Captures: what each request brought back, and the stored bytes themselves."""

from datetime import datetime
from itertools import islice
from typing import Annotated
from urllib.parse import quote

from fastapi import Query, Request, Response
from pydantic import Field

from crawler.exports import capture_line
from crawler.web.access import Need
from crawler.web.api.routes import Api, Asked, Listing, Out, RowId, found, onward
from crawler.web.context import web_of
from crawler.web.inputs import LAST_ID, Id
from crawler.web.screens.raw import latin, record_of
from crawler.web.stored import safe_name, stored_answer
from storage.records import Capture, Outcome

api = Api("captures")


class CapturesAsked(Asked):
    page: RowId | None = Field(None, description="id of a page")
    run: RowId | None = Field(None, description="id of a run")
    after: int = Field(0, ge=0, le=LAST_ID, description="captures with higher ids")


class PlaceOut(Out):
    file: str
    offset: int
    length: int


class CaptureOut(Out):
    id: int
    page: int = Field(description="id of the page")
    url: str = Field(description="as requested")
    fetched_at: datetime
    status: int | None = Field(description="of HTTP; null when no answer came")
    outcome: Outcome
    error: str | None
    media_type: str | None
    digest: str | None = Field(description="sha256 of the decoded body")
    size: int
    redirect_to: str | None
    warc: PlaceOut | None = Field(description="where the record lies; null when nothing came back")
    run: int

    @classmethod
    def of(cls, one: Capture) -> "CaptureOut":
        """The same keys as ``letapis export captures`` has, and the ids."""
        return cls.model_validate({**capture_line(one), "id": one.id, "page": one.page_id})


class CaptureWhole(CaptureOut):
    headers: list[tuple[str, str]] = Field(description="names and values as they came; empty where nothing came back")
    same_as: int | None = Field(description="id of the capture whose bytes came again; null: its own")


@api.get("/captures", need=Need.READ, summary="Captures, of a page or of a run")
def captures(request: Request, asked: Annotated[CapturesAsked, Query()]) -> Listing[CaptureOut]:
    """In the order of their recording."""
    every = web_of(request).archive.captures(page_id=asked.page, run_id=asked.run, after=asked.after)
    some = list(islice(every, asked.limit + 1))
    items = [CaptureOut.of(one) for one in some[: asked.limit]]
    more = len(some) > asked.limit
    return Listing(items=items, next=onward(request, after=items[-1].id) if more else None)


@api.get("/captures/{capture_id:int}", need=Need.READ, summary="One capture")
def capture(request: Request, capture_id: Id) -> CaptureWhole:
    """With the headers that came; the body is `raw`."""
    web = web_of(request)
    one = found(web.archive.capture(capture_id))
    holder, (record, _) = web.archive.holder(one), record_of(web, one)
    fields = [(latin(name), latin(value)) for name, value in record.headers] if record else []
    same = holder.id if holder and holder.id != one.id else None
    return CaptureWhole(**CaptureOut.of(one).model_dump(), headers=fields, same_as=same)


@api.get(
    "/captures/{capture_id:int}/raw",
    need=Need.READ,
    summary="The stored body of a capture",
    refuses=[413],
    response_class=Response,
    responses={200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}},
)
def raw(request: Request, capture_id: Id) -> Response:
    """The bytes as the server sent them, decoded, always as a download: what is in them is another one's."""
    web = web_of(request)
    one = found(web.archive.capture(capture_id))
    name = quote(safe_name(one.url))
    return stored_answer(web, one, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"})
