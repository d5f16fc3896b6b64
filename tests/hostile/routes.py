"""Ready-made bad behaviour: one route each."""

import gzip
from collections.abc import Awaitable, Callable
from itertools import chain, repeat

from tests.hostile.server import Talk, answer

HTML = "Content-Type: text/html; charset=utf-8"
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
PIECE = b"x" * 65536


async def silent(talk: Talk) -> None:
    """Takes the request and says nothing."""
    await talk.drip(repeat(b""), every=0.05)


async def slow_body(talk: Talk) -> None:
    """Slow loris: a byte of body now and then."""
    await talk.send(answer(length=10_000, headers=[HTML]))
    await talk.drip(repeat(b"x"), every=0.02)


async def slow_head(talk: Talk) -> None:
    await talk.drip(chain([b"HTTP/1.1 200"], repeat(b" ")), every=0.02)


async def endless_body(talk: Talk) -> None:
    await talk.send(UNTIL_CLOSE)
    while True:
        await talk.send(PIECE)


async def endless_chunks(talk: Talk) -> None:
    await talk.send(CHUNKED)
    while True:
        await talk.send(b"10000\r\n" + PIECE + b"\r\n")


async def crumbs(talk: Talk) -> None:
    """Chunks of one byte without end."""
    await talk.send(CHUNKED)
    while True:
        await talk.send(b"1;name=value\r\nx\r\n" * 4096)


async def endless_headers(talk: Talk) -> None:
    await talk.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await talk.send(b"X-Filler: something\r\n" * 100)


async def endless_header_line(talk: Talk) -> None:
    await talk.send(b"HTTP/1.1 200 OK\r\nX-Filler: ")
    while True:
        await talk.send(PIECE)


async def interim_forever(talk: Talk) -> None:
    while True:
        await talk.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")


async def reset(talk: Talk) -> None:
    talk.reset()


async def reset_in_body(talk: Talk) -> None:
    await talk.send(answer(length=10_000) + b"some of it")
    talk.reset()


def then_close(data: bytes) -> Callable[[Talk], Awaitable[None]]:
    """Sends the bytes and closes the connection in good order."""

    async def route(talk: Talk) -> None:
        await talk.send(data)
        talk.writer.close()

    return route


def in_pieces(*pieces: bytes, reset: bool = False) -> Callable[[Talk], Awaitable[None]]:
    """Sends one piece after the other, each in a packet of its own."""

    async def route(talk: Talk) -> None:
        await talk.drip(pieces, every=0.05)
        if reset:
            talk.reset()

    return route


def busy(times: int, *headers: str, status: str = "429 Too Many Requests") -> Callable[[Talk], Awaitable[None]]:
    """So many refusals, then the page."""

    async def route(talk: Talk) -> None:
        refused = talk.count <= times
        await talk.send(
            answer(status=status, headers=headers) if refused else answer(b"<p>at last</p>", headers=[HTML])
        )

    return route


def bomb(size: int) -> bytes:
    """A gzip body that grows a thousandfold."""
    return answer(gzip.compress(bytes(size)), headers=[HTML, "Content-Encoding: gzip"])


def redirect(location: str, status: str = "302 Found") -> bytes:
    return answer(status=status, headers=[f"Location: {location}"])
