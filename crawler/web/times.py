"""Times and numbers as people of a language read them."""

from datetime import date, datetime, tzinfo

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent


def moment(at: datetime, zone: tzinfo, language: str) -> str:
    """Date and time to the minute: "5 Mar 2026, 12:00"."""
    return format_datetime(at, "d MMM y, HH:mm", tzinfo=zone, locale=language)


def exact(at: datetime, zone: tzinfo, language: str) -> str:
    """To the second, with the zone: for who wants to know."""
    return format_datetime(at, "d MMMM y, HH:mm:ss zzz", tzinfo=zone, locale=language)


def day(at: date | datetime, zone: tzinfo, language: str) -> str:
    """The date alone, in the zone."""
    return format_date(at.astimezone(zone) if isinstance(at, datetime) else at, "d MMM y", locale=language)


def ago(at: datetime, now: datetime, language: str) -> str:
    """How far from now: "3 hours ago", "in 2 minutes"."""
    return format_timedelta(at - now, add_direction=True, locale=language)


def number(value: float, language: str) -> str:
    return format_decimal(value, locale=language)


def percent(share: float, language: str) -> str:
    """A share of 1; what is not nothing is not told as nothing."""
    return format_percent(share, format="0.#%" if 0 < share < 0.01 else "0%", locale=language)


def size(value: int, language: str) -> str:
    """Bytes in the unit that keeps the number short."""
    amount, unit = float(value), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{format_decimal(round(amount, 1), locale=language)} {unit}"
