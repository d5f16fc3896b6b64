"""The links of a page: every address that its markup sends a reader or a crawler to.

Written for speed, since a page carries hundreds of links and nearly all of them were seen on the page before:
one parse by lexbor, and a memo from the raw href to what it amounts to.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from config.site import Site
from crawler.core.scope import Target, targets

MAX_LINKS = 20_000  # of one page; honest pages have hundreds
MAX_HREF = 4_000  # characters

Page: TypeAlias = bytes | str | LexborHTMLParser

_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"})
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_REFRESH = re.compile(r"""\s*+[\d.]*+\s*+[;,]?\s*+(?:url\s*=\s*)?["']?([^"']+)""", re.IGNORECASE)
_EDGES = "".join(map(chr, range(0x21)))  # what the URL standard strips: C0 controls and space
_INSIDE = {9: None, 10: None, 13: None}


@dataclass(frozen=True, kw_only=True)
class Hrefs:
    """Raw links of a page, each once: the head's, then the others in document order; and what they are relative to."""

    base: str
    raw: tuple[str, ...]


def parse(page: Page) -> LexborHTMLParser:
    """The parsed page. Bytes are read as UTF-8: decode a page in another charset first."""
    if isinstance(page, LexborHTMLParser):
        return page
    return LexborHTMLParser(page.encode("utf-8", "replace") if isinstance(page, str) else page)


def hrefs(page: Page, base_url: str) -> Hrefs:
    """The links of a page, unjoined: ``a``, ``area``, ``link`` next, prev and alternate, and meta refresh.

    ``rel=nofollow`` is a word to search engines about rank: such links are taken. Links to the same page (fragments)
    and those that no server is asked for (mailto:, tel:, javascript:, data:) are left out.
    """
    tree = parse(page)
    found = dict.fromkeys(map(_named, tree.css("link[rel][href], meta[http-equiv][content]")))
    # Apart from the rest, and all in one expression: nearly all of a page's links are here.
    found |= dict.fromkeys([_clean(node.attrs.get("href")) for node in tree.css("a[href], area[href]")])
    return Hrefs(base=_base(tree, base_url), raw=tuple(href for href in found if href)[:MAX_LINKS])


def links(page: Page, base_url: str) -> tuple[str, ...]:
    """The page's links as absolute http(s) URLs, as found otherwise, in document order, each once.

    >>> links('<base href="/ru/"><a href="news#top">', "https://mpt.gov.by/")
    ('https://mpt.gov.by/ru/news',)
    """
    found = hrefs(page, base_url)
    return _joined(found.base, found.raw)


def listing_links(page: Page, base_url: str, site: Site) -> tuple[str, ...]:
    """Addresses of the pages that a listing lists, by the profile's [listing] row and link; empty where none match."""
    tree = parse(page)
    rows = next((rows for css in site.listing.row if (rows := tree.css(css)) and _inside(rows, site)), ())
    found = _inside(rows, site) if rows else next((hit for css in site.listing.link if (hit := tree.css(css))), ())
    named = (_clean(node.attrs.get("href")) for node in found)
    return _joined(_base(tree, base_url), [href for href in named if href])


def next_page(page: Page, base_url: str, site: Site) -> str | None:
    """The address of a listing's next page by the profile's [listing] next, else ``rel=next``; null on the last one."""
    tree = parse(page)
    for css in (*site.listing.next, 'link[rel="next"]', 'a[rel="next"]'):
        for node in tree.css(css):
            found = _joined(_base(tree, base_url), [href] if (href := _clean(node.attrs.get("href"))) else [])
            if found:
                return found[0]
    return None


class LinkCache:
    """What raw hrefs of one site amount to: a memo of a pure function, bounded, oldest entries dropped first."""

    def __init__(self, site: Site, *, size: int = 50_000) -> None:
        self._site = site
        self._size = size
        self._known: dict[tuple[str, str], tuple[Target, ...]] = {}

    def targets(self, found: Hrefs) -> tuple[Target, ...]:
        """The targets of a page's links in document order, each once; out of scope left out."""
        known, anchors = self._known, _Anchors(found.base)
        result: dict[str, Target] = {}
        for href in found.raw:
            key = (anchors.of(href), href)
            targets_here = known.get(key)
            if targets_here is None:
                targets_here = self._learn(key, found.base)
            for target in targets_here:
                result.setdefault(target.url, target)
        return tuple(result.values())

    def _learn(self, key: tuple[str, str], base: str) -> tuple[Target, ...]:
        joined = _joined(base, (key[1],))
        if len(self._known) >= self._size:
            del self._known[next(iter(self._known))]
        self._known[key] = found = targets(joined[0], self._site) if joined else ()
        return found

    def __len__(self) -> int:
        return len(self._known)


class _Anchors:
    """The part of a base URL that decides what an href of each form means."""

    def __init__(self, base: str) -> None:
        self.page = base.partition("#")[0].partition("?")[0]
        self.folder = self.page.rpartition("/")[0]
        self.origin = "/".join(base.split("/", 3)[:3])

    def of(self, href: str) -> str:
        if href[0] == "/":
            return self.origin
        if href[0] == "?":
            return self.page
        return "" if href[:4] in ("http", "HTTP") and "://" in href else self.folder


def _named(node: LexborNode) -> str | None:
    """The address that a ``link`` or ``meta`` element names, if it is one to follow."""
    if node.tag == "meta":
        return _refresh(node)
    return _clean(node.attrs.get("href")) if _followed(node) else None


def _followed(node: LexborNode) -> bool:
    rel = _rel(node)
    return bool(rel & {"next", "prev"}) or _is_feed(node) or ("alternate" in rel and "hreflang" in node.attributes)


def _rel(node: LexborNode) -> set[str]:
    return set((node.attrs.get("rel") or "").lower().split())


def _is_feed(node: LexborNode) -> bool:
    media_type = (node.attrs.get("type") or "").partition(";")[0].strip().lower()
    return "alternate" in _rel(node) and media_type in _FEED_TYPES


def _refresh(node: LexborNode) -> str | None:
    if (node.attrs.get("http-equiv") or "").strip().lower() != "refresh":
        return None
    match = _REFRESH.match(node.attrs.get("content") or "")
    return _clean(match[1]) if match else None


@lru_cache(maxsize=4096)
def _clean(href: str | None) -> str | None:
    """An href as browsers read it (URL standard, 4.4): blanks off, backslashes are slashes; null if not to be asked."""
    if not href or len(href) > MAX_HREF:
        return None
    text = href.strip(_EDGES).translate(_INSIDE).partition("#")[0]
    scheme = _SCHEME.match(text)
    if not text or (scheme and scheme[1].lower() not in ("http", "https")):
        return None
    if "\\" not in text:
        return text
    path, mark, query = text.partition("?")
    return path.replace("\\", "/") + mark + query.replace("\\", "%5C")


def _base(tree: LexborHTMLParser, base_url: str) -> str:
    """The document's base URL: its first ``base href``, where that is http(s)."""
    node = tree.css_first("base[href]")
    href = _clean(node.attrs.get("href")) if node else None
    return next(iter(_joined(base_url, [href])), base_url) if href else base_url


def _joined(base: str, raw: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_absolute(base, raw)))


def _absolute(base: str, raw: Iterable[str]) -> Iterator[str]:
    for href in raw:
        try:
            url = urljoin(base, href)
            parts = urlsplit(url)
        except ValueError:  # a broken IPv6 address, a character that normalises to "/"
            continue
        if parts.scheme in ("http", "https") and parts.netloc:
            yield url


def _inside(rows: Sequence[LexborNode], site: Site) -> list[LexborNode]:
    """In each row the first selector's link."""
    return [hit for row in rows for hit in [next(filter(None, map(row.css_first, site.listing.link)), None)] if hit]
