"""Reading one HTTP/1.1 answer from a connection: head, framing of the body, limits (RFC 9112)."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from crawler.download.failures import BadHttp, ConnectionBroken, TooLarge, Truncated
from crawler.download.wire import Wire

MAX_HEAD = 64 * 1024  # bytes of status line and headers together
MAX_HEADERS = 300
MAX_CHUNKS = 50_000  # of whatever size; more where they are of 256 bytes at least
_STATUS = re.compile(rb"HTTP/(\d)\.(\d) +(\d{3})(?: +(.*)|)$", re.DOTALL)
_PIECE = 256 * 1024
_NO_BODY = {204, 304}


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
    reusable: bool  # the connection may carry another request


async def read_answer(wire: Wire, *, method: str, limit: Callable[[Head], int], cut: bool = False) -> Answer:
    """Reads the whole answer. ``limit`` names the most bytes of body for a head.

    More than that raises TooLarge, or ends the reading there with ``cut``. Less than was promised raises Truncated;
    what is not HTTP raises BadHttp.
    """
    head = await _final_head(wire)
    most = limit(head)
    body, whole, framed = await _Body(wire, most=most, cut=cut).read(head, method)
    return Answer(head=head, body=body, cut=not whole, reusable=whole and framed and _stays_open(head))


async def _final_head(wire: Wire) -> Head:
    """The head of the answer proper: interim ones (100, 103) are passed over."""
    for _ in range(10):
        head = await _read_head(wire)
        if head.status >= 200:
            return head
        if head.status == 101:
            break
    raise BadHttp("the server switches protocols or never comes to its answer")


async def _read_head(wire: Wire) -> Head:
    protocol, status, reason = _status(await _status_line(wire))
    lines: list[bytes] = []
    size = 0
    while line := await _line(wire, MAX_HEAD):
        size += len(line)
        if size > MAX_HEAD or len(lines) >= MAX_HEADERS:
            raise BadHttp(f"more than {MAX_HEAD:,} bytes or {MAX_HEADERS} lines of headers")
        if line[:1] in (b" ", b"\t"):
            if lines:  # a folded header: RFC 9112 5.2
                lines[-1] += b" " + line.strip()
        else:
            lines.append(line)
    return Head(protocol=protocol, status=status, reason=reason, headers=tuple(_pairs(lines)))


async def _status_line(wire: Wire) -> bytes:
    for _ in range(3):  # RFC 9112 2.2: an empty line or two before it are forgiven
        line = await wire.line(MAX_HEAD)
        if line is None:
            raise ConnectionBroken("the server closed the connection without an answer")
        if line:
            return line
    raise BadHttp("empty lines in place of an answer")


async def _line(wire: Wire, limit: int) -> bytes:
    line = await wire.line(limit)
    if line is None:
        raise Truncated("the connection ended within the headers")
    return line


def _status(line: bytes) -> tuple[str, int, str]:
    match = _STATUS.match(line)
    if not match or int(match[3]) < 100:
        raise BadHttp(f"not an HTTP answer: {line[:80]!r}")
    return f"HTTP/{int(match[1])}.{int(match[2])}", int(match[3]), (match[4] or b"").decode("latin-1").strip()


def _pairs(lines: list[bytes]) -> list[tuple[str, str]]:
    """Names and values; lines without a colon are passed over, as browsers do."""
    pairs = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if colon and name.strip():
            clean = value.strip().replace(b"\r", b" ").replace(b"\0", b" ")
            pairs.append((name.strip().decode("latin-1"), clean.decode("latin-1")))
    return pairs


def _stays_open(head: Head) -> bool:
    words = head.words("connection")
    if head.all("transfer-encoding") and head.all("content-length"):
        return False  # RFC 9112 6.3: such an answer is not to be trusted with a second one
    return "close" not in words and (head.protocol == "HTTP/1.1" or "keep-alive" in words)


class _Body:
    """The body by its framing; counts what comes from the socket, overhead of chunks included."""

    def __init__(self, wire: Wire, *, most: int, cut: bool) -> None:
        self._wire, self._most, self._cut = wire, most, cut
        self._body = bytearray()

    async def read(self, head: Head, method: str) -> tuple[bytes, bool, bool]:
        """(body, whether it is whole, whether its end was marked)."""
        if method == "HEAD" or head.status in _NO_BODY:
            return b"", True, True
        codings = [word for word in head.words("transfer-encoding") if word != "identity"]
        length = _length(head)
        if codings:
            if codings != ["chunked"]:
                raise BadHttp(f"unknown transfer coding {', '.join(codings)[:80]}")
            whole, framed = await self._chunks(), True
        elif length is not None:
            whole, framed = await self._exactly(length), True
        else:
            whole, framed = await self._to_the_end(), False
        return bytes(self._body), whole, framed

    async def _exactly(self, length: int) -> bool:
        if length > self._most and not self._cut:
            raise TooLarge(f"{length:,} bytes announced, {self._most:,} allowed")
        return await self._take(length)

    async def _take(self, length: int) -> bool:
        """So many bytes of body; false when the cut came first."""
        wanted = min(length, self._most - len(self._body))
        left = wanted
        while left:
            piece = await self._wire.some(min(left, _PIECE))
            if not piece:
                raise Truncated(f"the connection ended {length - wanted + left:,} bytes before the body did")
            self._body += piece
            left -= len(piece)
        return wanted == length or self._over()

    async def _to_the_end(self) -> bool:
        while piece := await self._wire.some(_PIECE):
            self._body += piece
            if len(self._body) > self._most:
                del self._body[self._most :]
                return self._over()
        return True

    async def _chunks(self) -> bool:
        count = 0
        while size := _chunk_size(await self._body_line()):
            count += 1
            if count > MAX_CHUNKS + len(self._body) // 256:  # a body of crumbs costs minutes to read
                raise TooLarge(f"{count:,} chunks for {len(self._body):,} bytes")
            if not await self._take(size):
                return False
            if await self._body_line():
                raise BadHttp("a chunk does not end where it should")
        for _ in range(MAX_HEADERS):  # trailers: RFC 9112 7.1.2
            if not await self._body_line():
                return True
        raise BadHttp("trailers without end")

    async def _body_line(self) -> bytes:
        line = await self._wire.line(4096)
        if line is None:
            raise Truncated("the connection ended before the last chunk")
        return line

    def _over(self) -> bool:
        if not self._cut:
            raise TooLarge(f"more than {self._most:,} bytes")
        return False


def _length(head: Head) -> int | None:
    """Content-Length; several must agree, and be plain digits (RFC 9112 6.3)."""
    words = set(head.words("content-length"))
    if not words:
        return None
    word = words.pop()
    if words or not (word.isascii() and word.isdigit()) or len(word) > 18:
        raise BadHttp("contradictory or senseless Content-Length")
    return int(word)


def _chunk_size(line: bytes) -> int:
    word = line.partition(b";")[0].strip()
    if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", word):
        raise BadHttp(f"not a chunk: {line[:40]!r}")
    return int(word, 16)
