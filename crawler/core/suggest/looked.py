"""The pages that a suggestion is made from: parsed once, with what the site's template leaves of each."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from lxml import etree

from crawler.core.errors import ExtractionError
from crawler.core.learnt import Learnt
from crawler.core.leaves import Leaf, lasting, leaves
from crawler.core.page import Parsed, parse
from crawler.core.template import decide, observe, observe_pair

_IN_TEXT = frozenset(
    (
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "dl",
        "blockquote",
        "pre",
        "figure",
        "tbody",
        "thead",
        "tr",
    )
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z_-]*")  # an id or class without numbers: those are one page's, or one build's


@dataclass(frozen=True, kw_only=True)
class Looked:
    """One page, looked at with the template in mind."""

    page: Parsed
    leaves: tuple[Leaf, ...]
    fresh: tuple[Leaf, ...]  # those of no template, without the heading of first level

    @property
    def root(self) -> etree._Element:
        return self.page.root

    @property
    def host(self) -> str:
        return urlsplit(self.page.url).netloc.lower()

    @property
    def title(self) -> str:
        found = next(self.root.iter("title"), None)
        return " ".join((found.text or "").split()) if found is not None else ""


def look(pages: Iterable[tuple[str, bytes]]) -> tuple[list[Looked], Learnt]:
    """Parses the pages and learns from them; one that comes twice is a double fetch. Unreadable: left out."""
    parsed: dict[str, Parsed] = {}
    learnt = Learnt()
    for url, body in pages:
        try:
            page = parse(body, url=url, headers={})
        except ExtractionError:
            continue
        learnt = observe_pair(learnt, parsed[url].root, page.root) if url in parsed else observe(learnt, page.root, url)
        parsed.setdefault(url, page)
    template = decide(learnt)
    return [_looked(page, template) for page in parsed.values()], replace(learnt, template=template)


def _looked(page: Parsed, template: frozenset[str]) -> Looked:
    found = tuple(leaves(page.root))
    fresh = tuple(leaf for leaf in found if leaf.path not in template and leaf.element.tag != "h1")
    return Looked(page=page, leaves=found, fresh=fresh)


def content_root(looked: Looked) -> etree._Element | None:
    """The smallest block that holds next to all of the page's own text; None for a page with next to no text."""
    mass: Counter[etree._Element] = Counter()
    for leaf in looked.fresh:
        for element in (leaf.element, *leaf.element.iterancestors()):
            mass[element] += len(leaf.text)
    body = next(looked.root.iter("body"), looked.root)
    if mass[body] < 40:
        return None
    cells = {_table_of(leaf.element) for leaf in looked.fresh if leaf.element.tag in ("td", "th")}
    root = body
    while True:
        heavy = [child for child in root if mass[child] >= 0.85 * mass[body]]
        if not heavy or heavy[0] in cells or (heavy[0].tag in _IN_TEXT and not _in_layout(heavy[0], cells)):
            return root
        root = heavy[0]


def _table_of(cell: etree._Element) -> etree._Element | None:
    return next(cell.iterancestors("table"), None)


def _in_layout(element: etree._Element, cells: set[etree._Element | None]) -> bool:
    """Whether a row or group of rows belongs to a table that only lays the page out."""
    return element.tag in ("tr", "tbody") and _table_of(element) not in cells


def names_of(element: etree._Element) -> list[str]:
    """Selectors of an element from the simplest on: its id, each lasting class, tag with classes, below its parent."""
    own = _parts(element)
    parent = element.getparent()
    outer = _parts(parent)[:3] if parent is not None and parent.tag != "html" else []
    plain = [str(element.tag)] if element.tag in ("article", "main", "time") else []
    nested = [f"{above} > {name}" for above in outer for name in (*own[:3], str(element.tag))]
    return [*own, *plain, *nested]


def _parts(element: etree._Element) -> list[str]:
    own, names = lasting(element)
    usable = [name for name in names if _NAME.fullmatch(name)]
    whole = [f"{element.tag}.{'.'.join(usable)}"] if usable else []
    return [*([f"#{own}"] if _NAME.fullmatch(own) else []), *(f".{name}" for name in usable), *whole]


def best_names(wanted: Sequence[tuple[Looked, etree._Element]], *, most: int, least: int = 2) -> list[tuple[str, int]]:
    """Selectors whose first match is the wanted element on as many pages as possible, and how many pages each adds.

    A block a few steps further out is nearly as good (four fifths of a page): what it holds besides can be dropped.
    """
    left = list(wanted)
    chosen: list[tuple[str, int]] = []
    while left and len(chosen) < most:
        votes = Counter(name for _, element in left for outer in _outwards(element) for name in names_of(outer))
        scores = {name: _score(name, left) for name, _ in votes.most_common(60)}
        name = max(scores, key=lambda name: (scores[name], _plainness(name)), default="")
        hits = (
            {number for number, (looked, element) in enumerate(left) if _worth(name, looked, element)}
            if name
            else set()
        )
        if len(hits) < least:
            break
        chosen.append((name, len(hits)))
        left = [pair for number, pair in enumerate(left) if number not in hits]
    return chosen


def _plainness(name: str) -> tuple[bool, bool, int]:
    """Classes and ids before bare tags, one step before two, short before long."""
    return name[0] in ".#" and name.rpartition(" > ")[2][0] in ".#", " > " not in name, -len(name)


def _score(name: str, wanted: Sequence[tuple[Looked, etree._Element]]) -> float:
    return sum(_worth(name, looked, element) for looked, element in wanted)


def _worth(name: str, looked: Looked, element: etree._Element) -> float:
    """1 for the wanted element, 0.8 for one a few steps outwards, else 0."""
    match = next(iter(looked.page.tree.select(name)), None)
    return 1.0 if match is element else 0.8 if match is not None and match in _outwards(element) else 0.0


def _outwards(element: etree._Element, steps: int = 6) -> list[etree._Element]:
    outer = [above for above in element.iterancestors() if above.tag not in ("body", "html")]
    return [element, *outer[:steps]]
