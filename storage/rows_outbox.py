"""Records of the outbox to rows and back."""

import json
from dataclasses import fields
from typing import Any

from storage.records_outbox import (
    Cadence,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Owed,
    Subscription,
)
from storage.rows import Row

_LISTS = ("sites", "sections", "urls", "languages", "kinds", "what", "words", "topics")
_SUBSCRIPTION = tuple(f.name for f in fields(Subscription) if f.name not in (*_LISTS, "id", "cadence"))
_DELIVERY = tuple(f.name for f in fields(Delivery) if f.name not in ("kind", "state", "subject"))


def subscription_row(one: Subscription) -> dict[str, Any]:
    """Columns of a subscription, the id aside."""
    return {
        **{name: getattr(one, name) for name in _SUBSCRIPTION},
        **{name: json.dumps(list(getattr(one, name)), ensure_ascii=False) for name in _LISTS},
        "cadence": one.cadence.value,
    }


def subscription_of(row: Row) -> Subscription:
    lists: dict[str, Any] = {name: tuple(json.loads(row[name])) for name in _LISTS}
    rest = {name: row[name] for name in _SUBSCRIPTION}
    return Subscription(id=row["id"], cadence=Cadence(row["cadence"]), **lists, **rest)


def delivery_of(row: Row) -> Delivery:
    return Delivery(
        kind=DeliveryKind(row["kind"]),
        state=DeliveryState(row["state"]),
        subject=json.loads(row["subject"] or "{}"),
        **{name: row[name] for name in _DELIVERY},
    )


def owed_of(row: Row) -> Owed:
    return Owed(
        subscription_id=row["subscription_id"],
        change_id=row["change_id"],
        owed_at=row["owed_at"],
        matched=tuple(json.loads(row["matched"])),
        delivery_id=row["delivery_id"],
    )
