"""Addresses of a list's neighbours: the one that is shown, with some of its conditions changed."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from urllib.parse import urlencode

from fastapi import Request

LONGEST = 2_000  # characters of a condition that are carried on


def neighbour(request: Request, **other: object) -> str:
    """The address of this request with other values of some conditions; null, false and empty ones are left out."""
    kept = [(name, value[:LONGEST]) for name, value in request.query_params.multi_items() if name not in other]
    kept += [(name, "1" if value is True else str(value)) for name, value in other.items() if value]
    query = urlencode([(name, value) for name, value in kept if value])
    return f"{request.url.path}?{query}" if query else request.url.path


def day_begins(text: str, zone: tzinfo, *, after: int = 0) -> datetime | None:
    """Midnight of a day as date fields send it, so many days after it; null for an empty one.

    Raises ValueError for what is no day, and for one at the ends of the calendar.
    """
    if not text.strip():
        return None
    try:
        return datetime.combine(date.fromisoformat(text.strip()) + timedelta(days=after), time(), zone).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(text) from error
