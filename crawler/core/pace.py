"""When to try again: Retry-After, back-off, how many times."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

MAX_TRIES: Final = 6  # of one address in one run, where the server asks us to wait
NETWORK_TRIES: Final = 3  # after failures of the network and server errors
MAX_WAIT: Final = 3600.0  # seconds: Retry-After is honoured up to here
SERVER_ERRORS: Final = frozenset({500, 502, 503, 504, 520, 521, 522, 523, 524})


@dataclass(frozen=True, kw_only=True)
class Haste:
    """What somebody who waits for a single page is spared; a crawl is spared nothing."""

    patience: float | None = None  # seconds that a host's rest is waited for; null: any
    robots_age: float = 0.0  # seconds for which a robots.txt that another run was given is believed


PATIENT: Final = Haste()


def retry_after(value: str | None, *, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header (RFC 9110 10.2.3): a number or a date; capped; null when unreadable.

    >>> retry_after("120", now=datetime(2026, 1, 1, tzinfo=UTC))
    120.0
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text[:12]), MAX_WAIT))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), MAX_WAIT)


def back_off(tries: int, *, first: float) -> float:
    """Seconds to wait after so many tries: doubling, capped.

    >>> [back_off(n, first=2) for n in (1, 2, 3)]
    [2.0, 4.0, 8.0]
    """
    return min(first * 2.0 ** min(tries - 1, 20), MAX_WAIT)


def wants_pause(status: int, value: str | None, *, now: datetime) -> bool:
    """Whether the answer asks the whole host's requests to wait: 429 always, 503 when it says until when."""
    return status == 429 or (status == 503 and retry_after(value, now=now) is not None)
