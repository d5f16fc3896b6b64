"""A host's budget from run to run: requests accrue, runs take them, the controller is steered by how that went.

Which visits count for the controller: those of scheduled runs to pages that were due by the policy's own plan, or past
half their interval. First visits, pages that are gone or failing, and whatever people order (a crawl by hand, every
page at once, the baseline) say nothing of whether the budget and the plan fit together.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from crawler.core.schedule_budget import IDLE, lateness, multiplier, next_multiplier
from crawler.core.schedule_rates import DAY
from storage.records import Page
from storage.records_service import Host

STEERING = timedelta(minutes=30)  # between two settings of c
LONGEST = 1.0  # days: a host that was left alone for longer is steered by no more, and is owed no more requests
LEAST_K = 1e-3  # of a site of which nothing is known yet


def accrued(host: Host, now: datetime, budget: float) -> Host:
    """The host with the requests that it may be asked by ``now``, ``budget`` a day; never more than a day's worth.

    A host that nobody has counted for yet may be asked a day's worth.
    """
    if host.tokens_at is None:
        return replace(host, tokens=budget * LONGEST, tokens_at=now)
    days = max(0.0, (now - host.tokens_at).total_seconds() / DAY)
    return replace(host, tokens=min(budget * LONGEST, host.tokens + budget * days), tokens_at=now)


def taken(host: Host, now: datetime, budget: float) -> Host:
    """The host after a scheduled run has taken all whole requests that had accrued; the rest of one stays."""
    host = accrued(host, now, budget)
    return replace(host, tokens=host.tokens % 1.0)


def given_back(host: Host, requests: int, budget: float) -> Host:
    """The host with requests that a run has taken and could not make because somebody stopped it."""
    return replace(host, tokens=min(budget * LONGEST, host.tokens + requests))


def asked_by_hand(host: Host, now: datetime, budget: float, requests: int) -> Host:
    """The host after so many requests that no plan has ordered: they use up what has accrued, and leave no debt.

    Otherwise the next scheduled run would find its pages visited already and its requests idle.
    """
    host = accrued(host, now, budget)
    return replace(host, tokens=max(0.0, host.tokens - requests))


def forced(host: Host, at: datetime) -> Host:
    """The host when somebody makes all pages due at once: how late they are then is not the budget's fault."""
    return replace(host, forced_at=at)


def begun(host: Host, now: datetime) -> Host:
    """The host at the end of its baseline, or of a look at every page: what is counted begins now."""
    return replace(host, tokens=0.0, tokens_at=now, steered_at=now, visits=0, lateness=0.0, idle=0)


def steered(host: Host, now: datetime, budget: float, pages: int) -> Host:
    """The host with its factor c set anew, if half an hour has passed since the last time; else as it is.

    ``pages``: how many share the budget. By the mean error of all requests that were allowed since then: how late
    each was, :data:`IDLE` for each that no page was there for. The first time only the counting begins.
    """
    if host.steered_at is None or now < host.steered_at:  # never, or the clock was set back
        return replace(host, steered_at=now, visits=0, lateness=0.0, idle=0)
    if now - host.steered_at < STEERING:
        return host
    days = min(LONGEST, (now - host.steered_at).total_seconds() / DAY)
    allowed = host.visits + host.idle
    errors = [(host.lateness + IDLE * host.idle) / allowed] if allowed else []
    factor = next_multiplier(host.factor, days, budget, pages, errors)
    return replace(host, factor=factor, steered_at=now, visits=0, lateness=0.0, idle=0)


def factor_k(host: Host, demand: float, budget: float) -> float:
    """The multiplier K of the host's pages, for their ``demand`` S and ``budget`` requests a day."""
    return max(LEAST_K, multiplier(host.factor, demand, budget))


def on_ladder(page: Page) -> bool:
    """Whether the page waits on a ladder, gone or failing: its visits are not paid from the budget."""
    return page.revisit.gone_count > 0 or page.revisit.failure_count > 0


def counted_lateness(page: Page, now: datetime, forced_at: datetime | None) -> float | None:
    """How late a visit at ``now`` is that a scheduled run makes; null when it does not count.

    ``page`` as it was claimed; ``forced_at``: when somebody last made all pages due.
    """
    last = page.revisit.last_visit
    if last is None or on_ladder(page) or page.next_visit is None or page.next_visit == forced_at:
        return None
    return lateness(now.timestamp(), page.next_visit.timestamp(), last)
