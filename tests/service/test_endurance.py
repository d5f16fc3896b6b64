"""Half a minute of the service's life, with four kills and a mail server that is away: tests.service.endurance."""

import asyncio
from contextlib import ExitStack
from pathlib import Path
from socket import create_connection
from threading import Event
from time import monotonic

import pytest

from crawler.download.turns import Turns
from tests.hostile.arrivals import GRAIN
from tests.service.endurance import Course, told
from tests.service.endurance_proof import MIN_DELAY, faults, figures, too_soon
from tests.service.endurance_site import Watched, watched


@pytest.mark.long
def test_nothing_is_lost_and_nothing_is_told_twice(tmp_path: Path) -> None:
    course = Course(minutes=0.5, kills=3, seed=3, events=22)
    with told(course, tmp_path / "home") as ended:
        assert faults(ended) == [], figures(ended)
        assert (len(ended.site.happenings), len(ended.kills)) == (22, 4)
        hooked = [one.key for one in ended.heard if one.who == "hook"]
    assert len(hooked) > len(set(hooked)) == 22  # one was on its way when the service was killed


@pytest.mark.parametrize(("share", "count"), [(1.0, 0), (0.5, 1)], ids=["in time", "in half the time"])
def test_the_proof_tells_who_asks_too_soon_and_nobody_else(share: float, count: int) -> None:
    with watched(seed=1) as site:
        written = asked(site, MIN_DELAY * share)
        assert len(list(too_soon(site))) == count
        for at, (before, after) in zip(sorted(site.arrivals), written, strict=True):
            assert before - GRAIN < at < after + GRAIN


def asked(site: Watched, delay: float) -> list[tuple[float, float]]:
    """Asks a dozen times, while the server is too busy to look; between which moments each request was written."""
    free, written = Event(), list[tuple[float, float]]()
    server = site.replica._server
    server.verify_request = lambda *_: free.wait(60)  # type: ignore[method-assign]
    with ExitStack() as stack:
        connections = [stack.enter_context(create_connection(server.server_address)) for _ in range(12)]

        async def ask() -> None:
            turns = Turns(None)
            for connection in connections:
                await turns.take("host", delay)
                await turns.come("host", delay)
                before = monotonic()
                connection.sendall(b"HEAD /robots.txt HTTP/1.1\r\nHost: replica\r\n\r\n")
                written.append((before, monotonic()))
                turns.sent("host")

        asyncio.run(ask())
        free.set()
        assert all(connection.recv(4).startswith(b"HTTP") for connection in connections)
    return written
