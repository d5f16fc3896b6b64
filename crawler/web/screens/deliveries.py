"""Deliveries: messages to be sent, sent, given up; and sending anew what was given up."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from crawler.notify.channels import masked
from crawler.web import names
from crawler.web.access import Need, Screen, actor_of, who_of
from crawler.web.addresses import neighbour
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from crawler.web.pages import leads_to, page
from crawler.web.screens.subscriptions import theirs
from crawler.web.words import N_
from storage.records_outbox import DeliveryState

router = Screen()

ROWS = 50

RowId = Annotated[int | None, Query(ge=1, lt=2**62)]
DEAD = "/deliveries?state=dead"


@router.get("/deliveries", need=Need.OWN)
def deliveries(
    request: Request,
    state: Annotated[str, Query(max_length=20)] = "",
    subscription: RowId = None,
    before: RowId = None,
) -> Response:
    """One's own messages; for administrators, everybody's."""
    web, own = web_of(request), {one.id or 0: one for one in theirs(request)}
    everybody = who_of(request).may(Need.ADMIN)
    chosen = {subscription} & set(own) if subscription else None if everybody else set(own)
    wanted = DeliveryState(state) if state in list(DeliveryState) else None
    rows = web.archive.delivery_list(subscriptions=chosen, state=wanted, before=before, limit=ROWS + 1)
    values: dict[str, Any] = {
        "rows": rows[:ROWS],
        "state": wanted.value if wanted else "",
        "subscription": subscription,
        "own": own,
        "counts": web.archive.outbox_counts() if everybody and not subscription else {},
        "everybody": everybody,
        "first": neighbour(request, before="") if before else None,
        "next": neighbour(request, before=rows[ROWS - 1].id) if len(rows) > ROWS else None,
        "tabs": [("", N_("all")), *((one.value, name) for one, name in names.DELIVERY_STATES.items())],
        "address": lambda value: neighbour(request, state=value, before=""),
        "masked": masked,
        "names": names,
        "running": web.live is not None,
    }
    return page(request, "deliveries.html", **values)


@router.post("/deliveries/retry", need=Need.ADMIN)
def retry_all(request: Request) -> Response:
    """Sends anew all that was given up."""
    web = web_of(request)
    web.archive.revive(None, web.now, actor=actor_of(request))
    return leads_to(request, DEAD, N_("What was given up will be sent anew."))


@router.post("/deliveries/{delivery_id}/retry", need=Need.OWN)
def retry(request: Request, delivery_id: Id) -> Response:
    """Sends one message anew that was given up."""
    web = web_of(request)
    found = web.archive.delivery(delivery_id)
    if found is None or found.subscription_id not in {one.id for one in theirs(request)}:
        raise Refused(404, N_("There is no such message."))
    if not web.archive.revive([delivery_id], web.now, actor=actor_of(request)):
        return leads_to(request, DEAD, N_("It is not given up, or its subscription has ended."), bad=True)
    return leads_to(request, DEAD, N_("The message will be sent anew."))
