"""When a page is visited again: one pure decision after each visit.

The best interval under a budget is ``K / sqrt(weight * rate)``: the square root of the rate, since intervals in
proportion to it starve slow pages, and maximising "freshness" abandons fast ones. Moments are UTC timestamps in
seconds, rates are a day.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import blake2b
from math import exp, sqrt

from crawler.core.schedule_budget import (
    IDLE,
    attainable_gain,
    lateness,
    may_come_early,
    multiplier,
    next_multiplier,
    share,
)
from crawler.core.schedule_hints import Hint, HintTrust
from crawler.core.schedule_rates import (
    DAY,
    HABITS,
    NEGLIGIBLE,
    PageClass,
    burst_ahead,
    learnt,
    rate,
    rate_interval,
    with_burst,
)
from storage.records import Revisit

__all__ = [
    "IDLE",
    "Decision",
    "Hint",
    "HintTrust",
    "PageClass",
    "Revisit",
    "Seen",
    "as_class",
    "attainable_gain",
    "decide",
    "first_state",
    "lateness",
    "may_come_early",
    "multiplier",
    "next_multiplier",
    "on_hint",
    "rate",
    "rate_interval",
    "share",
]

FLOOR = 300.0  # seconds, the shortest interval
JITTER = 0.05  # of an interval, either way: pages found together drift apart
GONE_LADDER = (
    3_600.0,
    DAY,
    7 * DAY,
    30 * DAY,
    90 * DAY,
)  # seconds after the first, second, ... look that found nothing
FIRST_RETRY, LONGEST_RETRY = 600.0, DAY  # seconds
LONGEST_WISH = 30 * DAY  # seconds: a server that asks to be left alone for a century is asked again within a month


class Seen(StrEnum):
    """What a visit found, as far as it matters for the next one."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"  # 404, 410
    FAILED = "failed"  # network, 429, 5xx, blocked


@dataclass(frozen=True, kw_only=True)
class Decision:
    state: Revisit  # to be stored with the page
    next_visit: float  # UTC timestamp
    rate: float  # changes a day, bursts left out
    rate_low: float  # 90 % interval
    rate_high: float


def first_state(page_class: str, now: float, published: float | None = None) -> Revisit:
    """The state of a page that has just been found: its class's prior, and it is due now.

    ``published`` (timestamp, if known) starts the burst of corrections that news are born with; a date ahead of
    ``now`` counts as now.
    """
    habit = HABITS[page_class]
    state = Revisit(page_class=PageClass(page_class), a=habit.a0, b=habit.b0, weight=habit.weight)
    return state if published is None else _published(state, now, published)


def as_class(state: Revisit, page_class: str, now: float, published: float | None = None) -> Revisit:
    """The state with a class that is known better now (the first look tells what an address holds).

    What visits have taught is kept, the evidence moves from the old prior to the new one; but links counted on a list
    say nothing of edits, nor the other way round. The same class: unchanged, but that ``published`` starts the burst of
    publishing where no burst is known yet.
    """
    old, new = HABITS[state.page_class], HABITS[page_class]
    if state.page_class != page_class:
        known = old.counts_links is new.counts_links
        state = replace(
            state,
            page_class=PageClass(page_class),
            a=new.a0 + (max(0.0, state.a - old.a0) if known else 0.0),
            b=new.b0 + (max(0.0, state.b - old.b0) if known else 0.0),
            weight=state.weight * new.weight / old.weight,
        )
    return state if published is None or state.burst_at is not None else _published(state, now, published)


def _published(state: Revisit, now: float, published: float) -> Revisit:
    begun = with_burst(state, HABITS[state.page_class].published, min(published, now))
    return begun if burst_ahead(begun, now) > NEGLIGIBLE else state


def decide(
    state: Revisit,
    now: float,
    K: float,
    outcome: Seen,
    *,
    url: str,
    new_links: int | None = None,
    retry_after: float | None = None,
    hint: Hint | None = None,
) -> Decision:
    """What a visit at ``now`` teaches, and when the next one is due.

    ``K``: the host's multiplier, square roots of a day. ``new_links``: never-seen links found (for feeds, plus hints
    confirmed since the last visit); only lists and feeds mind it, and None means that it was not counted.
    ``retry_after``: seconds that the server asked for, only with FAILED. ``hint``: given for a page that a feed or
    sitemap covers. ``url`` seeds the jitter.

    >>> page = first_state(PageClass.STATIC, now=0.0)
    >>> decision = decide(page, 0.0, 0.1, Seen.SAME, url="https://example.org/")
    >>> 0.95 < decision.next_visit / (0.1 * 60**0.5 * DAY) < 1.05
    True
    """
    if outcome is Seen.GONE:
        state = replace(state, gone_count=state.gone_count + 1, failure_count=0)
        due = now + GONE_LADDER[min(state.gone_count, len(GONE_LADDER)) - 1]
    elif outcome is Seen.FAILED:
        state = replace(state, failure_count=state.failure_count + 1)
        due = now + _patience(state.failure_count, retry_after)
    else:
        state = learnt(state, now, changed=outcome is Seen.CHANGED, new_links=new_links)
        if state.gone_count or state.failure_count:
            state = replace(state, gone_count=0, failure_count=0)
        due = _due(state, now, K, url, hint)
    low, high = rate_interval(state)
    return Decision(state=state, next_visit=due, rate=rate(state), rate_low=low, rate_high=high)


def on_hint(state: Revisit, next_visit: float, now: float, K: float, hint: Hint) -> float:
    """When a page is due after a feed or sitemap was read at ``now``: at once if its hint is worth a visit.

    Worth it is a hint of a modification after our last visit whose precision reaches ``K * sqrt(rate / weight)``, the
    number of unseen changes at which a page is due anyhow. Dates ahead of ``now`` are not believed until they have
    come: they would ask for a visit each time they are read. Pages that are gone or failing keep their ladder,
    whatever a stale feed says.
    """
    if hint.modified is None or state.gone_count or state.failure_count or state.last_visit is None:
        return next_visit
    if not state.last_visit < hint.modified <= now or hint.precision < K * sqrt(rate(state) / state.weight):
        return next_visit
    return min(next_visit, max(now, state.last_visit + FLOOR))


def _patience(failures: int, retry_after: float | None) -> float:
    """Seconds to wait after so many failures in a row: twice as long each time, never less than the server asks."""
    wait = min(FIRST_RETRY * 2.0 ** min(failures - 1, 30), LONGEST_RETRY)
    return wait if retry_after is None else max(wait, min(retry_after, LONGEST_WISH))


def _due(state: Revisit, now: float, K: float, url: str, hint: Hint | None) -> float:
    told = 0.0 if hint is None else hint.recall  # share of changes that need no visit to be noticed
    ceiling = HABITS[state.page_class].ceiling * DAY
    unseen = rate(state) * (1 - told)
    steady = ceiling if unseen <= 0 else K * DAY / sqrt(state.weight * unseen)
    interval = max(FLOOR, min(steady, ceiling))
    ahead = burst_ahead(state, now) * (1 - told)
    if ahead > NEGLIGIBLE:
        interval = _through_burst(unseen / DAY, ahead, state.burst_tau * DAY, K, state.weight, interval)
    due = now + max(FLOOR, interval * _jitter(url, now))
    return due if hint is None else on_hint(state, due, now, K, hint)


def _through_burst(base: float, ahead: float, tau: float, K: float, weight: float, latest: float) -> float:
    """Seconds until the expected unseen changes reach ``K * sqrt(rate then / weight)``; ``latest`` at most.

    ``base`` is a second here, ``tau`` in seconds; the answer is right to the second. Unseen changes only grow and the
    rate only falls, so there is one crossing.
    """
    price = K * sqrt(DAY / weight)
    low, high = FLOOR, latest
    while high - low > 1.0:
        middle = (low + high) / 2
        left = ahead * exp(-middle / tau)
        if base * middle + ahead - left >= price * sqrt(base + left / tau):
            high = middle
        else:
            low = middle
    return high


def _jitter(url: str, last_visit: float) -> float:
    """A factor within 1 +- 5 %, the same for the same URL and visit in every process."""
    digest = blake2b(f"{url} {last_visit:.3f}".encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return 1 + JITTER * (2 * int.from_bytes(digest) / 0xFFFFFFFF - 1)
