"""Figures of the archive as a whole: how much there is, and what it is kept in."""

from sqlalchemy import ColumnElement, Table, func, select, text

from storage.engine import Store
from storage.records_service import Database, Totals
from storage.tables import captures, changes, versions
from storage.tables_search import marks

_SIZES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


class Figures(Store):
    """Questions about all of it at once; each is answered from an index."""

    def totals(self, stemmer: str, *, most: int) -> Totals:
        """How much there is. ``stemmer`` names what makes the stems of the text index; at most so many versions are
        counted that it does not have.
        """
        upto = func.coalesce(select(marks.c.upto).where(marks.c.stemmer == stemmer).scalar_subquery(), 0)
        waiting = select(versions.c.id).where(versions.c.id > upto).order_by(versions.c.id).limit(most).subquery()
        unindexed = select(func.count()).select_from(waiting).scalar_subquery()
        with self.reading() as connection:
            row = connection.execute(
                select(*(self._count(one) for one in (versions, captures, changes)), unindexed)
            ).one()
        return Totals(versions=row[0], captures=row[1], changes=row[2], unindexed=row[3])

    def _count(self, of: Table) -> ColumnElement[int]:
        """How many rows there are. SQLite numbers them without gaps, as none is ever deleted, and counts slowly."""
        number = func.coalesce(func.max(of.c.id), 0) if self.engine.dialect.name == "sqlite" else func.count()
        counted: ColumnElement[int] = select(number).select_from(of).scalar_subquery()
        return counted

    def database(self) -> Database:
        """What the archive is kept in."""
        kind = self.engine.dialect.name
        with self.reading() as connection:
            revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
            size = connection.execute(text(_SIZES[kind])).scalar_one()
        return Database(kind=kind, revision=str(revision), size=int(size))
