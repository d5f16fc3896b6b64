"""Filling the text index of all versions.

It holds stems that the caller makes, the same on both databases. A row's id is the page's and the version's number in
one, so that matches are gathered by page without reading anything but the index.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, text

from storage.engine import Store
from storage.locks import lock_sites
from storage.records_search import Stemmed, Unindexed
from storage.tables import sites, versions
from storage.tables_search import marks

NUMBERS = 20  # bits of a row's id that hold the version's number
MAX_LEXEMES = 900_000  # bytes of one tsvector: PostgreSQL takes less than a megabyte
MAX_PLACE = 16_383  # PostgreSQL's last word position; words behind it are found, phrases there are not
MAX_PLACES = 255  # positions that PostgreSQL keeps of one word


class Indexing(Store):
    """Full text of all versions. Filling it is safe to repeat, to interrupt, and to do from several processes."""

    def unindexed(self, stemmer: str, limit: int = 200) -> list[Unindexed]:
        """Versions that the index does not have, oldest first. ``stemmer`` names what makes the stems."""
        chosen = (
            select(*(versions.c[name] for name in ("id", "page_id", "number", "language", "title", "text")))
            .where(versions.c.id > _upto(stemmer))
            .order_by(versions.c.id)
            .limit(limit)
        )
        with self.reading() as connection:
            return [Unindexed(**row) for row in connection.execute(chosen).mappings().all()]

    def index(self, stemmer: str, rows: Sequence[Stemmed]) -> int:
        """Takes versions into the index, as ``unindexed`` gave them; returns how many of them it did not have.

        All or nothing. Where the stems in the index were made by another stemmer, the index begins anew.
        """
        with self.writing() as connection:
            # with the sites' locks held no version with a lower id is still to be committed: ids are a true mark
            lock_sites(connection, connection.execute(select(sites.c.key)).scalars())
            _begin_anew(connection, stemmer)
            fresh = _next(connection, stemmer, rows)
            if fresh:
                _write(connection, fresh)
                connection.execute(delete(marks))
                connection.execute(insert(marks).values(stemmer=stemmer, upto=fresh[-1].id))
        return len(fresh)


def _upto(stemmer: str) -> ColumnElement[int]:
    found = select(marks.c.upto).where(marks.c.stemmer == stemmer).scalar_subquery()
    return func.coalesce(found, 0)


def _begin_anew(connection: Connection, stemmer: str) -> None:
    """Empties an index whose stems another stemmer has made."""
    if connection.execute(delete(marks).where(marks.c.stemmer != stemmer)).rowcount:
        empty = "INSERT INTO stems(stems) VALUES ('delete-all')" if sqlite(connection) else "DELETE FROM stems"
        connection.execute(text(empty))


def _next(connection: Connection, stemmer: str, rows: Sequence[Stemmed]) -> list[Stemmed]:
    """Those of the rows that follow what is indexed, without a gap between them."""
    given = {row.id: row for row in rows}
    after = select(versions.c.id).where(versions.c.id > _upto(stemmer), versions.c.id <= max(given, default=0))
    fresh: list[Stemmed] = []
    for version_id in connection.execute(after.order_by(versions.c.id)).scalars():
        if version_id not in given:
            break
        fresh.append(given[version_id])
    return fresh


def _write(connection: Connection, rows: Sequence[Stemmed]) -> None:
    ids = [row.page_id << NUMBERS | row.number for row in rows]
    if sqlite(connection):
        values = [{"id": i, "title": row.title, "body": row.text} for i, row in zip(ids, rows, strict=True)]
        connection.execute(text("INSERT INTO stems(rowid, title, body) VALUES (:id, :title, :body)"), values)
    else:
        values = [{"id": i, "words": _vector(row)} for i, row in zip(ids, rows, strict=True)]
        connection.execute(text("INSERT INTO stems(rowid, words) VALUES (:id, CAST(:words AS tsvector))"), values)


def sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _vector(row: Stemmed) -> str:
    """A tsvector as PostgreSQL reads it, words of the title with weight A; what does not fit into one is left out."""
    places: dict[str, list[str]] = {}
    title, size = row.title.split(), 0
    for place, stem in enumerate([*title, "", *row.text.split()], start=1):  # a gap: no phrase spans title and text
        if stem and stem not in places:
            size += len(stem.encode()) + 8
        if size > MAX_LEXEMES:
            break
        if stem and len(stem) <= 500 and len(known := places.setdefault(stem, [])) < MAX_PLACES:
            size += 2
            known.append(f"{min(place, MAX_PLACE)}{'A' if place <= len(title) else ''}")
    return " ".join(f"{quoted(stem, chr(39))}:{','.join(known)}" for stem, known in places.items())


def quoted(stem: str, mark: str) -> str:
    """A stem as both databases' query languages take it."""
    return mark + stem.replace("\\", "").replace(mark, "") + mark
