"""Subscriptions: who is told of what. One sees and changes one's own; administrators, all."""

from dataclasses import replace
from itertools import islice
from typing import Annotated, Any

from fastapi import Form, Query, Request, Response

from crawler.core.subscription_rules import BadSubscription
from crawler.core.subscriptions import concerns
from crawler.foretold import foretold
from crawler.i18n import LANGUAGES, NAMES
from crawler.notify.channels import masked
from crawler.web import limits, names, subscribing
from crawler.web.access import Need, Screen, actor_of, who_of
from crawler.web.choices import section_titles, site_choices
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from crawler.web.pages import language, leads_to, page
from crawler.web.subscribing import Fault, Typed
from crawler.web.words import N_
from storage.outbox import NameTaken
from storage.records import Change
from storage.records_outbox import DeliveryKind, Subscription
from storage.said import saying

router = Screen()

LOOKED_AT = 300  # changes that a preview looks at, the newest
TOLD = 30  # of them shown
MESSAGES = 10

Told = list[tuple[Change, tuple[str, ...]]]


@router.get("/subscriptions", need=Need.OWN)
def subscriptions(request: Request, ended: Annotated[str, Query(max_length=10)] = "") -> Response:
    found = theirs(request)
    values: dict[str, Any] = {
        "rows": [one for one in found if one.active or ended],
        "ended": bool(ended),
        "more": sum(not one.active for one in found),
        "everybody": who_of(request).may(Need.ADMIN),
        **_words(request),
    }
    return page(request, "subscriptions.html", **values)


@router.get("/subscriptions/new", need=Need.OWN)
def new_form(request: Request) -> Response:
    web = web_of(request)
    return _form(request, subscribing.blank(web, language(request, web)))


@router.post("/subscriptions/new", need=Need.OWN)
def add(request: Request, typed: Annotated[Typed, Form()]) -> Response:
    """Keeps a new subscription; or, by the other button, shows what it would have told."""
    web = web_of(request)
    base = Subscription(name="", channel="", created_at=web.now, created_by=who_of(request).user.name)
    try:
        new = subscribing.subscription_of(typed, base, request)
        if typed.do == "preview":
            return _form(request, typed, told=would_tell(request, new))
        made = subscribing.added(web, new, actor=actor_of(request))
    except (BadSubscription, NameTaken) as error:
        return _form(request, typed, fault=_fault(error))
    return leads_to(
        request, f"/subscriptions/{made.id}", N_("The subscription is kept. Send a test message to see it arrive.")
    )


@router.get("/subscriptions/{subscription_id}", need=Need.OWN)
def subscription(request: Request, subscription_id: Id, preview: Annotated[str, Query(max_length=10)] = "") -> Response:
    one, web = known(request, subscription_id), web_of(request)
    values: dict[str, Any] = {
        "one": one,
        "messages": web.archive.delivery_list(subscriptions=[subscription_id], limit=MESSAGES),
        "waiting": len(web.archive.owed_to(subscription_id, waiting=True)),
        "told": would_tell(request, one) if preview else None,
        **_words(request),
    }
    return page(request, "subscription.html", **values)


@router.get("/subscriptions/{subscription_id}/change", need=Need.OWN)
def change_form(request: Request, subscription_id: Id) -> Response:
    one = known(request, subscription_id)
    return _form(request, subscribing.typed_of(one), one=one)


@router.post("/subscriptions/{subscription_id}/change", need=Need.OWN)
def change(request: Request, subscription_id: Id, typed: Annotated[Typed, Form()]) -> Response:
    one, web = known(request, subscription_id), web_of(request)
    try:
        new = subscribing.subscription_of(typed, one, request)
        if typed.do == "preview":
            return _form(request, typed, one=one, told=would_tell(request, new))
        web.archive.change_subscription(new, web.now, actor=actor_of(request))
    except (BadSubscription, NameTaken) as error:
        return _form(request, typed, one=one, fault=_fault(error))
    return leads_to(request, f"/subscriptions/{subscription_id}", N_("Saved."))


@router.post("/subscriptions/{subscription_id}/end", need=Need.OWN)
def end(request: Request, subscription_id: Id) -> Response:
    web, _ = web_of(request), known(request, subscription_id)
    web.archive.end_subscription(subscription_id, web.now, actor=actor_of(request))
    return leads_to(request, f"/subscriptions/{subscription_id}", N_("It is ended: nothing is sent to it any more."))


@router.post("/subscriptions/{subscription_id}/begin", need=Need.OWN)
def begin(request: Request, subscription_id: Id) -> Response:
    """Lets an ended one tell again, of what changes from now on."""
    one, web = known(request, subscription_id), web_of(request)
    try:
        subscribing.room(web, one.created_by)
    except BadSubscription as error:
        raise Refused(409, N_("There are too many subscriptions: end one of them first.")) from error
    web.archive.change_subscription(replace(one, active=True), web.now, actor=actor_of(request))
    return leads_to(request, f"/subscriptions/{subscription_id}", N_("It tells again, of what changes from now on."))


@router.post("/subscriptions/{subscription_id}/test", need=Need.OWN)
def test(request: Request, subscription_id: Id) -> Response:
    """Owes a test message, which goes the way that real ones go."""
    one, web = known(request, subscription_id), web_of(request)
    if not one.active:
        raise Refused(409, N_("The subscription is ended: let it begin again first."))
    limits.of_user(web, f"test {who_of(request).user.name}", limits.TESTS)
    key = f"s{one.id}-test-{web.now.isoformat()}"
    web.archive.owe_message(one, DeliveryKind.TEST, key, {}, web.now, web.now, actor=actor_of(request))
    soon = N_("A test message is on its way. Whether it went is told below.")
    later = N_("A test message waits. It goes when the service is started: letapis up.")
    return leads_to(request, f"/subscriptions/{subscription_id}", soon if web.live else later)


def theirs(request: Request) -> list[Subscription]:
    """The subscriptions that this user looks after."""
    who = who_of(request)
    every = web_of(request).archive.subscriptions()
    return [one for one in every if who.may(Need.ADMIN) or one.created_by == who.user.name]


def known(request: Request, subscription_id: int) -> Subscription:
    """One of them; the same refusal for another's as for what is not there."""
    one, who = web_of(request).archive.subscription(subscription_id), who_of(request)
    if one is None or not (who.may(Need.ADMIN) or one.created_by == who.user.name):
        raise Refused(404, N_("There is no such subscription."))
    return one


def would_tell(request: Request, one: Subscription) -> Told:
    """Of the latest changes those that the subscription would have told, the newest first."""
    archive = web_of(request).archive
    looked = archive.changes(include_formatting=True, limit=LOOKED_AT)
    likely = (change for change in looked if change.count > 1 or concerns(one, change))
    return list(islice(foretold(archive, one, likely), TOLD + 1))


def _form(
    request: Request,
    typed: Typed,
    *,
    one: Subscription | None = None,
    fault: Fault | None = None,
    told: Told | None = None,
) -> Response:
    values = {"typed": typed, "one": one, "fault": fault, "told": told, **_words(request)}
    return page(request, "subscription_form.html", status=422 if fault else 200, **values)


def _words(request: Request) -> dict[str, Any]:
    """What the templates need to tell subscriptions in words, and to offer what there is to choose."""
    web = web_of(request)
    titles = dict(site_choices(web))
    return {
        "titles": titles,
        "sections": section_titles(web),
        "labels": subscribing.LABELS,
        "advice": subscribing.ADVICE,
        "names": names,
        "masked": masked,
        "asks_for": subscribing.asks_for,
        "shown_at_most": TOLD,
        "looked_at": LOOKED_AT,
        "message_languages": [(code, NAMES[code]) for code in LANGUAGES],
        "running": web.live is not None,
    }


def _fault(error: BadSubscription | NameTaken) -> Fault:
    return subscribing.fault_of(error) if isinstance(error, BadSubscription) else Fault(field="name", why=saying(error))
