"""Unsubscribing by the link in a message: no login, the address holds the proof (RFC 8058 for mail programs)."""

from fastapi import Request, Response

from crawler.notify.keys import is_unsubscribe_token, secret_key
from crawler.web.access import Need, Screen
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from crawler.web.pages import page
from crawler.web.words import N_
from storage.audit import BY_LINK
from storage.records_outbox import Subscription

router = Screen()

ADDRESS = "/unsubscribe/{subscription_id}/{token}"


@router.get(ADDRESS, need=Need.PUBLIC)
def ask(request: Request, subscription_id: Id, token: str) -> Response:
    """Asks first: what looks at links in mails must not end anything."""
    found = _proven(request, subscription_id, token)
    return page(request, "unsubscribe.html", name=found.name, ended=not found.active)


@router.post(ADDRESS, need=Need.PUBLIC, forgeable=True)
def end(request: Request, subscription_id: Id, token: str) -> Response:
    """Ends it, for the form and for the one click of a mail program, which sends neither cookie nor our token."""
    found = _proven(request, subscription_id, token)
    web = web_of(request)
    if found.active:
        web.archive.end_subscription(subscription_id, web.now, actor=BY_LINK)
    return page(request, "unsubscribe.html", name=found.name, ended=True)


def _proven(request: Request, subscription_id: int, token: str) -> Subscription:
    """The subscription; the same refusal for a wrong token and for what is not there."""
    web = web_of(request)
    right = is_unsubscribe_token(secret_key(web.settings.home), subscription_id, token[:200])
    found = web.archive.subscription(subscription_id) if right else None
    if found is None:
        raise Refused(404, N_("This link ends no subscription. Was it cut short?"))
    return found
