"""Looks: the captures of a page in some time, as the evidence behind a change or a version."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from storage.engine import Store
from storage.records import Capture
from storage.rows import capture_of
from storage.tables import captures


class Looks(Store):
    """Questions about what the visits of a page brought."""

    def looks(
        self,
        page_ids: Collection[int],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        run_id: int | None = None,
        also: Collection[int] = (),
        limit: int = 50,
    ) -> list[Capture]:
        """The captures of these pages in [since, until], newest first, at most so many.

        ``run_id``: those of this run too, whenever they were; ``also``: these captures (by id) besides.
        """
        within: list[ColumnElement[bool]] = []
        within += [captures.c.fetched_at >= since] if since else []
        within += [captures.c.fetched_at <= until] if until else []
        asked: ColumnElement[bool] = and_(captures.c.page_id.in_(page_ids), *within)
        if run_id is not None:
            asked = or_(asked, and_(captures.c.page_id.in_(page_ids), captures.c.run_id == run_id))
        newest = select(captures).where(asked).order_by(captures.c.id.desc()).limit(limit)
        with self.reading() as connection:
            found = {row["id"]: capture_of(row) for row in connection.execute(newest).mappings().all()}
            missing = [number for number in also if number not in found]
            rest = select(captures).where(captures.c.id.in_(missing))
            found |= {row["id"]: capture_of(row) for row in connection.execute(rest).mappings().all()}
        return [found[number] for number in sorted(found, reverse=True)]
