"""Saved filters: kept under a name of their owner's, and made into subscriptions."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Form, Request, Response

from crawler.core.errors import BadField
from crawler.core.filters import as_query, as_subscription, of_query
from crawler.core.subscription_rules import checked
from crawler.i18n import LANGUAGES
from crawler.web.access import Need, Screen, actor_of, who_of
from crawler.web.context import Web, web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from crawler.web.pages import language, leads_to, page
from crawler.web.subscribing import added, channel_of
from crawler.web.words import N_
from storage.records_outbox import Cadence, Subscription
from storage.records_review import SavedFilter
from storage.said import saying
from storage.subscriptions import NameTaken

router = Screen()

RHYTHMS = {  # what the form offers instead of a cron line
    "": N_("at once, a message for each change"),
    "0 9 * * 1-5": N_("on working days at 9:00"),
    "0 9 * * *": N_("every day at 9:00"),
    "0 9 * * 1": N_("on Mondays at 9:00"),
}
Text = Annotated[str, Form(max_length=2_000)]


@router.get("/filters", need=Need.OWN)
def filters(request: Request) -> Response:
    return page(request, "filters.html", filters=web_of(request).archive.filters(who_of(request).user.name))


@router.post("/filters", need=Need.OWN)
def save_filter(
    request: Request,
    name: Annotated[str, Form(max_length=60)],
    query: Annotated[str, Form(max_length=4_000)] = "",
) -> Response:
    """Keeps a filter; one of the same name is replaced."""
    web = web_of(request)
    try:
        kept = as_query(of_query(query))
        made = web.archive.save_filter(who_of(request).user.name, name, kept, now=web.now)
    except ValueError as error:
        raise Refused(422, N_("This filter can't be kept: give it a name, and conditions that can be used.")) from error
    return leads_to(request, f"/changes{'?' if made.query else ''}{made.query}", N_("The filter is saved."))


@router.post("/filters/{filter_id}/drop", need=Need.OWN)
def drop_filter(request: Request, filter_id: Id) -> Response:
    web = web_of(request)
    if not web.archive.drop_filter(filter_id, owner=who_of(request).user.name, now=web.now):
        raise Refused(404, N_("There is no such filter."))
    return leads_to(request, "/filters", N_("The filter is forgotten."))


@router.get("/filters/{filter_id}/subscribe", need=Need.OWN)
def subscribe_form(request: Request, filter_id: Id) -> Response:
    return _form(request, _own(request, filter_id), {})


@router.post("/filters/{filter_id}/subscribe", need=Need.OWN)
def subscribe(
    request: Request, filter_id: Id, name: Text = "", channel: Text = "", cron: Text = "", other: Text = ""
) -> Response:
    """Makes a subscription of the filter. What is wrong is said beside its field, and what was typed stays."""
    web, kept = web_of(request), _own(request, filter_id)
    typed = {"name": name, "channel": channel, "cron": cron, "other": other}
    try:
        one = _subscription(request, web, kept, typed)
        made = added(web, one, actor=actor_of(request))
    except BadField as error:  # of the form, or a condition that a subscription can't have
        return _form(request, kept, typed, field=error.field, why=error.why)
    except NameTaken as error:
        return _form(request, kept, typed, field="name", why=saying(error))
    return leads_to(request, "/filters", N_("You will be told of such changes.") if made.active else "")


def _subscription(request: Request, web: Web, kept: SavedFilter, typed: Mapping[str, str]) -> Subscription:
    """What the form asks for, checked. Raises BadSubscription, and ValueError for a filter that can't be one."""
    wanted = of_query(kept.query)
    me = who_of(request).user.name
    one = as_subscription(wanted, name=typed["name"], channel=typed["channel"].strip(), now=web.now, created_by=me)
    cron = typed["other"].strip() or typed["cron"].strip() or None
    rhythm = Cadence.DIGEST if cron else Cadence.IMMEDIATE
    one = replace(one, cron=cron, cadence=rhythm, zone=web.zone(wanted.site).key, language=language(request, web))
    return checked(
        one,
        sites=web.sites,
        channel_fault=channel_of(request),
        languages=LANGUAGES,
    )


def _own(request: Request, filter_id: int) -> SavedFilter:
    own = web_of(request).archive.filters(who_of(request).user.name)
    found = next((one for one in own if one.id == filter_id), None)
    if found is None:
        raise Refused(404, N_("There is no such filter."))
    return found


def _form(request: Request, kept: SavedFilter, typed: Mapping[str, str], *, field: str = "", why: str = "") -> Response:
    values: dict[str, Any] = {"name": kept.name, "channel": "", "cron": "", "other": ""} | dict(typed)
    status = 422 if why else 200
    more: dict[str, Any] = {"field": field, "why": why, "rhythms": RHYTHMS}
    return page(request, "filter_subscribe.html", status=status, kept=kept, typed=values, **more)
