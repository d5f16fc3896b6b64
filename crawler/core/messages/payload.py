"""The JSON that a webhook gets; its schema is delivery.schema.json, the same as docs/webhook.schema.json."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from crawler.core.messages.message import Links
from crawler.core.messages.wording import healed
from crawler.core.report import Entry, change_json, entry_json
from storage.records import Problem
from storage.records_outbox import Delivery, Subscription

SCHEMA = "letapis.delivery/1"
MOST_CHARACTERS = 200_000  # of one change's difference; a longer one is left out, and that is said
_DETAILS = ("diff", "links", "images", "attachments")


def payload(
    delivery: Delivery,
    entries: Sequence[Entry],
    problem: Problem | None,
    subscription: Subscription,
    *,
    links: Links,
    matched: Mapping[int, tuple[str, ...]],
    detailed: int,
) -> dict[str, Any]:
    """The delivery as JSON values. Every change is there; what differs is, for the first ``detailed`` of them."""
    return {
        "schema": SCHEMA,
        "id": delivery.id,
        "key": delivery.key,
        "kind": delivery.kind.value,
        "created_at": delivery.created_at.isoformat(),
        "subscription": {"id": subscription.id, "name": subscription.name},
        "changes": [
            _change(entry, index < detailed)
            | {"words": list(matched.get(entry.change.id or 0, ())), "review_url": links.change(entry.change.id)}
            for index, entry in enumerate(entries)
        ],
        "problem": _problem(problem, closed=healed(delivery)) if problem else None,
    }


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) that every payload obeys."""
    text = files("crawler.core.messages").joinpath("delivery.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _change(entry: Entry, detailed: bool) -> dict[str, Any]:
    if not detailed:
        return change_json(entry.change, entry.blind) | {"details_omitted": True}
    found = entry_json(entry)
    if sum(len(block["before"] or "") + len(block["after"] or "") for block in found.get("diff", ())) > MOST_CHARACTERS:
        return {key: value for key, value in found.items() if key not in _DETAILS} | {"details_omitted": True}
    return found | {"details_omitted": False}


def _problem(problem: Problem, *, closed: bool) -> dict[str, Any]:
    return {
        "id": problem.id,
        "site": problem.site,
        "kind": problem.kind,
        "subject": problem.subject,
        "evidence": problem.evidence,
        "opened_at": problem.opened_at.isoformat(),
        "closed_at": problem.closed_at.isoformat() if problem.closed_at else None,
        "healed": closed,
    }
