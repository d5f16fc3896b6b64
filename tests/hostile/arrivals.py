"""When a request reached this machine, which may be some time before the server looked."""

import socket
import struct
from socketserver import BaseServer
from time import monotonic

from tests.site.server import _Handler

GRAIN = 0.008  # seconds that the difference of two arrivals may be off by: the kernel counts in ticks of up to 4 ms


def came_in(connection: socket.socket) -> float:
    """When the last data came in (monotonic), by the kernel's word: we may be slow to look (tcpi_last_data_recv)."""
    while True:
        before = monotonic()
        told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 60)
        if monotonic() - before < 0.001:  # else we were interrupted just then
            return before - float(struct.unpack_from("=I", told, 52)[0]) / 1000


def note_arrivals(server: BaseServer, arrivals: list[float]) -> None:
    """Notes from now on when each request to a replica comes in."""

    class Timed(_Handler):
        def _serve(handler) -> None:
            arrivals.append(came_in(handler.connection))
            super()._serve()

    server.RequestHandlerClass = Timed  # type: ignore[attr-defined]
