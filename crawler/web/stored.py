"""Stored answers of other servers, shown as what they are: material. Nothing in them runs, loads or sends."""

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit

from fastapi import Response

from crawler.web.context import Web
from crawler.web.errors import Refused
from crawler.web.words import N_
from storage.records import Capture
from storage.warc import Stored, TooLarge, read

INERT = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
_SHOWN = ("text/html", "application/xhtml+xml", "text/plain")
_DOWNLOADED = re.compile(  # under their own names: nothing that a browser takes for a script, a style or a page
    r"(?:image/(?!svg)|audio/|video/|application/(?:pdf|rtf|zip|json|msword|vnd\.))[\w.+-]*"
)
_CHARSET = re.compile(rb"charset=\"?([\w.:-]{1,40})", re.ASCII | re.IGNORECASE)
_TOKEN = re.compile(rb"[\w-]{1,60}", re.ASCII)
_UNTELLABLE = re.compile(r"[^\x20-\x7e\xa1-\xff]")  # in a header
LARGEST = 64 * 2**20  # bytes
_MOST_HEADERS = 60


def stored_answer(web: Web, capture: Capture, *, headers: Mapping[str, str] | None = None) -> Response:
    """The stored body under a policy of its own: HTML and plain text in a sandbox, all else as a download."""
    record, body = _record(web, capture)
    return _inert(capture, record, body, 200, headers or {})


def archived_answer(web: Web, capture: Capture, *, headers: Mapping[str, str]) -> Response:
    """The answer as it was: its status and body, its headers as ``X-Archive-Orig-*``; inert as a stored answer is."""
    record, body = _record(web, capture)
    own = {
        f"X-Archive-Orig-{name.decode()}": _UNTELLABLE.sub(" ", value.decode("latin-1"))[:2_000].strip()
        for name, value in record.headers[:_MOST_HEADERS]
        if _TOKEN.fullmatch(name) and name.lower() != b"set-cookie"
    }
    return _inert(capture, record, body, capture.status or 200, {**own, **headers})


def _record(web: Web, capture: Capture) -> tuple[Stored, bytes]:
    """The record of a capture, and the body that the server sent. Raises Refused where there is none to be had."""
    if capture.warc is None:
        raise Refused(404, N_("Nothing came back at that time."))
    try:
        record = read(web.settings.warc_folder, capture.warc, max_bytes=LARGEST)
        holder = web.archive.holder(capture) if record.revisit else None
        if holder is None or holder.warc is None:
            return record, record.body
        return record, read(web.settings.warc_folder, holder.warc, max_bytes=LARGEST).body
    except TooLarge as error:
        raise Refused(413, N_("This is too large to be shown here; letapis export captures has it.")) from error
    except (FileNotFoundError, ValueError) as error:
        raise Refused(404, N_("The stored answer can't be read: its WARC file is missing or damaged.")) from error


def _inert(capture: Capture, record: Stored, body: bytes, status: int, headers: Mapping[str, str]) -> Response:
    media_type = (capture.media_type or "application/octet-stream").lower()
    shown = media_type in _SHOWN
    kept = {
        "Content-Security-Policy": INERT,
        "X-Frame-Options": "SAMEORIGIN",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": "inline" if shown else f"attachment; filename*=UTF-8''{quote(safe_name(capture.url))}",
    }
    content = media_type if shown or _DOWNLOADED.fullmatch(media_type) else "application/octet-stream"
    return Response(body, status, {**kept, **headers, "Content-Type": content + (_charset(record) if shown else "")})


def _charset(record: Stored) -> str:
    """As the server has named it, for pages that don't themselves."""
    said = next((value for name, value in record.headers if name.lower() == b"content-type"), b"")
    found = _CHARSET.search(said)
    return f"; charset={found[1].decode()}" if found else ""


def safe_name(url: str) -> str:
    """A file name made of a URL's last part: letters, digits, dot, dash, underscore; never empty, never hidden.

    >>> safe_name("https://example.org/files/%2e%2e%2fsecret;rm.pdf")
    'secret_rm.pdf'
    """
    last = unquote(urlsplit(url).path).replace("\\", "/").rstrip("/").rpartition("/")[2]
    return re.sub(r"[^\w.-]+", "_", last).strip("._")[:100] or "capture"
