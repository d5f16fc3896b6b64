"""Is the service itself keeping up: what opens a problem, what closes it, what decides nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.core.attendance import Attendance, Look, Trouble, attendance, installation, news
from crawler.core.health import State

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def looked(**fields: Any) -> dict[Trouble, State]:
    usual: dict[str, Any] = {"site": "mpt", "last": NOW, "turn": 6 * HOUR, "known_since": NOW - DAY, "paused": False}
    return {look.kind: look.state for look in attendance([Attendance(**(usual | fields))], now=NOW)}


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        pytest.param({"last": NOW - 18 * HOUR}, State.WELL, id="three turns ago, and there may be jitter"),
        pytest.param({"last": NOW - 20 * HOUR}, State.ILL, id="more than three turns ago"),
        pytest.param({"last": NOW - 20 * HOUR, "paused": True}, State.WELL, id="it rests"),
        pytest.param({"last": None, "known_since": None}, State.UNCLEAR, id="nobody has begun yet"),
        pytest.param({"last": None, "known_since": NOW - HOUR}, State.UNCLEAR, id="its first crawl goes on"),
        pytest.param({"last": None, "known_since": NOW - 2 * DAY}, State.ILL, id="no crawl ever came to its end"),
    ],
)
def test_sites_that_are_not_visited(fields: dict[str, Any], state: State) -> None:
    assert looked(**fields)[Trouble.NOT_CRAWLED] is state


@pytest.mark.parametrize(
    ("since", "paused", "state"),
    [
        pytest.param(None, False, State.WELL, id="nothing is due"),
        pytest.param(NOW - HOUR, False, State.WELL, id="due for an hour"),
        pytest.param(NOW - 2 * DAY, False, State.UNCLEAR, id="between the two measures"),
        pytest.param(NOW - 4 * DAY, False, State.ILL, id="due for four days"),
        pytest.param(NOW - 4 * DAY, True, State.WELL, id="it rests"),
    ],
)
def test_pages_that_wait_too_long(since: datetime | None, paused: bool, state: State) -> None:
    assert looked(due=7, due_since=since, paused=paused)[Trouble.LATE] is state


@pytest.mark.parametrize(
    ("free", "pending", "disk", "stuck"),
    [
        pytest.param(2**29, None, State.ILL, State.WELL, id="the disk is full"),
        pytest.param(2**30 + 1, NOW - HOUR / 2, State.UNCLEAR, State.UNCLEAR, id="between the measures"),
        pytest.param(2**40, NOW - 2 * HOUR, State.WELL, State.ILL, id="a message does not go"),
        pytest.param(2**40, NOW, State.WELL, State.WELL, id="all is well"),
    ],
)
def test_the_installation(free: int, pending: datetime | None, disk: State, stuck: State) -> None:
    looks = installation(free=free, where="/home", pending_since=pending, now=NOW)
    assert {look.kind: look.state for look in looks} == {Trouble.DISK: disk, Trouble.STUCK: stuck}


def test_problems_open_stay_and_close_by_what_was_seen() -> None:
    def look(site: str, state: State) -> Look:
        return Look(site=site, kind=Trouble.LATE, subject="pages", state=state, evidence="")

    looks = [look("ill", State.ILL), look("well", State.WELL), look("unclear", State.UNCLEAR)]
    known = {(site, "late", "pages"): number for number, site in enumerate(("ill", "well", "unclear", "elsewhere"))}
    assert news(looks, known) == ([looks[0]], [1])
