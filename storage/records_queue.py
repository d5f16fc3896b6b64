"""The change queue as values: what is asked of it, its rows, its counts. Standard library only."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from storage.records import Change, ChangeKind, What
from storage.records_review import Review, ReviewState


class Order(StrEnum):
    SIGNIFICANCE = "significance"  # the weightiest first; a person's value wins over the computed one
    TIME = "time"  # the latest first


@dataclass(frozen=True, kw_only=True)
class ChangeFilter:
    """Which changes are wanted. Empty conditions leave everything in."""

    site: str | None = None
    section: str | None = None
    kinds: tuple[ChangeKind, ...] = ()
    languages: tuple[str, ...] = ()
    what: tuple[What, ...] = ()  # at least one of these parts
    min_significance: float = 0.0
    states: tuple[ReviewState, ...] = ()
    assignee: str | None = None  # a user's name; "" asks for what is assigned to nobody
    words: str = ""  # all of them in the title, the summary, the URL, or in a version before or after
    since: datetime | None = None  # first seen in [since, until)
    until: datetime | None = None
    page_id: int | None = None
    include_formatting: bool = False
    hidden: bool = False  # also what a noise rule hides
    order: Order = Order.SIGNIFICANCE


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """The last row of a page of the queue; the next page begins behind it."""

    value: float | datetime  # what it is sorted by
    id: int


@dataclass(frozen=True, kw_only=True)
class QueueRow:
    change: Change
    review: Review
    group: int = 1  # how many pages the change stands for: more than 1 for a site-wide event

    @property
    def significance(self) -> float:
        """A person's value, else the computed one."""
        return self.change.significance if self.review.significance is None else self.review.significance


@dataclass(frozen=True, kw_only=True)
class QueuePage:
    rows: tuple[QueueRow, ...]
    next: Cursor | None  # null on the last page
    total: int  # of all pages; 0 where it was not asked for


@dataclass(frozen=True, kw_only=True)
class Facets:
    """How many changes there are by each value of a condition, all other conditions of the filter holding."""

    total: int = 0  # all conditions holding
    sites: dict[str, int] = field(default_factory=dict)
    sections: dict[str | None, int] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """Ids of the changes around one; null where there is none."""

    page_before: int | None = None  # the earlier change of the same page
    page_after: int | None = None
    queue_before: int | None = None  # the row above it in the queue
    queue_after: int | None = None
