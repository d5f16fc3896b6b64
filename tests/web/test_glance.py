"""How a site is doing, in one word: the worst that can be said of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawler.web.glance import Glance, Standing, standing
from storage.records import Problem, Run, RunKind, RunState
from storage.records_service import Pause

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
AGO = NOW - timedelta(hours=2)
PROBLEM = Problem(id=1, site="mpt", kind="down", subject="site", evidence="", opened_at=AGO, seen_at=AGO)
PAUSE = Pause(site="mpt", since=AGO, reason=None)


def run(state: RunState = RunState.DONE, **counts: int) -> Run:
    return Run(id=1, site="mpt", kind=RunKind.CRAWL, state=state, started_at=AGO, counts=counts)


def glance(**fields: Any) -> Glance:
    usual: dict[str, Any] = {
        **{"key": "mpt", "title": "", "pages": 9, "gone": 0, "waiting": 0, "due": 0, "due_since": None},
        **{"last_run": run(unchanged=100), "last_done": AGO, "next_run": None, "pause": None, "problems": ()},
    }
    return Glance(**(usual | fields))


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        pytest.param({}, Standing.WELL, id="well"),
        pytest.param({"last_run": None}, Standing.WELL, id="its first crawl has not begun"),
        pytest.param({"last_run": run(unchanged=95, error=5)}, Standing.WELL, id="one in twenty failed"),
        pytest.param({"last_run": run(unchanged=90, blocked=10)}, Standing.FAILING, id="one in ten failed"),
        pytest.param({"last_run": run(unchanged=90, gone=10)}, Standing.WELL, id="what is gone is no failure"),
        pytest.param({"last_run": run(RunState.FAILED)}, Standing.FAILING, id="the run broke"),
        pytest.param({"due": 3, "due_since": NOW - timedelta(hours=23)}, Standing.WELL, id="due since today"),
        pytest.param({"due": 3, "due_since": NOW - timedelta(hours=25)}, Standing.LATE, id="due since yesterday"),
        pytest.param({"due": 3, "due_since": NOW - timedelta(days=9), "pause": PAUSE}, Standing.PAUSED, id="it rests"),
        pytest.param({"pause": PAUSE, "problems": (PROBLEM,)}, Standing.TROUBLED, id="a problem outweighs all"),
    ],
)
def test_the_word(fields: dict[str, Any], word: Standing) -> None:
    assert standing(glance(**fields), NOW) is word


@pytest.mark.parametrize(
    ("last", "share"),
    [(None, None), (run(), None), (run(unchanged=3, error=1), 0.25), (run(visits=8, error=2), 0.25)],
    ids=["no run", "no visit", "of what it asked", "by its own count"],
)
def test_the_share_of_visits_that_failed(last: Run | None, share: float | None) -> None:
    assert glance(last_run=last).failed_share == share
