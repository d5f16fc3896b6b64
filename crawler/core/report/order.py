"""How a report is ordered: sections by weight; counts, local times, safe addresses."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from urllib.parse import urlsplit

from crawler.core.report.entries import Entry
from crawler.core.report.grouping import Group, weight
from storage.records import ChangeKind

KINDS = tuple(ChangeKind)


def by_section(groups: Sequence[Group]) -> list[tuple[tuple[str, str | None], list[Group]]]:
    """(site, section) with their groups: sections by their weightiest change, in each the weightiest first."""
    sections: defaultdict[tuple[str, str | None], list[Group]] = defaultdict(list)
    for group in sorted(groups, key=lambda group: weight(group.lead)):
        sections[group.lead.change.site, group.lead.change.section].append(group)
    return list(sections.items())


def counts(entries: Iterable[Entry]) -> Counter[ChangeKind]:
    """How many changes of each kind."""
    return Counter(entry.change.kind for entry in entries)


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
