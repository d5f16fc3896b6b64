"""A page's life as a picture: when it was there, which version stood when, when it was gone, when we could not see."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from crawler.core.blind import BLINDING
from storage.records import Change, ChangeKind, Problem

WIDTH, HEIGHT = 720, 84
_APART = 26  # between two labels
_NARROW = 2.0  # so wide is everything at least
_STEPS = (1, 2, 7, 14, 30, 91, 182, 365, 730, 1826)  # days between two dates on the axis
_DATES = 7  # on the axis at most


@dataclass(frozen=True, kw_only=True)
class Span:
    """A stretch of time."""

    kind: str  # "here", "gone", or why we could not see: "blocked", "down", "robots"
    since: datetime
    until: datetime | None  # null: it goes on
    x: float = 0.0
    width: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A version's first sight, or a date on the axis."""

    at: datetime
    x: float
    number: int = 0  # of the version
    upgrade: bool = False
    labelled: bool = True


@dataclass(frozen=True, kw_only=True)
class Lifeline:
    start: datetime
    here: tuple[Span, ...]
    gone: tuple[Span, ...]
    blind: tuple[Span, ...]
    versions: tuple[Tick, ...]
    dates: tuple[Tick, ...]


def lifeline(
    versions: Sequence[tuple[int, datetime, bool]],
    *,
    gone: Sequence[Span],
    blind: Sequence[Span],
    now: datetime,
    zone: tzinfo,
) -> Lifeline | None:
    """The picture from the first version until now; null where there is no version.

    ``versions``: (number, first seen, whether an upgrade), oldest first. Times that end before the first version are
    left out.
    """
    if not versions:
        return None
    start, last = versions[0][1], versions[-1][1]
    end = max(now, last + max(timedelta(minutes=1), (last - start) / 10))  # the last version has some length, too
    scale = WIDTH / (end - start).total_seconds()

    def x(at: datetime) -> float:
        return round((min(max(at, start), end) - start).total_seconds() * scale, 1)

    def drawn(spans: Iterable[Span]) -> tuple[Span, ...]:
        return tuple(_drawn(span, x(span.since), x(span.until or end)) for span in spans if (span.until or end) > start)

    return Lifeline(
        start=start,
        here=drawn(_between(gone, start)),
        gone=drawn(gone),
        blind=drawn(blind),
        versions=tuple(_ticks(versions, x)),
        dates=tuple(Tick(at=at, x=x(at)) for at in _dates(start, end, zone)),
    )


def absences(changes: Iterable[Change], missing_since: datetime | None = None) -> tuple[Span, ...]:
    """When the page was not there: from its first sight missing (or moved) to the first sight of it back.

    ``missing_since``: a first look that missed it and is not confirmed yet.
    """
    found: list[Span] = []
    away: datetime | None = None
    for change in sorted(changes, key=lambda change: change.first_seen):
        if change.kind in (ChangeKind.REMOVED, ChangeKind.MOVED):
            away = away or change.first_seen
        elif change.kind is ChangeKind.RESTORED and away is not None:
            found.append(Span(kind="gone", since=away, until=change.first_seen))
            away = None
    if away is None and missing_since is not None:
        away = missing_since
    return (*found, Span(kind="gone", since=away, until=None)) if away else tuple(found)


def blind_spans(problems: Iterable[Problem]) -> tuple[Span, ...]:
    """When the site kept us out or was down, oldest first."""
    blinding = sorted((one for one in problems if one.kind in BLINDING), key=lambda one: one.opened_at)
    return tuple(Span(kind=one.kind, since=one.opened_at, until=one.closed_at) for one in blinding)


def _drawn(span: Span, left: float, right: float) -> Span:
    width = max(right - left, _NARROW)
    return Span(
        kind=span.kind, since=span.since, until=span.until, x=round(min(left, WIDTH - width), 1), width=round(width, 1)
    )


def _between(gone: Sequence[Span], start: datetime) -> Iterator[Span]:
    at: datetime | None = start
    for span in gone:
        if at is not None and span.since > at:
            yield Span(kind="here", since=at, until=span.since)
        at = span.until
    if at is not None:
        yield Span(kind="here", since=at, until=None)


def _ticks(versions: Sequence[tuple[int, datetime, bool]], x: Callable[[datetime], float]) -> Iterator[Tick]:
    last = -_APART * 1.0
    for number, at, upgrade in versions:
        labelled = x(at) - last >= _APART
        last = x(at) if labelled else last
        yield Tick(at=at, x=x(at), number=number, upgrade=upgrade, labelled=labelled)


def _dates(start: datetime, end: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Local midnights, some days apart: few enough to be read."""
    days = (end - start).days + 1
    step = next((step for step in _STEPS if days / step <= _DATES), days // _DATES + 1)
    first = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    at = first + timedelta(days=1)
    while at < end:
        yield at
        at += timedelta(days=step)
