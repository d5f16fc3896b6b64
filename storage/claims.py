"""Claims: pages that are due, or may come early, leased to one visitor at a time."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, or_, select, update

from storage.engine import Store, chunks
from storage.locks import lock_sites
from storage.records import Page, PageState
from storage.rows import page_of
from storage.tables import ON_LADDER, pages

AHEAD = 200  # pages of each priority that are looked at for one that may come early


class Claims(Store):
    """Orders about who visits what."""

    def claim_due(
        self, site: str, now: datetime, limit: int, lease_seconds: float = 600, *, below: int | None = None
    ) -> list[Page]:
        """Leases up to ``limit`` due pages, those of the lowest priority number first, then the longest due.

        Nobody else gets them until they are recorded, released, or the lease has run out. ``below``: only pages of a
        better priority than that.
        """
        claimed: list[Row[Any]] = []
        values = {"site_": site, "now_": now, "until_": now + timedelta(seconds=lease_seconds)}
        with self.writing() as connection:
            for priority in sorted(connection.scalars(LADDER, {"site_": site}).all()):
                if below is not None and priority >= below:
                    break
                step = {**values, "priority_": priority, "limit_": limit - len(claimed)}
                claimed += connection.execute(_CLAIM, step).all()
                if len(claimed) >= limit:
                    break
        found = [page_of(row._mapping) for row in claimed]
        return sorted(found, key=lambda page: (page.priority, page.next_visit, page.id))

    def claim_ladder(self, site: str, now: datetime, limit: int, lease_seconds: float = 600) -> list[Page]:
        """As claim_due, of the pages that are gone or failing alone, the longest due first."""
        values = {"site_": site, "now_": now, "until_": now + timedelta(seconds=lease_seconds), "limit_": limit}
        with self.writing() as connection:
            return _claimed(connection.execute(_CLAIM_LADDER, values).all())

    def claim_early(self, site: str, now: datetime, limit: int, lease_seconds: float = 600) -> list[Page]:
        """Leases up to ``limit`` pages that are not due yet but past half their interval, the earliest first.

        Of each priority the few hundred that come first are looked at, so that it costs the same whatever there is.
        """
        values = {"site_": site, "now_": now, "until_": now + timedelta(seconds=lease_seconds)}
        with self.writing() as connection:
            ids = _early(connection, site, now)[:limit]
            return _claimed(connection.execute(_CLAIM_THESE, {**values, "ids_": ids}).all()) if ids else []

    def may_come_early(self, site: str, now: datetime) -> bool:
        """Whether claim_early would find a page."""
        with self.reading() as connection:
            return bool(_early(connection, site, now))

    def claim_these(self, page_ids: Iterable[int], now: datetime, lease_seconds: float = 600) -> list[Page]:
        """Leases those of the pages that are due and free."""
        until = now + timedelta(seconds=lease_seconds)
        claimed: list[Row[Any]] = []
        with self.writing() as connection:
            for ids in chunks(sorted(page_ids)):
                claimed += connection.execute(_CLAIM_DUE_THESE, {"ids_": ids, "now_": now, "until_": until}).all()
        return _claimed(claimed)

    def release(self, page_ids: Iterable[int]) -> None:
        """Gives pages back unvisited: they are due as before."""
        with self.writing() as connection:
            for ids in chunks(sorted(page_ids)):
                connection.execute(update(pages).where(pages.c.id.in_(ids)).values(lease_until=None))

    def release_all(self, site: str) -> None:
        """Gives back all leases of a site: for the start of a run, after one that died."""
        leased = (pages.c.site == site) & pages.c.lease_until.is_not(None)
        with self.writing() as connection:
            lock_sites(connection, [site])
            connection.execute(update(pages).where(leased).values(lease_until=None))


def _ladder() -> Any:
    """The site's priorities: one index seek each, however many pages share one."""
    lowest = select(func.min(pages.c.priority).label("priority")).where(pages.c.site == bindparam("site_"))
    steps = lowest.cte("ladder", recursive=True)
    above = (
        select(func.min(pages.c.priority))
        .where(pages.c.site == bindparam("site_"), pages.c.priority > steps.c.priority)
        .scalar_subquery()
    )
    steps = steps.union_all(select(above).where(steps.c.priority.is_not(None)))
    return select(steps.c.priority).where(steps.c.priority.is_not(None))


def _claim() -> Any:
    """Claims within one priority, where the frontier's index gives both the range and the order.

    One statement over all priorities would have to sort everything that is due: after a long pause, or in a first
    crawl, that is most of the table. On PostgreSQL rows that another worker is claiming are skipped; the CTE is
    materialised lest the planner runs the LIMIT more than once.
    """
    free = or_(pages.c.lease_until.is_(None), pages.c.lease_until <= bindparam("now_"))
    due = (
        select(pages.c.id)
        .where(
            pages.c.site == bindparam("site_"),
            pages.c.priority == bindparam("priority_"),
            pages.c.next_visit <= bindparam("now_"),
            free,
        )
        .order_by(pages.c.next_visit)
        .limit(bindparam("limit_"))
        .with_for_update(skip_locked=True)
        .cte("due")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    claimed = update(pages).where(pages.c.id.in_(select(due.c.id))).values(lease_until=bindparam("until_"))
    return claimed.returning(*pages.c)


def _leasing(where: ColumnElement[bool]) -> Any:
    return update(pages).where(where).values(lease_until=bindparam("until_")).returning(*pages.c)


def _claim_ladder() -> Any:
    """Through the index of the pages on a ladder: few, however many others are due."""
    due = (
        select(pages.c.id)
        .where(pages.c.site == bindparam("site_"), pages.c.next_visit <= bindparam("now_"), ON_LADDER, _FREE_NOW)
        .order_by(pages.c.next_visit)
        .limit(bindparam("limit_"))
        .with_for_update(skip_locked=True)
        .cte("due")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    return _leasing(pages.c.id.in_(select(due.c.id)))


def _early(connection: Connection, site: str, now: datetime) -> list[int]:
    """Ids of free pages past half their interval, the earliest first."""
    values = {"site_": site, "now_": now}
    found: list[tuple[datetime, int]] = []
    for priority in connection.execute(LADDER, {"site_": site}).scalars().all():
        rows = connection.execute(_EARLY, {**values, "priority_": priority})
        found += [(row.next_visit, row.id) for row in rows if _past_half(row, now)]
    return [page_id for _, page_id in sorted(found)]


def _past_half(row: Any, now: datetime) -> bool:
    """The interval runs from the last visit to the next one: databases keep the two in different forms."""
    since: float = now.timestamp() - row.last_visit
    return bool(since >= (row.next_visit - now).total_seconds())


def _claimed(rows: Iterable[Row[Any]]) -> list[Page]:
    return sorted((page_of(row._mapping) for row in rows), key=lambda page: (page.next_visit, page.priority, page.id))


_FREE_NOW = or_(pages.c.lease_until.is_(None), pages.c.lease_until <= bindparam("now_"))
LADDER = _ladder()
_CLAIM = _claim()
_CLAIM_LADDER = _claim_ladder()
_CLAIM_THESE = _leasing(and_(pages.c.id.in_(bindparam("ids_", expanding=True)), _FREE_NOW))
_CLAIM_DUE_THESE = _leasing(
    and_(pages.c.id.in_(bindparam("ids_", expanding=True)), pages.c.next_visit <= bindparam("now_"), _FREE_NOW)
)
_EARLY = (
    select(pages.c.id, pages.c.next_visit, pages.c.last_visit)
    .where(
        pages.c.site == bindparam("site_"),
        pages.c.priority == bindparam("priority_"),
        pages.c.next_visit > bindparam("now_"),
        pages.c.state == PageState.LIVE.value,
        pages.c.gone_count + pages.c.failure_count == 0,
        pages.c.last_visit.is_not(None),
        _FREE_NOW,
    )
    .order_by(pages.c.next_visit)
    .limit(AHEAD)
)
