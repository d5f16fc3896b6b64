"""One request and its answer by way of aiohttp: within limits and times, whole or a failure of its kind."""

import asyncio
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Protocol

import aiohttp
from aiohttp.connector import Connection
from yarl import URL

from crawler.download.broken import failure_of
from crawler.download.failures import BadHttp, ConnectionBroken, DeadlinePassed, TooLarge
from crawler.download.guard import Guard, GuardedConnector, Resolve, resolve_host, tls_context
from crawler.download.heard import HeardResponse
from storage.said import Said

MAX_LINE = 64 * 1024  # bytes of the status line, of one header
MAX_HEADERS = 300
MAX_CHUNKS = 50_000  # of whatever size; more where they are of 256 bytes at least
_BUFFER = 256 * 1024  # bytes waiting, above which the socket is not read
_BREAKS = re.compile(r"[\r\n\0]")
_MOST_KEPT = 8  # connections kept that may turn out to be closed before a new one is made


@dataclass(frozen=True, kw_only=True)
class Question:
    """A request to be made."""

    method: str
    url: URL  # encoded
    headers: tuple[tuple[str, str], ...]  # all of them, Host too
    body: bytes = b""
    cut: bool = False  # the answer's beginning will do


@dataclass(frozen=True, kw_only=True)
class Head:
    protocol: str  # "HTTP/1.1"
    status: int
    reason: str  # as sent, may be empty
    headers: tuple[tuple[str, str], ...]  # as sent, in order, duplicates too; bytes as Latin-1

    def all(self, name: str) -> list[str]:
        """The values of a header, whatever the case of its name."""
        return [value for key, value in self.headers if key.lower() == name]

    def words(self, name: str) -> list[str]:
        """The comma-separated words of a header, lower case."""
        return [word.strip().lower() for value in self.all(name) for word in value.split(",") if word.strip()]


@dataclass(frozen=True, kw_only=True)
class Answer:
    head: Head
    body: bytes  # transfer coding (chunks) taken off, content coding (gzip) still on
    cut: bool  # the body goes on, we stopped reading
    peer: str  # the address that answered
    sent: tuple[tuple[str, str], ...]  # the request's headers as they went out


@dataclass(frozen=True, kw_only=True)
class Times:
    """Seconds. The whole request has its deadline besides, which is the caller's."""

    connect: float = 20.0  # name, connection and TLS
    head: float = 60.0  # from the request to the end of the answer's headers
    idle: float = 45.0  # without a byte, the first one too


class Turn(Protocol):
    """When a request may be sent that is ready to be: it has a connection."""

    async def come(self) -> None:
        """Returns when the request may be sent, however long that takes; asked anew with a new connection."""

    def sent(self) -> None:
        """It is on its way, or has failed to be."""


class Client:
    """Asks one thing after the other over kept connections; follows nothing, stores no cookies, adds no headers."""

    def __init__(self, guard: Guard, *, times: Times | None = None, resolve: Resolve = resolve_host) -> None:
        self._guard = guard
        self._times = times or Times()
        self._resolve = resolve
        self._session: aiohttp.ClientSession | None = None  # belongs to the event loop it is made in
        self._tls: ssl.SSLContext | None = None

    async def ask(self, question: Question, *, limit: Callable[[Head], int], turn: Turn | None = None) -> Answer:
        """Sends the address as it is and reads the whole answer. ``limit`` names the most bytes of body for a head.

        More than that raises TooLarge, or ends the reading there with ``question.cut``. Every other end of a request
        raises a FetchFailed of the kind that it was; a body that is not whole is Truncated or ConnectionBroken.
        Waiting for its ``turn`` is no part of any time allowed.
        """
        response = await self._head(question, turn)
        try:
            head = _head(response)
            most = limit(head)
            _check_framing(head, most=None if question.cut or question.method == "HEAD" else most)
            read, whole = await _body(response, most=most, cut=question.cut)
            if whole and not _framed(head) and isinstance(response.wire.exception(), OSError):
                raise ConnectionBroken(Said("the connection broke off within the body"))
        except aiohttp.ClientError as error:
            raise failure_of(error, response.wire.exception()) from error
        finally:
            response.finish()
        return Answer(head=head, body=read, cut=not whole, peer=response.peer, sent=_sent(response))

    async def close(self) -> None:
        """Closes the kept connections and waits until they are."""
        if self._session is not None:
            await self._session.close()
            self._session = None
            await asyncio.sleep(0)  # the sockets close in the loop's next turn

    async def _head(self, question: Question, turn: Turn | None) -> HeardResponse:
        """The answer up to its body. A kept connection that turns out to be closed is replaced."""
        for _ in range(_MOST_KEPT):
            trip = _Trip(turn=turn)
            try:
                return await self._try(question, trip)
            except ConnectionBroken:
                if not trip.kept or question.method not in ("GET", "HEAD"):
                    raise
        raise ConnectionBroken(Said("one connection after the other was closed"))

    async def _try(self, question: Question, trip: "_Trip") -> HeardResponse:
        try:
            async with asyncio.timeout(self._times.connect + self._times.head) as trip.clock:
                response = await self._opened().request(
                    question.method,
                    question.url,
                    headers=question.headers,
                    data=question.body or None,
                    allow_redirects=False,
                    ssl=self._context() if question.url.scheme == "https" else True,
                    trace_request_ctx=trip,
                    middlewares=(trip.once,),
                )
        except aiohttp.ClientError as error:
            raise failure_of(error) from error
        except TimeoutError as error:
            raise DeadlinePassed(
                Said("no answer from {host} within {seconds:g} s", host=question.url.host, seconds=self._times.head)
            ) from error
        assert isinstance(response, HeardResponse)
        return response

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            trace = aiohttp.TraceConfig()
            trace.on_connection_reuseconn.append(_note_kept)
            self._session = aiohttp.ClientSession(
                connector=GuardedConnector(self._guard, resolve=self._resolve),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(connect=self._times.connect, sock_read=self._times.idle),
                auto_decompress=False,
                trust_env=False,
                skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
                max_line_size=MAX_LINE,
                max_field_size=MAX_LINE,
                max_headers=MAX_HEADERS,
                read_bufsize=_BUFFER,
                request_class=_InTurn,
                response_class=HeardResponse,
                trace_configs=[trace],
            )
        return self._session

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = tls_context()
        return self._tls


@contextmanager
def standing_still(clock: asyncio.Timeout) -> Iterator[None]:
    """The time of a time-out does not run within."""
    when, begun = clock.when(), asyncio.get_running_loop().time()
    if when is None or clock.expired():
        yield
        return
    clock.reschedule(None)
    try:
        yield
    finally:
        clock.reschedule(when + asyncio.get_running_loop().time() - begun)


@dataclass
class _Trip:
    """What a request knows and learns on its way."""

    turn: Turn | None
    kept: bool = False  # it went over a connection that was open already
    clock: asyncio.Timeout = field(init=False)

    async def once(self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        """aiohttp asks a second time by itself when a connection breaks, a new one too; what is tried again is ours to
        say and to count. It does not know our exceptions and lets them pass."""
        assert isinstance(request, _InTurn)
        request.trip = self
        try:
            return await handler(request)
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            raise failure_of(error) from error


class _InTurn(aiohttp.ClientRequest):
    """A request that waits, connected, until it may be sent."""

    trip: _Trip

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        turn = self.trip.turn
        if turn is None:
            return await super().send(conn)
        with standing_still(self.trip.clock):
            await turn.come()
        try:
            if conn.protocol is None or not conn.protocol.is_connected():
                self.trip.kept = True  # for too long: nothing has been sent, another connection may do
                raise aiohttp.ServerDisconnectedError
            return await super().send(conn)
        finally:
            turn.sent()


async def _note_kept(session: aiohttp.ClientSession, context: SimpleNamespace, params: object) -> None:
    context.trace_request_ctx.kept = True


def _head(response: aiohttp.ClientResponse) -> Head:
    version = response.version
    reason = (response.reason or "").encode("utf-8", "surrogateescape").decode("latin-1")
    return Head(
        protocol=f"HTTP/{version.major}.{version.minor}" if version else "HTTP/1.1",
        status=response.status,
        reason=_BREAKS.sub(" ", reason).strip(),
        headers=tuple(
            (name.decode("latin-1"), _BREAKS.sub(" ", value.decode("latin-1"))) for name, value in response.raw_headers
        ),
    )


def _sent(response: aiohttp.ClientResponse) -> tuple[tuple[str, str], ...]:
    headers = response.request_info.headers
    return tuple((str(name), value.encode().decode("latin-1")) for name, value in headers.items())


def _framed(head: Head) -> bool:
    """Whether the body's end is marked, other than by the end of the connection."""
    marked = head.all("content-length") or "chunked" in head.words("transfer-encoding")
    return bool(marked) or head.status in (204, 304)


def _check_framing(head: Head, *, most: int | None) -> None:
    codings = [word for word in head.words("transfer-encoding") if word != "identity"]
    if head.status < 200:  # the others have been passed over
        raise BadHttp(Said("the server switches protocols ({status})", status=head.status))
    if codings not in ([], ["chunked"]):
        raise BadHttp(Said("unknown transfer coding {coding}", coding=", ".join(codings)[:80]))
    for length in head.all("content-length"):
        if most is not None and int(length) > most:
            raise TooLarge(Said("{size:,} bytes announced, {most:,} allowed", size=int(length), most=most))


async def _body(response: aiohttp.ClientResponse, *, most: int, cut: bool) -> tuple[bytes, bool]:
    """(body, whether it is whole), read in pieces; counts chunks, since a body of crumbs costs minutes to read."""
    body, chunks = bytearray(), 0
    if response.content.at_eof():  # nothing to come: aiohttp's empty reader gives out empty chunks for ever
        return b"", True
    async for piece, ends in response.content.iter_chunks():
        body += piece
        chunks += ends
        if len(body) > most:
            if cut:
                return bytes(body[:most]), False
            raise TooLarge(Said("more than {most:,} bytes", most=most))
        if chunks > MAX_CHUNKS + len(body) // 256:
            raise TooLarge(Said("{chunks:,} chunks for {size:,} bytes", chunks=chunks, size=len(body)))
    return bytes(body), True
