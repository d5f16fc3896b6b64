"""Feeds and sitemaps as values: which pages they name, and when each was changed by their word.

RSS 0.9 to 2.0, RDF (RSS 1.0), Atom (RFC 4287), sitemaps and their indexes (sitemaps.org). XML from the web is data:
entities are not declared, nothing is fetched, what is inflated is counted as it comes.
"""

import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from html import unescape
from io import BytesIO
from typing import TypeAlias
from urllib.parse import urljoin, urlsplit

from lxml import etree

from storage.said import Said

MAX_BYTES = 50 * 2**20  # after inflating: the sitemap protocol's own bound
MAX_ENTRIES = 50_000  # likewise
MAX_ELEMENTS = 2_000  # inside of one entry
MAX_TOTAL = 1_000_000  # elements in all: some seconds

Element: TypeAlias = etree._Element


class BadFeed(ValueError):
    """Not a feed that can be read; the message is one line and says why."""


class FeedKind(StrEnum):
    RSS = "rss"
    RDF = "rdf"
    ATOM = "atom"
    SITEMAP = "sitemap"
    SITEMAP_INDEX = "sitemapindex"


@dataclass(frozen=True, kw_only=True)
class Entry:
    url: str  # absolute http(s), as written otherwise
    title: str | None = None
    updated: datetime | None = None  # aware, UTC; of the last change if the feed tells it, else of publication
    published: datetime | None = None
    edited: bool = False  # ``updated`` is the feed's own word on the last change, not only the date of publication
    id: str | None = None  # guid or atom:id, as written


@dataclass(frozen=True, kw_only=True)
class Feed:
    kind: FeedKind
    entries: tuple[Entry, ...]  # in the feed's order, each address once
    whole: bool = True  # False: the XML was broken or cut, there may have been more


_ROOTS = {
    "rss": (FeedKind.RSS, "item"),
    "rdf": (FeedKind.RDF, "item"),
    "feed": (FeedKind.ATOM, "entry"),
    "urlset": (FeedKind.SITEMAP, "url"),
    "sitemapindex": (FeedKind.SITEMAP_INDEX, "sitemap"),
}
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_UPDATED = ("updated", "lastmod", "modified")
_PUBLISHED = ("pubdate", "published", "issued", "date", "created")
_W3C = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_BARE_AMPERSAND = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before the web: a clock that was never set


def read_feed(body: bytes, url: str = "") -> Feed:
    """Reads any kind of feed or sitemap, gzipped or not; ``url`` is what relative links are relative to.

    Broken XML yields what stands before the break and ``whole`` is false. Dates that are none are left out.
    Raises BadFeed when it is no feed at all, declares entities, or nothing can be read.
    """
    text, complete = _inflated(body)
    if b"<!ENTITY" in text.replace(b"\0", b"").upper():  # UTF-16 too
        raise BadFeed(Said("declares XML entities, which no feed needs; not read"))
    reader = _Reader(url)
    reader.read(text)
    if reader.cut and reader.kind and _BARE_AMPERSAND.search(text):
        # The commonest fault, and the parser would take words out of addresses to mend it.
        reader = _Reader(url)
        reader.read(_BARE_AMPERSAND.sub(b"&amp;", text))
    if reader.kind is None:
        raise BadFeed(
            Said(
                "is no feed or sitemap: {why}", why=reader.error or Said("its root is <{root}>", root=str(reader.root))
            )
        )
    return Feed(kind=reader.kind, entries=tuple(reader.entries.values()), whole=complete and not reader.cut)


class _Reader:
    """Entries one by one; every element is forgotten when it is read: memory stays flat whatever the length."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.root: str | None = None
        self.kind: FeedKind | None = None
        self.entries: dict[str, Entry] = {}
        self.cut = False
        self.error: str | None = None
        self._wanted = ""
        self._inside: Element | None = None  # the entry that is being read
        self._elements = 0  # of it
        self._total = 0

    def read(self, text: bytes) -> None:
        events = etree.iterparse(
            BytesIO(text.lstrip(b" \t\r\n")),
            events=("start", "end"),
            recover=True,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            for event, element in events:
                if event == "start":
                    self._begin(element)
                elif self._inside is None or self._inside is element:
                    self._end(element)
                if self.cut:
                    return
        except etree.XMLSyntaxError as error:
            self.error = f"{error}".partition("\n")[0][:200]
        self.cut = bool(self.error or events.error_log.filter_from_errors())
        if self.cut and self.entries and f"</{self.root}>".encode() not in text[-200:].lower():
            self.entries.popitem()  # its address may be half of one

    def _begin(self, element: Element) -> None:
        if self.root is None:
            self.root = _name(element)
            self.kind, self._wanted = _ROOTS.get(self.root, (None, ""))
        elif self._inside is None and _name(element) == self._wanted:
            self._inside, self._elements = element, 0
        self._elements += self._inside is not None
        self._total += 1
        self.cut = self._elements > MAX_ELEMENTS or self._total > MAX_TOTAL or self.kind is None

    def _end(self, element: Element) -> None:
        if self._inside is element:
            self._take(element)
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]

    def _take(self, element: Element) -> None:
        self._inside, self._elements = None, 0
        entry = _entry(element, self.url)
        if entry and len(self.entries) >= MAX_ENTRIES:
            self.cut = True
        elif entry:
            self.entries.setdefault(entry.url, entry)


def _inflated(body: bytes) -> tuple[bytes, bool]:
    """The bytes, gunzipped where they are gzip; and whether that is all of them. Never more than MAX_BYTES."""
    if not body.startswith(b"\x1f\x8b"):
        return body[:MAX_BYTES], len(body) <= MAX_BYTES
    inflate = zlib.decompressobj(wbits=31)
    try:
        text = inflate.decompress(body, MAX_BYTES)
    except zlib.error as error:
        raise BadFeed(Said("is not gzip, though it begins so ({error})", error=str(error))) from error
    return text, inflate.eof


def _name(element: Element) -> str:
    """The tag without its namespace, in lower case: feeds in the wild spell both at will."""
    return str(element.tag).rpartition("}")[2].lower()


def _entry(element: Element, url: str) -> Entry | None:
    fields = [(_name(child), child) for child in element if isinstance(child.tag, str)]
    link = _link(fields)
    absolute = _absolute(_base(element, url), link) if link else None
    if absolute is None:
        return None
    published, updated = _first_date(fields, _PUBLISHED), _first_date(fields, _UPDATED)
    return Entry(
        url=absolute,
        title=next((unescape(text) for name, child in fields if name == "title" and (text := _text(child))), None),
        updated=updated or published,
        published=published,
        edited=updated is not None,
        id=next((text for name, child in fields if name in ("guid", "id") and (text := _text(child))), None),
    )


def _link(fields: list[tuple[str, Element]]) -> str | None:
    """The entry's own address: loc, link text, an alternate link's href, else a guid that says it is one."""
    for name, child in fields:
        if name == "loc" or (name == "link" and not child.get("href")):
            found = _text(child)
        elif name == "link" and child.get("rel", "alternate") == "alternate":
            found = child.get("href", "").strip()
        else:
            continue
        if found:
            return found
    guids = (child for name, child in fields if name == "guid" and child.get("isPermaLink", "true").lower() == "true")
    return next((text for guid in guids if (text := _text(guid)).startswith("http")), None)


def _text(element: Element) -> str:
    """Text of an element and its children, white space collapsed."""
    return " ".join("".join(map(str, element.itertext())).split())


def _base(element: Element, url: str) -> str:
    """xml:base of the entry and what it stands in, outermost first (XML Base)."""
    chain = [element, *element.iterancestors()]
    for part in reversed(chain):
        url = _absolute(url, part.get(_XML_BASE, "")) or url
    return url


def _absolute(base: str, link: str) -> str | None:
    try:
        joined = urljoin(base, link.strip())
        parts = urlsplit(joined)
    except ValueError:
        return None
    return joined if parts.scheme in ("http", "https") and parts.netloc else None


def _first_date(fields: list[tuple[str, Element]], names: tuple[str, ...]) -> datetime | None:
    for wanted in names:
        for name, child in fields:
            found = read_date(_text(child)) if name == wanted else None
            if found:
                return found
    return None


def read_date(text: str) -> datetime | None:
    """An RFC 822 or W3C date as an aware UTC datetime; null for what is neither, or was before the web.

    A date without a zone is taken as UTC, a bare day, month or year as its beginning.
    """
    found = _w3c(text) if _W3C.match(text) else _rfc822(text)
    if found is None:
        return None
    try:
        moment = found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moment if moment >= _EARLIEST else None


def _rfc822(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
        found.utcoffset()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found


def _w3c(text: str) -> datetime | None:
    whole = _W3C.fullmatch(text)
    try:
        if whole:
            return datetime(int(whole[1]), int(whole[2] or 1), int(whole[3] or 1), tzinfo=UTC)
        return datetime.fromisoformat(text)
    except ValueError:
        return None
