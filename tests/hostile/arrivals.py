"""When a request reached this machine, which may be some time before the server looked."""

import socket
import struct
import time
from socketserver import BaseServer
from typing import Any

from tests.site.server import _Handler

GRAIN = 0.001  # seconds that the difference of two arrivals may be off by: the kernel's clock is not read as ours is
_NS = 35  # SO_TIMESTAMPNS: the kernel notes, in nanoseconds, when it took each packet from the wire
_MONOTONIC = max(time.monotonic() - time.time() for _ in range(100))  # the least interrupted of so many readings


class Stamped(socket.socket):
    """A TCP socket that knows when the data which it read last had come in, however late it was read.

    Give it ``listening``'s; connections that it accepts are of the same kind.
    """

    came = 0.0  # monotonic; nothing has, or without a stamp

    @classmethod
    def listening(cls, taken: socket.socket) -> "Stamped":
        """The same listening socket, from now on with stamps. The kernel begins with them a moment after it is told."""
        stamped = cls._told(taken)
        with (
            cls._told(socket.create_server(("127.0.0.1", 0))) as other,
            socket.create_connection(other.getsockname()) as ours,
            other.accept()[0] as theirs,
        ):
            while not theirs.came:
                ours.send(b"?")
                theirs.recv(1)
        return stamped

    @classmethod
    def _told(cls, taken: socket.socket) -> "Stamped":
        stamped = cls(fileno=taken.detach())
        stamped.setsockopt(socket.SOL_SOCKET, _NS, 1)
        return stamped

    def accept(self) -> "tuple[Stamped, Any]":
        connection, address = super().accept()
        return Stamped(fileno=connection.detach()), address

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        data, told, _, _ = self.recvmsg(size, 64, flags)
        self._note(told)
        return data

    def recv_into(self, buffer: Any, size: int = 0, flags: int = 0, /) -> int:
        room = memoryview(buffer)
        count, told, _, _ = self.recvmsg_into([room[:size] if size else room], 64, flags)
        self._note(told)
        return count

    def _note(self, told: list[tuple[int, int, bytes]]) -> None:
        for level, kind, stamp in told:  # none where the connection has ended
            assert (level, kind) == (socket.SOL_SOCKET, _NS)
            seconds, nanoseconds = struct.unpack("@ll", stamp)
            self.came = seconds + nanoseconds / 1e9 + _MONOTONIC


def note_arrivals(server: BaseServer, arrivals: list[float]) -> None:
    """Notes from now on when each request to a replica comes in."""

    class Timed(_Handler):
        def _serve(handler) -> None:
            arrivals.append(handler.connection.came)  # type: ignore[attr-defined]
            super()._serve()

    server.socket = Stamped.listening(server.socket)  # type: ignore[attr-defined]
    server.RequestHandlerClass = Timed  # type: ignore[attr-defined]
