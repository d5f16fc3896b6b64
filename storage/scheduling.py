"""What the services on one database agree about: who schedules, which slots are taken, what rests, what was ordered."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, update

from storage.audit import note_in
from storage.engine import Store, upsert
from storage.records import Run, RunKind, RunState
from storage.records_service import Lease, Order, OrderKind, Pause, PlannedJob
from storage.rows import run_of
from storage.tables import EPOCH, pages, runs
from storage.tables_accounts import attempts, sessions
from storage.tables_service import jobs, leases, orders, pauses, slots

_TENDING = {"sqlite": ("PRAGMA optimize", "PRAGMA wal_checkpoint(TRUNCATE)"), "postgresql": ("ANALYZE",)}


class Scheduling(Store):
    """Questions and orders about the service's own work."""

    def take_lease(self, name: str, holder: str, until: datetime, now: datetime) -> bool:
        """Takes or renews the right ``name``; false while somebody else holds it.

        One statement: of several that ask at once for a right that is free, one gets it.
        """
        free = (leases.c.holder == holder) | (leases.c.until <= now)
        row = {"name": name, "holder": holder, "until": until}
        with self.writing() as connection:
            taken = upsert(connection, leases).on_conflict_do_update(
                index_elements=["name"], set_={"holder": holder, "until": until}, where=free
            )
            return connection.execute(taken.returning(leases.c.name), row).first() is not None

    def lease(self, name: str) -> Lease | None:
        """Who holds the right, or held it last; ``until`` says which."""
        with self.reading() as connection:
            row = connection.execute(select(leases).where(leases.c.name == name)).mappings().one_or_none()
        return Lease(**row) if row else None

    def leases(self, prefix: str) -> list[Lease]:
        """All rights whose names begin so."""
        chosen = select(leases).where(leases.c.name.startswith(prefix, autoescape=True)).order_by(leases.c.name)
        with self.reading() as connection:
            return [Lease(**row) for row in connection.execute(chosen).mappings().all()]

    def release_lease(self, name: str, holder: str) -> bool:
        """Gives the right back, for another to take at once; false when the holder had lost it."""
        ours = (leases.c.name == name) & (leases.c.holder == holder)
        with self.writing() as connection:
            return connection.execute(delete(leases).where(ours)).rowcount == 1

    def claim_slot(self, job: str, slot: datetime, holder: str, now: datetime) -> bool:
        """Takes a job's planned moment; false when anybody has taken it before, the same holder too."""
        row = {"job": job, "slot": slot, "holder": holder, "taken_at": now}
        with self.writing() as connection:
            taken = upsert(connection, slots).on_conflict_do_nothing(index_elements=["job", "slot"])
            return connection.execute(taken.returning(slots.c.job), row).first() is not None

    def slots(self, job: str) -> list[datetime]:
        """The moments of a job that were taken, the latest first."""
        chosen = select(slots.c.slot).where(slots.c.job == job).order_by(slots.c.slot.desc())
        with self.reading() as connection:
            return list(connection.scalars(chosen).all())

    def forget(self, *, before: datetime, now: datetime) -> dict[str, int]:
        """Drops what nobody will ask for again: slots, orders and attempts from before, sessions that have ended.

        Returns how many of each.
        """
        old = {
            "slots": delete(slots).where(slots.c.taken_at < before),
            "orders": delete(orders).where(orders.c.taken_at < before),
            "attempts": delete(attempts).where(attempts.c.at < before),
            "sessions": delete(sessions).where(sessions.c.expires_at < now),
        }
        with self.writing() as connection:
            return {name: connection.execute(statement).rowcount for name, statement in old.items()}

    def tend(self) -> tuple[str, ...]:
        """Lets the database look after itself; returns the orders that it was given."""
        orders_of = _TENDING[self.engine.dialect.name]
        raw = self.engine.raw_connection()  # a checkpoint can't be part of a transaction, and SQLAlchemy begins one
        try:
            for one in orders_of:
                raw.cursor().execute(one)
            raw.commit()
        finally:
            raw.close()
        return orders_of

    def pause(self, site: str, now: datetime, reason: str | None = None, *, actor: str) -> bool:
        """Lets a site's scheduled runs rest; false when they rested before (then the reason is the new one)."""
        row = {"site": site, "since": now, "reason": reason}
        with self.writing() as connection:
            known = connection.execute(select(pauses.c.site).where(pauses.c.site == site)).first() is not None
            paused = upsert(connection, pauses).on_conflict_do_update(index_elements=["site"], set_={"reason": reason})
            connection.execute(paused, row)
            note_in(connection, now, actor, "site.pause", [f"site {site}"], reason=reason)
        return not known

    def resume(self, site: str, now: datetime, *, actor: str) -> bool:
        """Ends a pause; false when there was none."""
        with self.writing() as connection:
            rested = connection.execute(delete(pauses).where(pauses.c.site == site)).rowcount == 1
            if rested:
                note_in(connection, now, actor, "site.resume", [f"site {site}"])
        return rested

    def pauses(self) -> dict[str, Pause]:
        """The sites that rest."""
        with self.reading() as connection:
            return {row["site"]: Pause(**row) for row in connection.execute(select(pauses)).mappings().all()}

    def order(self, site: str, what: OrderKind, now: datetime, *, actor: str) -> Order:
        """Asks the running service for something; the same that is asked for already is asked for once."""
        same = (orders.c.site == site) & (orders.c.what == what.value) & orders.c.taken_at.is_(None)
        with self.writing() as connection:
            row = connection.execute(select(orders).where(same)).mappings().first()
            if row is None:
                values = {"site": site, "what": what.value, "asked_at": now}
                row = connection.execute(insert(orders).values(values).returning(*orders.c)).mappings().one()
            note_in(connection, now, actor, f"site.{what.value}", [f"site {site}"])
        return Order(**{**row, "what": OrderKind(row["what"])})

    def claim_orders(self, now: datetime) -> list[Order]:
        """Takes all that was ordered and is not taken yet, the oldest first."""
        open_ones = orders.c.taken_at.is_(None)
        with self.reading() as connection:  # asked every second, and there is seldom one: no turn among the writers
            if connection.execute(select(orders.c.id).where(open_ones).limit(1)).first() is None:
                return []
        with self.writing() as connection:
            taken = update(orders).where(open_ones).values(taken_at=now).returning(*orders.c)
            rows = connection.execute(taken).mappings().all()
        found = [Order(**{**row, "what": OrderKind(row["what"])}) for row in rows]
        return sorted(found, key=lambda one: one.id)

    def open_orders(self) -> Sequence[int]:
        """Ids of orders that nobody has taken."""
        with self.reading() as connection:
            return connection.execute(select(orders.c.id).where(orders.c.taken_at.is_(None))).scalars().all()

    def queues(self, now: datetime) -> dict[str, tuple[int, datetime]]:
        """Of each site that has any: how many pages are due, and since when the first of them is."""
        of_site = select(pages.c.site, func.count().label("due"), func.min(pages.c.next_visit).label("first"))
        chosen = of_site.where(pages.c.next_visit <= now).group_by(pages.c.site)
        with self.reading() as connection:
            return {row.site: (row.due, row.first) for row in connection.execute(chosen)}

    def last_crawls(self) -> dict[str, Run]:
        """The latest crawl of each site, however it went."""
        latest = select(func.max(runs.c.id)).where(runs.c.kind == RunKind.CRAWL.value).group_by(runs.c.site)
        with self.reading() as connection:
            rows = connection.execute(select(runs).where(runs.c.id.in_(latest))).mappings().all()
        return {row["site"]: run_of(row) for row in rows}

    def last_success(self) -> dict[str, datetime]:
        """When the latest crawl of each site that came to its end did so."""
        done = (runs.c.kind == RunKind.CRAWL.value) & (runs.c.state == RunState.DONE.value)
        chosen = select(runs.c.site, func.max(runs.c.finished_at)).where(done).group_by(runs.c.site)
        with self.reading() as connection:
            return dict(connection.execute(chosen).all())

    def first_crawls(self) -> dict[str, datetime]:
        """When the first crawl of each site was begun."""
        crawls = select(runs.c.site, func.min(runs.c.started_at)).where(runs.c.kind == RunKind.CRAWL.value)
        with self.reading() as connection:
            return dict(connection.execute(crawls.group_by(runs.c.site)).all())

    def going(self) -> list[Run]:
        """Runs that count as running, the oldest first."""
        chosen = select(runs).where(runs.c.state == RunState.RUNNING.value).order_by(runs.c.id)
        with self.reading() as connection:
            return [run_of(row) for row in connection.execute(chosen).mappings().all()]

    def planned_jobs(self) -> list[PlannedJob]:
        """What the scheduler runs when next, the next first; null moments last."""
        chosen = select(jobs.c.id, jobs.c.next_run_time).order_by(jobs.c.next_run_time.is_(None), jobs.c.next_run_time)
        with self.reading() as connection:
            rows = connection.execute(chosen).all()
        return [PlannedJob(id=row.id, next_run=_moment(row.next_run_time)) for row in rows]


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else EPOCH + timedelta(seconds=seconds)
