"""When we could not see: the times in a change's observation interval in which the site kept us out or was down."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from crawler.core.health import ProblemKind
from storage.records import Change, Problem

BLINDING = frozenset({ProblemKind.BLOCKED, ProblemKind.DOWN, ProblemKind.ROBOTS})


@dataclass(frozen=True, kw_only=True)
class Blind:
    kind: str  # "blocked", "down", "robots"
    since: datetime  # first seen so
    until: datetime | None  # first seen well again; null: still so


def blind_times(change: Change, problems: Iterable[Problem]) -> tuple[Blind, ...]:
    """Problems of the change's site that made us blind between the last look before it and the first one after.

    A change without a last look (a page that was added) has no interval to be blind in.
    """
    if change.last_seen is None:
        return ()
    begun = change.last_seen
    return tuple(
        Blind(kind=problem.kind, since=problem.opened_at, until=problem.closed_at)
        for problem in sorted(problems, key=lambda problem: problem.opened_at)
        if problem.site == change.site
        and problem.kind in BLINDING
        and problem.opened_at <= change.first_seen
        and (problem.closed_at is None or problem.closed_at >= begun)
    )
