"""Addresses that were found, made pages within the caller's transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select, update

from storage.engine import chunks, upsert
from storage.locks import ensure_site
from storage.records import Discovery, PageState
from storage.rows import discovery_row
from storage.tables import aliases, fits_index, pages

_BETTER = (
    update(pages)
    .where(pages.c.id == bindparam("id_"))
    .values(priority=bindparam("priority_"), depth=bindparam("depth_"))
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
    known: dict[str, Row[Any] | None] = dict.fromkeys(connection.scalars(of_aliases).all())
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
