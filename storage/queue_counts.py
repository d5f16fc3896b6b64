"""How many changes of the queue there are by site, section, kind and state."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from storage.records_queue import ChangeFilter, Facets
from storage.records_review import ReviewState
from storage.tables import changes

PLACES = (changes.c.site, changes.c.section, changes.c.kind)
_STATES = tuple(state.value for state in ReviewState)


def counts(places: Sequence[ColumnElement[Any]], state: ColumnElement[str]) -> Select[Any]:
    """Rows of site, section, kind, and the count of each state; what is counted is for the caller to say.

    States stand beside each other: there is an index in the order of the places, so that nothing is sorted.
    """
    of_states = (func.count().filter(state == value).label(value) for value in _STATES)
    site, section, kind = places
    return select(*places, *of_states).group_by(section, kind, site)


def facets_of(wanted: ChangeFilter, rows: Iterable[Any]) -> Facets:
    """The counts of each value, from the rows of ``counts``."""
    found: tuple[Counter[Any], ...] = tuple(Counter() for _ in range(4))
    total = 0
    for row in rows:
        for state in _STATES:
            values, count = (*row[:3], state), getattr(row, state)
            fits = _fitting(wanted, values) if count else []
            total += count if all(fits) else 0
            for place, value in enumerate(values if count else ()):
                if all(fits[:place] + fits[place + 1 :]):
                    found[place][value] += count
    of_site, of_section, of_kind, of_state = (dict(counter) for counter in found)
    return Facets(total=total, sites=of_site, sections=of_section, kinds=of_kind, states=of_state)


def _fitting(wanted: ChangeFilter, values: Sequence[Any]) -> list[bool]:
    """Whether site, section, kind and state are what the filter asks for, each for itself."""
    site, section, kind, state = values
    return [
        wanted.site is None or site == wanted.site,
        wanted.section is None or section == wanted.section,
        not wanted.kinds or kind in wanted.kinds,
        not wanted.states or state in wanted.states,
    ]
