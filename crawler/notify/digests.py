"""Digests: when they are cut."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from config.cron import next_moment
from crawler.core.subscriptions import may_go
from storage.archive import Archive
from storage.records_outbox import Cadence, Delivery

_LOOK_BACK = (timedelta(hours=1), timedelta(days=1), timedelta(days=8), timedelta(days=63), timedelta(days=400))


def cut_due_digests(archive: Archive, now: datetime, *, hold: float = 900.0) -> list[Delivery]:
    """Cuts the digests whose moment has come: for each subscription one, for all its moments since the last.

    ``hold``: seconds that a change waits at most for its run to end (settings.delivery.hold). To be called often.
    """
    made, waiting = list[Delivery](), archive.waiting_for_digests()
    for one in archive.subscriptions(active_only=True) if waiting else ():
        if one.id not in waiting or one.cadence is not Cadence.DIGEST or not one.cron:
            continue
        slot = last_moment(one.cron, one.zone, now)
        if (
            slot is not None
            and slot > one.created_at
            and (cut := archive.cut_digest(one, slot, now, may_go(one, now), hold=hold))
        ):
            made.append(cut)
    return made


def last_moment(cron: str, zone: str, now: datetime) -> datetime | None:
    """The latest moment of a cron line that is not after ``now``; null when there was none for over a year."""
    return _last_moment(cron, zone, now.replace(second=0, microsecond=0))  # cron lines know minutes only


@lru_cache(maxsize=1024)
def _last_moment(cron: str, zone: str, minute: datetime) -> datetime | None:
    where = ZoneInfo(zone)
    for back in _LOOK_BACK:
        found, moment = None, next_moment(cron, where, minute - back - timedelta(seconds=1))
        while moment <= minute:
            found, moment = moment, next_moment(cron, where, moment)
        if found is not None:
            return found.astimezone(UTC)
    return None
