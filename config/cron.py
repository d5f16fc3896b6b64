"""Cron lines: five fields as crontab(5) reads them, in a time zone."""

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")  # crontab: 0 and 7 are Sunday
_TIME = r"([01]\d|2[0-3]):[0-5]\d"


class BadTime(ValueError):
    """A cron line or hours that are none: a message, and the values that are put into it."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message.format(**values))
        self.message = message
        self.values = values


def cron_trigger(line: str, zone: ZoneInfo) -> "CronTrigger":
    """APScheduler's trigger for a cron line; its own reader would take 0 for Monday.

    Raises ValueError, saying what is wrong, for a line that is none or that never comes.
    """
    from apscheduler.triggers.cron import CronTrigger  # its import takes a tenth of a second

    fields = line.split()
    if len(fields) != 5:
        raise BadTime('give five cron fields (minute hour day month weekday), as "17 */6 * * *"')
    minute, hour, day, month, weekday = fields
    days = _weekday(weekday)
    try:
        trigger = CronTrigger(minute=minute, hour=hour, day=day, month=month.lower(), day_of_week=days, timezone=zone)
    except (ValueError, TypeError) as error:
        raise BadTime('give five cron fields (minute hour day month weekday), as "17 */6 * * *"') from error
    if trigger.get_next_fire_time(None, datetime(2024, 1, 1, tzinfo=zone)) is None:
        raise BadTime("that day never comes; look at the day and the month")
    return trigger


def _weekday(field: str) -> str:
    """The field with the names of days: ``1-5`` is ``mon,tue,wed,thu,fri``; names are taken as they are."""
    return ",".join(_days(part) for part in field.lower().split(","))


def _days(part: str) -> str:
    match = re.fullmatch(r"([0-7])(?:-([0-7]))?(?:/(\d+))?", part)
    if not match or (match[3] and not match[2]):
        return part
    first, last, step = int(match[1]), int(match[2] or match[1]), int(match[3] or 1)
    if last < first or step < 1:
        raise BadTime("{part}: give days from the lower to the higher, with a step of 1 or more", part=part)
    return ",".join(dict.fromkeys(_DAYS[number] for number in range(first, last + 1, step)))


def next_moment(line: str, zone: ZoneInfo, after: datetime) -> datetime:
    """The first moment of the cron line later than ``after``, in the zone."""
    found = cron_trigger(line, zone).get_next_fire_time(None, after.astimezone(zone) + timedelta(microseconds=1))
    if found is None:
        raise ValueError(f"{line} never comes again")
    return found  # type: ignore[no-any-return]


def hours(value: str) -> str:
    """Checks a daily window, as ``22:00-07:00``; one that ends before it begins goes over midnight."""
    text = value.strip()
    start, _, end = text.partition("-")
    if not (re.fullmatch(_TIME, start) and re.fullmatch(_TIME, end)) or start == end:
        raise BadTime('give hours as "08:00-20:00"')
    return text
