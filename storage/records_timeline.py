"""History by date as values. Standard library only."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from storage.records import PageKind, PageState, Problem, Run


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A page as it stood at some moment, as far as we know: this version was seen before it, and none later."""

    page_id: int
    url: str
    section: str | None
    kind: PageKind
    version: int
    title: str
    language: str | None
    first_seen: datetime  # of the version


@dataclass(frozen=True, kw_only=True)
class VersionRow:
    """A version without its text."""

    number: int
    first_seen: datetime
    last_seen: datetime  # the last good look before the next version; of the latest one, the page's last
    title: str
    language: str | None
    characters: int  # of the text
    digest: str  # of the content: the same for the same document
    upgrade: bool
    capture_id: int | None


@dataclass(frozen=True, kw_only=True)
class Translation:
    """One language's page of an article that stands in several."""

    page_id: int
    url: str
    language: str | None
    title: str | None
    state: PageState
    version: int | None
    edited_at: datetime | None  # first sight of the latest version that is no upgrade; null before the first
    behind: timedelta | None = None  # how long another language has had a newer edit; null when none has


@dataclass(frozen=True, kw_only=True)
class Health:
    """The numbers of a site at a glance."""

    site: str
    last_run: Run | None
    last_done: datetime | None  # when a crawl last ended well
    pages: int = 0  # that are there
    gone: int = 0
    waiting: int = 0  # known by address, never visited
    due: int = 0
    latest_due: datetime | None = None  # the longest overdue visit; null when nothing is due
    failures: dict[str, int] = field(default_factory=dict)  # outcomes of the last run that were no good
    problems: tuple[Problem, ...] = ()  # open ones, the latest first
