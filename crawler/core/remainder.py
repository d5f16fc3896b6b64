"""Pages of a site that no profile describes: what is left of a page when the learnt template is taken away."""

from lxml import etree

from crawler.core import fallback
from crawler.core.learnt import Learnt
from crawler.core.leaves import leaves
from crawler.core.markdown import Rendered, render
from crawler.core.page import Parsed
from crawler.core.template import pruned

_FITS = 0.6  # share of a page's places that the template must know, for its remainder to be the text
_NO_TEXT = frozenset(("h1", "nav", "form", "script", "style", "noscript", "template"))


def find_text(page: Parsed, learnt: Learnt, *, title: str, endings: tuple[str, ...] = ()) -> Rendered:
    """The page's text by what is learnt of its site; by trafilatura where that is too little.

    Where the template is trusted and fits the page, all that remains of it is the text, short pages and tables too.
    Raises ExtractionError for a page that is too deep.
    """
    bare = pruned(page, learnt)
    if learnt.trusted and fits(page.root, learnt):
        body = next(bare.root.iter("body"), bare.root)
        rendered = render(body, page.base, drop=_is_no_text, attachments=endings)
        if rendered.text:
            return rendered
    return fallback.find(bare, title=title, endings=endings)


def fits(root: etree._Element, learnt: Learnt) -> bool:
    """Whether the page is made by the template that was learnt: most of its places are known."""
    found = leaves(root)
    return sum(leaf.path in learnt.places for leaf in found) >= _FITS * max(len(found), 1)


def _is_no_text(element: etree._Element) -> bool:
    return element.tag in _NO_TEXT
