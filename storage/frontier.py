"""The frontier: which pages are known, which are due, and who is visiting them now."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, literal, or_, select, update

from storage.engine import Store, chunks, upsert
from storage.records import Discovery, Page, PageState
from storage.rows import discovery_row, page_of
from storage.tables import aliases, fits_index, pages, sites

VISITABLE = (PageState.NEW, PageState.LIVE, PageState.HELD, PageState.MISSING, PageState.GONE)


class Frontier(Store):
    """Questions and orders about what is to be visited."""

    def discover(self, discoveries: Iterable[Discovery]) -> int:
        """Makes pages of addresses that are neither page nor alias yet; returns how many are new.

        A page that is still NEW takes over a better (lower) priority or depth.
        """
        found = list(discoveries)
        with self.writing() as connection:
            lock_sites(connection, {one.site for one in found})
            return discover_in(connection, found)

    def claim_due(self, site: str, now: datetime, limit: int, lease_seconds: float = 600) -> list[Page]:
        """Leases up to ``limit`` due pages, those of the lowest priority number first, then the longest due.

        Nobody else gets them until they are recorded, released, or the lease has run out.
        """
        claimed: list[Row[Any]] = []
        values = {"site_": site, "now_": now, "until_": now + timedelta(seconds=lease_seconds)}
        with self.writing() as connection:
            for priority in sorted(connection.execute(_LADDER, {"site_": site}).scalars()):
                step = {**values, "priority_": priority, "limit_": limit - len(claimed)}
                claimed += connection.execute(_CLAIM, step).all()
                if len(claimed) >= limit:
                    break
        found = [page_of(row._mapping) for row in claimed]
        return sorted(found, key=lambda page: (page.priority, page.next_visit, page.id))

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

    def make_due(self, site: str, now: datetime, *, states: Sequence[PageState] = VISITABLE) -> int:
        """Makes every known page of these states due now; returns how many were not.

        A page that was never asked keeps its turn: if it is not due, it was passed over.
        """
        later = or_(pages.c.next_visit.is_(None), pages.c.next_visit > now)
        asked = or_(pages.c.state != PageState.NEW.value, pages.c.failure_count > 0)
        these = (pages.c.site == site) & pages.c.state.in_([state.value for state in states]) & later & asked
        with self.writing() as connection:
            lock_sites(connection, [site])
            return connection.execute(update(pages).where(these).values(next_visit=now)).rowcount

    def demand(self, site: str) -> float:
        """The sum of sqrt(weight * rate) over live pages, rates a day: what the visits' budget is shared out over."""
        rate = pages.c.weight * pages.c.a / pages.c.b
        live = (pages.c.site == site) & (pages.c.state == PageState.LIVE.value) & (pages.c.b > 0)
        with self.reading() as connection:
            return float(connection.execute(select(func.sum(func.sqrt(rate))).where(live)).scalar() or 0.0)

    def unvisited(self, site: str, now: datetime, *, below: int) -> int:
        """How many due pages of a better priority than ``below`` were never visited well."""
        chosen = select(func.count()).where(
            pages.c.site == site,
            pages.c.priority < below,
            pages.c.next_visit <= now,
            pages.c.state == PageState.NEW.value,
        )
        with self.reading() as connection:
            return int(connection.execute(chosen).scalar_one())

    def next_due(self, site: str) -> datetime | None:
        """When the next page is due (perhaps in the past); null when no page is to be visited."""
        with self.reading() as connection:
            steps = connection.execute(_LADDER, {"site_": site}).scalars().all()
            firsts = [connection.execute(_FIRST, {"site_": site, "priority_": step}).scalar() for step in steps]
        return min((first for first in firsts if first is not None), default=None)


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


_LADDER = _ladder()
_CLAIM = _claim()
_BETTER = (
    update(pages)
    .where(pages.c.id == bindparam("id_"))
    .values(priority=bindparam("priority_"), depth=bindparam("depth_"))
)
_FIRST = select(func.min(pages.c.next_visit)).where(
    pages.c.site == bindparam("site_"), pages.c.priority == bindparam("priority_")
)


def discover_in(connection: Connection, found: Sequence[Discovery], found_at: datetime | None = None) -> int:
    """As Frontier.discover, within the caller's transaction; the caller has locked the sites."""
    new = 0
    for site in dict.fromkeys(discovery.site for discovery in found):
        of_site = [one for one in found if one.site == site and fits_index(one.url)]
        for chunk in chunks(of_site):
            new += _discover_chunk(connection, site, chunk, found_at)
    return new


def _discover_chunk(connection: Connection, site: str, chunk: Sequence[Discovery], found_at: datetime | None) -> int:
    best: dict[str, Discovery] = {}
    for one in sorted(chunk, key=lambda one: (one.priority, one.depth), reverse=True):
        best[one.url] = one
    known = _known_rows(connection, site, list(best))
    _improve(connection, [(known[url], one) for url, one in best.items() if url in known])
    rows = [discovery_row(one, found_at) for url, one in best.items() if url not in known]
    if not rows:
        return 0
    ensure_site(connection, site)
    insert = upsert(connection, pages).on_conflict_do_nothing(index_elements=["site", "url"])
    return len(connection.execute(insert.returning(pages.c.id), rows).all())


def _known_rows(connection: Connection, site: str, urls: Sequence[str]) -> dict[str, Row[Any] | None]:
    """Pages among the URLs, with what a discovery might better; aliases as null."""
    of_pages: Select[Any] = select(pages.c.url, pages.c.id, pages.c.state, pages.c.priority, pages.c.depth).where(
        pages.c.site == site, pages.c.url.in_(urls)
    )
    of_aliases = select(aliases.c.url).where(aliases.c.site == site, aliases.c.url.in_(urls))
    known: dict[str, Row[Any] | None] = dict.fromkeys(connection.execute(of_aliases).scalars())
    for row in connection.execute(of_pages).all():
        known[row.url] = row
    return known


def _improve(connection: Connection, pairs: Iterable[tuple[Row[Any] | None, Discovery]]) -> None:
    better = [
        {"id_": row.id, "priority_": min(one.priority, row.priority), "depth_": min(one.depth, row.depth)}
        for row, one in pairs
        if row is not None and row.state == PageState.NEW and (one.priority < row.priority or one.depth < row.depth)
    ]
    if better:
        connection.execute(_BETTER, better)


def lock_sites(connection: Connection, keys: Iterable[str]) -> None:
    """Lets nobody else write to these sites until the transaction ends.

    PostgreSQL only (SQLite has one writer anyway). Writers of a site touch many pages in no common order; with one
    lock taken first they wait in a line instead of for each other. Claims don't take it: they skip what is locked.
    """
    chosen = select(sites.c.key).where(sites.c.key.in_(sorted(keys))).order_by(sites.c.key)
    connection.execute(chosen.with_for_update(key_share=True))


def ensure_site(connection: Connection, site: str) -> None:
    """Makes the site's row if it is not there."""
    known = connection.execute(select(literal(1)).where(sites.c.key == site)).scalar()
    if known is None:
        connection.execute(upsert(connection, sites).on_conflict_do_nothing(index_elements=["key"]), {"key": site})
