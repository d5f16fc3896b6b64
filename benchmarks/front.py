"""A fast server in front of the replica: the replica's pages rendered ahead, so that the crawler is what is measured.

    python -m benchmarks.front      # prints {"host": ..., "profile": ...}, serves until its input ends

The replica renders a page in milliseconds of Python, which would be the crawl's pace. This server keeps what it has
rendered, packed, and answers from memory. ``POST /-/front/again`` renders every page asked for so far anew: the same
site a little later, with other clocks, counters, tokens and banners. ``POST /-/front/noise`` is a round of the
replica's noise first: blocks and menus in another order, comments, other class names. Every answer of a page carries
validators, as with Drupal's page cache; they change with each rendering, and 304 takes both of them.
"""

import asyncio
import gzip
import json
import sys
from collections.abc import Awaitable
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from tests.site import Markup, Replica, Size

CONTROL = "/-/front/"
_PASSED = {"content-type", "location", "set-cookie", "content-language", "x-generator", "expires", "cache-control"}
_PASSED |= {"link", "vary", "x-ua-compatible"}


@dataclass(frozen=True, kw_only=True)
class Ready:
    """An answer as it goes over the wire."""

    whole: bytes
    not_modified: bytes
    etag: str
    modified: str


class Front:
    """Answers by target (path and query)."""

    def __init__(self, replica: Replica) -> None:
        self.replica = replica
        self.host = ""
        self.generation = 0
        self.ready: dict[str, Ready] = {}
        self._connection = HTTPConnection(replica.host, timeout=60)
        self._rendering = asyncio.Lock()

    async def answer(self, target: str) -> Ready:
        if target not in self.ready:
            async with self._rendering:
                self.ready[target] = await asyncio.to_thread(self._render, target)
        return self.ready[target]

    async def control(self, what: str) -> Ready:
        async with self._rendering:
            self.generation += 1
            if what == "noise":
                self.replica.noise()
            for target in list(self.ready):
                self.ready[target] = await asyncio.to_thread(self._render, target)
        return _packed(200, "OK", [("Content-Type", "text/plain")], b"ok\n", self.generation)

    def _render(self, target: str) -> Ready:
        self._connection.request("GET", target)
        answer = self._connection.getresponse()
        body = answer.read().replace(self.replica.host.encode(), self.host.encode())
        headers = [
            (name, value.replace(self.replica.host, self.host))
            for name, value in answer.getheaders()
            if name.lower() in _PASSED
        ]
        return _packed(answer.status, answer.reason, headers, body, self.generation)


def _packed(status: int, reason: str, headers: list[tuple[str, str]], body: bytes, generation: int) -> Ready:
    etag, modified = f'"{1790000000 + generation}-1"', f"Thu, 01 Oct 2026 09:{generation % 60:02}:00 GMT"
    validators = [("ETag", etag), ("Last-Modified", modified)] if status == 200 else []
    if len(body) >= 512:
        body = gzip.compress(body, 6, mtime=0)
        headers = [*headers, ("Content-Encoding", "gzip")]
    return Ready(
        whole=_head(f"{status} {reason}", [*headers, *validators, ("Content-Length", str(len(body)))]) + body,
        not_modified=_head("304 Not Modified", validators),
        etag=etag,
        modified=modified,
    )


def _head(status: str, headers: list[tuple[str, str]]) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Server: nginx", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")


class _Connection(asyncio.Protocol):
    """One client: a request, its answer, the next request."""

    def __init__(self, front: Front) -> None:
        self._front = front
        self._got = b""
        self._task: asyncio.Task[None] | None = None
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        if b"\r\n\r\n" not in self._got:
            return
        head, _, self._got = self._got.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        _, target, _ = first.split(" ")
        ready = self._front.ready.get(target)
        if ready is not None:
            self._send(ready, headers)
            return
        if target.startswith(CONTROL):
            work: Awaitable[Ready] = self._front.control(target.removeprefix(CONTROL))
        else:
            work = self._front.answer(target)
        self._task = asyncio.ensure_future(self._later(work, headers))

    async def _later(self, work: Awaitable[Ready], headers: dict[str, str]) -> None:
        self._send(await work, headers)

    def _send(self, ready: Ready, headers: dict[str, str]) -> None:
        asked = (headers.get("if-none-match"), headers.get("if-modified-since"))
        self._transport.write(ready.not_modified if asked == (ready.etag, ready.modified) else ready.whole)


async def serve() -> None:
    with Replica(size=Size.BENCH, markup=Markup.MIXED) as replica:
        front = Front(replica)
        server = await asyncio.get_running_loop().create_server(lambda: _Connection(front), "127.0.0.1", 0)
        front.host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        profile = replica.profile().replace(replica.host, front.host)
        print(json.dumps({"host": front.host, "profile": profile}), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        server.close()


if __name__ == "__main__":
    asyncio.run(serve())
