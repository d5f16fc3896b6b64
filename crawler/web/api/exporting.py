"""Exports as streams: the lines of ``letapis export``, as they come from the archive."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse

from crawler.exports import LINES, Line, csv_rows, jsonl
from crawler.web.access import Need
from crawler.web.api.routes import Api, In, Short
from crawler.web.context import web_of

api = Api("export")

_STEP = 1 << 16  # characters sent at once: each piece costs a turn of a thread


class Exported(StrEnum):
    PAGES = "pages"
    VERSIONS = "versions"
    CAPTURES = "captures"
    CHANGES = "changes"


class Form(StrEnum):
    JSONL = "jsonl"
    CSV = "csv"


class ExportAsked(In):
    site: Short | None = None


TYPES = {Form.JSONL: "application/x-ndjson", Form.CSV: "text/csv; charset=utf-8; header=present"}
_TEXT = {"schema": {"type": "string"}}
FILE: dict[str, Any] = {  # how such a route answers
    "response_class": StreamingResponse,
    "responses": {200: {"content": {"application/x-ndjson": _TEXT, "text/csv": _TEXT}}},
}


@api.get("/export/{what}.{form}", need=Need.READ, summary="Data out", **FILE)
def export(request: Request, what: Exported, form: Form, asked: Annotated[ExportAsked, Query()]) -> Response:
    """Pages, versions, captures or changes of a site, or of all; in CSV no cell is a formula."""
    return streamed(LINES[what](web_of(request).archive, asked.site), what, form)


def streamed(lines: Iterator[Line], name: str, form: Form) -> Response:
    """The lines as a download."""
    texts = csv_rows(lines) if form is Form.CSV else jsonl(lines)
    headers = {"Content-Disposition": f'attachment; filename="letapis-{name}.{form}"'}
    return StreamingResponse(_pieces(texts), headers=headers, media_type=TYPES[form])


def _pieces(texts: Iterator[str]) -> Iterator[str]:
    waiting, length = [], 0
    for text in texts:
        waiting.append(text)
        length += len(text)
        if length >= _STEP:
            yield "".join(waiting)
            waiting, length = [], 0
    yield "".join(waiting)
