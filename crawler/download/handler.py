"""The download handler for http and https: guarded connections, deadline, limits, and the exchange as it was."""

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes

from config.settings import Network
from crawler.download.answer import Answer, Head, read_answer
from crawler.download.decoding import decode
from crawler.download.failures import ConnectionBroken, DeadlinePassed, UnsupportedAddress
from crawler.download.guard import Connector, Guard
from crawler.download.wire import Wire

logger = logging.getLogger(__name__)

_IDLE_SECONDS = 30.0
_IDLE_CONNECTIONS = 8  # kept for one host
_PORTS = {"http": 80, "https": 443}
_PAGE_TYPES = ("text/", "application/xhtml+xml", "application/xml", "application/rss+xml", "application/atom+xml")
_LARGE_BODY = 512 * 1024  # from here on decompression goes to a thread


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its answer as they were on the wire: what a WARC file keeps."""

    url: str
    method: str
    target: str  # path and query, as sent
    request_headers: tuple[tuple[str, str], ...]  # as sent, in order
    fetched_at: datetime  # when the request was made, UTC
    elapsed_ms: int
    peer: str  # address that answered
    protocol: str  # "HTTP/1.1"
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]  # as received, in order, duplicates too; bytes as Latin-1
    body: bytes = field(repr=False)  # as received: chunk marks taken off, compression still on
    cut: bool = False  # the body goes on, we stopped reading


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a request goes: also the key under which connections are kept."""

    scheme: str
    host: str
    port: int


class GuardedHandler:
    """Downloads by way of the address guard.

    Reads from ``request.meta``: ``deadline`` (seconds), ``max_bytes``, ``cut`` (stop at ``max_bytes`` instead of
    failing). Writes ``request.meta["exchange"]``. Fails with a FetchFailed of the kind that happened; a body that is
    not whole is a failure, never a response.
    """

    lazy = True

    def __init__(self, network: Network) -> None:
        self._network = network
        self._connector = Connector(guard=Guard(network.allow), timeout=network.connect_timeout)
        self._idle: dict[_Place, list[tuple[float, Wire]]] = defaultdict(list)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "GuardedHandler":
        return cls(crawler.settings["LETAPIS_NETWORK"])

    async def download_request(self, request: Request) -> Response:
        parts = urlsplit(request.url)
        place, target = _place(parts), _target(request.url, parts)
        headers = _request_headers(request, parts)
        deadline = float(request.meta.get("deadline") or self._network.deadline)
        fetched_at, start = datetime.now(UTC), monotonic()  # noqa: TID251  nobody else knows when it was sent
        try:
            async with asyncio.timeout(deadline):
                answer, peer = await self._exchange(place, request, _head_bytes(request.method, target, headers))
                elapsed_ms = round((monotonic() - start) * 1000)
                body = await self._decoded(request, answer)
        except TimeoutError as error:
            raise DeadlinePassed(f"no whole answer within {deadline:g} s") from error
        head = answer.head
        request.meta["exchange"] = Exchange(
            url=request.url,
            method=request.method,
            target=target,
            request_headers=headers,
            fetched_at=fetched_at,
            elapsed_ms=elapsed_ms,
            peer=peer,
            protocol=head.protocol,
            status=head.status,
            reason=head.reason,
            headers=head.headers,
            body=answer.body,
            cut=answer.cut,
        )
        return _response(request, head, body)

    async def close(self) -> None:
        for wires in self._idle.values():
            for _, wire in wires:
                wire.close()
        self._idle.clear()
        await asyncio.sleep(0)  # the sockets close in the loop's next turn

    async def _exchange(self, place: _Place, request: Request, data: bytes) -> tuple[Answer, str]:
        """Sends and reads; a kept connection that turns out to be closed is replaced by a new one, once."""
        kept = self._kept(place)
        if kept is not None:
            try:
                return await self._on(kept, place, request, data)
            except ConnectionBroken:
                if kept.received or request.method not in ("GET", "HEAD"):
                    raise
        wire = await self._connector.connect(place.host, place.port, tls=place.scheme == "https")
        return await self._on(wire, place, request, data)

    async def _on(self, wire: Wire, place: _Place, request: Request, data: bytes) -> tuple[Answer, str]:
        reusable = False
        try:
            peer = wire.peer
            wire.begin(data)
            answer = await read_answer(
                wire,
                method=request.method,
                limit=lambda head: self._limit(request, head),
                cut=bool(request.meta.get("cut")),
            )
            reusable = answer.reusable and wire.quiet
            return answer, peer
        finally:
            if reusable and len(self._idle[place]) < _IDLE_CONNECTIONS:
                self._idle[place].append((monotonic(), wire))
            else:
                wire.close()

    def _kept(self, place: _Place) -> Wire | None:
        wires = self._idle[place]
        while wires:
            since, wire = wires.pop()
            if wire.quiet and monotonic() - since < _IDLE_SECONDS:
                return wire
            wire.close()
        return None

    def _limit(self, request: Request, head: Head) -> int:
        if "max_bytes" in request.meta:
            return int(request.meta["max_bytes"])
        media_type = (head.all("content-type") or ["text/html"])[0].lower()
        page = media_type.startswith(_PAGE_TYPES)
        return self._network.max_page_bytes if page else self._network.max_document_bytes

    async def _decoded(self, request: Request, answer: Answer) -> bytes:
        codings = answer.head.words("content-encoding")
        if not codings or not answer.body:
            return answer.body
        limit = self._limit(request, answer.head)
        if len(answer.body) < _LARGE_BODY:
            return decode(answer.body, codings, limit=limit, cut=answer.cut)
        return await asyncio.to_thread(decode, answer.body, codings, limit=limit, cut=answer.cut)


def _place(parts: SplitResult) -> _Place:
    """Raises UnsupportedAddress for what is not plain http or https."""
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UnsupportedAddress(f"not an address: {error}") from error
    if parts.scheme not in _PORTS or not host:
        raise UnsupportedAddress(f"only http and https addresses are fetched, not {parts.scheme or 'this one'}")
    if "@" in parts.netloc or "\\" in parts.netloc:
        raise UnsupportedAddress("addresses with a user name or a backslash are not fetched")
    return _Place(scheme=parts.scheme, host=host, port=port or _PORTS[parts.scheme])


def _target(url: str, parts: SplitResult) -> str:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if any(char <= " " or char >= "\x7f" for char in target):
        raise UnsupportedAddress("the address has a blank or a character that is not ASCII")
    return target


def _request_headers(request: Request, parts: SplitResult) -> tuple[tuple[str, str], ...]:
    """All headers of the request, Host first; a line break in one is an error of ours."""
    sent = [("Host", parts.netloc)]
    for name, values in request.headers.items():
        sent += [(name.decode("latin-1"), value.decode("latin-1")) for value in values]
    if request.body:
        sent.append(("Content-Length", str(len(request.body))))
    if any(char in name + value for name, value in sent for char in "\r\n\0"):
        raise ValueError("a request header with a line break")
    return tuple(sent)


def _head_bytes(method: str, target: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _response(request: Request, head: Head, body: bytes) -> Response:
    """Scrapy's response with the decoded body; the coding that is off is no longer in the headers."""
    headers: Any = Headers()
    for name, value in head.headers:
        if name.lower() not in ("content-encoding", "transfer-encoding"):
            headers.appendlist(name, value.encode("latin-1"))
    cls = responsetypes.from_args(headers=headers, url=request.url, body=body[:5000])
    return cls(url=request.url, status=head.status, headers=headers, body=body, protocol=head.protocol)
