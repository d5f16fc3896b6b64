"""How often a page changes: what each class is believed to do, and what visits teach about one page.

A page's rate is a Gamma posterior: ``a`` pseudo-changes over ``b`` days, which forgets towards its class's prior.
Beside it runs at most one *burst*: the flurry of corrections after publishing or editing, ``amplitude`` changes
expected in all, dying away over ``tau`` days.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from math import exp, expm1, sqrt

from storage.records import Revisit

DAY = 86_400.0  # seconds
Z90 = 1.6448536269514722  # normal quantile of 95 %: both ends together leave out 10 %
NEGLIGIBLE = 1e-3  # expected changes left in a burst below which it is over


class PageClass(StrEnum):
    """What a page is to the revisit policy; stored in ``Revisit.page_class``."""

    LISTING = "listing"  # first page of a list; its rate is of never-seen links
    LISTING_TAIL = "listing_tail"  # page 2 and on
    FEED = "feed"  # RSS, Atom, sitemap; its rate is of never-seen links and confirmed hints
    LIVE = "live"  # changes all the time, and that matters little: counters, the front page
    NEWS = "news"
    DOCUMENT = "document"
    STATIC = "static"


@dataclass(frozen=True, kw_only=True)
class Habit:
    """What a class of pages is believed to do before any page of it is known."""

    a0: float  # pseudo-changes
    mean: float  # changes a day
    ceiling: float  # days, the longest interval
    weight: float = 1.0
    half_life: float = 90.0  # days until half of what was learnt is forgotten
    counts_links: bool = False  # an event is a never-seen link, not a changed text
    published: tuple[float, float] | None = None  # burst on publishing: amplitude, tau in days
    edited: tuple[float, float] | None = None  # burst on a seen edit

    @property
    def b0(self) -> float:
        """Prior exposure in days."""
        return self.a0 / self.mean


HABITS: Mapping[str, Habit] = {
    PageClass.LISTING: Habit(a0=0.5, mean=1, ceiling=3, half_life=14, counts_links=True),
    PageClass.LISTING_TAIL: Habit(a0=0.3, mean=0.05, ceiling=3, half_life=14, counts_links=True),
    PageClass.FEED: Habit(a0=0.5, mean=5, ceiling=1, half_life=14, counts_links=True),
    PageClass.LIVE: Habit(a0=1, mean=10, ceiling=2, weight=0.1),
    PageClass.NEWS: Habit(a0=0.15, mean=1 / 150, ceiling=45, published=(0.65, 0.7), edited=(0.3, 1.0)),
    PageClass.DOCUMENT: Habit(a0=0.3, mean=1 / 100, ceiling=30, edited=(1.2, 1.2)),
    PageClass.STATIC: Habit(a0=0.4, mean=1 / 60, ceiling=30, edited=(0.1, 1.0)),
}


def tells_edits(page_class: str) -> bool:
    """Whether a change of such a page is an edit that a feed may name; lists count links, live pages flicker."""
    return HABITS[page_class].edited is not None


def burst_ahead(state: Revisit, at: float) -> float:
    """Changes still expected of the running burst after ``at`` (UTC timestamp); 0 when there is none."""
    if state.burst_at is None:
        return 0.0
    return state.burst_amplitude * exp(-max(0.0, at - state.burst_at) / (DAY * state.burst_tau))


def burst_between(state: Revisit, start: float, end: float) -> float:
    """Changes expected of the burst between two moments: ``A*(exp(-(t0-s)/tau) - exp(-(t1-s)/tau))``."""
    return max(0.0, burst_ahead(state, start) - burst_ahead(state, end))


def with_burst(state: Revisit, shape: tuple[float, float] | None, at: float) -> Revisit:
    """The state with a burst of this (amplitude, tau) begun at ``at``; a class without bursts keeps what it has."""
    if shape is None:
        return state
    return replace(state, burst_at=at, burst_amplitude=shape[0], burst_tau=shape[1])


def learnt(state: Revisit, now: float, *, changed: bool, new_links: int | None = None) -> Revisit:
    """The posterior after a good visit at ``now``; ``last_visit`` is moved to it.

    The first visit teaches nothing: there is no exposure before it, and every link of a list is new then. Of a
    changed page the base process is credited with its expected number of changes, given that there was at least one
    in all: ``base / (1 - exp(-mu))``, where ``mu`` counts the burst too. A list that changed without a count of its
    never-seen links (``new_links`` is None) teaches nothing either.
    """
    habit = HABITS[state.page_class]
    if state.last_visit is None or (habit.counts_links and changed and new_links is None):
        return replace(state, last_visit=now)
    exposure = max(now - state.last_visit, 1.0) / DAY  # a second at least: clocks step back, and 0 divides
    keep = 2.0 ** (-exposure / habit.half_life)
    a = habit.a0 + (state.a - habit.a0) * keep + _events(state, now, exposure, changed, new_links)
    b = habit.b0 + (state.b - habit.b0) * keep + exposure
    state = replace(state, last_visit=now, a=a, b=b)
    return with_burst(state, habit.edited, now) if changed else state


def _events(state: Revisit, now: float, exposure: float, changed: bool, new_links: int | None) -> float:
    if HABITS[state.page_class].counts_links:
        return float(new_links or 0)
    if not changed or state.last_visit is None:
        return 0.0
    base = state.a / state.b * exposure
    return base / -expm1(-(base + burst_between(state, state.last_visit, now)))


def rate(state: Revisit) -> float:
    """Estimated changes a day, bursts left out."""
    return state.a / state.b


def rate_interval(state: Revisit) -> tuple[float, float]:
    """The 90 % interval of the rate, changes a day.

    Quantiles of the Gamma distribution by Wilson and Hilferty (1931): ``a * (1 - 1/(9a) + z/(3 sqrt a))^3 / b``.
    Below about one pseudo-change the low end is 0 for all practical purposes, and the formula's is cut there.
    """
    centre, spread = 1 - 1 / (9 * state.a), Z90 / (3 * sqrt(state.a))
    mean = state.a / state.b
    return mean * max(0.0, centre - spread) ** 3, mean * max(0.0, centre + spread) ** 3
