"""How a report is ordered and worded: sections, weight, observation intervals, safe addresses."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from urllib.parse import urlsplit

from crawler.core.report.entries import Entry
from storage.records import Change, ChangeKind

ELSEWHERE = "Other pages"
KINDS = tuple(ChangeKind)

# (what was seen last, what was seen first): never a claim to know the moment between
_SEEN = {
    ChangeKind.ADDED: ("last seen without it", "first seen"),
    ChangeKind.EDITED: ("last seen as before", "first seen as after"),
    ChangeKind.REMOVED: ("last seen there", "first seen missing"),
    ChangeKind.RESTORED: ("last seen missing", "first seen back"),
    ChangeKind.MOVED: ("last seen at the old address", "first seen at the new one"),
}


def by_section(entries: Sequence[Entry]) -> list[tuple[str, list[Entry]]]:
    """Sections by their weightiest change, in each the weightiest first; the site is named when there are several."""
    several = len({entry.change.site for entry in entries}) > 1
    sections: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=_weight):
        name = entry.change.section or ELSEWHERE
        sections[f"{entry.change.site}: {name}" if several else name].append(entry)
    return list(sections.items())


def _weight(entry: Entry) -> tuple[float, float, str]:
    return -entry.change.significance, -entry.change.first_seen.timestamp(), entry.change.url


def counts(entries: Sequence[Entry]) -> Counter[ChangeKind]:
    """How many changes of each kind."""
    return Counter(entry.change.kind for entry in entries)


def counted(entries: Sequence[Entry]) -> str:
    """``3 changes: 1 added, 2 edited``."""
    found = counts(entries)
    kinds = ", ".join(f"{found[kind]} {kind.value}" for kind in KINDS if found[kind])
    return f"{len(entries)} {'change' if len(entries) == 1 else 'changes'}: {kinds}"


def seen(change: Change) -> Iterator[tuple[str, datetime]]:
    """The observation interval as (what was seen, when)."""
    last, first = _SEEN[change.kind]
    if change.last_seen is not None:
        yield last, change.last_seen
    yield first, change.first_seen


def interval(change: Change, zone: tzinfo, language: str) -> str:
    """``last seen as before 2 Mar 2026, 09:30 — first seen as after 3 Mar 2026, 09:31``."""
    return " — ".join(f"{what} {moment(at, zone, language)}" for what, at in seen(change))


def moment(at: datetime, zone: tzinfo, language: str) -> str:
    """A time in `zone`, in the order and with the month names of `language`."""
    from babel import Locale, UnknownLocaleError  # only a report needs it, and it takes its time
    from babel.dates import format_datetime

    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    return format_datetime(at.astimezone(zone), "d MMM y, HH:mm", locale=locale)


def safe_href(url: str | None) -> str | None:
    """The URL if it may stand behind a link: http or https with a host, no control characters; otherwise null."""
    if not url or any(ord(char) <= 32 or char in '<>"`\x7f' for char in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme.lower() in {"http", "https"} and parts.netloc else None
