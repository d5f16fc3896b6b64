"""How often is too often: failed logins by name and by address, fetches and test messages by user."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from crawler.web.context import Web
from crawler.web.errors import Refused
from crawler.web.words import N_
from storage.archive import Archive
from storage.audit import SERVICE
from storage.records_review import AuditEntry

WINDOW = timedelta(minutes=15)
BY_NAME = 5  # failed logins in a window
BY_ADDRESS = 20
FETCHES = 60  # by one user
TESTS = 10  # test messages that one user sends, to whatever address
AT_ONCE = 8  # passwords checked or waiting for it: each holds one of the 40 threads that answer all requests

_places = threading.BoundedSemaphore(AT_ONCE)


def retry_at(before: Sequence[datetime], limit: int, window: timedelta = WINDOW) -> datetime | None:
    """When the next attempt is free again, by the earlier ones in the window, newest first; null: now."""
    return before[limit - 1] + window if len(before) >= limit else None


def attempt(archive: Archive, limits: Mapping[str, int], now: datetime) -> tuple[list[int], datetime | None]:
    """Notes an attempt under each name; returns their ids, and when to try again if that was too often.

    Attempts are noted before they are counted, so that many at a time can't slip through together. One that is
    refused does not count: who waits is let in. Who is over the limit already is refused without a write.
    """
    if (free := _free(archive, limits, now, own=0)) is not None:
        return [], free
    ids = [archive.attempt(what, now) for what in limits]
    if (free := _free(archive, limits, now, own=1)) is not None:
        archive.take_back(ids)
    return ids, free


def _free(archive: Archive, limits: Mapping[str, int], now: datetime, *, own: int) -> datetime | None:
    """When all of the limits are free again, one's own noted attempts left out; null: now."""
    found = [
        at
        for what, limit in limits.items()
        if (at := retry_at(archive.attempts(what, now - WINDOW, limit + own)[own:], limit)) is not None
    ]
    return max(found, default=None)


def of_user(web: Web, what: str, limit: int) -> None:
    """Counts one more of what a user may do so often. Raises Refused when it is too often."""
    _, free = attempt(web.archive, {what: limit}, web.now)
    if free is not None:
        raise too_often(free, web.now)


@contextmanager
def place() -> Iterator[None]:
    """A place among those whose password is being checked. Refused when all are taken: nobody queues for long."""
    if not _places.acquire(blocking=False):
        raise Refused(503, N_("Too many log in at this moment. Try again in a minute."), headers={"Retry-After": "60"})
    try:
        yield
    finally:
        _places.release()


def note_wait(archive: Archive, limits: Mapping[str, int], subjects: Iterable[str], now: datetime) -> None:
    """Notes in the audit log, by the subject of each limit, the failure that reached it: that one, not each of them."""
    for (what, limit), subject in zip(limits.items(), subjects, strict=True):
        if len(archive.attempts(what, now - WINDOW, limit)) == limit:
            waits = AuditEntry(at=now, actor=SERVICE, action="login.wait", subject=subject, detail={"times": limit})
            archive.note_audit(waits)


def too_often(free: datetime, now: datetime) -> Refused:
    """The refusal, with the seconds to wait."""
    seconds = max(1, round((free - now).total_seconds()))
    message = N_("Too many attempts. Try again in %(minutes)s min.")
    return Refused(429, message, headers={"Retry-After": str(seconds)}, minutes=-(-seconds // 60))
