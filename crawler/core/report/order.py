"""How a report is ordered: sections by weight; counts, local times, safe addresses."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo
from urllib.parse import urlsplit

from crawler.core.phrases import N_
from crawler.core.report.entries import Entry
from crawler.core.report.grouping import Group, weight
from storage.records import Change, ChangeKind

KINDS = tuple(ChangeKind)

# (what was seen last, what was seen first): never a claim to know the moment between
_SEEN = {
    ChangeKind.ADDED: (N_("last seen without it"), N_("first seen")),
    ChangeKind.EDITED: (N_("last seen as before"), N_("first seen as after")),
    ChangeKind.REMOVED: (N_("last seen there"), N_("first seen missing")),
    ChangeKind.RESTORED: (N_("last seen missing"), N_("first seen back")),
    ChangeKind.MOVED: (N_("last seen at the old address"), N_("first seen at the new one")),
}


def by_section(groups: Sequence[Group]) -> list[tuple[tuple[str, str | None], list[Group]]]:
    """(site, section) with their groups: sections by their weightiest change, in each the weightiest first."""
    sections: defaultdict[tuple[str, str | None], list[Group]] = defaultdict(list)
    for group in sorted(groups, key=lambda group: weight(group.lead)):
        sections[group.lead.change.site, group.lead.change.section].append(group)
    return list(sections.items())


def counts(entries: Iterable[Entry]) -> Counter[ChangeKind]:
    """How many changes of each kind."""
    return Counter(entry.change.kind for entry in entries)


def seen(change: Change) -> Iterator[tuple[str, datetime]]:
    """The observation interval as (what was seen, when), in English; the catalogues know the words."""
    last, first = _SEEN[change.kind]
    if change.last_seen is not None:
        yield last, change.last_seen
    yield first, change.first_seen


def moment(at: datetime, zone: tzinfo, language: str) -> str:
    """A time in `zone`, in the order and with the month names of `language`."""
    from babel import Locale, UnknownLocaleError  # only a report needs it, and it takes its time
    from babel.dates import format_datetime

    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    return format_datetime(at.astimezone(zone), f"{day_pattern(language)}, HH:mm", locale=locale)


def day_pattern(language: str) -> str:
    """How a day is written, as CLDR says patterns; Belarusian months are not cut short: "20 ліс" is a forest."""
    return "d MMMM y" if language.startswith("be") else "d MMM y"


def safe_href(url: str | None) -> str | None:
    """The URL if it may stand behind a link: http or https with a host, no control characters; otherwise null."""
    if not url or any(ord(char) <= 32 or char in '<>"`\x7f' for char in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme.lower() in {"http", "https"} and parts.netloc else None
