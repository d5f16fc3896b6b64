"""Which jobs a set of sites means, and when each has its turn."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger

from config.settings import Settings
from config.site import Site
from crawler.core.rhythm import turn


class JobKind(StrEnum):
    RUN = "run"  # a site's pages that are due
    FEEDS = "feeds"  # what its feeds and lists name
    REPORTS = "reports"  # of the days and weeks that are over
    WATCH = "watch"  # is monitoring itself in trouble
    UPKEEP = "upkeep"  # what the database and the home folder need


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something that is to be done again and again. The list keeps names, never things."""

    kind: JobKind
    site: str | None = None

    @property
    def id(self) -> str:
        """
        >>> Job(kind=JobKind.RUN, site="mpt").id
        'run mpt'
        """
        return f"{self.kind} {self.site}" if self.site else self.kind.value


def named(kind: str, site: str | None) -> Job:
    """The job of that name; what the list keeps is a reference to this function, and its arguments."""
    return Job(kind=JobKind(kind), site=site)


@dataclass(frozen=True)
class Turns(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """APScheduler's trigger for a schedule of ours; see crawler.core.rhythm."""

    schedule: str
    zone: str = "UTC"
    hours: str | None = None
    spread: float = 0.0
    seed: str = ""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        return turn(
            self.schedule,
            previous_fire_time or now,
            now,
            zone=ZoneInfo(self.zone),
            hours=self.hours,
            spread=self.spread,
            seed=self.seed,
        )


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A job with its turns; ``at_once``: the first of them is now."""

    job: Job
    turns: Turns
    at_once: bool = False


def plan(settings: Settings, sites: Mapping[str, Site], crawled: Mapping[str, bool]) -> list[Planned]:
    """The jobs of the sites that the service visits. ``crawled``: whether a site had a crawl at all; one that had
    none has its first turn now.
    """
    found = [
        Planned(job=Job(kind=JobKind.WATCH), turns=Turns("every 1m")),
        Planned(job=Job(kind=JobKind.UPKEEP), turns=Turns("40 2 * * *", spread=1200, seed=str(settings.home))),
    ]
    for key, site in visited(settings, sites).items():
        policy = site.policy
        found.append(
            Planned(
                job=Job(kind=JobKind.RUN, site=key),
                turns=Turns(policy.schedule, policy.zone, policy.hours, policy.jitter, key),
                at_once=not crawled.get(key, False),
            )
        )
        if policy.feeds:
            every = Turns(f"every {policy.feeds:g}s", policy.zone, policy.hours, 0.1 * policy.feeds, key)
            found.append(Planned(job=Job(kind=JobKind.FEEDS, site=key), turns=every))
        if policy.reports:
            hourly = Turns("5 * * * *", policy.zone, None, 300, key)
            found.append(Planned(job=Job(kind=JobKind.REPORTS, site=key), turns=hourly))
    return found


def visited(settings: Settings, sites: Mapping[str, Site]) -> dict[str, Site]:
    """The sites that the service visits: those that the settings name, else all."""
    chosen = settings.service.sites
    return {key: site for key, site in sites.items() if not chosen or key in chosen}


def is_late(planned: datetime, now: datetime) -> bool:
    """Whether a turn is kept so late that the log should say so."""
    return now.astimezone(UTC) - planned > timedelta(minutes=1)
