"""A site at a glance: a few figures, and how it is doing in one word."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crawler.web import names
from crawler.web.choices import site_title
from crawler.web.context import Web
from crawler.web.words import N_
from storage.records import PageState, Problem, Run, RunState
from storage.records_roster import Count
from storage.records_service import Pause

Counts = dict[str, dict[PageState, int]]  # pages by site and state

HERE = (PageState.LIVE, PageState.HELD, PageState.MISSING)
MANY = 0.1  # share of a run's visits that failed, from which it is worth a look
LATE = timedelta(days=1)  # a visit that has been due for longer
BROKEN = (RunState.FAILED, RunState.INTERRUPTED)


class Standing(StrEnum):
    WELL = "well"
    PAUSED = "paused"
    LATE = "late"  # visits wait for longer than a day
    FAILING = "failing"  # the last run broke, or many of its visits failed
    TROUBLED = "troubled"  # a problem of the monitoring is open


STANDINGS = {
    Standing.WELL: N_("well"),
    Standing.PAUSED: N_("paused"),
    Standing.LATE: N_("late"),
    Standing.FAILING: N_("visits fail"),
    Standing.TROUBLED: N_("troubled"),
}


@dataclass(frozen=True, kw_only=True)
class Glance:
    """A site in a few figures."""

    key: str
    title: str
    pages: int  # that are there
    gone: int
    waiting: int  # known by address alone
    due: int
    due_since: datetime | None
    last_run: Run | None
    last_done: datetime | None  # when a crawl last came to its end
    next_run: datetime | None  # by the service's own list; null: none is planned
    pause: Pause | None
    problems: tuple[Problem, ...]

    @property
    def failed_share(self) -> float | None:
        """Which share of the last run's visits failed, 0 to 1; null where there was no visit."""
        made = visits(self.last_run) if self.last_run else 0
        return failed(self.last_run) / made if self.last_run and made else None


def glances(web: Web, keys: list[str], known_counts: Counts | None = None) -> list[Glance]:
    """The figures of these sites, in their order; a question for all of them at a time.

    ``known_counts``: how many pages they have by state, where that was asked already.
    """
    archive, now = web.archive, web.now
    counts: Counts = archive.site_counts() if known_counts is None else known_counts
    queues, last, done = archive.queues(now), archive.last_crawls(), archive.last_success()
    pauses, open_ones = archive.pauses(), archive.problems()
    planned = {job.id.removeprefix("run "): job.next_run for job in archive.planned_jobs() if job.id.startswith("run ")}
    return [
        Glance(
            key=key,
            title=site_title(web, key),
            pages=sum(counts.get(key, {}).get(state, 0) for state in HERE),
            gone=counts.get(key, {}).get(PageState.GONE, 0),
            waiting=counts.get(key, {}).get(PageState.NEW, 0),
            due=queues[key][0] if key in queues else 0,
            due_since=queues[key][1] if key in queues else None,
            last_run=last.get(key),
            last_done=done.get(key),
            next_run=planned.get(key) if web.live is not None else None,
            pause=pauses.get(key),
            problems=tuple(problem for problem in open_ones if problem.site == key),
        )
        for key in keys
    ]


def standing(glance: Glance, now: datetime) -> Standing:
    """The worst that can be said of it. Who has paused a site knows that its visits wait."""
    if glance.problems:
        return Standing.TROUBLED
    if (glance.last_run and glance.last_run.state in BROKEN) or (glance.failed_share or 0) >= MANY:
        return Standing.FAILING
    if glance.pause:
        return Standing.PAUSED
    return Standing.LATE if glance.due_since and now - glance.due_since > LATE else Standing.WELL


def by_state(counts: list[Count]) -> dict[PageState, int]:
    """How many pages there are of each state."""
    return {state: sum(one.count for one in counts if one.state is state) for state in PageState}


def visits(one: Run) -> int:
    """How many addresses a run has asked for, by its own count."""
    if "visits" in one.counts:
        return one.counts["visits"]
    return sum(one.counts.get(outcome.value, 0) for outcome in names.OUTCOMES)


def failed(one: Run) -> int:
    return one.counts.get("error", 0) + one.counts.get("blocked", 0)
