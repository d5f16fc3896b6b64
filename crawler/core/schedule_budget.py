"""How a host's budget of requests is spread: the multiplier K, its controller, and slots that nothing is due for.

A page that is late costs ``w*lambda*tau/2``; under a budget of B requests a day the least cost in all is at ``tau = K
/ sqrt(w*lambda)`` with one K for the host, in square roots of a day. ``K = c*S/B`` would spend exactly B with c = 1
and ``S = sum(sqrt(w*lambda))``; c makes good what S leaves out (bursts, ceilings, hints, failures).
"""

from collections.abc import Iterable
from math import exp, sqrt

from crawler.core.schedule_rates import rate
from storage.records import Revisit

LOWEST, HIGHEST = 0.5, 4.0  # of c
GAIN = 0.25
CLIP = 0.5  # of one page's relative lateness
IDLE = -CLIP  # what a slot counts that nothing was fetched in


def share(state: Revisit) -> float:
    """The page's term of S, ``sqrt(weight * rate)``; 0 for a page that is gone: its ladder is not paid from the
    budget."""
    return 0.0 if state.gone_count else sqrt(state.weight * rate(state))


def multiplier(c: float, s: float, budget: float) -> float:
    """K in square roots of a day, for S = ``s`` and ``budget`` requests a day."""
    return c * s / budget


def lateness(fetched: float, due: float, last_visit: float) -> float:
    """How late a visit was as a share of its interval, within +-0.5; negative for one that came early (all
    timestamps)."""
    return max(-CLIP, min(CLIP, (fetched - due) / max(due - last_visit, 1.0)))


def next_multiplier(c: float, dt_days: float, budget: float, n: int, errors: Iterable[float]) -> float:
    """The controller's next ``c``, after ``dt_days`` in which each slot had one of ``errors``.

    ``errors`` are :func:`lateness` of the visits made and :data:`IDLE` for each slot left empty. ``c`` rises while
    pages are fetched late and falls while they come early or slots stay empty, by at most a factor of exp(1/8) in the
    time of one round over all ``n`` pages. Steering by the most overdue page instead only ever ratchets up: there
    always is one. No error at all (nothing was running) leaves ``c`` as it is.

    >>> next_multiplier(1.0, 0.5, 2000, 1000, [IDLE, IDLE]) < 1.0
    True
    """
    seen = [max(-CLIP, min(CLIP, error)) for error in errors]
    mean = sum(seen) / len(seen) if seen else 0.0
    return max(LOWEST, min(HIGHEST, c * exp(GAIN * dt_days * budget / max(n, 1) * mean)))


def may_come_early(state: Revisit, next_visit: float, now: float) -> bool:
    """Whether a page that is not due may have a slot that nothing is due for: past half its interval.

    Never a page that is gone or failing: its last good visit is long ago, but its next one is set by a ladder of
    waiting. Of several such pages the one with the earliest ``next_visit`` comes first; when there is none, the slot
    stays empty.
    """
    if state.gone_count or state.failure_count:
        return False
    return state.last_visit is None or now >= (state.last_visit + next_visit) / 2


def attainable_gain(rates: Iterable[float]) -> float:
    """How many times sooner than uniform polling the best intervals know of changes, at the same cost.

    ``N * sum(lambda) / sum(sqrt(lambda))^2``: 1 for pages all alike, and for no pages. ``rates`` may be weight * rate.
    """
    known = [value for value in rates if value > 0]
    root = sum(map(sqrt, known))
    return len(known) * sum(known) / (root * root) if known else 1.0
