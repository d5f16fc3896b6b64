"""Dates: read from words and digits in Russian, Belarusian and English, and found on a page by the profile's order."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, tzinfo
from typing import Any

from lxml import etree

from crawler.core.selectors import alternatives, select

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
_FUTURE = re.compile(
    r"\b(состо[ия]тся|пройд[её]т|будет|будут|планируется|запланирован|адбудзецца|пройдзе|будзе|будуць|плануецца|"
    r"will|is scheduled|are scheduled)\b",
    re.IGNORECASE,
)
_NOT_ITS_OWN = re.compile(r"(?:^|\s)(?:от|ад|до|да|с|со|з|па|по|№|since|from|until|till|by)\s*$", re.IGNORECASE)
_LEAD = 160  # characters of the text in which a news item's own date is looked for
_ARTICLES = ("article", "newsarticle", "blogposting", "report", "pressrelease", "governmentservice", "webpage")
_MAX_JSON = 500_000
_CREATED = re.compile(r"(?:^|[\s:])(?:created|datePublished|issued|dcterms\.created|pubdate|date)(?:\s|$)", re.IGNORECASE)
_PUBLISHED = (
    "article:published_time", "og:article:published_time", "article:published", "og:published_time", "datepublished",
    "dc.date.issued", "dcterms.issued", "dc.date", "dcterms.date", "dc.date.created", "dcterms.created", "pubdate",
    "publish-date", "date",
)  # fmt: skip


def written_dates(text: str) -> Iterator[tuple[date, int, int]]:
    """The full dates written in a text, each with where it starts and ends.

    >>> [str(day) for day, _, _ in written_dates("Постановление от 05.03.2024, дополнено 16 августа 2024 г.")]
    ['2024-03-05', '2024-08-16']
    """
    for match in _WRITTEN.finditer(text):
        part = {key[0]: value for key, value in match.groupdict().items() if value is not None}
        month = int(part["m"]) if "m" in part else _MONTHS[part["n"].lower()]
        if day := _date(int(part["y"]), month, int(part["d"])):
            yield day, match.start(), match.end()


def read_moment(value: str, zone: tzinfo) -> str | None:
    """An ISO date, or an ISO date-time with its offset, out of a machine's or a person's writing; null when there is none.

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
    if _date(moment.year, moment.month, moment.day) is None:
        return None
    if re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", value):
        return moment.date().isoformat()
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).replace(microsecond=0).isoformat()


def _time(match: re.Match[str]) -> time | None:
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _date(year: int, month: int, day: int) -> date | None:
    """The date, if there is such a day and a web page may have been published on it or speak of it."""
    try:
        return date(year, month, day) if 1900 <= year <= 2100 else None
    except ValueError:
        return None


def published(
    root: etree._Element, urls: tuple[str, ...], text: str, *, sources: Iterable[str], zone: tzinfo, news: bool
) -> str | None:
    """When the page says it was published: the first of the profile's sources that gives a date.

    Sources: `jsonld`, `og`, `rdfa[:CSS]`, `time[:CSS]`, `css:CSS`, `url:DD-MM-YYYY`, `lead` (the first 160
    characters, news only). None is better than wrong: nothing is guessed from anywhere else. `zone` is for times
    without an offset.
    """
    for source in sources:
        name, _, argument = source.partition(":")
        found = _from_source(name.strip(), argument.strip(), root, urls, text, zone, news)
        if found and found[:4] >= "1990":
            return found
    return None


def _from_source(
    name: str, argument: str, root: etree._Element, urls: tuple[str, ...], text: str, zone: tzinfo, news: bool
) -> str | None:
    match name:
        case "jsonld":
            values: Iterable[str] = _json_dates(root)
        case "og":
            values = _meta_dates(root)
        case "rdfa":
            values = _rdfa_dates(root, argument)
        case "time":
            values = _time_dates(root, argument)
        case "css":
            values = (_words(element) for css in alternatives(argument) for element in select(root, css)[:3])
        case "url":
            return next((day for url in urls if (day := _url_date(url, argument))), None)
        case "lead":
            return _lead_date(text) if news else None
        case _:
            return None
    return next((moment for value in values if (moment := read_moment(value, zone))), None)


def _json_dates(root: etree._Element) -> Iterator[str]:
    for script in root.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower() or not script.text or len(script.text) > _MAX_JSON:
            continue
        try:
            found = list(_things(json.loads(script.text, strict=False)))
        except (ValueError, RecursionError):
            continue
        for thing in found:
            value = thing.get("datePublished") or thing.get("dateCreated")
            if isinstance(value, str):
                yield value


def _things(value: Any) -> Iterator[dict[str, Any]]:
    """The articles and pages that a JSON-LD script describes, articles first; comments, images and the site left out."""
    flat: list[dict[str, Any]] = []
    queue = [value]
    while queue and len(flat) < 200:
        item = queue.pop(0)
        if isinstance(item, list):
            queue.extend(item)
        elif isinstance(item, dict):
            flat.append(item)
            queue.extend(item[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if isinstance(item.get(key), list | dict))
    ranked = [(_rank(thing), thing) for thing in flat]
    return (thing for rank, thing in sorted(ranked, key=lambda pair: pair[0]) if rank < len(_ARTICLES))


def _rank(thing: dict[str, Any]) -> int:
    kinds = thing.get("@type")
    names = [str(kind).lower() for kind in (kinds if isinstance(kinds, list) else [kinds])]
    return min((_ARTICLES.index(name) for name in names if name in _ARTICLES), default=len(_ARTICLES))


def _meta_dates(root: etree._Element) -> Iterator[str]:
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop")
        if name and meta.get("content"):
            found.setdefault(name.lower(), meta.get("content") or "")
    return (found[name] for name in _PUBLISHED if name in found)


def _scoped(root: etree._Element, css: str) -> Iterator[etree._Element]:
    """The elements that the CSS names, else the body; a page's comments, teasers and sidebars left out."""
    scopes = [element for part in alternatives(css) for element in select(root, part)] if css else list(root.iter("body"))
    for scope in scopes:
        for element in scope.iter():
            if isinstance(element.tag, str):
                yield element


def _rdfa_dates(root: etree._Element, css: str) -> Iterator[str]:
    for element in _scoped(root, css):
        name = element.get("property") or element.get("itemprop")
        if name and _CREATED.search(name) and not _beside(element):
            yield element.get("content") or element.get("datetime") or _words(element)


def _time_dates(root: etree._Element, css: str) -> Iterator[str]:
    for element in _scoped(root, css):
        if element.tag == "time" and not _beside(element):
            yield element.get("datetime") or _words(element)


_BESIDE = re.compile(r"(?:^|[\s_-])(?:comments?|comment-\S+|sidebar\S*|teaser|node-teaser|widget|related|footer|banner)(?:$|[\s_-])", re.I)


def _beside(element: etree._Element) -> bool:
    """Whether it stands in something beside the article: comments, teasers, sidebars, footers."""
    for outer in element.iterancestors():
        if outer.tag in ("aside", "nav", "footer") and outer.get("class", "").find("meta") < 0:
            return True
        if outer.tag != "body" and _BESIDE.search(f"{outer.get('class') or ''} {outer.get('id') or ''}"):
            return True
    return False


def _url_date(url: str, form: str) -> str | None:
    """A date in the URL: `DD-MM-YYYY`, `YYYY-MM-DD`, `YYYY/MM/DD`, ...; with no form given, any of these."""
    for one in [form] if form else ["DD-MM-YYYY", "YYYY-MM-DD", "YYYY/MM/DD", "DD.MM.YYYY"]:
        pattern = re.escape(one).replace("YYYY", r"(?P<y>\d{4})").replace("MM", r"(?P<m>\d{2})").replace("DD", r"(?P<d>\d{2})")
        match = re.search(rf"(?<!\d){pattern}(?!\d)", url.partition("?")[0].partition("#")[0])
        if match and (day := _date(int(match["y"]), int(match["m"]), int(match["d"]))):
            return day.isoformat()
    return None


def _lead_date(text: str) -> str | None:
    """The date that a news item begins with; not one it announces, and not that of an act it cites."""
    lead = text[:_LEAD]
    for day, start, end in written_dates(text[: _LEAD + 20]):
        if start >= _LEAD or _NOT_ITS_OWN.search(lead[:start]):
            continue
        return None if _FUTURE.search(lead[end:]) else day.isoformat()
    return None


def _words(element: etree._Element) -> str:
    return " ".join("".join(text for text in element.itertext() if isinstance(text, str)).split())
