"""What the pages of a site have in common: its template, learnt from the pages, and pruned from them.

Where a block stands tells more than what it says: a place (leaf-block path) is template when its texts come back on
page after page, never a text alone, for a contacts page may repeat the footer word for word.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import replace
from functools import reduce

from lxml import etree

from crawler.core.learnt import MAX_PAGES, SETTLED_AFTER, TRUSTED_AFTER, Learnt, Place, digest
from crawler.core.leaves import Leaf, leaves
from crawler.core.page import Parsed, parse
from crawler.core.selectors import Tree
from crawler.core.sighting import Sighting, Spot, plain_digest, sighting

REDESIGN = 10  # pages in a row that hardly know a path: the site has a new template, and is learnt anew
MAX_PATHS = 1200

_TEXTS, _COMMON, _DIGITS = 24, 10, 300  # how much is remembered of a path; of volatile numbers
_CHECKS = frozenset((TRUSTED_AFTER, 15, 20, 30, 40, 60, SETTLED_AFTER, 160, MAX_PAGES))
_INLINE = frozenset(("a", "b", "i", "em", "strong", "span", "small", "img", "br", "time", "abbr", "sup", "sub", "u"))
_PROSE = ("p", "h2", "h3", "h4", "blockquote")
_LIST = re.compile(r"(ul|ol|table|dl|menu)(?![a-z])")

Markup = bytes | etree._Element
Seen = Markup | Sighting  # a page, or what another process has seen of it


def observe(learnt: Learnt, page: Seen, url: str) -> Learnt:
    """Learns from one page; a page that was seen before, under this address or another, teaches nothing."""
    seen = _seen(page, url)
    found = seen.spots
    if found and _is_stranger(learnt, {spot.path for spot in found}):
        if learnt.strangers + 1 >= REDESIGN:
            return observe(Learnt(), seen, url)
        learnt = replace(learnt, strangers=learnt.strangers + 1)
    elif learnt.strangers:
        learnt = replace(learnt, strangers=0)
    marks = frozenset((digest(url), seen.identity))
    if not found or marks & learnt.seen or learnt.pages >= MAX_PAGES:
        return learnt
    more = replace(learnt, pages=learnt.pages + 1, seen=learnt.seen | marks, places=_counted(learnt.places, found))
    return replace(more, template=decide(more)) if more.pages in _CHECKS else more


def _is_stranger(learnt: Learnt, paths: set[str]) -> bool:
    """Whether a page has next to nothing of what nearly all pages have: header, menu, footer."""
    if not learnt.trusted:
        return False
    core = {
        path for path in learnt.template if path in learnt.places and learnt.places[path].pages >= 0.8 * learnt.pages
    }
    return len(core) > 0 and len(core & paths) < 0.25 * len(core)


def observe_pair(learnt: Learnt, one: Seen, other: Seen, url: str = "") -> Learnt:
    """Learns from two fetches of one page, made one right after the other: what differs is not content."""
    first, second = _by_path(_seen(one, url).spots), _by_path(_seen(other, url).spots)
    pairs, numbers = dict(learnt.pairs), dict(learnt.numbers)
    for path in first.keys() & second.keys():
        gone = Counter(spot.plain for spot in (first[path] - second[path]).elements())
        come = Counter(spot.plain for spot in (second[path] - first[path]).elements())
        for plain in gone & come:
            numbers[_key(path, plain)] = numbers.get(_key(path, plain), 0) + 1
        count, differed = pairs.get(path, (0, 0))
        differs = bool(gone - come) and 2 * gone.total() >= first[path].total()
        pairs[path] = (count + 1, differed + differs)
    kept = dict(sorted(numbers.items(), key=lambda item: -item[1])[:_DIGITS])
    more = replace(learnt, pairs=dict(list(pairs.items())[-MAX_PATHS:]), numbers=kept)
    return replace(more, template=more.template | _volatile(more))


def template_paths(learnt: Learnt) -> frozenset[str]:
    """The paths that are template; none before enough pages were seen."""
    return learnt.template if learnt.trusted else frozenset()


def decide(learnt: Learnt) -> frozenset[str]:
    """Which paths are template, by the statistics as they are now.

    A place on 2 % of the pages or more with 60 % of its texts on three pages or more; one on 10 % or more with its five
    commonest texts, numbers left out, covering 80 %; one that differs in half of the double fetches.
    """
    common = {path for path, place in learnt.places.items() if _recurs(place, learnt.pages)}
    kept = {path for path in common if _belongs_to_text(path, learnt.places, common)}
    return frozenset(common - kept) | _volatile(learnt)


def prune(page: Markup, learnt: Learnt, url: str = "") -> etree._Element:
    """The page's tree without the template, a tree of its own; the whole page where nothing is trusted yet.

    Raises ExtractionError for bytes that are no page.
    """
    root = _root(page, url) if isinstance(page, bytes) else deepcopy(page)
    paths = template_paths(learnt)
    numbers = {text for text, count in learnt.numbers.items() if count >= 3}
    if not learnt.trusted or not (paths or numbers):
        return root
    for leaf in leaves(root):
        if leaf.path in paths or (numbers and _key(leaf.path, plain_digest(leaf.text)) in numbers):
            _take_out(leaf)
    return root


def pruned(page: Parsed, learnt: Learnt) -> Parsed:
    """A parsed page without the template: what to give to an extractor that knows nothing of the site."""
    if not learnt.trusted:
        return page
    root = prune(page.root, learnt)
    return replace(page, tree=Tree(root), source=etree.tostring(root, method="html", encoding="utf-8"))


def _take_out(leaf: Leaf) -> None:
    """Removes a block; of a cell, and of a block with others inside, only its own words."""
    element, parent = leaf.element, leaf.element.getparent()
    if leaf.whole and parent is not None and element.tag not in ("td", "th", "body"):
        tail, before = element.tail or "", element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
        parent.remove(element)
        return
    blocks = {
        child for child in element if len(child) and next(child.iter("p", "div", "ul", "ol", "table"), None) is not None
    }
    element.text = None
    for child in list(element):
        child.tail = None
        if leaf.whole or (
            child not in blocks and child.tag in ("a", "b", "i", "em", "strong", "span", "small", "img", "br", "time")
        ):
            element.remove(child)


def _root(page: Markup, url: str) -> etree._Element:
    return parse(page, url=url, headers={"content-type": "text/html"}).root if isinstance(page, bytes) else page


def _seen(page: Seen, url: str) -> Sighting:
    return page if isinstance(page, Sighting) else sighting(_root(page, url))


def _key(path: str, plain: str) -> str:
    return digest(f"{path}\n{plain}")


def _by_path(found: Iterable[Spot]) -> dict[str, Counter[Spot]]:
    grouped: dict[str, Counter[Spot]] = {}
    for spot in found:
        grouped.setdefault(spot.path, Counter())[spot] += 1
    return grouped


def _counted(places: Mapping[str, Place], found: Iterable[Spot]) -> dict[str, Place]:
    counted = dict(places)
    for path, spots in _by_path(found).items():
        if path in counted or len(counted) < MAX_PATHS:
            counted[path] = _with_texts(counted.get(path, Place()), spots)
    return counted


def _with_texts(place: Place, spots: Iterable[Spot]) -> Place:
    sample, common = dict(place.texts), dict(place.common)
    full = len(sample) >= _TEXTS
    largest = max(sample, default="")
    total = 0
    for spot in spots:
        total += 1
        common = _tallied(common, spot.plain)
        if spot.text in sample or not full or spot.text < largest:
            count, _ = sample.get(spot.text, (0, 0))
            sample[spot.text] = (count + 1, spot.length)
    kept = dict(sorted(sample.items())[:_TEXTS])
    return Place(pages=place.pages + 1, total=place.total + total, texts=kept, common=common)


def _tallied(common: dict[str, int], key: str) -> dict[str, int]:
    """Counts a text's digest among the commonest (Misra and Gries, 1982): bounded, and never too high."""
    if key in common or len(common) < _COMMON:
        common[key] = common.get(key, 0) + 1
        return common
    return {other: count - 1 for other, count in common.items() if count > 1}


def _recurs(place: Place, pages: int) -> bool:
    if place.pages < max(3, 0.02 * pages):
        return False
    if place.pages >= 0.1 * pages and sum(sorted(place.common.values())[-5:]) >= 0.8 * place.total:
        return True
    counts = [count for count, _ in place.texts.values()]
    return sum(count for count in counts if count >= 3) >= 0.6 * sum(counts) and not _is_prose(place)


def _is_prose(place: Place) -> bool:
    """Long texts of which half stand on one page or two: articles whose beginnings are repeated in lists."""
    once = [length for count, length in place.texts.values() if count < 3]
    return len(once) > 0.5 * len(place.texts) and sum(once) > 120 * len(once)


def _belongs_to_text(path: str, places: Mapping[str, Place], common: set[str]) -> bool:
    """Whether a list item or cell is part of the text: its list has no class, and paragraphs of text are beside it."""
    steps = path.split("/")
    for start, step in enumerate(steps):
        if start and _LIST.match(step) and ("." not in step or step.startswith("table")):
            root = "/".join(steps[:start])
            beside = (root, *(f"{root}/{tag}" for tag in _PROSE))
            if any(other in places and other not in common for other in beside):
                return True
    return False


def _volatile(learnt: Learnt) -> frozenset[str]:
    return frozenset(path for path, (count, differed) in learnt.pairs.items() if count >= 3 and differed >= 0.5 * count)


def learn(pages: Iterable[tuple[str, Markup]]) -> Learnt:
    """Learns from many pages (address, page) and decides."""
    learnt = reduce(lambda known, page: observe(known, page[1], page[0]), pages, Learnt())
    return replace(learnt, template=decide(learnt))
