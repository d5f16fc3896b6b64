"""A raw socket server on loopback, port 0, that sends exactly the bytes it is told to."""

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.hostile.arrivals import Stamped


@dataclass(frozen=True, kw_only=True)
class Received:
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    at: float  # when it came in, monotonic seconds
    connection: int  # which connection it came on

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(kw_only=True)
class Talk:
    """One request being answered: what came, and the means to say anything at all."""

    request: Received
    writer: asyncio.StreamWriter
    count: int  # how many requests for this path there have been, this one included

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def drip(self, pieces: Iterable[bytes], *, every: float) -> None:
        """Sends piece after piece with a pause before each."""
        for piece in pieces:
            await asyncio.sleep(every)
            await self.send(piece)

    def reset(self) -> None:
        """Breaks the connection off the hard way."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Route = bytes | Callable[[Talk], Awaitable[None]]


def answer(
    body: bytes = b"",
    *,
    status: str = "200 OK",
    headers: Iterable[str] = (),
    length: int | None = None,
    close: bool = False,
) -> bytes:
    """The bytes of an answer; ``length`` lies about the body's."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body) if length is None else length}"]
    if close:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class HostileServer:
    """Serves its routes until the ``with`` block ends.

        with HostileServer({"/": answer(b"<p>hello")}) as server:
            server.url("/")

    Routes that are bytes are sent as they are; callables talk. ``requests`` keeps what came. Paths that have no route
    answer 404; a connection stays open as long as the other side and the routes let it. ``hesitates``: seconds that
    it takes to begin with TLS, connection by connection, over and over.
    """

    def __init__(
        self,
        routes: Mapping[str, Route] | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        hesitates: Sequence[float] = (0.0,),
    ) -> None:
        self.routes: dict[str, Route] = dict(routes or {})
        self.requests: list[Received] = []
        self.port = 0
        self._tls = tls
        self._hesitates = hesitates
        self._counts: dict[str, int] = {}
        self._connections = 0
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "HostileServer":
        self._thread.start()
        self._started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    @property
    def pair(self) -> str:
        """host:port, as network.allow wants it."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/", *, host: str = "127.0.0.1") -> str:
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [request.target for request in self.requests]

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        listening = Stamped.listening(socket.create_server(("127.0.0.1", 0)))
        server = await asyncio.start_server(self._connected, sock=listening)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()
        await self._ended()

    async def _ended(self) -> None:
        """Waits until nothing is left open: connections that are being accepted count, they have a task too."""
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(others, timeout=1)
        for _ in range(3):  # sockets close in the loop's next turns
            await asyncio.sleep(0)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._connections += 1
        number = self._connections
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                if self._tls:
                    writer.transport.pause_reading()  # type: ignore[attr-defined]  # TLS will
                    await asyncio.sleep(self._hesitates[(number - 1) % len(self._hesitates)])
                    await writer.start_tls(self._tls, ssl_handshake_timeout=2.0)
                while not writer.is_closing():
                    await self._answer(await self._receive(reader, writer, number), writer)
        finally:
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> Received:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
        at = writer.get_extra_info("socket")._sock.came
        method, target, _ = head[0].split(" ")
        pairs = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in head[1:] if line))
        return Received(method=method, target=target, headers=pairs, at=at, connection=connection)

    async def _answer(self, request: Received, writer: asyncio.StreamWriter) -> None:
        self.requests.append(request)
        path = urlsplit(request.target).path
        self._counts[path] = self._counts.get(path, 0) + 1
        route = self.routes.get(path, answer(b"nothing here", status="404 Not Found"))
        talk = Talk(request=request, writer=writer, count=self._counts[path])
        if isinstance(route, bytes):
            await talk.send(route)
        else:
            await route(talk)
