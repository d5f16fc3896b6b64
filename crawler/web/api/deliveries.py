"""Deliveries: messages owed, sent, given up. For administrators: they tell what others hear of."""

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request
from pydantic import Field

from crawler.notify.channels import masked
from crawler.web.access import Need, actor_of
from crawler.web.api.routes import Api, Asked, Listing, Out, RowId, found, onward
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from storage.records_outbox import Delivery, DeliveryKind, DeliveryState

api = Api("deliveries")


class DeliveriesAsked(Asked):
    state: DeliveryState | None = None
    subscription: RowId | None = None
    before: RowId | None = Field(None, description="messages with lower ids")


class DeliveryOut(Out):
    id: int
    key: str = Field(description="idempotency key: the same for every attempt")
    subscription_id: int
    kind: DeliveryKind
    state: DeliveryState
    channel: str = Field(description="masked: no secret is told")
    created_at: datetime
    not_before: datetime
    sent_at: datetime | None
    attempts: int
    error: str | None


@api.get("/deliveries", need=Need.ADMIN, summary="Messages")
def deliveries(request: Request, asked: Annotated[DeliveriesAsked, Query()]) -> Listing[DeliveryOut]:
    """The newest first; `state=dead` is the dead-letter list."""
    some = web_of(request).archive.deliveries(
        state=asked.state, subscription_id=asked.subscription, before=asked.before, limit=asked.limit + 1
    )
    items = [delivery_out(one) for one in some[: asked.limit]]
    more = len(some) > asked.limit
    return Listing(items=items, next=onward(request, before=items[-1].id) if more else None)


@api.get("/deliveries/{delivery_id:int}", need=Need.ADMIN, summary="One message")
def delivery(request: Request, delivery_id: Id) -> DeliveryOut:
    """Where it stands."""
    return delivery_out(found(web_of(request).archive.delivery(delivery_id)))


@api.post("/deliveries/{delivery_id:int}/retry", need=Need.ADMIN, summary="Send anew what was given up")
def retry(request: Request, delivery_id: Id) -> DeliveryOut:
    """409 when it is not given up, or its subscription is ended."""
    web = web_of(request)
    found(web.archive.delivery(delivery_id))
    if not web.archive.revive([delivery_id], web.now, actor=actor_of(request)):
        raise Refused(409, "This message is not given up, or its subscription is ended.")
    return delivery_out(found(web.archive.delivery(delivery_id)))


def delivery_out(one: Delivery) -> DeliveryOut:
    """A message as it is told."""
    return DeliveryOut.model_validate(one).model_copy(update={"channel": masked(one.channel)})
