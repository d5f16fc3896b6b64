"""Changes by day and section as a stacked bar chart: places and sizes for an inline SVG, and the same as a table."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from crawler.core.phrases import N_

WIDTH, HEIGHT = 640, 120  # of the drawing, in its own units
MAX_BARS = 62
SERIES = 6  # told apart by colour and pattern; more than these are one, the last
_STEPS = (
    (1, N_("Changes by day and section")),
    (7, N_("Changes by week and section")),
    (28, N_("Changes by four weeks and section")),
    (364, N_("Changes by 52 weeks and section")),
)


@dataclass(frozen=True, kw_only=True)
class Part:
    """The changes of one section within a bar."""

    series: int  # index into the chart's series
    count: int
    y: float
    height: float


@dataclass(frozen=True, kw_only=True)
class Bar:
    start: date
    count: int
    x: float
    y: float  # of its top
    width: float
    parts: tuple[Part, ...]  # from the ground up
    labelled: bool  # whether there is room for its date below

    def of(self, series: int) -> int:
        """How many changes a series has in this bar."""
        return sum(part.count for part in self.parts if part.series == series)


@dataclass(frozen=True, kw_only=True)
class Chart:
    caption: str  # English; the catalogue knows it
    days: int  # that a bar spans
    series: tuple[str, ...]  # names of sections, the largest first
    bars: tuple[Bar, ...]
    peak: int

    @property
    def words(self) -> str:
        """The chart for those who cannot see it: each bar that is not empty."""
        return ", ".join(f"{bar.start.isoformat()}: {bar.count}" for bar in self.bars if bar.count)


def chart(
    points: Iterable[tuple[datetime, str]],
    zone: tzinfo,
    *,
    other: str = "…",
    span: tuple[datetime, datetime] | None = None,
) -> Chart | None:
    """Bars of (moment, section) from the first day to the last, in `zone`; null for less than two days.

    One bar would tell nothing. `other`: the name of the sections that are too many to be told apart. `span`: the
    first and the last moment that were looked at: days without changes are shown, too.
    """
    days = [(moment.astimezone(zone).date(), section) for moment, section in points]
    all_days = {day for day, _ in days} | {moment.astimezone(zone).date() for moment in span or ()}
    if not days or len(all_days) < 2:
        return None
    first, last = min(all_days), max(all_days)
    step, caption = next(((n, caption) for n, caption in _STEPS if (last - first).days // n < MAX_BARS), _STEPS[-1])
    series = _series(Counter(section for _, section in days), other)
    stacks = [Counter[int]() for _ in range((last - first).days // step + 1)]
    for day, section in days:
        stacks[(day - first).days // step][series.index(section) if section in series else len(series) - 1] += 1
    bars = tuple(_bars(first, step, stacks))
    return Chart(caption=caption, days=step, series=series, bars=bars, peak=max(bar.count for bar in bars))


def _series(counts: Counter[str], other: str) -> tuple[str, ...]:
    names = sorted(counts, key=lambda name: (-counts[name], name))
    return tuple(names) if len(names) <= SERIES else (*(name for name in names[: SERIES - 1] if name != other), other)


def _bars(first: date, step: int, stacks: Sequence[Counter[int]]) -> Iterator[Bar]:
    peak, room = max(stack.total() for stack in stacks), WIDTH / len(stacks)
    every = max(1, -(-len(stacks) // 8))
    for index, stack in enumerate(stacks):
        yield Bar(
            start=first + timedelta(days=index * step),
            count=stack.total(),
            x=round(index * room + min(2, room * 0.1), 1),
            y=round(HEIGHT - HEIGHT * stack.total() / peak, 1),
            width=round(min(room - min(4, room * 0.2), 48), 1),
            parts=tuple(_parts(stack, HEIGHT / peak)),
            labelled=index % every == 0,
        )


def _parts(stack: Counter[int], unit: float) -> Iterator[Part]:
    ground = float(HEIGHT)
    for series in sorted(stack):
        height = stack[series] * unit
        ground -= height
        yield Part(series=series, count=stack[series], y=round(ground, 1), height=round(height, 1))
