"""Filters of the change queue as they stand in an address, and as the conditions of a subscription."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from crawler.core.errors import BadField
from crawler.core.phrases import N_
from storage.records import ChangeKind, What
from storage.records_outbox import Subscription
from storage.records_queue import ChangeFilter, Cursor, Order
from storage.records_review import ReviewState
from storage.said import Said

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

MAX_WORDS = 500  # characters

_SHARE = N_('"{text}" is not a number from 0 to 1')
_OUR_TIME = N_('"{text}" is not a date of our time')
_DATE = N_('"{text}" is not a date, as 2026-11-20')


def of_query(params: Mapping[str, Sequence[str] | str] | Iterable[tuple[str, str]] | str) -> ChangeFilter:
    """The filter that an address asks for: a query string, pairs, or a mapping; unknown names are left alone.

    Empty values are no conditions. Raises BadField for a value that means nothing.

    >>> of_query("kind=edited&kind=moved&min=0.5").min_significance
    0.5
    """
    given = _values(params)

    def one(name: str) -> str | None:
        return given.get(name, [None])[-1]

    return ChangeFilter(
        site=one("site"),
        section=one("section"),
        kinds=_members("kind", ChangeKind, given),
        languages=tuple(dict.fromkeys(given.get("language", ()))),
        what=_members("what", What, given),
        min_significance=_share("min", one("min")),
        states=_members("state", ReviewState, given),
        assignee=_assignee(one("assignee")),
        words=_words(one("words")),
        since=_moment("since", one("since")),
        until=_moment("until", one("until")),
        page_id=_number("page", one("page")),
        include_formatting=_flag("formatting", one("formatting")),
        hidden=_flag("hidden", one("hidden")),
        order=_members("order", Order, given)[-1] if "order" in given else Order.SIGNIFICANCE,
    )


def as_query(wanted: ChangeFilter) -> str:
    """The filter as it stands in an address, without "?"; what says nothing is left out.

    >>> as_query(ChangeFilter(site="mpt", kinds=(ChangeKind.EDITED,)))
    'site=mpt&kind=edited'
    """
    pairs: list[tuple[str, Any]] = [
        ("site", wanted.site),
        ("section", wanted.section),
        *(("kind", kind.value) for kind in wanted.kinds),
        *(("language", language) for language in wanted.languages),
        *(("what", part.value) for part in wanted.what),
        ("min", wanted.min_significance or None),
        *(("state", state.value) for state in wanted.states),
        ("assignee", _NOBODY if wanted.assignee == "" else wanted.assignee),
        ("words", wanted.words or None),
        ("since", wanted.since.isoformat() if wanted.since else None),
        ("until", wanted.until.isoformat() if wanted.until else None),
        ("page", wanted.page_id),
        ("formatting", "1" if wanted.include_formatting else None),
        ("hidden", "1" if wanted.hidden else None),
        ("order", None if wanted.order is Order.SIGNIFICANCE else wanted.order.value),
    ]
    return urlencode([(name, value) for name, value in pairs if value is not None])


_NOBODY = "-"  # stands in an address for what is assigned to nobody


def as_subscription(
    wanted: ChangeFilter, *, name: str, channel: str, now: datetime, created_by: str | None = None
) -> Subscription:
    """Who saves a filter can be told of what it finds: the same conditions for changes that come.

    Raises BadField for what a change that is new can't fulfil: states, people, a page, a period.
    """
    lost = {
        "state": wanted.states and ReviewState.NEW not in wanted.states,
        "assignee": wanted.assignee,
        "page": wanted.page_id is not None,
        "until": wanted.until is not None,
    }
    for field, given in lost.items():
        if given:
            raise BadField(field, Said("a subscription tells of new changes; take this condition out"))
    return Subscription(
        name=name,
        channel=channel,
        sites=(wanted.site,) if wanted.site else (),
        sections=(wanted.section,) if wanted.section else (),
        languages=wanted.languages,
        kinds=tuple(kind.value for kind in wanted.kinds),
        what=tuple(part.value for part in wanted.what),
        words=tuple(_subscribed(wanted.words)),
        min_significance=wanted.min_significance,
        created_at=now,
        created_by=created_by,
    )


def as_cursor(cursor: Cursor) -> str:
    """A place in the queue as it stands in an address."""
    value = cursor.value.isoformat() if isinstance(cursor.value, datetime) else repr(float(cursor.value))
    return f"{value}~{cursor.id}"


def of_cursor(text: str, order: Order) -> Cursor:
    """The place that ``as_cursor`` has written. Raises BadField for anything else."""
    value, found, change_id = text.rpartition("~")
    number = _number("after", change_id)
    if not found or number is None:
        raise BadField("after", Said("not a place in this list"))
    if order is Order.TIME:
        moment = _moment("after", value)
        if moment is None:
            raise BadField("after", Said("not a place in this list"))
        return Cursor(value=moment, id=number)
    return Cursor(value=_share("after", value or "?"), id=number)


def _values(params: Mapping[str, Sequence[str] | str] | Iterable[tuple[str, str]] | str) -> dict[str, list[str]]:
    if isinstance(params, str):
        params = parse_qsl(params.removeprefix("?"), max_num_fields=200)
    pairs = params.items() if isinstance(params, Mapping) else params
    found: dict[str, list[str]] = {}
    for name, values in pairs:
        each = [values] if isinstance(values, str) else values
        kept = [value.strip() for value in each if value.strip()]
        if kept:
            found.setdefault(name, []).extend(kept)
    return found


def _members(name: str, of: type[E], given: Mapping[str, Sequence[str]]) -> tuple[E, ...]:
    found = []
    for value in given.get(name, ()):
        if value not in {one.value for one in of}:
            known = [one.value for one in of]
            raise BadField(name, Said('"{text}" is not one of {names}', text=value[:40], names=known))
        found.append(of(value))
    return tuple(dict.fromkeys(found))


def _parsed(name: str, text: str | None, read: Callable[[str], T], wanted: str) -> T | None:
    if text is None:
        return None
    try:
        return read(text)
    except (ValueError, OverflowError) as error:
        raise BadField(name, Said(wanted, text=text[:40])) from error


def _share(name: str, text: str | None) -> float:
    value = _parsed(name, text, float, _SHARE) or 0.0
    if not (math.isfinite(value) and 0 <= value <= 1):
        raise BadField(name, Said(_SHARE, text=str(text)[:40]))
    return value


def _number(name: str, text: str | None) -> int | None:
    if text is not None and not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise BadField(name, Said('"{text}" is not a whole number', text=text[:40]))
    return None if text is None else int(text)


def _moment(name: str, text: str | None) -> datetime | None:
    """A date or date-time; without a zone it is in UTC. A "+" that an address has turned into a blank is put back."""
    value = _parsed(name, text.replace(" ", "+") if text else None, datetime.fromisoformat, _DATE)
    if value is None:
        return None
    return _parsed(
        name,
        text,
        lambda _: value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC),
        N_('"{text}" is not a date of our time'),
    )


def _flag(name: str, text: str | None) -> bool:
    if text not in (None, "0", "1"):
        raise BadField(name, Said('give 1 or 0, not "{text}"', text=str(text)[:40]))
    return text == "1"


def _assignee(text: str | None) -> str | None:
    return "" if text == _NOBODY else text


def _words(text: str | None) -> str:
    if text is not None and len(text) > MAX_WORDS:
        raise BadField("words", Said("at most {most} characters", most=MAX_WORDS))
    return text or ""


def _subscribed(words: str) -> list[str]:
    """The words as a subscription's: it asks for any of them, so several words of a filter are told as one phrase."""
    cleaned = words.replace('"', " ").split()
    if not cleaned:
        return []
    return cleaned if len(cleaned) == 1 else [f'"{" ".join(cleaned)}"']
