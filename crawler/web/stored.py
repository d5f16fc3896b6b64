"""Stored answers of other servers, shown as what they are: material. Nothing in them runs, loads or sends."""

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit

from fastapi import Response

from crawler.web.context import Web
from crawler.web.errors import Refused
from crawler.web.words import N_
from storage.records import Capture
from storage.warc import TooLarge, read

INERT = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
_SHOWN = ("text/html", "application/xhtml+xml", "text/plain")
LARGEST = 64 * 2**20  # bytes


def body_of(web: Web, capture: Capture) -> bytes:
    """The body that the server sent. Raises Refused where there is none to be had."""
    holder = web.archive.holder(capture) or capture
    if holder.warc is None:
        raise Refused(404, N_("Nothing came back at that time."))
    try:
        return read(web.settings.warc_folder, holder.warc, max_bytes=LARGEST).body
    except TooLarge as error:
        raise Refused(413, N_("This is too large to be shown here; letapis export captures has it.")) from error
    except (FileNotFoundError, ValueError) as error:
        raise Refused(404, N_("The stored answer can't be read: its WARC file is missing or damaged.")) from error


def stored_answer(web: Web, capture: Capture, *, headers: Mapping[str, str] | None = None) -> Response:
    """The stored body under a policy of its own: HTML and plain text in a sandbox, all else as a download."""
    media_type = (capture.media_type or "application/octet-stream").lower()
    shown = media_type in _SHOWN
    kept = {
        "Content-Security-Policy": INERT,
        "X-Frame-Options": "SAMEORIGIN",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": "inline" if shown else f"attachment; filename*=UTF-8''{quote(safe_name(capture.url))}",
    }
    content = media_type if shown else "application/octet-stream"
    return Response(body_of(web, capture), 200, {**kept, **(headers or {}), "Content-Type": content})


def safe_name(url: str) -> str:
    """A file name made of a URL's last part: letters, digits, dot, dash, underscore; never empty, never hidden.

    >>> safe_name("https://example.org/files/%2e%2e%2fsecret;rm.pdf")
    'secret_rm.pdf'
    """
    last = unquote(urlsplit(url).path).replace("\\", "/").rstrip("/").rpartition("/")[2]
    return re.sub(r"[^\w.-]+", "_", last).strip("._")[:100] or "capture"
