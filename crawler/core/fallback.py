"""The text of a page whose template nobody has described: trafilatura finds it, our own writer writes it.

The call is the one that did best on pages of this kind: recall before precision, everything kept that it can keep.
"""

from typing import Any

from lxml import etree

from crawler.core.errors import ExtractionError
from crawler.core.markdown import Drop, Rendered, render
from crawler.core.page import Parsed, tree
from crawler.core.titles import words_of

_PRUNED = [
    "//header[not(ancestor::article or ancestor::main)]",
    "//footer[not(ancestor::article or ancestor::main)]", "//nav",
    "//aside[not(ancestor::article)]", "//form", "//script", "//style", "//noscript", "//template",
    "//*[contains(@class, 'sidebar') or contains(@id, 'sidebar')][not(self::body or self::html)]",
    "//*[contains(@class, 'breadcrumb') or contains(@id, 'breadcrumb')]",
    "//*[contains(concat(' ', normalize-space(@class), ' '), ' pager ') or contains(@class, 'pagination')]",
    "//*[@id='header' or @id='footer' or @id='comments']",
    "//*[@role='navigation' or @role='banner' or @role='contentinfo']",
    "//*[contains(@class, 'cookie-') or contains(@class, 'social-share') or contains(@class, 'share-buttons')]",
]  # fmt: skip
_OPTIONS: dict[str, Any] = {
    "fast": True, "favor_recall": True, "include_links": True, "include_formatting": True, "include_tables": True,
    "include_images": True, "include_comments": False, "deduplicate": False,
}  # fmt: skip
_COMPILED = [etree.XPath(path) for path in _PRUNED]
_SHORT = 250  # characters under which trafilatura often finds a sidebar, or glues paragraphs
_MUCH_MORE = 2  # times the text: then there is more on the page than its content
_LIKELY_ROOTS = ("main", "article", "body")


def find(page: Parsed, *, title: str, endings: tuple[str, ...]) -> Rendered:
    """The page's text as trafilatura sees it, in our dialect; where it sees next to nothing, all there is.

    Headings that only repeat the title are left out.

    Raises ExtractionError for a page that is too deep for it.
    """
    found = _found(page)
    rendered = render(tree(found.encode()), page.base, drop=_repeats(title), attachments=endings) if found else None
    if rendered is not None and len(rendered.text) >= _SHORT:
        return rendered
    whole = _whole(page, title, endings)
    if rendered is not None and rendered.text and len(whole.text) > _MUCH_MORE * len(rendered.text):
        return rendered
    return whole


def plain_text(page: Parsed) -> str:
    """trafilatura's own plain text of a page: the second opinion. Empty when it finds none."""
    from trafilatura import extract as find_text

    try:
        return (
            find_text(
                page.source.decode("utf-8"),
                url=page.url,
                fast=True,
                favor_recall=True,
                include_comments=False,
                include_tables=True,
            )
            or ""
        )
    except RecursionError as error:
        raise ExtractionError("too deep for the second opinion") from error


def _found(page: Parsed) -> str | None:
    from trafilatura import extract as find_html

    try:
        found = find_html(
            page.source.decode("utf-8"), url=page.url, output_format="html", prune_xpath=_PRUNED, **_OPTIONS
        )
    except RecursionError as error:
        raise ExtractionError("too deep: elements within elements beyond what the extractor bears") from error
    return found if isinstance(found, str) else None


def _repeats(title: str) -> Drop:
    """The test for headings that say nothing but the title."""
    return lambda element: element.tag in ("h1", "h2") and words_of(element) == title


def _matches(path: etree.XPath, root: etree._Element) -> list[etree._Element]:
    found = path(root)
    return [element for element in found if isinstance(element, etree._Element)] if isinstance(found, list) else []


def _whole(page: Parsed, title: str, endings: tuple[str, ...]) -> Rendered:
    """Everything in the likeliest root but headers, footers and navigation: better than nothing for a short page."""
    pruned = {element for path in _COMPILED for element in _matches(path, page.root)}
    repeats = _repeats(title)
    for tag in _LIKELY_ROOTS:
        for element in page.root.iter(tag):
            rendered = render(element, page.base, drop=lambda e: e in pruned or repeats(e), attachments=endings)
            if rendered.text:
                return rendered
    return render(page.root, page.base, drop=lambda e: e in pruned or repeats(e), attachments=endings)
