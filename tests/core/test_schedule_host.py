"""A host's budget from run to run: tokens, and the controller's steering."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import exp

import pytest

from crawler.core.schedule_host import accrued, asked_by_hand, given_back, steered, taken
from storage.records_service import Host

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOST = Host(host="gov.example", tokens=10.0, tokens_at=NOW, steered_at=NOW)
BUDGET = 240.0


@pytest.mark.parametrize(
    ("host", "after", "tokens"),
    [
        (HOST, timedelta(0), 10),
        (HOST, HOUR, 20),
        (HOST, 100 * HOUR, 240),
        (HOST, -HOUR, 10),
        (replace(HOST, tokens_at=None), HOUR, 240),
    ],
    ids=["at once", "after an hour", "a day's worth at most", "clock set back", "never counted"],
)
def test_requests_accrue(host: Host, after: timedelta, tokens: float) -> None:
    assert accrued(host, NOW + after, BUDGET).tokens == pytest.approx(tokens)


def test_a_run_takes_whole_requests_and_gives_back_what_it_could_not_make() -> None:
    host = taken(HOST, NOW + HOUR / 8, BUDGET)
    assert host.tokens == pytest.approx(0.25, abs=0.01)
    assert given_back(host, 4, BUDGET).tokens == pytest.approx(4.25, abs=0.01)
    assert given_back(host, 1000, BUDGET).tokens == BUDGET


def test_requests_by_hand_leave_no_debt() -> None:
    assert asked_by_hand(HOST, NOW, BUDGET, 3).tokens == 7
    assert asked_by_hand(HOST, NOW, BUDGET, 300).tokens == 0


@pytest.mark.parametrize(
    ("counts", "hours", "factor"),
    [
        ({"visits": 10, "lateness": 5.0}, 12, exp(0.25 * 0.5 * 0.5)),
        ({"idle": 10}, 12, exp(-0.25 * 0.5 * 0.5)),
        ({"visits": 10, "lateness": 5.0, "idle": 10}, 12, 1.0),
        ({}, 12, 1.0),
        ({"visits": 10, "lateness": 5.0}, 24 * 30, exp(0.25 * 0.5)),
        ({"visits": 10, "lateness": 5.0}, 0.4, None),
    ],
    ids=["late", "idle", "as late as idle", "nothing ran", "a month counts as a day", "not yet half an hour"],
)
def test_the_factor_is_steered_by_all_that_was_allowed(
    counts: dict[str, float], hours: float, factor: float | None
) -> None:
    host = Host(host="gov.example", steered_at=NOW, **counts)  # type: ignore[arg-type]
    now = NOW + hours * HOUR
    after = steered(host, now, BUDGET, pages=240)
    if factor is None:
        assert after == host
        return
    assert after.factor == pytest.approx(factor)
    assert (after.visits, after.lateness, after.idle, after.steered_at) == (0, 0.0, 0, now)


def test_steering_begins_with_counting() -> None:
    host = Host(host="gov.example", visits=5, lateness=2.5)
    assert steered(host, NOW, BUDGET, 240) == Host(host="gov.example", steered_at=NOW)
