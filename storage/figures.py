"""Figures of the archive as a whole: how much there is, and what it is kept in."""

from sqlalchemy import ColumnElement, FromClause, func, select, text

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

    def totals(self, stemmer: str) -> Totals:
        """How much there is. ``stemmer`` names what makes the stems of the text index."""
        upto = func.coalesce(select(marks.c.upto).where(marks.c.stemmer == stemmer).scalar_subquery(), 0)

        def count(of: FromClause) -> ColumnElement[int]:
            return select(func.count()).select_from(of).scalar_subquery()

        waiting = select(func.count()).where(versions.c.id > upto).scalar_subquery()
        with self.reading() as connection:
            row = connection.execute(select(count(versions), count(captures), count(changes), waiting)).one()
        return Totals(versions=row[0], captures=row[1], changes=row[2], unindexed=row[3])

    def database(self) -> Database:
        """What the archive is kept in."""
        kind = self.engine.dialect.name
        with self.reading() as connection:
            revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
            size = connection.execute(text(_SIZES[kind])).scalar_one()
        return Database(kind=kind, revision=str(revision), size=int(size))
