"""One capture: what a request brought back, its headers, and its body in a sandbox or as a download."""

from typing import Any

from fastapi import Request, Response

from crawler.core.report.marks import shown
from crawler.web import names
from crawler.web.access import Need, Screen
from crawler.web.context import Web, web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from crawler.web.pages import page
from crawler.web.stored import LARGEST, stored_answer
from crawler.web.words import N_
from storage.records import Capture
from storage.warc import Stored, TooLarge, read

router = Screen()
FRAMED = ("text/html", "application/xhtml+xml", "text/plain")


@router.get("/raw/{capture_id:int}", need=Need.READ)
def raw(request: Request, capture_id: Id) -> Response:
    """The stored body: HTML and text inert in a sandbox of its own, everything else as a download."""
    web = web_of(request)
    return stored_answer(web, _capture(web, capture_id), headers={"Cache-Control": "private, no-store"})


@router.get("/captures/{capture_id:int}", need=Need.READ)
def capture(request: Request, capture_id: Id) -> Response:
    """What is known of a capture, headers from its WARC record, the body in a frame."""
    web = web_of(request)
    one = _capture(web, capture_id)
    found = web.archive.pages_by_id([one.page_id]).get(one.page_id)
    holder = web.archive.holder(one)
    record, wrong = record_of(web, one)
    values: dict[str, Any] = {
        "capture": one,
        "about": found,
        "holder": holder if holder and holder.id != one.id else None,
        "fields": [(latin(name), latin(value)) for name, value in record.headers] if record else [],
        "wrong": wrong,
        "framed": (one.media_type or "").lower() in FRAMED,
        "has_body": holder is not None or (one.warc is not None and one.size > 0),
    }
    return page(request, "capture.html", names=names, **values)


def _capture(web: Web, capture_id: int) -> Capture:
    found = web.archive.capture(capture_id)
    if found is None:
        raise Refused(404, N_("There is no such capture."))
    return found


def record_of(web: Web, one: Capture) -> tuple[Stored | None, str | None]:
    """The WARC record, or why it can't be read."""
    if one.warc is None:
        return None, None
    try:
        return read(web.settings.warc_folder, one.warc, max_bytes=LARGEST), None
    except TooLarge:
        return None, N_("This is too large to be shown here; letapis export captures has it.")
    except (OSError, ValueError):
        return None, N_("The stored answer can't be read: its WARC file is missing or damaged.")


def latin(value: bytes) -> str:
    """A header's name or value as text."""
    return shown(value.decode("utf-8", "replace"))[:2_000]
