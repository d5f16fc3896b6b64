"""The leaf blocks of a page: each smallest block that holds words, with the path that names its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

MAX_LEAVES = 20_000  # of one page; what comes after is not looked at
_MAX_SEGMENTS = 14  # of a path, counted from the leaf: enough to tell places apart

_BLOCKS = frozenset([
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dir", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "header", "h1", "h2", "h3", "h4", "h5", "h6", "hgroup", "hr", "li",
    "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead",
    "tr", "ul",
])  # fmt: skip
_UNSEEN = frozenset([
    "script", "style", "noscript", "template", "svg", "form", "select", "option", "button", "textarea", "input",
    "iframe", "object", "head", "link", "meta",
])  # fmt: skip
# Classes that tell a state or a filing, not a place: the same block has them on one page and not on the next.
_PASSING = re.compile(
    r"(is|has|js|no|not|category|tag|term|author|node-type|views-row|leaf)[-_].*|.*active.*|.*current.*|first|last|odd|even|open"
    r"|collapsed|expanded|hidden|show|selected|visited|sticky|.*promoted.*|.*loaded.*|.*lazy.*",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")
_WITH_DIGIT = re.compile(r"\w*\d\w*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaf:
    """Words that stand directly in a block, in no smaller one."""

    element: etree._Element
    path: str  # "div#main/article.post-#/p": from below the body down to the block
    text: str  # white space single; for a block that only shows pictures, their addresses
    whole: bool  # the block holds no other blocks


def leaves(root: etree._Element) -> list[Leaf]:
    """The leaf blocks of a page in the order of the page, as far as MAX_LEAVES."""
    body = root if root.tag == "body" else next(root.iter("body"), root)
    containers = _containers(body)
    found: list[Leaf] = []
    waiting: list[tuple[etree._Element, tuple[str, ...]]] = [(body, ())]
    while waiting and len(found) < MAX_LEAVES:
        block, path = waiting.pop()
        inner = [child for child in block if child in containers and child.tag not in _UNSEEN]
        text = " ".join("".join(_own_words(block, containers)).split()) or " ".join(_own_sources(block, containers))
        if text:
            found.append(Leaf(element=block, path="/".join(path[-_MAX_SEGMENTS:]), text=text, whole=not inner))
        waiting.extend((child, (*path[-_MAX_SEGMENTS:], segment(child))) for child in reversed(inner))
    return found


def segment(element: etree._Element) -> str:
    """One step of a path: the tag with its lasting id and classes, digits masked.

    >>> segment(etree.fromstring('<article id="post-12" class="post hentry is-active css-1x2y3z"/>'))
    'article#post-#.hentry.post'
    """
    own, names = lasting(element)
    steps = sorted({masked(name) for name in names})[:4]
    return str(element.tag) + (f"#{masked(own)}" if own else "") + "".join(f".{name}" for name in steps)


def numberless(text: str) -> str:
    """The text with every word that holds a digit as ``#``: numbers, times, build digests.

    >>> numberless("Revision d4cc4c, read 12 times")
    'Revision #, read # times'
    """
    return _WITH_DIGIT.sub("#", text)


def lasting(element: etree._Element) -> tuple[str, tuple[str, ...]]:
    """The id and the classes of an element that name its place; the id is empty where it has none."""
    own = element.get("id") or ""
    names = (element.get("class") or "").split()
    return (own if own and _lasts(own) else ""), tuple(name for name in dict.fromkeys(names) if _lasts(name))


def masked(text: str) -> str:
    """A name with every number as ``#``."""
    return _DIGITS.sub("#", text)


def _lasts(name: str) -> bool:
    """Whether an id or class names a place, rather than a state, a filing or a build's random word."""
    parts = _DIGITS.split(name)
    random = len([part for part in parts if part.isalpha() and len(part) <= 3]) >= 2 or len(name) > 60
    return not random and not _PASSING.fullmatch(name) and "/" not in name


def _containers(body: etree._Element) -> set[etree._Element]:
    """Blocks, and whatever has a block inside."""
    found: set[etree._Element] = set()
    for element in body.iter():
        if element.tag in _BLOCKS and isinstance(element.tag, str):
            above: etree._Element | None = element
            while above is not None and above not in found:
                found.add(above)
                above = above.getparent()
    return found


def _own_words(block: etree._Element, containers: set[etree._Element]) -> Iterator[str]:
    yield block.text or ""
    for child in block:
        if child not in containers and isinstance(child.tag, str) and child.tag not in _UNSEEN:
            yield " " if child.tag == "br" else ""
            yield from (str(text) for text in child.itertext())
        yield child.tail or ""


def _own_sources(block: etree._Element, containers: set[etree._Element]) -> Iterator[str]:
    """Addresses of the pictures and links of a block without words: banners, badges, share buttons."""
    for child in block:
        if child not in containers and isinstance(child.tag, str) and child.tag not in _UNSEEN:
            for element in child.iter("img", "a"):
                yield element.get("src") or element.get("href") or ""
