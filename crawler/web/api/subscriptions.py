"""Subscriptions: who wants to hear of what. One sees and changes one's own; administrators, all. Secrets are masked."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import Field

from crawler.core.subscription_rules import BadSubscription, checked
from crawler.foretold import foretold
from crawler.i18n import LANGUAGES
from crawler.notify.channels import masked
from crawler.web import limits
from crawler.web.access import Need, actor_of, who_of
from crawler.web.api.changes import ChangeOut, change_out
from crawler.web.api.deliveries import DeliveryOut, delivery_out
from crawler.web.api.pages import page_with
from crawler.web.api.routes import Api, Asked, In, Listing, Out, found
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from crawler.web.screens.watch import watching
from crawler.web.subscribing import added, channel_of, room
from storage.records import ChangeKind, What
from storage.records_outbox import Cadence, DeliveryKind, Subscription, Topic
from storage.subscriptions import NameTaken

api = Api("subscriptions")

_LOOKED_AT = 300  # changes that a preview looks at, the newest
_Some = Annotated[list[Annotated[str, Field(max_length=500)]], Field(max_length=200)]


class SubscriptionIn(In):
    """Empty conditions ask for everything."""

    name: str = Field(min_length=1, max_length=100, examples=["licences"])
    channel: str = Field(min_length=1, max_length=2_000, examples=["mailto:anna@example.org"])
    sites: _Some = Field([])
    sections: _Some = Field([])
    urls: _Some = Field([], description="regular expressions, any of which is found in the URL")
    languages: _Some = Field([])
    kinds: list[ChangeKind] = Field([], max_length=10)
    what: list[What] = Field([], max_length=10)
    words: _Some = Field([], description="words, “phrases”, wildcards*; at least one in what changed")
    topics: list[Topic] = Field([Topic.CHANGES], min_length=1, max_length=5)
    min_significance: float = Field(0.0, ge=0, le=1, allow_inf_nan=False)
    cron: str | None = Field(
        None, min_length=9, max_length=100, description="of the digest, five fields; null: at once"
    )
    zone: str = Field("UTC", max_length=100)
    quiet: str | None = Field(None, min_length=1, max_length=20, examples=["22:00-07:00"])
    language: str = Field("en", max_length=20, description="of the messages")


class WatchIn(In):
    name: str = Field(min_length=1, max_length=100, examples=["rita: licences"])
    channel: str = Field(min_length=1, max_length=2_000, examples=["mailto:rita@example.org"])
    cron: str | None = Field(None, min_length=9, max_length=100, description="of the digest; null: at once")


class SubscriptionOut(Out):
    id: int
    name: str
    channel: str = Field(description="masked: no secret is told")
    sites: list[str]
    sections: list[str]
    urls: list[str]
    languages: list[str]
    kinds: list[str]
    what: list[str]
    words: list[str]
    topics: list[str]
    min_significance: float
    cadence: Cadence
    cron: str | None
    zone: str
    quiet: str | None
    language: str
    active: bool
    created_at: datetime
    created_by: str | None


class FoundOut(Out):
    change: ChangeOut
    matched: list[str] = Field(description="the subscription's words that were found")


class PreviewOut(Out):
    looked_at: int
    told: list[FoundOut]


@api.get("/subscriptions", need=Need.READ, summary="Subscriptions")
def subscriptions(request: Request) -> Listing[SubscriptionOut]:
    """In the order of their making; ended ones too."""
    every = web_of(request).archive.subscriptions()
    return Listing(items=[subscription_out(one) for one in every if _is_theirs(request, one)])


@api.post("/subscriptions", need=Need.REVIEW, status_code=201, summary="Subscribe")
def add(request: Request, asked: SubscriptionIn) -> SubscriptionOut:
    """The answer to a mistake names the field. 409 when the name is taken."""
    web = web_of(request)
    new = _new(request, asked)
    try:
        made = added(web, _checked(request, new), actor=actor_of(request))
    except BadSubscription as error:
        raise Refused(422, str(error)) from error
    except NameTaken as error:
        raise Refused(409, str(error)) from error
    return subscription_out(made)


@api.get("/subscriptions/{subscription_id:int}", need=Need.READ, summary="One subscription")
def subscription(request: Request, subscription_id: Id) -> SubscriptionOut:
    """What it asks for, and where it goes."""
    return subscription_out(_theirs(request, subscription_id))


@api.put("/subscriptions/{subscription_id:int}", need=Need.REVIEW, summary="Change a subscription")
def change(request: Request, subscription_id: Id, asked: SubscriptionIn) -> SubscriptionOut:
    """The whole of it; a channel as it is told (masked) stays what it is. An ended one begins again."""
    web, one = web_of(request), _theirs(request, subscription_id)
    new = replace(_new(request, asked), id=one.id, created_at=one.created_at, created_by=one.created_by)
    if asked.channel == masked(one.channel):
        new = replace(new, channel=one.channel)
    try:
        if not one.active:
            room(web, one.created_by)
        made = web.archive.change_subscription(_checked(request, new), web.now, actor=actor_of(request))
    except BadSubscription as error:
        raise Refused(422, str(error)) from error
    except NameTaken as error:
        raise Refused(409, str(error)) from error
    return subscription_out(made)


@api.delete("/subscriptions/{subscription_id:int}", need=Need.REVIEW, summary="End a subscription")
def end(request: Request, subscription_id: Id) -> SubscriptionOut:
    """Nothing is sent to it any more; it stays to be seen, for what was sent refers to it."""
    web, one = web_of(request), _theirs(request, subscription_id)
    web.archive.end_subscription(one.id or 0, web.now, actor=actor_of(request))
    return subscription_out(found(web.archive.subscription(subscription_id)))


@api.post("/pages/{page_id:int}/watch", need=Need.REVIEW, status_code=201, summary="Watch one page")
def watch(request: Request, page_id: Id, asked: WatchIn) -> SubscriptionOut:
    """A subscription for this page alone. 409 when the name is taken."""
    web = web_of(request)
    typed = {"name": asked.name, "channel": asked.channel, "cron": asked.cron or ""}
    try:
        made = added(web, watching(request, web, page_with(web, page_id), typed), actor=actor_of(request))
    except NameTaken as error:
        raise Refused(409, str(error)) from error
    except BadSubscription as error:
        raise Refused(422, str(error)) from error
    return subscription_out(made)


@api.get("/subscriptions/{subscription_id:int}/preview", need=Need.READ, summary="What it would have told")
def preview(request: Request, subscription_id: Id, asked: Annotated[Asked, Query()]) -> PreviewOut:
    """Of the latest changes, those that are for this subscription."""
    archive, one = web_of(request).archive, _theirs(request, subscription_id)
    looked = archive.changes(include_formatting=True, limit=_LOOKED_AT)
    told = list(foretold(archive, one, looked))[: asked.limit]
    reviews = archive.review(change.id or 0 for change, _ in told)
    items = [FoundOut(change=change_out(one, reviews[one.id or 0]), matched=list(words)) for one, words in told]
    return PreviewOut(looked_at=len(looked), told=items)


@api.post("/subscriptions/{subscription_id:int}/test", need=Need.REVIEW, status_code=202, summary="Send a test message")
def test(request: Request, subscription_id: Id) -> DeliveryOut:
    """By the way that real ones go: the running service sends it. 409 when the subscription is ended."""
    web, one = web_of(request), _theirs(request, subscription_id)
    limits.of_user(web, f"test {who_of(request).user.name}", limits.TESTS)
    key = f"s{one.id}-test-{web.now.isoformat()}"
    if not one.active:
        raise Refused(409, "The subscription is ended.")
    made = web.archive.owe_message(one, DeliveryKind.TEST, key, {}, web.now, web.now, actor=actor_of(request))
    if made is None:
        raise Refused(409, "A test is under way.")
    return delivery_out(made)


def _theirs(request: Request, subscription_id: int) -> Subscription:
    """The subscription, if it is for who asks to see: what is another's is as if it were not there."""
    one = web_of(request).archive.subscription(subscription_id)
    return found(one if one is not None and _is_theirs(request, one) else None)


def _is_theirs(request: Request, one: Subscription) -> bool:
    who = who_of(request)
    return who.may(Need.ADMIN) or one.created_by == who.user.name


def _new(request: Request, asked: SubscriptionIn) -> Subscription:
    plain: dict[str, Any] = asked.model_dump(mode="json")
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in plain.items()}
    cadence = Cadence.IMMEDIATE if asked.cron is None else Cadence.DIGEST
    return Subscription(**given, cadence=cadence, created_at=web_of(request).now, created_by=who_of(request).user.name)


def _checked(request: Request, one: Subscription) -> Subscription:
    web = web_of(request)
    return checked(one, sites=web.sites, channel_fault=channel_of(request), languages=LANGUAGES)


def subscription_out(one: Subscription) -> SubscriptionOut:
    """A subscription as it is told, its secret masked."""
    return SubscriptionOut.model_validate(replace(one, channel=masked(one.channel)))
