"""The service's vocabulary as values: what is known of a host, leases, pauses, orders. Standard library only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class Host:
    """What the revisit policy remembers of a host; see crawler.core.schedule_budget and schedule_hints."""

    host: str  # canonical host of a site, as in Site.hosts[0]
    factor: float = 1.0  # c of K = c*S/B
    steered_at: datetime | None = None  # when the factor was last set and the counts below began; null: never
    visits: int = 0  # scheduled visits since then
    lateness: float = 0.0  # the sum of their relative lateness, each within +-0.5
    idle: int = 0  # requests that scheduled runs were allowed since then, and had no page for
    tokens: float = 0.0  # requests that are allowed and not made yet
    tokens_at: datetime | None = None  # up to when they were counted; null: never
    forced_at: datetime | None = None  # when somebody last made all pages due: that moment is no plan of ours
    confirmed: float = 4.0  # hinted visits that found a change
    refuted: float = 1.0  # hinted visits that found none
    foretold: float = 4.0  # changes that a hint had named
    missed: float = 1.0  # changes of covered pages found without a hint


@dataclass(frozen=True, kw_only=True)
class Pause:
    site: str
    since: datetime
    reason: str | None = None


class OrderKind(StrEnum):
    RUN = "run"  # a crawl of the site, now


@dataclass(frozen=True, kw_only=True)
class Order:
    """What somebody asked the running service to do."""

    id: int
    site: str
    what: OrderKind
    asked_at: datetime
    taken_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Lease:
    """A right that one holder has at a time."""

    name: str
    holder: str
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Database:
    kind: str  # "sqlite", "postgresql"
    revision: str  # of the schema
    size: int  # bytes


@dataclass(frozen=True, kw_only=True)
class Totals:
    """How much there is, of all sites."""

    versions: int
    captures: int
    changes: int
    unindexed: int  # versions that search does not know yet; counted up to a bound


@dataclass(frozen=True, kw_only=True)
class PlannedJob:
    """What the scheduler has on its list."""

    id: str  # "run mpt", "feeds mpt", "upkeep"
    next_run: datetime | None  # null: never again
