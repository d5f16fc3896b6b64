"""The frontier: which pages are known, which are due, and who is visiting them now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select, update

from storage.claims import LADDER, Claims
from storage.discovering import discover_in
from storage.engine import chunks
from storage.locks import lock_sites
from storage.records import Discovery, Named, Page, PageState
from storage.rows import named_columns, named_of, page_of
from storage.tables import aliases, pages, versions

VISITABLE = (PageState.NEW, PageState.LIVE, PageState.HELD, PageState.MISSING, PageState.GONE)


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Sums over the pages that share a budget; rates are weighted, a day."""

    pages: int
    roots: float  # of the square roots of the rates: S of the revisit policy
    rates: float


class Frontier(Claims):
    """Questions and orders about what is to be visited."""

    def discover(self, discoveries: Iterable[Discovery]) -> int:
        """Makes pages of addresses that are neither page nor alias yet; returns how many are new.

        A page that is still NEW takes over a better (lower) priority or depth.
        """
        found = list(discoveries)
        with self.writing() as connection:
            lock_sites(connection, {one.site for one in found})
            return discover_in(connection, found)

    def never_visited(self, site: str, urls: Iterable[str]) -> set[int]:
        """Ids of those of the addresses that are pages nobody has asked for yet."""
        found: set[int] = set()
        with self.reading() as connection:
            for chunk in chunks(dict.fromkeys(urls)):
                never = pages.c.state == PageState.NEW.value, pages.c.last_visit.is_(None), pages.c.failure_count == 0
                chosen = select(pages.c.id).where(pages.c.site == site, pages.c.url.in_(chunk), *never)
                found.update(connection.scalars(chosen).all())
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
            steps = connection.execute(LADDER, {"site_": site}).scalars().all()
            values = {"site_": site, "limit_": limit}
            rows = [row for step in steps for row in connection.execute(_NEXT, {**values, "priority_": step}).all()]
        found = [page_of(row._mapping) for row in rows]
        return sorted(found, key=lambda page: (page.next_visit, page.priority, page.id))[:limit]

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
            steps = connection.execute(LADDER, {"site_": site}).scalars().all()
            steps = [step for step in steps if below is None or step < below]
            firsts = [connection.execute(_FIRST, {"site_": site, "priority_": step}).scalar() for step in steps]
        return min((first for first in firsts if first is not None), default=None)


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


_NAMED = _named()
_NEXT = (
    select(pages)
    .where(
        pages.c.site == bindparam("site_"), pages.c.priority == bindparam("priority_"), pages.c.next_visit.is_not(None)
    )
    .order_by(pages.c.next_visit)
    .limit(bindparam("limit_"))
)
_FIRST = select(func.min(pages.c.next_visit)).where(
    pages.c.site == bindparam("site_"), pages.c.priority == bindparam("priority_")
)
