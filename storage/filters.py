"""Saved filters of the change queue; saving and forgetting one leaves a row in the audit log."""

from datetime import datetime

from sqlalchemy import delete, select

from storage.audit import note_in
from storage.engine import Store, upsert
from storage.records_review import SavedFilter
from storage.rows_review import filter_of
from storage.said import Said
from storage.tables_review import filters


class Filters(Store):
    """The filters that people have saved."""

    def save_filter(self, owner: str, name: str, query: str, *, now: datetime) -> SavedFilter:
        """Keeps a filter under a name of its owner's; an older one of that name is replaced."""
        if not name.strip():
            raise ValueError(Said("name: give the filter a name"))
        row = {"owner": owner, "name": name.strip(), "query": query, "created_at": now}
        with self.writing() as connection:
            statement = upsert(connection, filters).on_conflict_do_update(
                index_elements=["owner", "name"], set_={"query": query, "created_at": now}
            )
            made = filter_of(connection.execute(statement.returning(*filters.c), row).mappings().one())
            note_in(connection, now, owner, "filter.save", [f"filter {made.id}"], name=made.name, query=query)
        return made

    def filters(self, owner: str) -> list[SavedFilter]:
        """The filters that somebody has saved, by name."""
        chosen = select(filters).where(filters.c.owner == owner).order_by(filters.c.name)
        with self.reading() as connection:
            return [filter_of(row) for row in connection.execute(chosen).mappings().all()]

    def drop_filter(self, filter_id: int, *, owner: str, now: datetime) -> bool:
        """Forgets a filter; false when its owner has none of that id."""
        with self.writing() as connection:
            own = (filters.c.id == filter_id) & (filters.c.owner == owner)
            name = connection.execute(delete(filters).where(own).returning(filters.c.name)).scalar()
            if name is not None:
                note_in(connection, now, owner, "filter.drop", [f"filter {filter_id}"], name=name)
        return name is not None
