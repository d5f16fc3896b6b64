"""Mementos: the captures of a page that show what its server answered at a moment."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from storage.engine import Store
from storage.records import Capture
from storage.rows import capture_of
from storage.tables import captures


@dataclass(frozen=True, kw_only=True)
class Memento:
    capture_id: int
    at: datetime
    digest: str | None  # sha256 of the decoded body


class Mementos(Store):
    """Questions about captures as states of a page."""

    def mementos(self, page_id: int) -> list[Memento]:
        """The page's captures that brought a body with status 200, oldest first; one a second, the last of it."""
        chosen = (
            select(captures.c.id, captures.c.fetched_at, captures.c.digest)
            .where(captures.c.page_id == page_id, captures.c.status == 200, captures.c.warc_file.is_not(None))
            .order_by(captures.c.fetched_at, captures.c.id)
        )
        with self.reading() as connection:
            rows = connection.execute(chosen).all()
        by_second = {at.replace(microsecond=0): (number, at, digest) for number, at, digest in rows}
        return [Memento(capture_id=number, at=at, digest=digest) for number, at, digest in by_second.values()]

    def holder(self, capture: Capture) -> Capture | None:
        """The page's first capture of the same bytes: the one whose WARC record holds the body itself.

        Later ones are revisit records, which refer to it. Null where the capture has no digest.
        """
        if capture.digest is None:
            return None
        same = (captures.c.page_id == capture.page_id) & (captures.c.digest == capture.digest)
        chosen = select(captures).where(same, captures.c.warc_file.is_not(None)).order_by(captures.c.id).limit(1)
        with self.reading() as connection:
            row = connection.execute(chosen).mappings().one_or_none()
        return capture_of(row) if row else None
