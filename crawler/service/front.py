"""The web pages' server, inside the service's event loop; signals are the service's."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

LINGER = 3  # seconds that answers under way have when the service ends
WHOLE = 30.0  # seconds in which a request has to be there, head and body
MOST = 400  # connections at a time: each takes a file of those that the crawl needs, too


class Prompt(H11Protocol):
    """Connections of those who say what they want: one that does not in time is closed, one too many at once.

    uvicorn waits for ever for the rest of a request. Heads end at 64 KiB (h11), bodies where the application says.
    """

    whole = WHOLE
    most = MOST
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()
        else:
            self._expect()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._forget()
        elif self._late is None:
            self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._late = self.loop.call_later(self.whole, self.transport.abort)

    def _forget(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Front:
    """Serves an application on one address until it is closed."""

    def __init__(self, app: Any, host: str, port: int) -> None:
        """Takes the address at once. Raises OSError where it is taken, or is none of this machine."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=512)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            http=Prompt,
            ws="none",
            proxy_headers=False,  # the application decides whom it believes
            timeout_graceful_shutdown=LINGER,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None
        shown = f"[{host}]" if family == socket.AF_INET6 else host
        self.address = f"http://{shown}:{self._socket.getsockname()[1]}"

    def start(self) -> None:
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))

    async def close(self) -> None:
        """Takes no more requests, and ends when those under way are answered, or after a few seconds."""
        self._server.should_exit = True
        if self._task is not None:
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(self._task, LINGER + 1)
        self._socket.close()
