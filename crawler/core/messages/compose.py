"""From a delivery to its message: ordered, worded, rendered in every form."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

from crawler.core.messages.message import SHORT, Links, Matched, Message
from crawler.core.messages.payload import payload
from crawler.core.messages.rendering import BUILT_IN, Templates, render, words_of
from crawler.core.messages.telling import MOST_DIFFS, told
from crawler.core.messages.wording import about, healed, line, site_name, subject, trouble
from crawler.core.phrases import ENGLISH, Catalogue
from crawler.core.report import Entry
from crawler.core.report.grouping import grouped
from crawler.core.report.voice import Voice
from storage.records import Problem
from storage.records_outbox import Delivery, DeliveryKind, Subscription


def message_for(
    delivery: Delivery,
    entries: Sequence[Entry],
    problem: Problem | None,
    subscription: Subscription,
    *,
    links: Links,
    zone: tzinfo,
    matched: Matched | None = None,
    catalogue: Catalogue = ENGLISH,
    templates: Templates = BUILT_IN,
    sites: Mapping[str, str] | None = None,
    sections: Mapping[str, str] | None = None,
) -> Message:
    """What the delivery says, the most significant change first, times in ``zone``.

    ``sites`` and ``sections``: titles by key and by name, where there are any. The differences of 50 changes are
    shown at most; the others are listed, each with its review page. Raises TemplateBroken where one of the operator's
    ``templates`` can't be used.
    """
    groups, found, titles = grouped(entries), dict(matched or {}), sites or {}
    ordered = [entry for group in groups for entry in group.members]
    voice = Voice(zone=zone, language=subscription.language, catalogue=catalogue, sections=sections or {})
    values = words_of(voice) | {
        "subject": subject(delivery, ordered, problem, subscription, voice, titles),
        "kind": delivery.kind.value,
        "changes": told(groups, found, voice, links, titles),
        "problem": _problem(delivery, problem, voice, titles),
        "subscription": line(subscription.name, 120),
        "language": subscription.language,
        "zone": str(zone),
        "links": links,
    }
    return Message(
        subject=values["subject"],
        text=render(templates, "mail_text", values).rstrip() + "\n",
        html=render(templates, "mail_html", values),
        short=_short(render(templates, "chat", values | _few(values)), voice),
        payload=payload(delivery, ordered, problem, subscription, links=links, matched=found, detailed=MOST_DIFFS),
    )


def _problem(
    delivery: Delivery, problem: Problem | None, voice: Voice, titles: Mapping[str, str]
) -> dict[str, Any] | None:
    if delivery.kind is not DeliveryKind.PROBLEM or problem is None:
        return None
    return {
        "site": site_name(problem.site, voice, titles),
        "what": trouble(problem.kind, voice),
        "subject": about(problem.subject, voice),
        "evidence": line(voice.told(problem.evidence), 1_000),
        "opened_at": voice.moment(problem.opened_at),
        "closed_at": voice.moment(problem.closed_at) if problem.closed_at else "",
        "healed": healed(delivery),
    }


def _few(values: Mapping[str, Any]) -> dict[str, Any]:
    """The first changes, as many as a chat has room for, and how many there are beside them."""
    changes, room, shown = values["changes"], SHORT - 400, 0
    for one in changes:
        room -= len(one.happened) + len(one.title) + 5
        if room < 0:
            break
        shown += 1
    return {"changes": changes[:shown], "more": len(changes) - shown}


def _short(text: str, voice: Voice) -> str:
    """At most SHORT characters; what is cut is said to be."""
    found = "\n".join(row.rstrip() for row in text.strip().splitlines())
    if len(found) <= SHORT:
        return found
    note = f"… ({voice.phrase('shortened')})"
    return found[: SHORT - len(note)].rstrip() + note
