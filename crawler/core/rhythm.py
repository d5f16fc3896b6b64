"""When a site's turn comes: the moments of its schedule, spread a little, within its hours."""

import math
from datetime import UTC, datetime, timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

from config.cron import next_moment
from config.site import seconds
from crawler.core.windows import opening

LOOKED_BACK = timedelta(days=1)  # a cron line's moments before that are one missed moment
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROUNDING = 0.01  # of an interval: a moment is kept in microseconds, and must not come again for what that cuts off
_MOST_SPREAD = 0.1  # of an interval


def turn(
    schedule: str, after: datetime, now: datetime, *, zone: ZoneInfo, hours: str | None, spread: float, seed: str
) -> datetime:
    """The first moment of ``schedule`` (a cron line, or "every 6h") later than ``after``, as it is to be kept.

    The same question always has the same answer, so that two schedulers mean the same moment. ``spread``: seconds
    by which it may be later, by chance that follows from ``seed`` and the moment. Of moments missed long ago, as
    seen from ``now``, the last ones count.
    """
    if schedule.startswith("every "):
        every = seconds(schedule.removeprefix("every "))
        slot, most = _on_grid(every, after, now, seed), min(spread, every * _MOST_SPREAD)
    else:
        slot, most = next_moment(schedule, zone, max(after, now - LOOKED_BACK)).astimezone(UTC), spread
    return opening(hours, zone, slot).astimezone(UTC) + timedelta(seconds=most * _chance(f"{seed} {slot.isoformat()}"))


def _on_grid(every: float, after: datetime, now: datetime, seed: str) -> datetime:
    """Moments ``every`` so many seconds since 1970, each seed's at another phase; the last missed one for many."""
    phase = every * _chance(seed)
    step = math.floor(((after - _EPOCH).total_seconds() - phase) / every + _ROUNDING) + 1
    missed = math.floor(((now - _EPOCH).total_seconds() - phase) / every)
    return _EPOCH + timedelta(seconds=phase + every * max(step, missed))


def _chance(text: str) -> float:
    """A number from 0 to 1 that the text decides."""
    return crc32(text.encode()) / 2**32
