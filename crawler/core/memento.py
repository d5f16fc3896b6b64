"""Memento (RFC 7089): which state of a page is meant by a date, and how the others are named."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import unquote

from crawler.core.url_text import ascii_host
from storage.said import Said

LINK_FORMAT = "application/link-format"
RAW = "id_"  # behind the 14 digits, as other archives have it: the bytes as they were
PART = 10_000  # mementos of one TimeMap; more of them stand in several (RFC 7089, section 5.1.1)

_IMF = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) (\w{3}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WRITTEN = re.compile(r"(?:(https?):/*)?([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_ENCODED = re.compile(r"https?%3a", re.IGNORECASE)
_UNSAFE = re.compile(r"[^!#-;=?-\[\]_a-zA-Z~]")  # in a URI reference; "<", ">" and quotes would end it


class BadDate(ValueError):
    """Not a date that Accept-Datetime may hold."""


def accept_datetime(value: str) -> datetime:
    """Reads an Accept-Datetime header: the fixed form of RFC 1123, always GMT (RFC 7089, section 2.1.1).

    >>> accept_datetime("Thu, 31 May 2007 20:35:00 GMT").isoformat()
    '2007-05-31T20:35:00+00:00'
    """
    match = _IMF.fullmatch(value.strip())
    if not match or match[3] not in _MONTHS:
        raise BadDate(Said('give Accept-Datetime as "Thu, 31 May 2007 20:35:00 GMT"'))
    year, month, day = int(match[4]), _MONTHS.index(match[3]) + 1, int(match[2])
    try:
        return datetime(year, month, day, int(match[5]), int(match[6]), int(match[7]), tzinfo=UTC)
    except ValueError as error:
        raise BadDate(Said("there is no such date: {error}", error=str(error))) from error


def original_of(text: str) -> str:
    """The original's address in what stands behind a prefix of ours; raises ValueError for a host that is none.

    Proxies make one slash of two, people leave the scheme out, clients percent-encode the host's letters or all of it.

    >>> original_of("https:/mpt.gov.by/ru?a=1"), original_of("mpt.gov.by"), original_of("http://%D1%8F.by/")
    ('https://mpt.gov.by/ru?a=1', 'http://mpt.gov.by', 'http://xn--41a.by/')
    """
    match = _WRITTEN.fullmatch(unquote(text) if _ENCODED.match(text) else text)
    assert match  # each part may be empty
    host = unquote(match[2])
    return f"{(match[1] or 'http').lower()}://{host if host.isascii() else ascii_host(host)}{match[3]}"


def http_date(at: datetime) -> str:
    """A moment as HTTP headers have it, whole seconds."""
    return format_datetime(at.astimezone(UTC).replace(microsecond=0), usegmt=True)


def stamp(at: datetime) -> str:
    """The 14 digits by which web archives name a moment: ``20070531203500``."""
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S")


def of_stamp(text: str) -> datetime:
    """The moment of 14 digits. Raises BadDate."""
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise BadDate(Said("give the moment as 14 digits: year, month, day, hour, minute, second")) from error


def chosen(moments: Sequence[datetime], wanted: datetime | None) -> int:
    """The index of the memento that stood at the wanted moment: the last one up to it, else the first there is.

    No wish means the most recent one (RFC 7089, section 4.5.3). ``moments`` are in order, and there is one at least.
    """
    if wanted is None:
        return len(moments) - 1
    return max(0, bisect_right([at.replace(microsecond=0) for at in moments], wanted) - 1)


def uri(url: str) -> str:
    """The address as headers may hold it."""
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), url)


def link(url: str, rel: str, **attributes: str) -> str:
    """One value of a Link header (RFC 8288); characters that would end it are percent-encoded."""
    return "; ".join([f"<{uri(url)}>", f'rel="{rel}"', *(f'{name}="{value}"' for name, value in attributes.items())])


def around(moments: Sequence[datetime], index: int, address: "Address") -> list[str]:
    """Links to the memento at ``index`` and to the first, the last and its neighbours; one memento, one link."""
    names: dict[int, list[str]] = {}
    for number, name in ((0, "first"), (len(moments) - 1, "last"), (index - 1, "prev"), (index + 1, "next")):
        if 0 <= number < len(moments):
            names.setdefault(number, []).append(name)
    names.setdefault(index, [])
    return [
        link(address(moments[number]), " ".join([*found, "memento"]), datetime=http_date(moments[number]))
        for number, found in sorted(names.items())
    ]


class Address:
    """Where the memento of a moment is; ``raw`` asks for it as tools do that want the bytes alone."""

    def __init__(self, prefix: str, original: str, *, raw: bool = False) -> None:
        self._prefix = prefix
        self._original = original
        self._mark = RAW if raw else ""

    def __call__(self, at: datetime) -> str:
        return f"{self._prefix}/memento/{stamp(at)}{self._mark}/{self._original}"


def parts(moments: Sequence[datetime], size: int = PART) -> list[tuple[datetime, datetime]]:
    """From and until of each TimeMap that the mementos stand in, in order."""
    return [(some[0], some[-1]) for some in (moments[first : first + size] for first in range(0, len(moments), size))]


def span(of: tuple[datetime, datetime]) -> dict[str, str]:
    """A TimeMap's attributes: its form, and from when until when its mementos are."""
    return {"type": LINK_FORMAT, "from": http_date(of[0]), "until": http_date(of[1])}


def timemap(links: Iterable[str]) -> str:
    """A TimeMap in link format (RFC 6690): one link a line."""
    return ",\n".join(links) + "\n"
