"""A profile's CSS, compiled once: ordered lists of which the first match counts, and sets of what to leave out."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from cssselect import HTMLTranslator, SelectorError
from lxml import etree

_SIMPLE = re.compile(r"([a-zA-Z][\w-]*)?((?:[.#][A-Za-z_][\w-]*)*)")
_PART = re.compile(r"([.#])([A-Za-z_][\w-]*)")


@lru_cache(maxsize=1024)
def xpath(css: str) -> etree.XPath:
    """One CSS selector, compiled. Raises ValueError naming the selector when it is none."""
    try:
        return etree.XPath(HTMLTranslator().css_to_xpath(css))
    except (SelectorError, etree.XPathError) as error:
        raise ValueError(f"not a CSS selector: {css}") from error


def select(root: etree._Element, css: str) -> list[etree._Element]:
    """The elements of the whole document that match, in document order."""
    found = xpath(css)(root)
    return [element for element in found if isinstance(element, etree._Element)] if isinstance(found, list) else []


def first(root: etree._Element, ordered: tuple[str, ...]) -> tuple[str, etree._Element] | None:
    """The first selector of the list that matches anything, with the first element that it matches."""
    for css in ordered:
        if found := select(root, css):
            return css, found[0]
    return None


class Without:
    """Elements to leave out. Plain selectors (`div.a.b`, `#c`) are tested on the way; others are looked up before."""

    def __init__(self, selectors: tuple[str, ...]) -> None:
        self._tags: set[str] = set()
        self._classes: set[str] = set()
        self._ids: set[str] = set()
        self._compound: dict[str, list[tuple[str, frozenset[str], str]]] = {}  # by one class: tag, classes, id
        self._others: list[str] = []
        for css in (part for selector in selectors for part in alternatives(selector)):
            self._add(css)

    def _add(self, css: str) -> None:
        match = _SIMPLE.fullmatch(css)
        if not match or not css:
            xpath(css)
            self._others.append(css)
            return
        tag = (match[1] or "").lower()
        parts = _PART.findall(match[2])
        classes = frozenset(name for sign, name in parts if sign == ".")
        ids = [name for sign, name in parts if sign == "#"]
        if not parts:
            self._tags.add(tag)
        elif not tag and len(parts) == 1:
            (self._classes if classes else self._ids).add(parts[0][1])
        elif classes and len(ids) <= 1:
            self._compound.setdefault(min(classes), []).append((tag, classes, ids[0] if ids else ""))
        else:
            self._others.append(css)

    def bound(self, document: etree._Element) -> Callable[[etree._Element], bool]:
        """The test for one document's elements."""
        others = {element for css in self._others for element in select(document, css)}
        tags, classes, ids, compound = self._tags, self._classes, self._ids, self._compound

        def left_out(element: etree._Element) -> bool:
            if element.tag in tags or element in others:
                return True
            if (name := element.get("id")) is not None and name in ids:
                return True
            if not (value := element.get("class")):
                return False
            own = value.split()
            if not classes.isdisjoint(own):
                return True
            return any(_fits(element, own, rule) for name in own for rule in compound.get(name, ()))

        return left_out


def _fits(element: etree._Element, own: list[str], rule: tuple[str, frozenset[str], str]) -> bool:
    tag, classes, name = rule
    return (not tag or element.tag == tag) and classes.issubset(own) and (not name or element.get("id") == name)


def alternatives(css: str) -> Iterator[str]:
    """The parts of a selector list: `a, b:not(c, d)` -> `a`, `b:not(c, d)`."""
    depth, part = 0, ""
    for char in css:
        depth += (char in "([") - (char in ")]")
        if char == "," and depth == 0:
            yield part.strip()
            part = ""
        else:
            part += char
    if part.strip():
        yield part.strip()
