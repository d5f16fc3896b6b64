"""Subscriptions: kept, changed, ended, never deleted, for what was sent refers to them.

Who does so is named as ``actor``, and stands in the audit log, with the fields that were changed but not their values:
a channel may hold a secret.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage.audit import note_in
from storage.engine import Store
from storage.owed import PENDING, UNSENT, deliver_in
from storage.records_outbox import Cadence, DeliveryKind, DeliveryState, Subscription
from storage.rows_outbox import subscription_of, subscription_row
from storage.said import Said
from storage.tables_outbox import deliveries, owed, subscriptions


class NameTaken(ValueError):
    """Another subscription has that name."""


class Subscriptions(Store):
    """Questions and orders about who wants to hear of what."""

    def add_subscription(self, one: Subscription, *, actor: str) -> Subscription:
        """Stores a new subscription; returns it with its id. Raises NameTaken."""
        return self.add_subscriptions([one], actor=actor)[0]

    def add_subscriptions(self, several: list[Subscription], *, actor: str) -> list[Subscription]:
        """Stores all of them or none; returns them with their ids. Raises NameTaken."""
        name = ""
        try:
            with self.writing() as connection:
                made = []
                for one in several:
                    name = one.name
                    statement = insert(subscriptions).values(subscription_row(one)).returning(*subscriptions.c)
                    made.append(subscription_of(connection.execute(statement).mappings().one()))
                    subject = f"subscription {made[-1].id}"
                    note_in(connection, one.created_at, actor, "subscription.add", [subject], name=name)
                return made
        except IntegrityError as error:
            raise _taken(name) from error

    def change_subscription(self, one: Subscription, now: datetime, *, actor: str) -> Subscription:
        """Stores what a subscription is from now on; messages that are owed already go where they were to go.

        One that gets no digests any more is sent what waited for the next one as a last digest. Raises NameTaken;
        KeyError when there is no such subscription.
        """
        try:
            with self.writing() as connection:
                of_it = subscriptions.c.id == one.id
                before = connection.execute(select(subscriptions).where(of_it).with_for_update()).mappings().first()
                if before is None:
                    raise KeyError(one.id)
                statement = update(subscriptions).where(of_it).values(subscription_row(one))
                row = connection.execute(statement.returning(*subscriptions.c)).mappings().one()
                _note_change(connection, before, row, now, actor)
                if one.cadence is not Cadence.DIGEST:
                    _last_digest(connection, one)
                return subscription_of(row)
        except IntegrityError as error:
            raise _taken(one.name) from error

    def subscription(self, subscription_id: int) -> Subscription | None:
        chosen = select(subscriptions).where(subscriptions.c.id == subscription_id)
        with self.reading() as connection:
            row = connection.execute(chosen).mappings().one_or_none()
        return subscription_of(row) if row else None

    def subscription_named(self, name: str) -> Subscription | None:
        with self.reading() as connection:
            chosen = select(subscriptions).where(subscriptions.c.name == name)
            row = connection.execute(chosen).mappings().one_or_none()
        return subscription_of(row) if row else None

    def subscriptions(self, active_only: bool = False) -> list[Subscription]:
        """Subscriptions in the order of their making."""
        chosen = select(subscriptions).order_by(subscriptions.c.id)
        if active_only:
            chosen = chosen.where(subscriptions.c.active)
        with self.reading() as connection:
            return [subscription_of(row) for row in connection.execute(chosen).mappings().all()]

    def end_subscription(self, subscription_id: int, now: datetime, *, actor: str) -> None:
        """Makes a subscription inactive; what was owed to it is sent no more. Said again, it changes nothing."""
        of_it = deliveries.c.subscription_id == subscription_id
        why = Said("the subscription was ended at {moment:%Y-%m-%d %H:%M} UTC", moment=now.astimezone(UTC))
        dropped = {"state": DeliveryState.DROPPED.value, "lease_until": None, "error": why}
        with self.writing() as connection:
            active = (subscriptions.c.id == subscription_id) & subscriptions.c.active
            ended = update(subscriptions).where(active).values(active=False).returning(subscriptions.c.name)
            for name in connection.execute(ended).scalars().all():
                note_in(connection, now, actor, "subscription.end", [f"subscription {subscription_id}"], name=name)
            connection.execute(delete(owed).where(owed.c.subscription_id == subscription_id, UNSENT))
            connection.execute(update(deliveries).where(of_it, PENDING).values(dropped))


def _note_change(connection: Connection, before: RowMapping, after: RowMapping, now: datetime, actor: str) -> None:
    """Notes which fields are other than before; one that tells again, and is otherwise as it was, begins anew."""
    changed = [name for name in after if before[name] != after[name]]
    begins = "active" in changed and after["active"]
    subject, detail = [f"subscription {after['id']}"], {"name": after["name"]}
    if begins:
        note_in(connection, now, actor, "subscription.begin", subject, **detail)
    fields = [name for name in changed if not (begins and name == "active")]
    if fields:
        note_in(connection, now, actor, "subscription.change", subject, **detail, fields=fields)


def _taken(name: str) -> NameTaken:
    return NameTaken(Said('there is a subscription named "{name}" already', name=name))


def _last_digest(connection: Connection, one: Subscription) -> None:
    """One message of what waited for a digest, as of the moment when the last of it came to be owed."""
    waiting = (owed.c.subscription_id == one.id) & owed.c.delivery_id.is_(None)
    last = connection.execute(select(func.max(owed.c.owed_at)).where(waiting)).scalar()
    if last is None:
        return
    key = f"s{one.id}-d{last.isoformat()}-last"
    made = deliver_in(connection, one, DeliveryKind.DIGEST, key, created_at=last, not_before=last)
    if made is not None:
        connection.execute(update(owed).where(waiting).values(delivery_id=made.id))
