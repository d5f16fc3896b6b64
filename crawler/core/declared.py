"""What a page says of its own address and of its siblings in other languages."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from lxml import etree

from crawler.core.language import primary
from crawler.core.page import Parsed

_LINK = re.compile(r"<([^<>]*)>([^<]*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,]+))", re.IGNORECASE)
_SWITCHERS = ("language-switcher-locale-url", "language-switcher-language-url", "block-language", "block-locale")


def address(page: Parsed, relation: str) -> str | None:
    """The absolute address that the page declares as its `canonical` or `shortlink`.

    In HTML, or else in the Link header (RFC 8288).
    """
    for link in page.root.iter("link"):
        if relation in (link.get("rel") or "").lower().split() and (href := (link.get("href") or "").strip()):
            return _joined(page.base, href)
    for target, parameters in _LINK.findall(page.headers.get("link", "")):
        rel = _REL.search(parameters)
        if rel and relation in (rel[1] or rel[2]).lower().split() and target.strip():
            return _joined(page.url, target.strip())
    return None


def translations(page: Parsed) -> tuple[tuple[str, str], ...]:
    """(language, absolute URL) of the page's variants, by `hreflang` or by Drupal's language switcher."""
    found: dict[str, str] = {}
    for language, href in _variants(page):
        if (code := primary(language)) and (url := _joined(page.base, href)):
            found.setdefault(code, url)
    return tuple(found.items())


def languages(page: Parsed, prefixes: tuple[str, ...]) -> tuple[str, ...]:
    """What the page says of its language: `<html lang>`, the URL's prefix, Content-Language."""
    html = page.root
    prefix = urlsplit(page.url).path.strip("/").partition("/")[0].lower()
    said = [html.get("lang"), html.get("xml:lang"), prefix if prefix in prefixes else None]
    return tuple(name for name in (*said, page.headers.get("content-language", "").partition(",")[0]) if name)


def body_class(page: Parsed) -> str:
    """The classes of `<body>`, as the page has them."""
    body = next(page.root.iter("body"), None)
    return " ".join((body.get("class") or "").split()) if body is not None else ""


def _variants(page: Parsed) -> Iterator[tuple[str, str]]:
    for link in page.root.iter("link"):
        if "alternate" in (link.get("rel") or "").lower().split() and link.get("hreflang"):
            yield link.get("hreflang") or "", (link.get("href") or "").strip()
    for anchor in _anchors(page):
        href = (anchor.get("href") or "").strip()
        outer = anchor.getparent()
        item = outer if outer is not None and outer.tag == "li" else anchor
        named = anchor.get("hreflang") or anchor.get("xml:lang") or anchor.get("lang") or item.get("hreflang")
        if href and (language := named or _first_class(item.get("class"))):
            yield language, href


def _anchors(page: Parsed) -> list[etree._Element]:
    """The links of the language switcher, wherever the theme puts it, and links with a language of their own."""
    switchers = [node for name in _SWITCHERS for node in page.tree.select(f".{name}")]
    inside = [anchor for switcher in switchers for anchor in switcher.iter("a")]
    own = [a for a in page.root.iter("a") if a.get("hreflang") or "language-link" in (a.get("class") or "").split()]
    return [*inside, *own]


def _first_class(value: str | None) -> str:
    """The language in Drupal's `<li class="be first">`."""
    return next((name for name in (value or "").split() if re.fullmatch("[a-z]{2}", name)), "")


def _joined(base: str, href: str) -> str | None:
    try:
        joined = urljoin(base, href)
        return joined if urlsplit(joined).scheme in ("http", "https") else None
    except ValueError:
        return None
