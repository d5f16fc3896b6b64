"""Reading changes back, without what people have decided about them (``storage.queue`` asks for both)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from storage.engine import CHUNK, Store, chunks
from storage.records import Change, ChangeKind, What
from storage.rows import change_of
from storage.tables import changes


class Changes(Store):
    """Changes as they were recorded. Streams read in short transactions, so a slow reader never blocks a crawl."""

    def changes(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        site: str | None = None,
        kinds: Sequence[ChangeKind] | None = None,
        min_significance: float = 0.0,
        what: Sequence[What] | None = None,
        page_id: int | None = None,
        run_id: int | None = None,
        group_id: int | None = None,
        include_formatting: bool = False,
        include_members: bool = False,
        limit: int | None = None,
    ) -> list[Change]:
        """Changes first seen in [since, until), newest first; ``what`` asks for any of its parts.

        Left out unless asked for: those of formatting only, and parts of a site-wide event (``group_id`` asks for
        the parts of one). Changes that another one has absorbed are never shown.
        """
        wanted: list[ColumnElement[bool] | None] = [
            changes.c.absorbed.is_(False),
            changes.c.first_seen >= since if since else None,
            changes.c.first_seen < until if until else None,
            changes.c.site == site if site is not None else None,
            changes.c.kind.in_([kind.value for kind in kinds]) if kinds is not None else None,
            changes.c.significance >= min_significance if min_significance else None,
            or_(*(changes.c.what.like(f"%,{part.value},%") for part in what)) if what else None,
            changes.c.page_id == page_id if page_id is not None else None,
            changes.c.run_id == run_id if run_id is not None else None,
            changes.c.group_id == group_id if group_id is not None else None,
            None if include_formatting else changes.c.what != f",{What.FORMATTING.value},",
            None if include_members or group_id is not None else changes.c.group_id.is_(None),
        ]
        chosen = select(changes).where(*(one for one in wanted if one is not None))
        chosen = chosen.order_by(changes.c.first_seen.desc(), changes.c.id.desc()).limit(limit)
        with self.reading() as connection:
            return [change_of(row) for row in connection.execute(chosen).mappings().all()]

    def changes_by_id(self, change_ids: Iterable[int]) -> dict[int, Change]:
        """Changes by their ids; unknown ones are left out."""
        found: dict[int, Change] = {}
        with self.reading() as connection:
            for chunk in chunks(sorted(set(change_ids))):
                rows = connection.execute(select(changes).where(changes.c.id.in_(chunk))).mappings().all()
                found |= {row["id"]: change_of(row) for row in rows}
        return found

    def all_changes(self, site: str | None = None) -> Iterator[Change]:
        """As changes(), those of formatting too, of any number: read a few at a time."""
        asked: list[ColumnElement[bool]] = [changes.c.absorbed.is_(False), changes.c.group_id.is_(None)]
        asked += [changes.c.site == site] if site is not None else []
        chosen = select(changes).where(*asked).order_by(changes.c.first_seen.desc(), changes.c.id.desc()).limit(CHUNK)
        further = chosen
        while True:
            with self.reading() as connection:
                found = [change_of(row) for row in connection.execute(further).mappings().all()]
            yield from found
            if len(found) < CHUNK:
                return
            at, number = found[-1].first_seen, found[-1].id
            further = chosen.where(
                or_(changes.c.first_seen < at, and_(changes.c.first_seen == at, changes.c.id < number))
            )

    def change(self, change_id: int) -> Change | None:
        with self.reading() as connection:
            row = connection.execute(select(changes).where(changes.c.id == change_id)).mappings().one_or_none()
        return change_of(row) if row else None
