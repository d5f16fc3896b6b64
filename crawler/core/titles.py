"""A page's title: the heading a reader sees, never the site's name."""

import re
from collections.abc import Iterator

from lxml import etree

from crawler.core.markdown import clean
from crawler.core.selectors import Tree
from crawler.core.structured import described

_LONGEST = 2_000  # characters of a title that are kept; servers have sent 50 MB
_SITE_NAME = re.compile(
    r"(?:^|[\s_-])(?:site-?(?:name|title|logo|branding)|logo|branding|slogan)(?:$|[\s_-])", re.IGNORECASE
)
_BESIDE = re.compile(
    r"(?:^|\s)(?:sidebar\S*|region-(?:sidebar|header|footer|navigation)\S*|node-teaser|node--view-mode-teaser|teaser"
    r"|comments?|comment-wrapper|views-row|block-title|widget-title|element-invisible|visually-hidden)(?:$|\s)",
    re.IGNORECASE,
)


def title_of(tree: Tree, *, selectors: tuple[str, ...], suffixes: tuple[str, ...]) -> tuple[str, etree._Element | None]:
    """The title, and the element of the page that holds it (null where only the head names it).

    In order: the profile's selectors, `og:title` or `dc:title`, `<title>` without the site's suffix. A heading that is
    the site's name, or that belongs to a sidebar, a teaser or a comment, is passed over.
    """
    for css in selectors:
        for element in tree.select(css):
            if not _not_the_pages(element) and (words := words_of(element)):
                return words[:_LONGEST], element
    for words in _declared(tree.root):
        if words:
            return words[:_LONGEST], None
    whole = words_of(next(tree.root.iter("title"), None))[:_LONGEST]
    for suffix in suffixes:
        cut = re.sub(rf"(?:{suffix})$", "", whole).strip()
        whole = cut or whole
    return whole, None


def words_of(element: etree._Element | None) -> str:
    """The visible words of an element on one line."""
    if element is None:
        return ""
    parts: list[str] = []
    for event, node in etree.iterwalk(element, events=("start", "end", "comment")):
        if event == "start" and node.text and node.tag not in ("script", "style", "noscript"):
            parts.append(node.text)
        if event == "start" and node.tag in ("br", "p", "div"):
            parts.append(" ")
        if event != "start" and node is not element and node.tail:
            parts.append(node.tail)
    return clean(" ".join("".join(parts).split())).strip()


def _not_the_pages(element: etree._Element) -> bool:
    if any(anchor.get("rel") == "home" for anchor in element.iter("a")):
        return True
    outers = [element, *element.iterancestors()]
    for distance, outer in enumerate(outers):
        names = f"{outer.get('class') or ''} {outer.get('id') or ''}"
        if outer.tag in ("body", "html"):
            break
        if distance < 4 and _SITE_NAME.search(names):
            return True
        if outer.tag in ("aside", "nav", "footer") or _BESIDE.search(names):
            return True
    return False


def _declared(root: etree._Element) -> Iterator[str]:
    metas = {(m.get("property") or m.get("name") or "").lower(): m.get("content") or "" for m in root.iter("meta")}
    for name in ("og:title", "dc:title", "dc.title", "dcterms.title", "twitter:title"):
        yield clean(" ".join(metas.get(name, "").split()))
    for element in root.iter("span"):
        if "dc:title" in (element.get("property") or "").split() and not _not_the_pages(element):
            yield clean(" ".join((element.get("content") or "").split()))
    for thing in described(root):
        if isinstance(headline := thing.get("headline"), str):
            yield clean(" ".join(headline.split()))
