"""A service on PostgreSQL that dies: the one that stands by schedules within half a minute.

The same on SQLite, and what comes of a service that freezes: test_up.py.
"""

import signal
from collections.abc import Callable
from time import monotonic

import pytest

from storage.archive import Archive
from storage.records import RunState
from tests.service.conftest import Home
from tests.service.test_up import assert_all_gone, crawls, profile, workers_of
from tests.site import Replica
from tests.storage.conftest import url

__all__ = ["url"]


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_standby_schedules_within_half_a_minute(url: str, home: Callable[..., Home]) -> None:
    with Replica() as replica:
        every = profile(replica, 'schedule = "every 2s"', slow=True)
        letapis = home(replica.host, every, LETAPIS_DATABASE_URL=url, LETAPIS_SERVICE_LEASE="5s")
        first = letapis.up("--no-web")
        first.until("site: run begun")
        workers_of(first)
        second = letapis.up("--no-web")
        second.until(r"standby: \S+ \d+ \w+ schedules here")
        below, begun = first.below(), monotonic()
        first.send(signal.SIGKILL)
        second.until("site: its run was cut short, and is begun again", seconds=30)
        second.until("site: run begun", seconds=30)
        assert monotonic() - begun < 30
        assert_all_gone(below)
        workers_of(second)
        second.send(signal.SIGTERM)
        assert second.ended(10) == 0
    with Archive.open(url) as archive:
        found, taken = crawls(archive), archive.slots("run site")
        assert [run.state for run in found] == [RunState.FAILED, RunState.INTERRUPTED]
        assert found[0].finished_at is not None
        assert found[0].finished_at <= found[1].started_at
        assert len(set(taken)) == len(taken) >= 1
