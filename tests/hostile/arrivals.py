"""When a request reached this machine, which may be some time before the server looked."""

import socket
import struct
from time import monotonic

GRAIN = 0.008  # seconds that the difference of two arrivals may be off by: the kernel counts in ticks of up to 4 ms


def came_in(connection: socket.socket) -> float:
    """When the last data came in (monotonic), by the kernel's word: we may be slow to look (tcpi_last_data_recv)."""
    while True:
        before = monotonic()
        told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 60)
        if monotonic() - before < 0.001:  # else we were interrupted just then
            return before - float(struct.unpack_from("=I", told, 52)[0]) / 1000
