"""A profile's CSS, compiled once: ordered lists of which the first match counts, and sets of what to leave out."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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


class Tree:
    """A parsed page that is asked many selectors: elements are looked up by class and id, not by walking it."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self._by_name: dict[str, list[etree._Element]] | None = None

    def select(self, css: str) -> list[etree._Element]:
        """The elements of the whole document that match, in document order."""
        path = steps(css)
        if path is None:
            found = xpath(css)(self.root)
            return [node for node in found if isinstance(node, etree._Element)] if isinstance(found, list) else []
        last = path[-1]
        near = self._named(last.name) if last.name else self.root.iter(last.tag or etree.Element)
        return [node for node in near if _matches(node, path)]

    def first(self, ordered: tuple[str, ...]) -> tuple[str, etree._Element] | None:
        """The first selector of the list that matches anything, with the first element that it matches."""
        for css in ordered:
            if found := self.select(css):
                return css, found[0]
        return None

    def _named(self, name: str) -> list[etree._Element]:
        if self._by_name is None:
            self._by_name = {}
            for node in self.root.iter(etree.Element):
                names = {"." + part for part in (node.get("class") or "").split()}
                if (own := node.get("id")) is not None:
                    names.add("#" + own)
                for one in names:
                    self._by_name.setdefault(one, []).append(node)
        return self._by_name.get(name, [])


@dataclass(frozen=True, kw_only=True)
class Step:
    """One compound of a plain selector: `> div.a.b#c`."""

    child: bool  # after ">": of the parent; else of any ancestor
    tag: str
    classes: frozenset[str]
    ids: frozenset[str]

    @property
    def name(self) -> str:
        """A class or id that any match has, as ".a" or "#c"; empty when there is none."""
        return next(("#" + one for one in self.ids), "") or next(("." + one for one in sorted(self.classes)), "")

    def fits(self, node: etree._Element) -> bool:
        if self.tag and node.tag != self.tag:
            return False
        if self.ids and not self.ids.issubset((node.get("id") or "",)):
            return False
        return not self.classes or self.classes.issubset((node.get("class") or "").split())


@lru_cache(maxsize=1024)
def steps(css: str) -> tuple[Step, ...] | None:
    """A plain selector (tags, classes, ids, descendants and children) as its steps; null for any other."""
    found: list[Step] = []
    child = False
    for word in css.replace(">", " > ").split():
        match = _SIMPLE.fullmatch(word)
        if word == ">" and found and not child:
            child = True
        elif match is not None:
            parts = _PART.findall(match[2])
            classes, ids = (frozenset(name for sign, name in parts if sign == kind) for kind in ".#")
            found.append(Step(child=child, tag=(match[1] or "").lower(), classes=classes, ids=ids))
            child = False
        else:
            return None
    return tuple(found) if found and not child else None


def _matches(node: etree._Element, path: tuple[Step, ...]) -> bool:
    if not path[-1].fits(node):
        return False
    if len(path) == 1:
        return True
    outer = node.getparent()
    while outer is not None:
        if _matches(outer, path[:-1]):
            return True
        outer = None if path[-1].child else outer.getparent()
    return False


class Without:
    """Elements to leave out. Plain selectors (`div.a.b`, `#c`) are tested on the way; others are looked up before."""

    def __init__(self, selectors: tuple[str, ...]) -> None:
        self._tags: set[str] = set()
        self._by_name: dict[str, list[Step]] = {}
        self._others: list[str] = []
        for css in (part for selector in selectors for part in alternatives(selector)):
            path = steps(css)
            if path is None or len(path) > 1:
                xpath(css)
                self._others.append(css)
            elif path[0].name:
                self._by_name.setdefault(path[0].name, []).append(path[0])
            else:
                self._tags.add(path[0].tag)

    def bound(self, tree: Tree) -> Callable[[etree._Element], bool]:
        """The test for one document's elements."""
        others = {element for css in self._others for element in tree.select(css)}
        tags, by_name = self._tags, self._by_name

        def left_out(element: etree._Element) -> bool:
            if element.tag in tags or element in others:
                return True
            classes, own = element.get("class"), element.get("id")
            if classes is None and own is None:
                return False
            names = ["." + name for name in classes.split()] if classes else []
            if own is not None:
                names.append("#" + own)
            return any(step.fits(element) for name in names if name in by_name for step in by_name[name])

        return left_out


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
