"""What goes over the wire, as WARC records: one exchange becomes a response (or revisit) and a request."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from string import punctuation
from urllib.parse import quote

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.utils import Digester
from warcio.warcwriter import WARCWriter

from storage.records import WarcPlace

Headers = tuple[tuple[bytes, bytes], ...]  # as sent or received, in order; names may repeat

_PROFILE = "http://netpreserve.org/warc/1.1/revisit/"

_SECRET = (b"authorization", b"proxy-authorization", b"cookie")  # of a request: not for an archive that is shared

_HTTP = "application/http; msgtype="


@dataclass(frozen=True, kw_only=True)
class RevisitOf:
    """The capture that a revisit has nothing to add to."""

    place: WarcPlace
    url: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its answer, as they went over the wire."""

    url: str
    at: datetime
    method: str = "GET"
    request_headers: Headers = ()
    status_line: str  # "HTTP/1.1 200 OK"
    response_headers: Headers = ()
    body: bytes = b""  # as received: still content-encoded (chunks joined)
    ip: str | None = None
    payload_digest: str | None = None  # sha256 (hex) of the decoded body: the capture's digest
    revisit_of: RevisitOf | None = None  # then the body is not stored again
    truncated: str | None = None  # "length", "time", "disconnect": why the body is not whole; null when it is


class _Builder(WARCWriter):  # type: ignore[misc]  # warcio has no types
    """warcio's writer with SHA-256 for its block and payload digests."""

    @staticmethod
    def _create_digester() -> Digester:
        return Digester("sha256")


_BUILDER = _Builder(BytesIO(), gzip=False, warc_version="1.1")


class _Head(StatusAndHeaders):  # type: ignore[misc]
    """A first line and headers that are written byte by byte as they were; warcio would re-encode what isn't ASCII."""

    def __init__(self, first_line: str, headers: Headers) -> None:
        super().__init__(first_line, [])
        lines = [_one_line(first_line.encode("latin-1", "replace"))]
        lines += [_one_line(name) + b": " + _one_line(value) for name, value in headers]
        self.headers_buff = self._as_is = b"\r\n".join([*lines, b"", b""])

    def __bool__(self) -> bool:
        return True

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        self.headers_buff = self._as_is


def warcinfo(name: str, *, at: datetime, site: str, software: str) -> bytes:
    """The record that opens a file, ready to be compressed."""
    about = {
        "software": software,
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "isPartOf": site,
    }
    record = _BUILDER.create_warcinfo_record(name, about)
    record.rec_headers.replace_header("WARC-Date", _date(at))
    return _serialised(record)


def answer_and_request(exchange: Exchange) -> tuple[bytes, bytes]:
    """The response or revisit record, and the request record tied to it, ready to be compressed.

    Raises ValueError for a time without zone.
    """
    answer = _answer(exchange)
    request = _request(exchange, answer.rec_headers.get_header("WARC-Record-ID"))
    return _serialised(answer), _serialised(request)


def _answer(exchange: Exchange) -> ArcWarcRecord:
    headers = _about(exchange)
    if exchange.revisit_of is None:
        return _record("response", headers, exchange, exchange.body)
    not_modified = exchange.status_line.split(" ")[1:2] == ["304"]
    headers["WARC-Profile"] = _PROFILE + ("server-not-modified" if not_modified else "identical-payload-digest")
    headers["WARC-Refers-To-Target-URI"] = _uri(exchange.revisit_of.url)
    headers["WARC-Refers-To-Date"] = _date(exchange.revisit_of.at)
    if not not_modified:
        # Of the body as received now. Where the server has packed the same content differently, this is not the
        # original's digest; Letapis-Body-Digest, over the unpacked body, is the same in both.
        digester = Digester("sha256")
        digester.update(exchange.body)
        headers["WARC-Payload-Digest"] = str(digester)
    return _record("revisit", headers, exchange, b"")


def _record(kind: str, headers: dict[str, str], exchange: Exchange, body: bytes) -> ArcWarcRecord:
    return _BUILDER.create_warc_record(
        headers["WARC-Target-URI"],
        kind,
        payload=BytesIO(body),
        length=len(body),
        warc_content_type=f"{_HTTP}response",
        warc_headers_dict=headers,
        http_headers=_Head(exchange.status_line, _unchunked(exchange.response_headers)),
    )


def _request(exchange: Exchange, response_id: str) -> ArcWarcRecord:
    headers = {**_about(exchange), "WARC-Concurrent-To": response_id}
    headers.pop("WARC-Truncated", None)
    headers.pop("Letapis-Body-Digest", None)
    target = re.sub(r"^[a-z]+://[^/?#]*", "", headers["WARC-Target-URI"].split("#")[0], flags=re.IGNORECASE)
    target = quote(target if target.startswith("/") else f"/{target}", safe=punctuation)
    first_line = f"{exchange.method} {target} HTTP/1.1"
    sent = tuple(pair for pair in exchange.request_headers if pair[0].lower() not in _SECRET)
    return _BUILDER.create_warc_record(
        headers["WARC-Target-URI"],
        "request",
        payload=BytesIO(),
        length=0,
        warc_content_type=f"{_HTTP}request",
        warc_headers_dict=headers,
        http_headers=_Head(first_line, sent),
    )


def _about(exchange: Exchange) -> dict[str, str]:
    headers = {"WARC-Date": _date(exchange.at), "WARC-Target-URI": _uri(exchange.url)}
    if exchange.ip:
        headers["WARC-IP-Address"] = exchange.ip
    if exchange.truncated:
        headers["WARC-Truncated"] = exchange.truncated
    if exchange.payload_digest:
        headers["Letapis-Body-Digest"] = f"sha256:{exchange.payload_digest}"
    return headers


def _unchunked(headers: Headers) -> Headers:
    """The body is kept with its chunks joined, so the header that announces chunks must not be believed any more."""
    renamed = {b"transfer-encoding": b"X-Archive-Orig-Transfer-Encoding"}
    return tuple((renamed.get(name.lower(), name), value) for name, value in headers)


def _serialised(record: ArcWarcRecord) -> bytes:
    out = BytesIO()
    _Builder(out, gzip=False, warc_version="1.1").write_record(record)
    return out.getvalue()


def _one_line(value: bytes) -> bytes:
    return re.sub(rb"[\r\n]+", b" ", value)


def _uri(url: str) -> str:
    """The URL with blanks and control characters escaped: it must not begin a WARC header of its own."""
    return re.sub(r"[\x00-\x20\x7f]", lambda found: f"%{ord(found[0]):02X}", url).encode("utf-8", "replace").decode()


def _date(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone: every date-time here is aware")
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
