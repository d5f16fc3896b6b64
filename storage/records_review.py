"""The vocabulary of reviewing as values: reviews, notes, noise rules, saved filters, reports. Standard library only."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class ReviewState(StrEnum):
    NEW = "new"
    TRIAGED = "triaged"
    CONFIRMED = "confirmed"
    INSIGNIFICANT = "insignificant"
    NOISE = "noise"
    PUBLISHED = "published"


@dataclass(frozen=True, kw_only=True)
class Review:
    """What people have decided about a change. A change that nobody has touched is NEW and has none stored."""

    change_id: int
    state: ReviewState = ReviewState.NEW
    assignee: str | None = None  # a user's name
    significance: float | None = None  # set by a person; null: the computed one holds
    updated_at: datetime | None = None
    updated_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Note:
    id: int
    change_id: int
    author: str
    at: datetime
    text: str


@dataclass(frozen=True, kw_only=True)
class NoiseRule:
    """Changes that are noise. All conditions that are given must hold; a rule without any is refused."""

    id: int | None = None
    site: str
    section: str | None = None
    url: str | None = None  # regular expression, searched in the URL
    what: tuple[str, ...] = ()  # only changes of nothing but these parts; empty: any
    pattern: str | None = None  # regular expression that every changed passage matches
    reason: str
    active: bool = True
    created_at: datetime
    created_by: str


@dataclass(frozen=True, kw_only=True)
class SavedFilter:
    id: int
    owner: str
    name: str
    query: str  # as it stands in the address, without "?"
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class ReportEntry:
    change_id: int
    title: str = ""  # the memo's: present tense, 140 characters at most
    body: str = ""  # past tense, neutral
    context: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    id: int | None = None
    title: str
    lead: str = ""
    entries: tuple[ReportEntry, ...] = ()
    created_at: datetime
    created_by: str
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    id: int | None = None
    at: datetime
    actor: str
    action: str  # "change.state", "rule.create", "user.login", ...; crawler.web.history knows all
    subject: str  # "change 17", "rule 3", "user anna"
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class AuditAsked:
    """Which rows of the audit log. Null leaves everything in."""

    subject: str | None = None
    actor: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None  # before that moment
