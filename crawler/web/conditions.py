"""The change list's filter as form and links say it: days in the reader's zone, addresses of other filters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from crawler.core.filters import as_query, of_query
from storage.records import ChangeKind
from storage.records_queue import ChangeFilter, Facets
from storage.records_review import ReviewState

PATH = "/changes"
_DAYS = ("since", "until")


@dataclass(frozen=True, kw_only=True)
class Count:
    """A value of a condition: how many changes it would leave, and the address that chooses it, or lets it go."""

    value: str
    count: int
    href: str
    chosen: bool


def filter_of(pairs: Iterable[tuple[str, str]], zone: tzinfo) -> ChangeFilter:
    """The filter of an address; a day without a time begins at midnight of the zone. Raises ValueError."""
    return of_query([(name, _midnight(value, zone) if name in _DAYS else value) for name, value in pairs])


def address(wanted: ChangeFilter, **other: Any) -> str:
    """Where the list with this filter stands, some of its fields being others."""
    query = as_query(replace(wanted, **other))
    return f"{PATH}?{query}" if query else PATH


def day_of(at: datetime | None, zone: tzinfo) -> str:
    """The day of a condition as a date field wants it."""
    return at.astimezone(zone).date().isoformat() if at else ""


def by_state(wanted: ChangeFilter, facets: Facets) -> list[Count]:
    """All states, those without changes too: the list's tabs."""
    return [_one(wanted, "states", state, facets.states.get(state.value, 0)) for state in ReviewState]


def by_kind(wanted: ChangeFilter, facets: Facets) -> list[Count]:
    return [_one(wanted, "kinds", kind, facets.kinds[kind.value]) for kind in ChangeKind if kind.value in facets.kinds]


def by_site(wanted: ChangeFilter, facets: Facets) -> list[Count]:
    return [_single(wanted, "site", site, count) for site, count in _largest(facets.sites)]


def by_section(wanted: ChangeFilter, facets: Facets) -> list[Count]:
    return [_single(wanted, "section", name, count) for name, count in _largest(facets.sections) if name is not None]


def _largest(counts: dict[Any, int]) -> list[tuple[Any, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0] or ""))


def _one(wanted: ChangeFilter, field: str, value: ReviewState | ChangeKind, count: int) -> Count:
    """Of a condition that may have several values: chosen alone by its link."""
    chosen: Sequence[Any] = getattr(wanted, field)
    href = address(wanted, **{field: () if chosen == (value,) else (value,)})
    return Count(value=value.value, count=count, href=href, chosen=value in chosen)


def _single(wanted: ChangeFilter, field: str, value: str, count: int) -> Count:
    chosen = getattr(wanted, field) == value
    return Count(value=value, count=count, href=address(wanted, **{field: None if chosen else value}), chosen=chosen)


def _midnight(text: str, zone: tzinfo) -> str:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return text  # a moment, or what of_query refuses
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC).isoformat()
    except OverflowError as error:  # a day at the ends of the calendar
        raise ValueError(text) from error
