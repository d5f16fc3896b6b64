"""Mementos: the captures of a page that show what its server answered at a moment."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select

from storage.engine import Store
from storage.records import Capture, Outcome
from storage.rows import capture_of
from storage.tables import captures, pages

_TOLD = (Outcome.REDIRECT.value, Outcome.GONE.value)


@dataclass(frozen=True, kw_only=True)
class Memento:
    capture_id: int
    at: datetime
    status: int  # of HTTP
    digest: str | None  # sha256 of the decoded body


class Mementos(Store):
    """Questions about captures as states of a page."""

    def mementos(self, page_id: int) -> list[Memento]:
        """The page's captures that brought a state of it, oldest first; one a second, the last of it.

        Good answers, redirects, and answers that say that the page is gone, each as the server gave it (RFC 7089,
        4.5.4 and 4.5.5). A refusal or a failure shows no state of the page, nor does "not modified" bring one.
        """
        good = and_(captures.c.status == 200, captures.c.outcome != Outcome.BLOCKED.value)
        told = and_(captures.c.status.is_not(None), captures.c.outcome.in_(_TOLD))
        chosen = (
            select(captures.c.id, captures.c.fetched_at, captures.c.status, captures.c.digest)
            .where(captures.c.page_id == page_id, or_(good, told), captures.c.warc_file.is_not(None))
            .order_by(captures.c.fetched_at, captures.c.id)
        )
        with self.reading() as connection:
            rows = connection.execute(chosen).all()
        found = (Memento(capture_id=number, at=at, status=status, digest=digest) for number, at, status, digest in rows)
        return list({one.at.replace(microsecond=0): one for one in found}.values())

    def own_page(self, site: str, url: str) -> int | None:
        """The id of the page at this canonical URL itself, an alias or not: what was captured there is its own past."""
        chosen = select(pages.c.id).where(pages.c.site == site, pages.c.url == url)
        with self.reading() as connection:
            return connection.execute(chosen).scalar_one_or_none()

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
