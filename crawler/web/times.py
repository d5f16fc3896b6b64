"""Times and numbers as people of a language read them."""

from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent

from crawler.core.phrases import N_
from crawler.core.report.order import day_pattern
from crawler.i18n import catalogue

KEPT = 5_000  # values of a kind as they were told: what one page shows the next one mostly shows too


def _count(one: str, many: str) -> tuple[str, str]:
    """Marks a message with plural forms."""
    return one, many


_SPANS = (  # seconds, and what so long is called
    (365 * 86_400, *_count("%(n)s year", "%(n)s years")),
    (30 * 86_400, *_count("%(n)s month", "%(n)s months")),
    (7 * 86_400, *_count("%(n)s week", "%(n)s weeks")),
    (86_400, *_count("%(n)s day", "%(n)s days")),
    (3_600, *_count("%(n)s hour", "%(n)s hours")),
    (60, *_count("%(n)s minute", "%(n)s minutes")),
    (1, *_count("%(n)s second", "%(n)s seconds")),
)
_UNITS = {"B": N_("B"), "KiB": N_("KiB"), "MiB": N_("MiB"), "GiB": N_("GiB"), "TiB": N_("TiB")}


@lru_cache(KEPT)
def moment(at: datetime, zone: tzinfo, language: str) -> str:
    """Date and time to the minute: "5 Mar 2026, 12:00"."""
    return format_datetime(at, f"{day_pattern(language)}, HH:mm", tzinfo=zone, locale=language)


@lru_cache(KEPT)
def exact(at: datetime, zone: tzinfo, language: str) -> str:
    """To the second, with the zone: for who wants to know."""
    return format_datetime(at, "d MMMM y, HH:mm:ss ZZZZ", tzinfo=zone, locale=language)


def day(at: date | datetime, zone: tzinfo, language: str) -> str:
    """The date alone, in the zone."""
    return format_date(at.astimezone(zone) if isinstance(at, datetime) else at, day_pattern(language), locale=language)


def ago(at: datetime, now: datetime, language: str) -> str:
    """How far from now: "3 hours ago", "in 2 minutes"."""
    return format_timedelta(at - now, add_direction=True, locale=language)


def span(length: timedelta, language: str) -> str:
    """A length of time in the largest unit that it fills: "3 days". Babel's Belarusian has other forms than people."""
    seconds = length.total_seconds()
    unit, one, many = next((each for each in _SPANS if seconds >= 1.2 * each[0]), _SPANS[-1])
    count = max(1, round(seconds / unit))
    return catalogue(language).ngettext(one, many, count) % {"n": number(count, language)}


@lru_cache(KEPT)
def weight(value: float, language: str) -> str:
    """A significance with two decimals: "0.70"."""
    return format_decimal(value, "0.00", locale=language)


@lru_cache(KEPT)
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
    return f"{format_decimal(round(amount, 1), locale=language)}\u00a0{catalogue(language).gettext(_UNITS[unit])}"
