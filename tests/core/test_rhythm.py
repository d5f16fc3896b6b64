"""When a site's turn comes: cron and intervals, hours, spread, what was missed."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from crawler.core.rhythm import turn
from crawler.core.windows import opening

MINSK = ZoneInfo("Europe/Minsk")
NOON = datetime(2026, 3, 2, 12, tzinfo=MINSK)


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{clock}+03:00")


@pytest.mark.parametrize(
    ("hours", "moment", "opens"),
    [
        pytest.param(None, "02T03:00", "02T03:00", id="no window"),
        pytest.param("08:00-20:00", "02T08:00", "02T08:00", id="at its beginning"),
        pytest.param("08:00-20:00", "02T20:00", "03T08:00", id="at its end"),
        pytest.param("08:00-20:00", "02T03:00", "02T08:00", id="before it"),
        pytest.param("22:00-06:00", "02T23:00", "02T23:00", id="over midnight, before it"),
        pytest.param("22:00-06:00", "03T05:59", "03T05:59", id="over midnight, after it"),
        pytest.param("22:00-06:00", "03T12:00", "03T22:00", id="over midnight, outside"),
    ],
)
def test_windows_open(hours: str | None, moment: str, opens: str) -> None:
    assert opening(hours, MINSK, at(moment)) == at(opens)


@pytest.mark.parametrize(
    ("schedule", "hours", "after", "expected"),
    [
        pytest.param("17 */6 * * *", None, "02T12:00", "02T12:17", id="cron in the site's zone"),
        pytest.param("17 */6 * * *", None, "02T12:17", "02T18:17", id="the next after one that was kept"),
        pytest.param("17 */6 * * *", "08:00-18:00", "02T12:17", "03T08:00", id="moments outside the hours wait"),
        pytest.param("17 */6 * * *", "08:00-18:00", "03T08:00", "03T12:17", id="and are one turn"),
    ],
)
def test_cron_turns(schedule: str, hours: str | None, after: str, expected: str) -> None:
    assert turn(schedule, at(after), at(after), zone=MINSK, hours=hours, spread=0, seed="mpt") == at(expected)


def test_spread_is_later_never_more_than_allowed_and_the_same_for_all() -> None:
    found = [turn("0 * * * *", NOON, NOON, zone=MINSK, hours=None, spread=120, seed=f"site{n}") for n in range(50)]
    late = [(moment - NOON - timedelta(hours=1)).total_seconds() for moment in found]
    assert min(late) >= 0
    assert max(late) <= 120
    assert max(late) - min(late) > 60
    assert found[7] == turn("0 * * * *", NOON, NOON, zone=MINSK, hours=None, spread=120, seed="site7")


def test_intervals_keep_their_pace_whatever_the_spread() -> None:
    moments = [NOON]
    for _ in range(200):
        moments.append(turn("every 6h", moments[-1], moments[-1], zone=MINSK, hours=None, spread=7200, seed="mpt"))
    gaps = [(after - before).total_seconds() / 3600 for before, after in pairwise(moments[1:])]
    assert sum(gaps) / len(gaps) == pytest.approx(6, abs=0.01)
    assert min(gaps) > 5.3
    assert max(gaps) < 6.7


def test_of_many_missed_moments_the_last_one_is_kept() -> None:
    now = NOON + timedelta(days=400)
    fast = turn("every 1s", NOON, now, zone=MINSK, hours=None, spread=0, seed="mpt")
    assert now - timedelta(seconds=1) < fast <= now
    cron = turn("* * * * *", NOON, now, zone=MINSK, hours=None, spread=0, seed="mpt")
    assert cron == (now - timedelta(days=1)).astimezone(UTC) + timedelta(minutes=1)


@pytest.mark.parametrize("every", ["1s", "7s", "0.5d"])
def test_an_interval_moves_on_whatever_its_moments_are_rounded_to(every: str) -> None:
    moments = [NOON]
    for _ in range(2000):
        moments.append(
            turn(f"every {every}", moments[-1], moments[-1], zone=MINSK, hours=None, spread=0, seed=str(every))
        )
    assert all(before < after for before, after in pairwise(moments))
