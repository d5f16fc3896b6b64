"""Watching one page: a subscription for its address alone."""

import re
from typing import Annotated

from fastapi import Form, Request, Response

from crawler.core.phrases import shortened
from crawler.core.subscription_rules import BadSubscription, checked
from crawler.i18n import LANGUAGES, catalogue
from crawler.web.access import Need, Screen, actor_of, who_of
from crawler.web.context import Web, web_of
from crawler.web.inputs import Id
from crawler.web.pages import language, leads_to, page
from crawler.web.screens.page import page_of
from crawler.web.subscribing import added, channel_of
from crawler.web.words import N_
from storage.outbox import NameTaken
from storage.records import Page
from storage.records_outbox import Cadence, Subscription
from storage.said import saying

router = Screen()


@router.get("/pages/{page_id:int}/watch", need=Need.OWN)
def watch_form(request: Request, page_id: Id) -> Response:
    """Asks where to send what changes on the page."""
    about = page_of(web_of(request), page_id)
    return _form(request, about, {"name": _name(request, about), "channel": "", "cron": ""})


@router.post("/pages/{page_id:int}/watch", need=Need.OWN)
def watch(
    request: Request,
    page_id: Id,
    name: Annotated[str, Form(max_length=200)] = "",
    channel: Annotated[str, Form(max_length=2_000)] = "",
    cron: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Makes the subscription; a fault is told with its field, and what was typed stays."""
    web = web_of(request)
    about = page_of(web, page_id)
    typed = {"name": name, "channel": channel, "cron": cron}
    try:
        made = added(web, watching(request, web, about, typed), actor=actor_of(request))
    except BadSubscription as error:
        return _form(request, about, typed, field=error.field, wrong=error.why)
    except NameTaken as error:
        return _form(request, about, typed, field="name", wrong=saying(error))
    told = catalogue(language(request, web)).gettext("“%(name)s” tells you of this page from now on.")
    return leads_to(request, f"/pages/{page_id}", told % {"name": made.name})


def watching(request: Request, web: Web, about: Page, typed: dict[str, str]) -> Subscription:
    """The subscription for the page's address alone. Raises BadSubscription."""
    cron = typed["cron"].strip() or None
    wanted = Subscription(
        name=typed["name"],
        channel=typed["channel"],
        sites=(about.site,) if about.site in web.sites else (),
        urls=(f"^{re.escape(about.url)}$",),
        cadence=Cadence.DIGEST if cron else Cadence.IMMEDIATE,
        cron=cron,
        zone=str(web.zone(about.site)),
        language=language(request, web),
        created_at=web.now,
        created_by=who_of(request).user.name,
    )
    return checked(wanted, sites=web.sites, channel_fault=channel_of(request), languages=LANGUAGES)


def _name(request: Request, about: Page) -> str:
    """A name that others hardly have, and that people can read."""
    title = "".join(char for char in about.title or about.url if char.isprintable())
    return f"{who_of(request).user.name}: {shortened(title, 60)}"


def _form(
    request: Request, about: Page, typed: dict[str, str], *, field: str = "", wrong: str | None = None
) -> Response:
    status = 422 if wrong else 200
    words = {"name": N_("Name"), "channel": N_("Where to"), "cron": N_("As a digest")}
    return page(
        request, "watch.html", status=status, about=about, typed=typed, wrong=wrong, field=words.get(field, field)
    )
