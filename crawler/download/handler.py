"""The download handler for http and https: guarded connections, deadline, limits, and the exchange as it was."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from yarl import URL

from config.settings import Network
from crawler.download.client import Answer, Client, Head, Question, Times, standing_still
from crawler.download.decoding import decode
from crawler.download.failures import DeadlinePassed, UnsupportedAddress
from crawler.download.guard import Guard
from crawler.download.slots import current_delay
from crawler.download.turns import Turns, turns_of
from storage.said import Said

_PAGE_TYPES = ("text/", "application/xhtml+xml", "application/xml", "application/rss+xml", "application/atom+xml")
_LARGE_BODY = 512 * 1024  # from here on decompression goes to a thread


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its answer as they were on the wire: what a WARC file keeps."""

    url: str
    method: str
    target: str  # path and query, as sent
    request_headers: tuple[tuple[str, str], ...]  # as sent, in order
    fetched_at: datetime  # when the request was sent, UTC
    elapsed_ms: int  # from then on, the whole answer
    peer: str  # address that answered
    protocol: str  # "HTTP/1.1"
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]  # as received, in order, duplicates too; bytes as Latin-1
    body: bytes = field(repr=False)  # as received: chunk marks taken off, compression still on
    cut: bool = False  # the body goes on, we stopped reading


class GuardedHandler:
    """Downloads by way of the address guard.

    Reads from ``request.meta``: ``deadline`` (seconds), ``max_bytes``, ``cut`` (stop at ``max_bytes`` instead of
    failing). Writes ``request.meta["exchange"]``. Fails with a FetchFailed of the kind that happened; a body that is
    not whole is a failure, never a response.
    """

    lazy = True

    def __init__(self, network: Network, crawler: Crawler) -> None:
        self._network = network
        self._crawler = crawler
        self._turns = turns_of(crawler)
        self._client = Client(Guard(network.allow), times=Times(connect=network.connect_timeout))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "GuardedHandler":
        return cls(crawler.settings["LETAPIS_NETWORK"], crawler)

    async def download_request(self, request: Request) -> Response:
        question = _question(request)
        deadline = float(request.meta.get("deadline") or self._network.deadline)
        host = _host(request)
        turn = _Turn(turns=self._turns, host=host, delay=lambda: current_delay(self._crawler, host))
        await self._turns.take(host, turn.delay())  # waiting for it is no part of the deadline
        try:
            async with asyncio.timeout(deadline) as turn.deadline:
                answer = await self._client.ask(question, limit=lambda head: self._limit(request, head), turn=turn)
                elapsed_ms = round((monotonic() - turn.start) * 1000)
                body = await self._decoded(request, answer)
        except TimeoutError as error:
            raise DeadlinePassed(Said("no whole answer within {seconds:g} s", seconds=deadline)) from error
        head = answer.head
        request.meta["exchange"] = Exchange(
            url=request.url,
            method=request.method,
            target=question.url.raw_path_qs,
            request_headers=answer.sent,
            fetched_at=turn.sent_at,
            elapsed_ms=elapsed_ms,
            peer=answer.peer,
            protocol=head.protocol,
            status=head.status,
            reason=head.reason,
            headers=head.headers,
            body=answer.body,
            cut=answer.cut,
        )
        return _response(request, head, body)

    async def close(self) -> None:
        await self._client.close()
        self._turns.close()

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


@dataclass(kw_only=True)
class _Turn:
    """One request's part in its host's line, once it has a connection; when it was sent."""

    turns: Turns
    host: str
    delay: Callable[[], float]
    deadline: asyncio.Timeout = field(init=False)
    sent_at: datetime = field(init=False)
    start: float = field(init=False)  # monotonic

    async def come(self) -> None:
        with standing_still(self.deadline):
            await self.turns.come(self.host, self.delay())

    def sent(self) -> None:
        self.turns.sent(self.host)
        self.sent_at, self.start = datetime.now(UTC), monotonic()  # noqa: TID251  nobody else knows when it was


def _host(request: Request) -> str:
    """The host whose requests are spaced: the key of Scrapy's slot."""
    return str(request.meta.get("download_slot", ""))


def _question(request: Request) -> Question:
    return Question(
        method=request.method,
        url=_address(request.url),
        headers=_request_headers(request),
        body=request.body,
        cut=bool(request.meta.get("cut")),
    )


def _address(url: str) -> URL:
    """The address to be asked for, exactly as it is written. Raises UnsupportedAddress for what is not fetched."""
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UnsupportedAddress(Said("not an address: {error}", error=str(error))) from error
    if parts.scheme not in ("http", "https") or not host:
        raise UnsupportedAddress(
            Said("only http and https addresses are fetched, not {scheme}", scheme=parts.scheme or Said("this one"))
        )
    if "@" in parts.netloc or "\\" in parts.netloc:
        raise UnsupportedAddress(Said("addresses with a user name or a backslash are not fetched"))
    if any(char <= " " or char >= "\x7f" for char in host + parts.path + parts.query):
        raise UnsupportedAddress(Said("the address has a blank or a character that is not ASCII"))
    return URL.build(
        scheme=parts.scheme,
        host=f"[{host}]" if ":" in host else host,
        port=port,
        path=parts.path or "/",
        query_string=parts.query,
        encoded=True,  # aiohttp would put it in order otherwise
    )


def _request_headers(request: Request) -> tuple[tuple[str, str], ...]:
    """All headers of the request, Host first; a line break in one is an error of ours.

    aiohttp writes UTF-8. What cannot be written so as it came, a validator in Latin-1, is better not sent than bent:
    the page is asked for without a condition then.
    """
    sent = [("Host", urlsplit(request.url).netloc)]
    for name, values in request.headers.items():
        for value in values:
            with contextlib.suppress(UnicodeDecodeError):
                sent.append((name.decode("ascii"), value.decode("utf-8")))
    if any(char in name + value for name, value in sent for char in "\r\n\0"):
        raise ValueError("a request header with a line break")
    return tuple(sent)


def _response(request: Request, head: Head, body: bytes) -> Response:
    """Scrapy's response with the decoded body; the coding that is off is no longer in the headers."""
    headers: Any = Headers()
    for name, value in head.headers:
        if name.lower() not in ("content-encoding", "transfer-encoding"):
            headers.appendlist(name, value.encode("latin-1"))
    cls = responsetypes.from_args(headers=headers, url=request.url, body=body[:5000])
    return cls(url=request.url, status=head.status, headers=headers, body=body, protocol=head.protocol)
