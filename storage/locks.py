"""The rows of sites: made when first needed, locked by who writes."""

from collections.abc import Iterable

from sqlalchemy import Connection, literal, select

from storage.engine import upsert
from storage.tables import sites


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
