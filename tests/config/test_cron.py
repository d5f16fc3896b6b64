"""Cron lines mean what crontab(5) says, in the site's zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from config.cron import hours, next_moment

MINSK = ZoneInfo("Europe/Minsk")


@pytest.mark.parametrize(
    ("line", "after", "moment"),
    [
        pytest.param("17 */6 * * *", "2026-11-20T08:00", "2026-11-20T12:17", id="every six hours"),
        pytest.param("0 7 * * 1", "2026-11-20T08:00", "2026-11-23T07:00", id="1 is Monday"),
        pytest.param("0 7 * * 0", "2026-11-20T08:00", "2026-11-22T07:00", id="0 is Sunday"),
        pytest.param("0 7 * * 7", "2026-11-20T08:00", "2026-11-22T07:00", id="7 is Sunday too"),
        pytest.param("0 7 * * 1-5", "2026-11-20T08:00", "2026-11-23T07:00", id="working days"),
        pytest.param("0 7 * * Sat", "2026-11-20T08:00", "2026-11-21T07:00", id="a name"),
        pytest.param("0 7 * * *", "2026-11-20T07:00", "2026-11-21T07:00", id="later than the moment itself"),
    ],
)
def test_next_moment(line: str, after: str, moment: str) -> None:
    found = next_moment(line, MINSK, datetime.fromisoformat(after).replace(tzinfo=MINSK))
    assert found == datetime.fromisoformat(moment).replace(tzinfo=MINSK)


def test_the_zone_is_heeded() -> None:
    found = next_moment("0 7 * * *", MINSK, datetime(2026, 11, 20, tzinfo=UTC))
    assert found.astimezone(UTC) == datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.mark.parametrize("line", ["", "* * * *", "61 * * * *", "0 7 * * mo", "0 7 31 2 *", "0 7 * * 5-1"])
def test_what_is_no_cron_line_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"five cron fields|never comes|from the lower"):
        next_moment(line, MINSK, datetime(2026, 11, 20, tzinfo=UTC))


@pytest.mark.parametrize("value", ["8-20", "08:00-24:00", "08:00", "08:00-08:00", "from eight to ten"])
def test_what_is_no_window_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="give hours as"):
        hours(value)
