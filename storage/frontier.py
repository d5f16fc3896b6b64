"""The frontier: which pages are known, which are due, and who is visiting them now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, literal, or_, select, update

from storage.engine import Store, chunks, upsert
from storage.records import Discovery, Named, Page, PageState
from storage.rows import discovery_row, named_columns, named_of, page_of
from storage.tables import ON_LADDER, aliases, fits_index, pages, sites, versions

AHEAD = 200  # pages of each priority that are looked at for one that may come early
VISITABLE = (PageState.NEW, PageState.LIVE, PageState.HELD, PageState.MISSING, PageState.GONE)


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Sums over the pages that share a budget; rates are weighted, a day."""

    pages: int
    roots: float  # of the square roots of the rates: S of the revisit policy
    rates: float


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
            for priority in sorted(connection.execute(_LADDER, {"site_": site}).scalars()):
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

    def never_visited(self, site: str, urls: Iterable[str]) -> set[int]:
        """Ids of those of the addresses that are pages nobody has asked for yet."""
        found: set[int] = set()
        with self.reading() as connection:
            for chunk in chunks(dict.fromkeys(urls)):
                never = pages.c.state == PageState.NEW.value, pages.c.last_visit.is_(None), pages.c.failure_count == 0
                chosen = select(pages.c.id).where(pages.c.site == site, pages.c.url.in_(chunk), *never)
                found.update(connection.execute(chosen).scalars())
        return found

    def named(self, site: str, urls: Iterable[str]) -> dict[str, Named]:
        """What the revisit policy knows of the pages at these addresses, aliases followed; unknown ones left out."""
        found: dict[str, Named] = {}
        with self.reading() as connection:
            for chunk in chunks(dict.fromkeys(urls)):
                for row in connection.execute(_NAMED, {"site_": site, "urls_": chunk}).mappings():
                    found[row["asked"]] = named_of(row)
        return found

    def confirmed(self, page_ids: Iterable[int], since: datetime) -> int:
        """How many of the pages were found edited after ``since``, as a feed or sitemap had said they were.

        The edit that it names must be of the last day before ``since``, or later: one that was named and seen long
        ago does not count for each edit that follows.
        """
        recent = since.timestamp() - 86_400
        edited = (versions.c.page_id == pages.c.id) & (versions.c.number == pages.c.version)
        chosen = (
            select(func.count())
            .select_from(pages)
            .join(versions, edited)
            .where(versions.c.number > 1, versions.c.upgrade.is_(False), versions.c.first_seen > since)
            .where(pages.c.hint_modified > recent)
        )
        with self.reading() as connection:
            return sum(
                connection.execute(chosen.where(pages.c.id.in_(ids))).scalar_one() for ids in chunks(sorted(page_ids))
            )

    def upcoming(self, site: str, limit: int) -> list[Page]:
        """The pages whose visits come next, the earliest first."""
        with self.reading() as connection:
            steps = connection.execute(_LADDER, {"site_": site}).scalars().all()
            values = {"site_": site, "limit_": limit}
            rows = [row for step in steps for row in connection.execute(_NEXT, {**values, "priority_": step}).all()]
        found = [page_of(row._mapping) for row in rows]
        return sorted(found, key=lambda page: (page.next_visit, page.priority, page.id))[:limit]

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
        visited = pages.c.last_visit.is_not(None)  # a feed stays NEW, for it has no text
        asked = or_(pages.c.state != PageState.NEW.value, pages.c.failure_count > 0, visited)
        these = (pages.c.site == site) & pages.c.state.in_([state.value for state in states]) & later & asked
        with self.writing() as connection:
            lock_sites(connection, [site])
            return connection.execute(update(pages).where(these).values(next_visit=now)).rowcount

    def demand(self, site: str, *, unseen: bool = False) -> "Demand":
        """What the visits' budget is shared out over: pages that are visited by the policy's plan.

        Gone pages are none of them, nor is what is not to be visited; pages that were never looked at are counted
        with ``unseen`` only, by what is believed of their class.
        """
        root = func.sqrt(pages.c.weight * pages.c.a / pages.c.b)
        weighted = pages.c.weight * pages.c.a / pages.c.b
        planned = and_(
            pages.c.site == site,
            pages.c.state.in_([PageState.NEW.value, PageState.LIVE.value, PageState.HELD.value]),
            pages.c.next_visit.is_not(None),
            pages.c.gone_count == 0,
            pages.c.b > 0,
            *(() if unseen else (pages.c.last_visit.is_not(None),)),
        )
        chosen = select(func.count(), func.sum(root), func.sum(weighted)).where(planned)
        with self.reading() as connection:
            count, roots, rates = connection.execute(chosen).one()
        return Demand(pages=count, roots=float(roots or 0.0), rates=float(rates or 0.0))

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

    def next_due(self, site: str, *, below: int | None = None) -> datetime | None:
        """When the next page is due (perhaps in the past); null when no page is to be visited.

        ``below``: only pages of a better priority than that.
        """
        with self.reading() as connection:
            steps = connection.execute(_LADDER, {"site_": site}).scalars().all()
            steps = [step for step in steps if below is None or step < below]
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
    for priority in connection.execute(_LADDER, {"site_": site}).scalars().all():
        rows = connection.execute(_EARLY, {**values, "priority_": priority})
        found += [(row.next_visit, row.id) for row in rows if _past_half(row, now)]
    return [page_id for _, page_id in sorted(found)]


def _past_half(row: Any, now: datetime) -> bool:
    """The interval runs from the last visit to the next one: databases keep the two in different forms."""
    since: float = now.timestamp() - row.last_visit
    return bool(since >= (row.next_visit - now).total_seconds())


def _claimed(rows: Iterable[Row[Any]]) -> list[Page]:
    return sorted((page_of(row._mapping) for row in rows), key=lambda page: (page.next_visit, page.priority, page.id))


def _named() -> Any:
    """The pages that addresses lead to: their own, or the page that they are an alias of."""
    urls: Any = bindparam("urls_", expanding=True)
    own = select(pages.c.url.label("asked"), func.coalesce(pages.c.alias_of, pages.c.id).label("page_id")).where(
        pages.c.site == bindparam("site_"), pages.c.url.in_(urls)
    )
    other = select(aliases.c.url.label("asked"), aliases.c.page_id).where(
        aliases.c.site == bindparam("site_"), aliases.c.url.in_(urls)
    )
    leading = own.union_all(other).subquery("leading")
    return select(leading.c.asked, *named_columns(pages)).join(pages, pages.c.id == leading.c.page_id)


_FREE_NOW = or_(pages.c.lease_until.is_(None), pages.c.lease_until <= bindparam("now_"))
_NAMED = _named()
_LADDER = _ladder()
_CLAIM = _claim()
_CLAIM_LADDER = _claim_ladder()
_CLAIM_THESE = _leasing(and_(pages.c.id.in_(bindparam("ids_", expanding=True)), _FREE_NOW))
_CLAIM_DUE_THESE = _leasing(
    and_(pages.c.id.in_(bindparam("ids_", expanding=True)), pages.c.next_visit <= bindparam("now_"), _FREE_NOW)
)
_NEXT = (
    select(pages)
    .where(
        pages.c.site == bindparam("site_"), pages.c.priority == bindparam("priority_"), pages.c.next_visit.is_not(None)
    )
    .order_by(pages.c.next_visit)
    .limit(bindparam("limit_"))
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
