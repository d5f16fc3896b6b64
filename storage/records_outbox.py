"""The outbox's vocabulary as values: subscriptions, what is owed, deliveries. Standard library only."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Cadence(StrEnum):
    IMMEDIATE = "immediate"  # one message a change
    DIGEST = "digest"  # one message for all changes since the last, at the moments of a cron line


class Topic(StrEnum):
    CHANGES = "changes"
    PROBLEMS = "problems"  # monitoring itself is in trouble, or well again


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """Who wants to hear of which changes, how and when. Empty conditions ask for everything."""

    id: int | None = None  # null before it is stored
    name: str  # unique; what people call it
    channel: str  # "mailto:who@example.org", "webhook:https://...", "@NAME" (of channels.toml), or an Apprise URL
    sites: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()  # regular expressions, any of which is found in the URL
    languages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()  # ChangeKind values
    what: tuple[str, ...] = ()  # What values: at least one of them
    words: tuple[str, ...] = ()  # words, "phrases", wildcards*; at least one in what changed
    topics: tuple[str, ...] = ("changes",)  # Topic values
    min_significance: float = 0.0
    cadence: Cadence = Cadence.IMMEDIATE
    cron: str | None = None  # five fields, only with DIGEST
    zone: str = "UTC"
    quiet: str | None = None  # "22:00-07:00" in the zone: nothing is sent then
    language: str = "en"  # of the messages
    active: bool = True
    created_at: datetime
    created_by: str | None = None


class DeliveryKind(StrEnum):
    CHANGE = "change"  # one change
    DIGEST = "digest"
    PROBLEM = "problem"
    TEST = "test"


class DeliveryState(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"  # given up: the dead-letter list
    DROPPED = "dropped"  # nothing to tell any more, or the subscription was ended


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One message owed or sent."""

    id: int
    subscription_id: int
    key: str  # idempotency key: the same for every attempt
    kind: DeliveryKind
    state: DeliveryState
    channel: str
    subject: dict[str, Any] = field(default_factory=dict)  # what a message that tells of no change is about
    created_at: datetime  # when it came to be owed, or was taken off the dead-letter list
    not_before: datetime
    run_id: int | None = None  # held back while this run is under way, for some minutes at most
    attempts: int = 0
    lease_until: datetime | None = None
    sent_at: datetime | None = None
    error: str | None = None  # of the last attempt, one line


@dataclass(frozen=True, kw_only=True)
class Owed:
    """A change that a subscription is to be told."""

    subscription_id: int
    change_id: int
    owed_at: datetime
    matched: tuple[str, ...] = ()  # the subscription's words that were found
    delivery_id: int | None = None  # null: waits for the digest


@dataclass(frozen=True, kw_only=True)
class Owing:
    """That a change is to be told to a subscription: said when the change is recorded."""

    subscription: Subscription  # a stored one
    matched: tuple[str, ...] = ()
    owed_at: datetime
    not_before: datetime  # of a message for this change alone: after the quiet hours
