"""The web pages' server, inside the service's event loop; signals are the service's."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn

LINGER = 3  # seconds that answers under way have when the service ends


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
