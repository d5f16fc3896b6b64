"""A page's bytes -> the Document a reader sees."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from lxml import etree

from config.site import Extract, Site
from crawler.core import declared, fallback
from crawler.core.errors import ExtractionError
from crawler.core.kinds import kind_of
from crawler.core.language import language_of
from crawler.core.learnt import Learnt
from crawler.core.markdown import Rendered, render
from crawler.core.page import Parsed, parse
from crawler.core.published import Clues, published
from crawler.core.remainder import find_text
from crawler.core.selectors import Without
from crawler.core.titles import title_of
from storage.records import Document, Extractor, PageKind

__all__ = ["ExtractionError", "extract", "read", "second_opinion"]

_ANY_SITE = Extract()
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True)
class _Content:
    rendered: Rendered
    extractor: Extractor
    root: str | None  # the selector that matched


def extract(
    body: bytes, *, url: str, headers: Mapping[str, str], site: Site | None, learnt: Learnt | None = None
) -> Document:
    """Reads a page. Raises ExtractionError, with one line for people, for what is no readable page.

    `url` is the address the body came from; `headers` its response headers with lower-case names, of which
    content-type, link and content-language are read. Where a content selector of the site's profile matches, exactly
    that part of the page is the document, whatever its length; else trafilatura looks for it, in what is left of the
    page without the site's template, where that is `learnt`.
    """
    return read(parse(body, url=url, headers=headers), site=site, learnt=learnt)


def read(page: Parsed, *, site: Site | None, learnt: Learnt | None = None) -> Document:
    """Reads a page that is parsed already, as `extract` does."""
    rules = site.extract if site else _ANY_SITE
    title, heading = title_of(page.tree, selectors=rules.title, suffixes=rules.title_suffix)
    content = _content(page, rules, title, heading, learnt)
    text = content.rendered.text
    canonical = declared.address(page, "canonical")
    classes = declared.body_class(page)
    kind = kind_of(page.tree, site=site, addresses=_addresses(canonical, page.url, site), body_class=classes)
    prefixes = (*site.scope.prefixes, *site.languages) if site else ("ru", "be", "en")
    return Document(
        title=title,
        language=language_of(f"{title}\n{text}", declared=declared.languages(page, prefixes)),
        published=_published(page, rules, text, kind, site, canonical),
        kind=kind,
        markdown=content.rendered.markdown,
        text=text,
        links=content.rendered.links,
        images=content.rendered.images,
        attachments=content.rendered.attachments,
        extractor=content.extractor,
        root=content.root,
        canonical=canonical,
        shortlink=declared.address(page, "shortlink"),
        translations=declared.translations(page),
        body_class=classes,
    )


def second_opinion(body: bytes, url: str, document: Document) -> float:
    """The share (0 to 1) of the document's words that trafilatura finds on the page too.

    Low for a page with much text means that the profile reads the wrong part of it. A document without words agrees
    if trafilatura, too, finds next to nothing.
    """
    page = parse(body, url=url, headers={})
    theirs = Counter(_WORD.findall(fallback.plain_text(page).lower()))
    ours = Counter(_WORD.findall(f"{document.text}".lower()))
    if not ours:
        return 1.0 if theirs.total() < 50 else 0.0
    return (ours & theirs).total() / ours.total()


def _content(
    page: Parsed, rules: Extract, title: str, heading: etree._Element | None, learnt: Learnt | None
) -> _Content:
    match = page.tree.first(rules.content)
    if match is None:
        if learnt is not None and learnt.trusted:
            rendered = find_text(page, learnt, title=title, endings=endings(rules))
        else:
            rendered = fallback.find(page, title=title, endings=endings(rules))
        return _Content(rendered=rendered, extractor=Extractor.TRAFILATURA, root=None)
    selector, root = match
    rendered = render(root, page.base, drop=_left_out(rules, page, heading), attachments=endings(rules))
    return _Content(rendered=rendered, extractor=Extractor.PROFILE, root=selector)


def _left_out(rules: Extract, page: Parsed, heading: etree._Element | None) -> Callable[[etree._Element], bool]:
    """The profile's test for what is not content; the title's own heading is none either."""
    dropped = _without(rules.drop, rules.labels).bound(page.tree)
    if heading is None:
        return dropped
    return lambda element: element is heading or dropped(element)


@lru_cache(maxsize=64)
def _without(drop: tuple[str, ...], labels: tuple[str, ...]) -> Without:
    return Without((*drop, *labels))


def endings(rules: Extract) -> tuple[str, ...]:
    """The profile's file endings as "pdf", however they are written there: "pdf", ".PDF"."""
    return tuple(ending.lower().lstrip("*.") for ending in rules.attachments)


def _addresses(canonical: str | None, url: str, site: Site | None) -> tuple[str, ...]:
    if canonical and site and re.sub(r"^https?://([^/?#]*).*", r"\1", canonical, flags=re.S).lower() in site.hosts:
        return (canonical, url)
    return (url,)


def _published(
    page: Parsed, rules: Extract, text: str, kind: PageKind, site: Site | None, canonical: str | None
) -> str | None:
    if kind is PageKind.LISTING:
        return None
    zone = site.zone if site else ZoneInfo("UTC")
    addresses = tuple(url for url in (canonical, page.url) if url)
    clues = Clues(tree=page.tree, urls=addresses, text=text, zone=zone, news=kind is PageKind.NEWS)
    return published(clues, rules.date)
