"""The outbox: messages that are owed, claimed, sent, given up."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update

from storage.audit import note_in
from storage.engine import chunks
from storage.owed import PENDING, active_in, deliver_in
from storage.records import Change, RunState
from storage.records_outbox import Delivery, DeliveryKind, DeliveryState, Owed, Subscription
from storage.rows import change_of
from storage.rows_outbox import delivery_of, owed_of
from storage.subscriptions import NameTaken, Subscriptions
from storage.tables import changes, runs
from storage.tables_outbox import deliveries, owed, subscriptions

__all__ = ["NameTaken", "Outbox"]


class Outbox(Subscriptions):
    """Questions and orders about messages."""

    def cut_digest(
        self, subscription: Subscription, slot: datetime, now: datetime, not_before: datetime, *, hold: float
    ) -> Delivery | None:
        """Makes one message of all that waits for the digest of this moment; null when nothing does, or it was cut.

        A change waits for it that came to be owed by the moment ``slot`` and whose run is over, or that has been owed
        for ``hold`` seconds. Called again and again for one moment, a digest is cut once.
        """
        settled = or_(_over(changes.c.run_id), owed.c.owed_at <= now - timedelta(seconds=hold))
        waits = (
            (owed.c.subscription_id == subscription.id)
            & owed.c.delivery_id.is_(None)
            & (owed.c.owed_at <= slot)
            & settled
        )
        chosen = select(owed.c.change_id).join(changes, changes.c.id == owed.c.change_id).where(waits)
        with self.writing() as connection:
            if subscription.id not in active_in(connection):
                return None
            ids = connection.execute(chosen).scalars().all()
            key = f"s{subscription.id}-d{slot.isoformat()}"
            if not ids:
                return None
            made = deliver_in(connection, subscription, DeliveryKind.DIGEST, key, created_at=now, not_before=not_before)
            for part in chunks(ids) if made else ():
                mine = (owed.c.subscription_id == subscription.id) & owed.c.change_id.in_(part)
                connection.execute(update(owed).where(mine).values(delivery_id=made and made.id))
            return made

    def waiting_for_digests(self) -> set[int]:
        """Ids of the subscriptions that changes wait for the next digest of."""
        chosen = select(owed.c.subscription_id).where(owed.c.delivery_id.is_(None)).distinct()
        with self.reading() as connection:
            return set(connection.scalars(chosen).all())

    def owe_message(
        self,
        subscription: Subscription,
        kind: DeliveryKind,
        key: str,
        subject: Mapping[str, Any],
        now: datetime,
        not_before: datetime,
        *,
        actor: str | None = None,
    ) -> Delivery | None:
        """Owes a message that tells of no change; null when there is one of that key. ``actor``: who asked for it."""
        with self.writing() as connection:
            made = deliver_in(
                connection, subscription, kind, key, created_at=now, not_before=not_before, subject=subject
            )
            if made and actor is not None:
                about = [f"subscription {subscription.id}"]
                note_in(connection, now, actor, f"subscription.{kind.value}", about, name=subscription.name)
        return made

    def claim_deliveries(self, now: datetime, *, limit: int, lease_seconds: float, hold: float) -> list[Delivery]:
        """Leases up to ``limit`` messages that may go now, oldest first, at most one of each subscription: its oldest.

        A message that backs off, is quiet or is held lets its followers wait: a subscription is told in order.
        One that belongs to a run waits for the run's end, ``hold`` seconds at most: until then its change may still
        become part of another. Nobody else gets the messages until they are marked, or the lease has run out.
        """
        heads = select(func.min(deliveries.c.id)).where(PENDING).group_by(deliveries.c.subscription_id)
        free = or_(deliveries.c.lease_until.is_(None), deliveries.c.lease_until <= now)
        overdue = deliveries.c.created_at <= now - timedelta(seconds=hold)
        settled = or_(deliveries.c.run_id.is_(None), _over(deliveries.c.run_id), overdue)
        ready = (
            select(deliveries.c.id)
            .where(deliveries.c.id.in_(heads), PENDING, deliveries.c.not_before <= now, free, settled)
            .order_by(deliveries.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True, of=deliveries)
            .cte("ready")
            .prefix_with("MATERIALIZED", dialect="postgresql")
        )
        until = now + timedelta(seconds=lease_seconds)
        claimed = update(deliveries).where(deliveries.c.id.in_(select(ready.c.id))).values(lease_until=until)
        with self.writing() as connection:
            rows = connection.execute(claimed.returning(*deliveries.c)).mappings().all()
        return sorted(map(delivery_of, rows), key=lambda one: one.id)

    def sent(self, delivery_id: int, now: datetime) -> None:
        """The message went out."""
        self._mark(delivery_id, None, state=DeliveryState.SENT.value, sent_at=now, error=None)

    def failed(self, delivery_id: int, error: str, not_before: datetime) -> None:
        """An attempt failed; the next one is not before that moment."""
        self._mark(delivery_id, PENDING, error=error, not_before=not_before)

    def dead(self, delivery_id: int, error: str) -> None:
        """The last attempt failed: the message is given up."""
        self._mark(delivery_id, PENDING, state=DeliveryState.DEAD.value, error=error)

    def put_off(self, delivery_id: int, not_before: datetime) -> None:
        """The message has to wait, and was not tried: for quiet hours, for its channel's rate, for us to come back."""
        values = {"not_before": not_before, "lease_until": None}
        with self.writing() as connection:
            connection.execute(update(deliveries).where(deliveries.c.id == delivery_id, PENDING).values(values))

    def drop(self, delivery_id: int) -> None:
        """There is nothing to tell any more."""
        values = {"state": DeliveryState.DROPPED.value, "lease_until": None}
        with self.writing() as connection:
            connection.execute(update(deliveries).where(deliveries.c.id == delivery_id, PENDING).values(values))

    def _mark(self, delivery_id: int, only: ColumnElement[bool] | None, **values: Any) -> None:
        """Notes how an attempt ended and frees the lease; what was dropped meanwhile stays so, unless it was sent."""
        of_it = (deliveries.c.id == delivery_id) if only is None else (deliveries.c.id == delivery_id) & only
        marked = update(deliveries).where(of_it)
        with self.writing() as connection:
            connection.execute(marked.values(attempts=deliveries.c.attempts + 1, lease_until=None, **values))

    def revive(self, delivery_ids: Sequence[int] | None, now: datetime, *, actor: str) -> int:
        """Takes messages off the dead-letter list (null: all of active subscriptions) to be tried anew; how many.

        They are as young as new ones: their age counts from now on.
        """
        living = deliveries.c.subscription_id.in_(select(subscriptions.c.id).where(subscriptions.c.active))
        dead = (deliveries.c.state == DeliveryState.DEAD.value) & living
        values = {"state": DeliveryState.PENDING.value, "attempts": 0, "not_before": now, "created_at": now}
        revived = update(deliveries).where(dead).values(values).returning(deliveries.c.id)
        parts = None if delivery_ids is None else chunks(sorted(set(delivery_ids)))
        statements = [revived] if parts is None else [revived.where(deliveries.c.id.in_(ids)) for ids in parts]
        with self.writing() as connection:
            ids = sorted(one for statement in statements for one in connection.execute(statement).scalars().all())
            note_in(connection, now, actor, "delivery.retry", [f"delivery {one}" for one in ids])
        return len(ids)

    def deliveries(
        self, *, state: DeliveryState | None = None, subscription_id: int | None = None,
        before: int | None = None, limit: int = 100,
    ) -> list[Delivery]:  # fmt: skip
        """Messages, the newest first; ``before``: those with lower ids."""
        chosen = select(deliveries).order_by(deliveries.c.id.desc()).limit(limit)
        if state is not None:
            chosen = chosen.where(deliveries.c.state == state.value)
        if subscription_id is not None:
            chosen = chosen.where(deliveries.c.subscription_id == subscription_id)
        if before is not None:
            chosen = chosen.where(deliveries.c.id < before)
        with self.reading() as connection:
            return [delivery_of(row) for row in connection.execute(chosen).mappings().all()]

    def delivery(self, delivery_id: int) -> Delivery | None:
        with self.reading() as connection:
            chosen = select(deliveries).where(deliveries.c.id == delivery_id)
            row = connection.execute(chosen).mappings().one_or_none()
        return delivery_of(row) if row else None

    def owed_in(self, delivery_id: int) -> list[tuple[Owed, Change]]:
        """The changes that a message tells, in the order of their recording."""
        return self._owed(owed.c.delivery_id == delivery_id)

    def owed_to(self, subscription_id: int, *, waiting: bool = False) -> list[tuple[Owed, Change]]:
        """The changes that are or were owed to a subscription; ``waiting``: those only that wait for a digest."""
        of_it = owed.c.subscription_id == subscription_id
        return self._owed(of_it & owed.c.delivery_id.is_(None) if waiting else of_it)

    def _owed(self, wanted: ColumnElement[bool]) -> list[tuple[Owed, Change]]:
        columns = [column.label(f"owed_{column.name}") for column in owed.c]
        chosen = select(changes, *columns).join(owed, owed.c.change_id == changes.c.id).where(wanted)
        with self.reading() as connection:
            rows = connection.execute(chosen.order_by(changes.c.id)).mappings().all()
        return [(owed_of({c.name: row[f"owed_{c.name}"] for c in owed.c}), change_of(row)) for row in rows]

    def sent_since(self, channel: str, since: datetime) -> int:
        """How many messages went to a channel at that moment or later: for its rate limit."""
        chosen = select(func.count()).where(deliveries.c.channel == channel, deliveries.c.sent_at >= since)
        with self.reading() as connection:
            return int(connection.execute(chosen).scalar_one())

    def outbox_counts(self) -> dict[DeliveryState, int]:
        """How many messages there are in each state; states without any are left out."""
        chosen = select(deliveries.c.state, func.count()).group_by(deliveries.c.state)
        with self.reading() as connection:
            return {DeliveryState(state): count for state, count in connection.execute(chosen)}

    def oldest_pending(self) -> datetime | None:
        """When the oldest message that is still to be sent came to be owed; null when none is."""
        with self.reading() as connection:
            return connection.execute(select(func.min(deliveries.c.created_at)).where(PENDING)).scalar()


def _over(run_id: ColumnElement[Any]) -> ColumnElement[bool]:
    return select(runs.c.id).where(runs.c.id == run_id, runs.c.state != RunState.RUNNING.value).exists()
