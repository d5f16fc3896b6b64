"""How often is too often: failed logins by name and by address, fetches by user."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from crawler.web.errors import Refused
from crawler.web.words import N_
from storage.archive import Archive
from storage.audit import SERVICE
from storage.records_review import AuditEntry

WINDOW = timedelta(minutes=15)
BY_NAME = 5  # failed logins in a window
BY_ADDRESS = 20
FETCHES = 60  # by one user


def retry_at(before: Sequence[datetime], limit: int, window: timedelta = WINDOW) -> datetime | None:
    """When the next attempt is free again, by the earlier ones in the window, newest first; null: now."""
    return before[limit - 1] + window if len(before) >= limit else None


def attempt(archive: Archive, limits: Mapping[str, int], now: datetime) -> tuple[list[int], datetime | None]:
    """Notes an attempt under each name; returns their ids, and when to try again if that was too often.

    Attempts are noted before they are counted, so that many at a time can't slip through together. One that is
    refused does not count: who waits is let in.
    """
    ids = [archive.attempt(what, now) for what in limits]
    free = [
        at
        for what, limit in limits.items()
        if (at := retry_at(archive.attempts(what, now - WINDOW, limit + 1)[1:], limit)) is not None
    ]
    if free:
        archive.take_back(ids)
    return ids, max(free, default=None)


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
