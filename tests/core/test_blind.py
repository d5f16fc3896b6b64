"""Which troubles explain a wide observation interval."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.core.blind import blind_times
from storage.records import Change, ChangeKind, PageKind, Problem

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def change(last_seen: datetime | None) -> Change:
    return Change(
        site="mpt",
        page_id=1,
        url="https://mpt.gov.by/a",
        kind=ChangeKind.EDITED,
        title="A",
        page_kind=PageKind.NEWS,
        last_seen=last_seen,
        first_seen=NOON + 4 * HOUR,
        significance=0.5,
        summary="",
        run_id=1,
    )


def problem(kind: str, opened: int, closed: int | None, site: str = "mpt") -> Problem:
    return Problem(
        site=site,
        kind=kind,
        subject="mpt.gov.by",
        evidence="",
        opened_at=NOON + opened * HOUR,
        seen_at=NOON + opened * HOUR,
        closed_at=None if closed is None else NOON + closed * HOUR,
    )


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        pytest.param(problem("blocked", 1, 3), True, id="blocked in between"),
        pytest.param(problem("down", -2, 1), True, id="down from before until within"),
        pytest.param(problem("down", 2, None), True, id="still down"),
        pytest.param(problem("down", -3, -1), False, id="healed before the last look"),
        pytest.param(problem("down", 5, 6), False, id="after the change was seen"),
        pytest.param(problem("drift", 1, 3), False, id="a trouble that blinds nobody"),
        pytest.param(problem("blocked", 1, 3, site="other"), False, id="another site's"),
    ],
)
def test_blind_times_within_the_interval(trouble: Problem, told: bool) -> None:
    assert bool(blind_times(change(NOON), [trouble])) is told


def test_a_page_that_was_added_has_no_interval() -> None:
    assert blind_times(change(None), [problem("blocked", 1, 3)]) == ()
