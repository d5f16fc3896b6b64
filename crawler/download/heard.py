"""aiohttp's response, remembering who answered and how the connection ended."""

import asyncio

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection


class HeardResponse(aiohttp.ClientResponse):
    """Remembers what aiohttp lets go of when the answer is whole: who answered, and how the connection ended."""

    peer: str
    wire: ResponseHandler
    _ended: asyncio.Future[None] | None = None

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        if connection.protocol is None or connection.transport is None:
            raise aiohttp.ServerDisconnectedError
        self.wire = connection.protocol
        name = connection.transport.get_extra_info("peername")
        self.peer = str(name[0]) if name else ""
        if self.wire.should_close and self.wire.exception() is None:  # it spoke before it was asked
            raise aiohttp.ServerDisconnectedError
        self._ended = self.wire.closed
        if self._ended is not None:
            self._ended.remove_done_callback(_seen)  # once for a connection
            self._ended.add_done_callback(_seen)
            self._ended.add_done_callback(self._wake)
        return await super().start(connection)

    def _wake(self, ended: asyncio.Future[None]) -> None:
        """aiohttp's reader of a body is not told when the next piece of it is not HTTP: it would wait for ever."""
        if self.content and not self.content.is_eof() and self.content.exception() is None:
            self.content.set_exception(aiohttp.ClientPayloadError("the connection ended"))

    def finish(self) -> None:
        """Lets go of the connection: back among the kept ones when the answer was whole, closed otherwise."""
        if self._ended is not None:
            self._ended.remove_done_callback(self._wake)
        self.close()


def _seen(ended: asyncio.Future[None]) -> None:
    """The loop complains of errors that nobody looked at."""
    if not ended.cancelled():
        ended.exception()
