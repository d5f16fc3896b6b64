"""Dates as people and machines write them: Russian, Belarusian and English words, digits, ISO 8601."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, tzinfo

_MONTHS = {
    "января": 1, "февраля": 2, "марта": 3, "апреля": 4, "мая": 5, "июня": 6, "июля": 7, "августа": 8, "сентября": 9,
    "октября": 10, "ноября": 11, "декабря": 12,
    "студзеня": 1, "лютага": 2, "сакавіка": 3, "красавіка": 4, "траўня": 5, "чэрвеня": 6, "ліпеня": 7, "жніўня": 8,
    "верасня": 9, "кастрычніка": 10, "лістапада": 11, "снежня": 12,
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8, "september": 9,
    "october": 10, "november": 11, "december": 12, "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8,
    "sep": 9, "sept": 9, "oct": 10, "nov": 11, "dec": 12,
    "янв": 1, "фев": 2, "мар": 3, "апр": 4, "июн": 6, "июл": 7, "авг": 8, "сен": 9, "сент": 9, "окт": 10, "ноя": 11,
    "нояб": 11, "дек": 12,
}  # fmt: skip
_NAMES = "|".join(sorted(_MONTHS, key=len, reverse=True))
_ENGLISH = "|".join(sorted((name for name in _MONTHS if name.isascii()), key=len, reverse=True))
_WRITTEN = re.compile(
    rf"""(?=[\dA-Z])(?:
        (?<![\d.,/-])(?:
            (?P<y1>\d{{4}})-(?P<m1>\d{{1,2}})-(?P<d1>\d{{1,2}})
          | (?P<d2>\d{{1,2}})[./-](?P<m2>\d{{1,2}})[./-](?P<y2>\d{{4}})
          | (?P<d3>\d{{1,2}})(?:st|nd|rd|th|-го|-га)?\s+(?:of\s+)?(?P<n3>(?i:{_NAMES}))\b\.?,?\s+(?P<y3>\d{{4}})
        )
      | (?<!\w)(?P<n4>(?i:{_ENGLISH}))\.?\s+(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y4>\d{{4}})
    )(?![\d/]|[.,-]\d)""",
    re.VERBOSE,
)
_CLOCK = re.compile(r"\s*(?:г\.|года?)?\s*(?:[,—–-]|в|у|at|T)?\s*(\d{1,2}):(\d{2})(?::(\d{2}))?(?!\d)", re.IGNORECASE)


def written_dates(text: str) -> Iterator[tuple[date, int, int]]:
    """The full dates written in a text, each with where it starts and ends.

    >>> [str(day) for day, _, _ in written_dates("Постановление от 05.03.2024, дополнено 16 августа 2024 г.")]
    ['2024-03-05', '2024-08-16']
    """
    for match in _WRITTEN.finditer(text):
        part = {key[0]: value for key, value in match.groupdict().items() if value is not None}
        month = int(part["m"]) if "m" in part else _MONTHS[part["n"].lower()]
        if day := day_of(int(part["y"]), month, int(part["d"])):
            yield day, match.start(), match.end()


def read_moment(value: str, zone: tzinfo) -> str | None:
    """An ISO date, or date-time with offset, out of a machine's or a person's writing; null if there is none.

    >>> from datetime import UTC
    >>> read_moment("29.04.2021 - 11:40", UTC), read_moment("16 августа 2024 г.", UTC)
    ('2021-04-29T11:40:00+00:00', '2024-08-16')
    """
    value = " ".join(value.split())[:300]
    if found := _iso(value, zone):
        return found
    for day, _, end in written_dates(value):
        clock = _CLOCK.match(value, end)
        hours = _time(clock) if clock else None
        return datetime.combine(day, hours, zone).isoformat() if hours else day.isoformat()
    return None


def _iso(value: str, zone: tzinfo) -> str | None:
    if not re.match(r"\d{4}-?\d{2}-?\d{2}(?:$|[T ]\d{2})", value):
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d{2}:?\d{2}$|Z$)", "", value))
    except ValueError:
        return None
    if day_of(moment.year, moment.month, moment.day) is None:
        return None
    if re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", value):
        return moment.date().isoformat()
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).replace(microsecond=0).isoformat()


def _time(match: re.Match[str]) -> time | None:
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def day_of(year: int, month: int, day: int) -> date | None:
    """The date, if there is such a day and a web page may have been published on it or speak of it."""
    try:
        return date(year, month, day) if 1900 <= year <= 2100 else None
    except ValueError:
        return None
