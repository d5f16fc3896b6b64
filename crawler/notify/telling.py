"""From a delivery in the archive to its message: what is owed in it, loaded, worded, with the operator's templates."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from config.settings import Settings
from config.site import Site
from crawler.core.messages import BUILT_IN, Links, Message, TemplateBroken, Templates, message_for
from crawler.core.report import Entry
from crawler.entries import entries_of
from crawler.i18n import catalogue
from crawler.notify.keys import unsubscribe_token
from crawler.notify.templates import templates_of
from storage.archive import Archive
from storage.records import Change, Problem
from storage.records_outbox import Delivery, DeliveryKind, Owed, Subscription

log = logging.getLogger(__name__)

MOST_LOADED = 300  # changes of one message whose versions are read; the others are told by what the change says


@dataclass(frozen=True, kw_only=True)
class Rendered:
    message: Message
    links: Links
    page_id: int | None  # of the one page that the message is about; null: of several or none
    sites: tuple[str, ...]  # whose changes or problem it tells
    broken: str | None = None  # why the operator's templates were not used; null when all is well


def rendered(
    delivery: Delivery,
    subscription: Subscription,
    owed: Sequence[tuple[Owed, Change]],
    *,
    archive: Archive,
    settings: Settings,
    sites: Mapping[str, Site],
    key: bytes,
) -> Rendered:
    """The delivery's message. Where a template of the operator's is broken, the built-in ones stand in."""
    entries = _entries(archive, [change for _, change in owed])
    problem = _problem(archive, delivery)
    links = links_of(settings, key, subscription)
    told = _Told(delivery, entries, problem, subscription, {one.change_id: one.matched for one, _ in owed}, sites)
    message, broken = _message(told, links, settings)
    return Rendered(
        message=message,
        links=links,
        page_id=entries[0].change.page_id if len(entries) == 1 else None,
        sites=tuple(sorted({entry.change.site for entry in entries} | ({problem.site} if problem else set()))),
        broken=broken,
    )


def links_of(settings: Settings, key: bytes, subscription: Subscription) -> Links:
    """Where the subscription's messages lead to."""
    number = subscription.id or 0
    ending = f"{settings.public_url}/unsubscribe/{number}/{unsubscribe_token(key, number)}" if number else None
    return Links(public_url=settings.public_url, unsubscribe=ending)


@dataclass(frozen=True)
class _Told:
    delivery: Delivery
    entries: Sequence[Entry]
    problem: Problem | None
    subscription: Subscription
    matched: Mapping[int, tuple[str, ...]]
    sites: Mapping[str, Site]


def _message(told: _Told, links: Links, settings: Settings) -> tuple[Message, str | None]:
    try:
        return _worded(told, links, templates_of(settings.home)), None
    except TemplateBroken as error:
        log.info("template of messages: %s; the built-in ones are used", error)
        return _worded(told, links, BUILT_IN), str(error)


def _worded(told: _Told, links: Links, templates: Templates) -> Message:
    return message_for(
        told.delivery,
        told.entries,
        told.problem,
        told.subscription,
        links=links,
        zone=ZoneInfo(told.subscription.zone),
        matched=told.matched,
        catalogue=catalogue(told.subscription.language),
        templates=templates,
        sites={site.key: site.title or site.key for site in told.sites.values()},
        sections={part.name: part.title or part.name for site in told.sites.values() for part in site.sections},
    )


def _entries(archive: Archive, changes: Sequence[Change]) -> list[Entry]:
    """The changes with their versions; of very many the most significant ones have theirs."""
    ordered = sorted(changes, key=lambda change: (-change.significance, change.id or 0))
    loaded = list(entries_of(archive, ordered[:MOST_LOADED]))
    return loaded + [Entry(change=change) for change in ordered[MOST_LOADED:]]


def _problem(archive: Archive, delivery: Delivery) -> Problem | None:
    if delivery.kind is not DeliveryKind.PROBLEM:
        return None
    wanted = delivery.subject.get("problem")
    return next((one for one in archive.problems(open_only=False) if one.id == wanted), None)
