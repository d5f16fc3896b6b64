"""Changes by day as a bar chart: places and sizes for an inline SVG, and the same in words."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

WIDTH, HEIGHT = 640, 96  # of the drawing, in its own units
MAX_BARS = 62
_STEPS = ((1, "day"), (7, "week"), (28, "four weeks"), (364, "52 weeks"))


@dataclass(frozen=True, kw_only=True)
class Bar:
    start: date
    count: int
    x: float
    y: float
    width: float
    height: float
    labelled: bool  # whether there is room for its date below


@dataclass(frozen=True, kw_only=True)
class Chart:
    unit: str  # "day", "week", ...
    bars: tuple[Bar, ...]
    peak: int

    @property
    def words(self) -> str:
        """The chart for those who cannot see it."""
        told = ", ".join(f"{bar.start.isoformat()}: {bar.count}" for bar in self.bars if bar.count)
        return f"Changes by {self.unit}: {told}"


def chart(moments: Iterable[datetime], zone: tzinfo) -> Chart | None:
    """Bars from the first day to the last, in `zone`; null for less than two days: one bar tells nothing."""
    days = Counter(moment.astimezone(zone).date() for moment in moments)
    if len(days) < 2:
        return None
    first, last = min(days), max(days)
    step, unit = next(((n, unit) for n, unit in _STEPS if (last - first).days // n < MAX_BARS), _STEPS[-1])
    buckets = Counter[int]()
    for day, count in days.items():
        buckets[(day - first).days // step] += count
    return _drawn(first, step, unit, [buckets[index] for index in range((last - first).days // step + 1)])


def _drawn(first: date, step: int, unit: str, counts: list[int]) -> Chart:
    peak, room = max(counts), WIDTH / len(counts)
    every = max(1, -(-len(counts) // 8))
    bars = tuple(
        Bar(
            start=first + timedelta(days=index * step),
            count=count,
            x=round(index * room + min(2, room * 0.1), 1),
            y=round(HEIGHT - HEIGHT * count / peak, 1),
            width=round(min(room - min(4, room * 0.2), 48), 1),
            height=round(HEIGHT * count / peak, 1),
            labelled=index % every == 0,
        )
        for index, count in enumerate(counts)
    )
    return Chart(unit=unit, bars=bars, peak=peak)
