"""What comes to be owed, and what is owed no more, within the transaction that writes the changes themselves."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, exists, or_, select, update

from storage.engine import chunks, upsert
from storage.records import Change, Problem
from storage.records_outbox import Cadence, Delivery, DeliveryKind, DeliveryState, Owing, Subscription
from storage.rows_outbox import delivery_of, subscription_of
from storage.tables_outbox import deliveries, owed, subscriptions

Tell = Callable[[Change], Sequence[Owing]]
TellProblem = Callable[[Problem], Sequence[Owing]]
Active = Mapping[int, Subscription]
GoAt = Callable[[Subscription], datetime]

PENDING = deliveries.c.state == DeliveryState.PENDING.value
UNSENT = or_(owed.c.delivery_id.is_(None), exists().where(deliveries.c.id == owed.c.delivery_id, PENDING))


def active_in(connection: Connection) -> Active:
    """The active subscriptions by id, none of which can be ended or changed before the transaction is over.

    Asked for before anything else of the outbox is written: whoever ends a subscription takes its row first, too.
    """
    chosen = select(subscriptions).where(subscriptions.c.active).order_by(subscriptions.c.id)
    rows = connection.execute(chosen.with_for_update(read=True)).mappings().all()
    return {row["id"]: subscription_of(row) for row in rows}


def owe_in(connection: Connection, change: Change, owings: Iterable[Owing], active: Active) -> None:
    """Writes down to whom a change is owed, and the messages that are sent for it alone; nothing twice.

    How it is sent, the subscription says as it is now: it may have changed since the change was looked at.
    """
    for one in owings:
        to = active.get(one.subscription.id or 0)
        if to is None or change.id is None:
            continue
        values = {
            "subscription_id": to.id,
            "change_id": change.id,
            "owed_at": one.owed_at,
            "matched": json.dumps(list(one.matched), ensure_ascii=False),
        }
        statement = upsert(connection, owed).on_conflict_do_nothing().returning(owed.c.change_id)
        fresh = connection.execute(statement, values).scalar() is not None
        if fresh and to.cadence is Cadence.IMMEDIATE:
            _own_message(connection, change, to, one)


def _own_message(connection: Connection, change: Change, to: Subscription, one: Owing) -> None:
    made = deliver_in(
        connection,
        to,
        DeliveryKind.CHANGE,
        f"s{to.id}-c{change.id}",
        created_at=one.owed_at,
        not_before=one.not_before,
        run_id=change.run_id,
    )
    if made is not None:
        mine = (owed.c.subscription_id == to.id) & (owed.c.change_id == change.id)
        connection.execute(update(owed).where(mine).values(delivery_id=made.id))


def deliver_in(
    connection: Connection,
    subscription: Subscription,
    kind: DeliveryKind,
    key: str,
    *,
    created_at: datetime,
    not_before: datetime,
    subject: Mapping[str, Any] | None = None,
    run_id: int | None = None,
) -> Delivery | None:
    """Writes a message that is to be sent; null when the key is there already."""
    row = {
        "subscription_id": subscription.id,
        "key": key,
        "kind": kind.value,
        "state": DeliveryState.PENDING.value,
        "channel": subscription.channel,
        "subject": json.dumps(subject, ensure_ascii=False) if subject is not None else None,
        "created_at": created_at,
        "not_before": not_before,
        "run_id": run_id,
        "attempts": 0,
    }
    statement = upsert(connection, deliveries).on_conflict_do_nothing(index_elements=["key"])
    made = connection.execute(statement.returning(*deliveries.c), row).mappings().one_or_none()
    return delivery_of(made) if made else None


def owe_problem_in(connection: Connection, problem: Problem, owings: Iterable[Owing], *, healed: bool) -> None:
    """Owes the news that a problem was opened, or closed, to each of the subscriptions once."""
    news = "closed" if healed else "opened"
    active = active_in(connection)
    for one in owings:
        to = active.get(one.subscription.id or 0)
        if to is None:
            continue
        deliver_in(
            connection,
            to,
            DeliveryKind.PROBLEM,
            f"s{to.id}-p{problem.id}-{news}",
            created_at=one.owed_at,
            not_before=one.not_before,
            subject={"problem": problem.id, "healed": healed},
        )


def let_go_in(connection: Connection, change_ids: Iterable[int]) -> None:
    """The changes are told by another one: what has not been sent of them is owed no more."""
    for ids in chunks(change_ids):
        gone = delete(owed).where(owed.c.change_id.in_(ids), UNSENT).returning(owed.c.delivery_id)
        drop_empty_in(connection, {found for found in connection.execute(gone).scalars() if found is not None})


def drop_empty_in(connection: Connection, delivery_ids: set[int]) -> None:
    """Those of the pending messages that have no change left to tell are not sent."""
    told = exists().where(owed.c.delivery_id == deliveries.c.id)
    values = {"state": DeliveryState.DROPPED.value, "lease_until": None}
    for ids in chunks(sorted(delivery_ids)):
        connection.execute(update(deliveries).where(deliveries.c.id.in_(ids), PENDING, ~told).values(values))


def pass_on_in(
    connection: Connection, lead: Change, member_ids: Sequence[int], active: Active, go_at: GoAt | None
) -> None:
    """What is owed of an event's parts is owed of the change that tells the event, once to each subscription.

    Also to those who have been told of a part already. ``go_at`` says when a subscription's message may go; without
    it, when the last message about a part might have gone.
    """
    inherited: dict[int, list[RowMapping]] = {}
    for ids in chunks(member_ids):
        for row in connection.execute(_owed_with_delivery(owed.c.change_id.in_(ids))).mappings():
            inherited.setdefault(row["subscription_id"], []).append(row)
    let_go_in(connection, member_ids)
    heirs = [(active[number], rows) for number, rows in inherited.items() if number in active]
    owe_in(connection, lead, [_inherited(one, rows, go_at) for one, rows in heirs], active)


def _owed_with_delivery(wanted: ColumnElement[bool]) -> Any:
    joined = owed.outerjoin(deliveries, deliveries.c.id == owed.c.delivery_id)
    return select(owed, deliveries.c.not_before).select_from(joined).where(wanted).order_by(owed.c.change_id)


def _inherited(one: Subscription, rows: Sequence[RowMapping], go_at: GoAt | None) -> Owing:
    owed_at: datetime = max(row["owed_at"] for row in rows)
    last = max((row["not_before"] for row in rows if row["not_before"]), default=owed_at)
    return Owing(
        subscription=one,
        matched=tuple(dict.fromkeys(word for row in rows for word in json.loads(row["matched"]))),
        owed_at=owed_at,
        not_before=go_at(one) if go_at else last,
    )
