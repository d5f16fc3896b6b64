"""One connection's bytes: what has arrived, by line or by size, and no more than is asked for."""

import asyncio
from typing import cast

from crawler.download.failures import BadHttp, ConnectionBroken

_HIGH = 512 * 1024  # bytes waiting, above which the socket is not read


class Wire(asyncio.Protocol):
    """The receiving end of a connection. ``received`` counts the bytes since the last ``begin``."""

    def __init__(self) -> None:
        self.received = 0
        self.error: Exception | None = None
        self.ended = False
        self._buffer = bytearray()
        self._paused = False
        self._waiter: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self.received += len(data)
        if len(self._buffer) > _HIGH and not self._paused and self._transport:
            self._transport.pause_reading()
            self._paused = True
        self._wake()

    def eof_received(self) -> bool:
        self.ended = True
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended, self.error = True, exc
        self._wake()

    @property
    def peer(self) -> str:
        """The address at the other end."""
        name = self._transport.get_extra_info("peername") if self._transport else None
        return str(name[0]) if name else ""

    @property
    def quiet(self) -> bool:
        """Open and with nothing waiting: fit for another request."""
        return not (self.ended or self._buffer or self._transport is None or self._transport.is_closing())

    def begin(self, data: bytes) -> None:
        """Sends a request and starts counting what comes back."""
        self.received = 0
        if self._transport is None or self._transport.is_closing():
            raise ConnectionBroken("the connection is closed")
        self._transport.write(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def line(self, limit: int) -> bytes | None:
        """The next line without its end (CR LF, or LF alone as some servers send); null at the end of the bytes.

        Raises BadHttp when the line is longer than ``limit`` bytes.
        """
        start = 0
        while (at := self._buffer.find(b"\n", start)) < 0:
            start = len(self._buffer)
            if start > limit:
                raise BadHttp(f"a header line of more than {limit:,} bytes")
            if not await self._more():
                return None
        if at > limit:
            raise BadHttp(f"a header line of more than {limit:,} bytes")
        taken = self._take(at + 1)
        return taken[:-2] if taken.endswith(b"\r\n") else taken[:-1]

    async def some(self, limit: int) -> bytes:
        """At least one and at most ``limit`` bytes; none at the end of the bytes."""
        while not self._buffer:
            if not await self._more():
                return b""
        return self._take(limit)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        if self._paused and len(self._buffer) < _HIGH // 2 and self._transport and not self.ended:
            self._transport.resume_reading()
            self._paused = False
        return taken

    async def _more(self) -> bool:
        """Waits for bytes; false at the end. The end by an error raises ConnectionBroken."""
        if self.ended:
            if self.error is not None:
                raise ConnectionBroken("the connection broke off") from self.error
            return False
        self._waiter = asyncio.get_running_loop().create_future()
        have = len(self._buffer)
        try:
            await self._waiter
        finally:
            self._waiter = None
        return len(self._buffer) > have or await self._more()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
