"""The text of a page whose template nobody has described: trafilatura finds it, our own writer writes it.

The call is the one that did best on pages of this kind: recall before precision, everything kept that it can keep.
"""

from typing import Any

from lxml import etree

from crawler.core.errors import ExtractionError
from crawler.core.markdown import Rendered, render
from crawler.core.page import Parsed, tree

_PRUNED = [
    "//header[not(ancestor::article or ancestor::main)]", "//footer[not(ancestor::article or ancestor::main)]", "//nav",
    "//aside[not(ancestor::article)]", "//form", "//script", "//style", "//noscript", "//template",
    "//*[contains(@class, 'sidebar') or contains(@id, 'sidebar')][not(self::body or self::html)]",
    "//*[contains(@class, 'breadcrumb') or contains(@id, 'breadcrumb')]",
    "//*[contains(concat(' ', normalize-space(@class), ' '), ' pager ') or contains(@class, 'pagination')]",
    "//*[@id='header' or @id='footer' or @id='comments' or @role='navigation' or @role='banner' or @role='contentinfo']",
    "//*[contains(@class, 'cookie-') or contains(@class, 'social-share') or contains(@class, 'share-buttons')]",
]  # fmt: skip
_LIKELY_ROOTS = ("main", "article", "body")


def find(page: Parsed, *, endings: tuple[str, ...]) -> Rendered:
    """The page's text as trafilatura sees it, in our dialect; where it sees nothing, all there is. Raises ExtractionError."""
    found = _found(page)
    if found is not None:
        rendered = render(tree(found), page.base, attachments=endings)
        if rendered.text or rendered.links or rendered.images:
            return rendered
    return _whole(page, endings)


def plain_text(page: Parsed) -> str:
    """trafilatura's own plain text of a page: the second opinion. Empty when it finds none."""
    from trafilatura import extract as find_text

    try:
        return find_text(page.source, url=page.url, fast=True, favor_recall=True, include_comments=False, include_tables=True) or ""
    except RecursionError as error:
        raise ExtractionError("too deep for the second opinion") from error


def _found(page: Parsed) -> str | None:
    from trafilatura import extract as find_html

    options: dict[str, Any] = dict(
        fast=True, favor_recall=True, include_links=True, include_formatting=True, include_tables=True, include_images=True,
        include_comments=False, deduplicate=False,
    )  # fmt: skip
    try:
        found = find_html(page.source, url=page.url, output_format="html", prune_xpath=_PRUNED, **options)
    except RecursionError as error:
        raise ExtractionError("too deep: elements within elements beyond what the extractor bears") from error
    return found if isinstance(found, str) else None


def _whole(page: Parsed, endings: tuple[str, ...]) -> Rendered:
    """Everything in the likeliest root but headers, footers and navigation: better than nothing for a short page."""
    pruned = {element for path in _PRUNED for element in page.root.xpath(path)}
    for tag in _LIKELY_ROOTS:
        for element in page.root.iter(tag):
            rendered = render(element, page.base, drop=lambda e: e in pruned or e.tag == "h1", attachments=endings)
            if rendered.text:
                return rendered
    return render(page.root, page.base, drop=lambda e: e in pruned, attachments=endings)
