"""Answers: what goes back over the wire, and the shapes that recur."""

import gzip
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

HTML = "text/html; charset=utf-8"
NO_CACHE = (("Expires", "Sun, 19 Nov 1978 05:00:00 GMT"), ("Cache-Control", "no-cache, must-revalidate"))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A status, headers beyond length and encoding, a body, and its gzip form where that is at hand."""

    status: int = 200
    media_type: str = HTML
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    packed: bytes = b""


def packed(body: bytes) -> bytes:
    """The body compressed, fast rather than small."""
    return gzip.compress(body, 1, mtime=0)


def html(text: str, *, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(status=status, headers=headers, body=text.encode())


def redirect(to: str, *, status: int = 301, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    return Answer(status=status, headers=(("Location", to), *headers))


def static(body: bytes, media_type: str, modified: datetime) -> Answer:
    """A file as the web server itself serves it: with honest validators."""
    stamp = modified.astimezone(UTC)
    headers = (
        ("ETag", f'"{int(stamp.timestamp()):x}-{len(body):x}"'),
        ("Last-Modified", format_datetime(stamp, usegmt=True)),
        ("Accept-Ranges", "none"),
    )
    return Answer(media_type=media_type, headers=headers, body=body)


def not_modified(answer: Answer, none_match: str, modified_since: str, *, both: bool) -> bool:
    """Whether the client's copy will do. Drupal asks for both validators to match, a file server for the first sent."""
    validators = dict(answer.headers)
    etag, modified = validators.get("ETag"), validators.get("Last-Modified")
    if both:
        return bool(none_match and modified_since) and (none_match, modified_since) == (etag, modified)
    if none_match:
        return none_match == etag
    return bool(modified_since) and modified_since == modified
