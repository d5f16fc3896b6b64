"""Hours of the day: when something may begin that is kept to a daily window."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def opening(hours: str | None, zone: ZoneInfo, moment: datetime) -> datetime:
    """The moment itself where it lies within the hours of the zone, else when they begin next; null: always open.

    A window that ends before it begins goes over midnight.

    >>> opening("08:00-20:00", ZoneInfo("Europe/Minsk"), datetime.fromisoformat("2026-03-01T03:00+03:00")).isoformat()
    '2026-03-01T08:00:00+03:00'
    """
    local = moment.astimezone(zone)
    if hours is None:
        return moment
    begin, end = (time.fromisoformat(part) for part in hours.split("-"))
    now = local.time()
    inside = begin <= now < end if begin < end else now >= begin or now < end
    if inside:
        return moment
    today = datetime.combine(local.date(), begin, zone)
    return today if today > local else datetime.combine(local.date() + timedelta(days=1), begin, zone)
