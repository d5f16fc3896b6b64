"""What to leave out of the content, and where title, date and listing rows stand."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from lxml import etree

from crawler.core.dates import written_dates
from crawler.core.leaves import segment
from crawler.core.published import Clues, published
from crawler.core.suggest.looked import Looked, names_of

Rooted = Sequence[tuple[Looked, etree._Element]]  # pages with their content roots

_NEXT = re.compile(
    r"\s*(следующая|далее|вперёд|вперед|наступная|далей|next|older|старые записи)?\s*[›»→>]*\s*", re.IGNORECASE
)
_SEPARATOR = re.compile(r"\s+[|–—·•:-]\s+")


def drops(rooted: Rooted) -> list[str]:
    """Selectors of the blocks inside the content that are template all through, and never hold text of a page."""
    votes: Counter[str] = Counter()
    for looked, root in rooted:
        fresh = {element for leaf in looked.fresh for element in (leaf.element, *leaf.element.iterancestors())}
        found = {name for element in _unfresh(root, looked, fresh) for name in names_of(element)[:1]}
        votes.update(found)
    return [name for name, count in votes.most_common(30) if count >= 2 and not _harms(name, rooted)]


def _unfresh(root: etree._Element, looked: Looked, fresh: set[etree._Element]) -> Iterator[etree._Element]:
    """The outermost blocks below the root that hold leaves, but no fresh one; headings are the title's business."""
    stale = {leaf.element for leaf in looked.leaves if leaf.element not in fresh and leaf.element.tag != "h1"}
    holding = {element for leaf in stale for element in (leaf, *leaf.iterancestors())}
    waiting = [child for child in root if child in holding]
    while waiting:
        element = waiting.pop()
        if element not in fresh and next(element.iter("h1"), None) is None:
            yield element
        else:
            waiting.extend(child for child in element if child in holding)


def _harms(name: str, rooted: Rooted) -> bool:
    for looked, root in rooted:
        matches = [match for match in looked.page.tree.select(name) if root in match.iterancestors()]
        inside = {element for match in matches for element in match.iter()}
        if any(leaf.element in inside for leaf in looked.fresh):
            return True
    return False


def titles(rooted: Rooted) -> list[str]:
    """Selectors of the heading that the page's <title> begins with."""
    votes: Counter[str] = Counter()
    for looked, _ in rooted:
        for leaf in looked.leaves:
            said = len(leaf.text) >= 4 and looked.title.startswith(leaf.text)
            if said and (leaf.element.tag in ("h1", "h2") or "title" in (leaf.element.get("class") or "")):
                votes.update(name for name in (*names_of(leaf.element)[:2], str(leaf.element.tag)) if name != "h2")
    good = [name for name, count in votes.most_common(6) if count >= 0.5 * len(rooted) and _leads(name, rooted)]
    return [*good[:2], *(["h1"] if "h1" not in good[:2] else [])]


def _leads(name: str, rooted: Rooted) -> bool:
    """Whether the selector's first match is another on each page: a title, not the site's name."""
    matches = [looked.page.tree.select(name)[:1] for looked, _ in rooted]
    found = [_words(match[0]) for match in matches if match]
    return len(set(found)) >= 0.8 * len(found)


def _words(element: etree._Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())


def title_suffix(looked: Sequence[Looked]) -> str | None:
    """The end that most <title>s share, from its separator on."""
    endings = Counter(match[0] + page.title[match.end() :] for page in looked if (match := _last_separator(page.title)))
    common = [ending for ending, count in endings.most_common(1) if count >= 0.5 * len(looked)]
    return common[0] if common else None


def _last_separator(title: str) -> re.Match[str] | None:
    return next(reversed(list(_SEPARATOR.finditer(title))), None)


def date_sources(rooted: Rooted, zone: str) -> list[str]:
    """The sources that give most of the pages a date, in the order of trust."""
    fields = [f"css:{name}" for name in _date_fields(rooted)]
    kept = []
    for source in ("jsonld", "og", "rdfa", "time", *fields, "url"):
        days = [_published(looked, source, zone) for looked, _ in rooted]
        if sum(day is not None for day in days) >= 0.2 * len(rooted):
            kept.append(source)
    return kept


def _published(looked: Looked, source: str, zone: str) -> str | None:
    clues = Clues(tree=looked.page.tree, urls=(looked.page.url,), text="", zone=ZoneInfo(zone), news=True)
    return published(clues, [source])


def news_class(rooted: Rooted, sources: Sequence[str], zone: str) -> str | None:
    """The class of the body that the pages with a date have, and next to no others; None where no class tells them."""
    dated = {looked.page.url for looked, _ in rooted if any(_published(looked, source, zone) for source in sources)}
    having, others = Counter[str](), Counter[str]()
    for looked, _ in rooted:
        names = (next(looked.root.iter("body"), looked.root).get("class") or "").split()
        (having if looked.page.url in dated else others).update(set(names))
    rest = max(len(rooted) - len(dated), 1)
    good = [n for n, count in having.items() if count >= 0.9 * len(dated) and others[n] <= 0.1 * rest and n.isascii()]
    return min((name for name in good if not any(letter.isdigit() for letter in name)), key=len, default=None)


def _date_fields(rooted: Rooted) -> list[str]:
    """Short blocks beside the text that begin with a date, another on each page."""
    votes: Counter[str] = Counter()
    values: dict[str, set[str]] = {}
    for looked, root in rooted:
        near = set(_around(root).iter())
        for leaf in looked.leaves:
            found = next(written_dates(leaf.text), None) if len(leaf.text) <= 120 else None
            if found and found[1] <= 40 and leaf.element in near:
                for name in names_of(leaf.element)[:1]:
                    votes[name] += 1
                    values.setdefault(name, set()).add(found[0].isoformat())
    return [n for n, count in votes.most_common(3) if count >= 0.4 * len(rooted) and len(values[n]) >= 0.3 * count]


def _around(root: etree._Element) -> etree._Element:
    """The block two steps out from the root, as far as that is not the whole body."""
    outer = [root, *(above for above in root.iterancestors() if above.tag not in ("body", "html"))]
    return outer[min(2, len(outer) - 1)]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of listing pages."""

    row: str
    link: str
    date: str | None
    next: str | None
    urls: frozenset[str]  # of the pages that are listings


def listing_rows(looked: Sequence[Looked]) -> Rows | None:
    """The repeated blocks with links that make a page a listing; not those that most pages have beside their text."""
    groups: dict[str, list[tuple[Looked, list[etree._Element]]]] = {}
    for page in looked:
        for key, rows in _groups(page).items():
            groups.setdefault(key, []).append((page, rows))
    rare = {key: found for key, found in groups.items() if len(found) <= 0.5 * len(looked)}
    weigh = {key: sum(len(rows) for _, rows in found) for key, found in rare.items()}
    if not weigh:
        return None
    found = rare[max(weigh, key=lambda key: weigh[key])]
    first = found[0][1][0]
    names = names_of(first)
    parent = first.getparent()
    above = names_of(parent)[0] if parent is not None and names_of(parent) else None
    row = names[-1] if above is None or len(names) > 3 else f"{above} > {names[0] if names else first.tag}"
    own = next((name for name in names if name.startswith((".", "article"))), None)
    return Rows(
        row=own or row,
        link=_link_in(first),
        date=_date_in(first),
        next=next((name for page, _ in found if (name := _next_link(page))), None),
        urls=frozenset(page.page.url for page, _ in found),
    )


def _groups(looked: Looked, least: int = 4) -> dict[str, list[etree._Element]]:
    """Runs of like siblings that each hold a link with some words, by the place of their parent."""
    found: dict[str, list[etree._Element]] = {}
    parents = {leaf.element: None for leaf in looked.leaves}
    outer = {a: None for element in parents for a in (element, *element.iterancestors())}
    for parent in outer:
        steps = Counter(segment(child) for child in parent if isinstance(child.tag, str))
        for step, count in steps.items():
            rows = [c for c in parent if isinstance(c.tag, str) and segment(c) == step] if count >= least else []
            rows = [row for row in rows if "comment" not in step]
            linked = [row for row in rows if any(len(_words(a)) >= 15 for a in row.iter("a"))]
            if len(linked) >= least and len(linked) >= 0.8 * len(rows):
                found[f"{segment(parent)} > {step}"] = linked
    return found


def _link_in(row: etree._Element) -> str:
    headed = [anchor for heading in row.iter("h2", "h3", "h4") for anchor in heading.iter("a")]
    anchors = headed or list(row.iter("a"))
    longest = max(anchors, key=lambda a: len(_words(a)))
    for above in longest.iterancestors():
        if above is row:
            break
        if above.tag in ("h2", "h3", "h4"):
            return f"{above.tag} a"
        if names_of(above) and names_of(above)[0].startswith("."):
            return f"{names_of(above)[0]} a"
    return "a"


def _date_in(row: etree._Element) -> str | None:
    for element in row.iter():
        text = (element.text or "").strip() if isinstance(element.tag, str) else ""
        if text and len(text) <= 40 and next(written_dates(text), None):
            return next(iter(names_of(element)), None) or str(element.tag)
    return None


def _next_link(looked: Looked) -> str | None:
    if looked.page.tree.select('a[rel~="next"]'):
        return 'a[rel~="next"]'
    for anchor in looked.root.iter("a"):
        words = _words(anchor)
        above = anchor.getparent()
        if words and _NEXT.fullmatch(words) and above is not None:
            own = [name for name in names_of(anchor) if name.startswith(".")]
            outer = [f"{name} a" for name in names_of(above) if name.startswith(".")]
            return next(iter([*own, *outer]), None)
    return None
