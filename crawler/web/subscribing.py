"""A subscription as people type it: the form's fields, read into a subscription, and what is wrong with one of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field

from crawler.core.subscription_rules import BadSubscription, checked
from crawler.i18n import LANGUAGES
from crawler.notify.channels import channel_fault, masked
from crawler.web.access import Need, who_of
from crawler.web.context import Web, web_of
from crawler.web.words import N_
from storage.records_outbox import Cadence, Subscription, Topic
from storage.said import Said

MOST = 100  # subscriptions of one user that tell

Several = Annotated[list[Annotated[str, Field(max_length=500)]], Field(max_length=200)]

LABELS = {  # of the fields, in the order of the form
    "name": N_("Name"),
    "channel": N_("Where to"),
    "topics": N_("Tell me of"),
    "sites": N_("Sites"),
    "sections": N_("Sections"),
    "words": N_("Words"),
    "urls": N_("Addresses"),
    "languages": N_("Languages of the pages"),
    "kinds": N_("What happened"),
    "what": N_("What changed"),
    "min_significance": N_("Significance from"),
    "cron": N_("Digest at"),
    "quiet": N_("Quiet hours"),
    "zone": N_("Time zone"),
    "language": N_("Language of the messages"),
}
ADVICE = {  # what each field takes
    "name": N_("Give a name of 1 to 100 characters on one line, which no other subscription has."),
    "channel": N_(
        "Give one as mailto:who@example.org, webhook:https://example.org/hook, @NAME of channels.toml, or a chat’s "
        "address as Apprise knows it."
    ),
    "topics": N_("Choose changes, problems, or both."),
    "sites": N_("Choose among the sites that there are."),
    "sections": N_("Choose sections that the chosen sites have."),
    "words": N_("One word or “phrase in quotes” a line. Any form of a word is found; word* finds what begins so."),
    "urls": N_("One regular expression a line, which is looked for in the address of the page."),
    "languages": N_("Give two-letter codes, as ru, be, en."),
    "kinds": N_("Choose among the kinds that there are."),
    "what": N_("Choose among the parts that there are."),
    "min_significance": N_("Give a number from 0 (everything) to 1 (only the weightiest)."),
    "cron": N_("Give five cron fields: minute hour day month weekday. “0 9 * * 1-5” is at nine on working days."),
    "quiet": N_("Give two times, as 22:00-07:00. What comes up then is sent at their end."),
    "zone": N_("Give a time zone, as Europe/Minsk or UTC."),
    "language": N_("Choose one of the languages."),
}


class Typed(BaseModel):
    """The form as it was sent."""

    name: str = Field("", max_length=1_000)
    channel: str = Field("", max_length=4_000)
    topics: Several = []
    sites: Several = []
    sections: Several = []
    words: str = Field("", max_length=20_000)  # one a line, as the next
    urls: str = Field("", max_length=20_000)
    languages: Several = []
    kinds: Several = []
    what: Several = []
    min_significance: str = Field("0", max_length=40)
    when: str = Field(Cadence.IMMEDIATE.value, max_length=20)
    cron: str = Field("", max_length=200)
    quiet: str = Field("", max_length=40)
    zone: str = Field("UTC", max_length=100)
    language: str = Field("en", max_length=20)
    do: str = Field("", max_length=20)  # which button was pressed


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What keeps a form from being taken."""

    field: str
    why: str  # the rule's own words


def typed_of(one: Subscription) -> Typed:
    """The form filled in with a subscription; of its channel no more than may be shown."""
    return Typed(
        name=one.name,
        channel=masked(one.channel),
        topics=list(one.topics),
        sites=list(one.sites),
        sections=list(one.sections),
        words="\n".join(one.words),
        urls="\n".join(one.urls),
        languages=list(one.languages),
        kinds=list(one.kinds),
        what=list(one.what),
        min_significance=f"{one.min_significance:g}",
        when=one.cadence.value,
        cron=one.cron or "",
        quiet=one.quiet or "",
        zone=one.zone,
        language=one.language,
    )


def channel_of(request: Request) -> Callable[[str], str | None]:
    """What says why a channel can't be used by who asks; null when it can. Those with a name are for reviewers."""
    who, home = who_of(request), web_of(request).settings.home

    def fault(text: str) -> str | None:
        if text.startswith("@") and not who.may(Need.REVIEW):
            return Said("named channels are for reviewers and administrators; give an address of your own")
        return channel_fault(text, home)

    return fault


def room(web: Web, owner: str | None) -> None:
    """Raises BadSubscription where the owner has as many as one may: each is looked at with every change."""
    every = web.archive.subscriptions()
    if sum(one.active and one.created_by == owner for one in every) >= MOST:
        raise BadSubscription("name", Said("you have {most} subscriptions; end one of them first", most=MOST))


def added(web: Web, new: Subscription, *, actor: str) -> Subscription:
    """Keeps a new subscription. Raises BadSubscription, and NameTaken."""
    room(web, new.created_by)
    return web.archive.add_subscription(new, actor=actor)


def subscription_of(typed: Typed, base: Subscription, request: Request) -> Subscription:
    """What was typed, as a subscription over ``base``, whose channel stays where its masked form was left as it is.

    Raises BadSubscription.
    """
    web = web_of(request)
    digest = typed.when == Cadence.DIGEST
    made = Subscription(
        id=base.id,
        name=typed.name,
        channel=base.channel if base.channel and typed.channel == masked(base.channel) else typed.channel,
        sites=tuple(typed.sites),
        sections=tuple(typed.sections),
        urls=_lines(typed.urls),
        languages=tuple(typed.languages),
        kinds=tuple(typed.kinds),
        what=tuple(typed.what),
        words=_lines(typed.words),
        topics=tuple(typed.topics),
        min_significance=_number(typed.min_significance),
        cadence=Cadence.DIGEST if digest else Cadence.IMMEDIATE,
        cron=(typed.cron.strip() or None) if digest else None,
        zone=typed.zone,
        quiet=typed.quiet.strip() or None,
        language=typed.language,
        active=base.active,
        created_at=base.created_at,
        created_by=base.created_by,
    )
    return checked(made, sites=web.sites, channel_fault=channel_of(request), languages=LANGUAGES)


def fault_of(error: BadSubscription) -> Fault:
    """The rule's refusal by field."""
    return Fault(field=error.field, why=error.why)


def blank(web: Web, language: str) -> Typed:
    """An empty form: all changes, at once, in the reader's language and the sites' zone."""
    return Typed(topics=[Topic.CHANGES.value], zone=str(web.zone()), language=language)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _number(text: str) -> float:
    try:
        return float(text.strip().replace(",", ".") or 0)
    except ValueError as error:
        raise BadSubscription(
            "min_significance", Said('"{text}" is no number; give one from 0 to 1', text=text)
        ) from error


def asks_for(one: Subscription, titles: dict[str, str]) -> list[tuple[str, str]]:
    """(label, values) of each condition that a subscription has."""
    plain: Iterable[str] = ("sections", "words", "urls", "languages", "kinds", "what")
    found = [(LABELS["sites"], ", ".join(titles.get(key, key) for key in one.sites))] if one.sites else []
    found += [(LABELS[field], ", ".join(getattr(one, field))) for field in plain if getattr(one, field)]
    found += [(LABELS["min_significance"], f"{one.min_significance:g}")] if one.min_significance else []
    return found
