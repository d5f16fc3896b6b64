"""When a page says it was published: the sources that the profile names, in its order."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import tzinfo

from lxml import etree

from crawler.core.canonical import canonical_text
from crawler.core.dates import day_of, read_moment, written_dates
from crawler.core.selectors import Tree, alternatives
from crawler.core.structured import described

_LEAD = 160  # characters of the text in which a news item's own date is looked for
_SHORT = 120  # characters: what is longer is no date field
_FORMS = ("DD-MM-YYYY", "YYYY-MM-DD", "YYYY/MM/DD", "DD.MM.YYYY")
_FUTURE = re.compile(
    r"\b(состо[ия]тся|пройд[её]т|будет|будут|планируется|запланирован\w*|адбудзецца|пройдзе|будзе|будуць|плануецца|"
    r"will|is scheduled|are scheduled)\b",
    re.IGNORECASE,
)
_NOT_ITS_OWN = re.compile(r"(?:^|\s)(?:от|ад|до|да|с|со|з|па|по|№|since|from|until|till|by)\s*$", re.IGNORECASE)
_CREATED = re.compile(r"(?:^|[\s:.])(?:created|datepublished|issued|pubdate|date)(?:\s|$)", re.IGNORECASE)
_METAS = (
    "article:published_time", "og:article:published_time", "article:published", "og:published_time", "datepublished",
    "dc.date.issued", "dcterms.issued", "dc.date", "dcterms.date", "dc.date.created", "dcterms.created", "pubdate",
    "publish-date", "date",
)  # fmt: skip
_NOT_THE_ARTICLE = re.compile(
    r"(?:^|\s)(?:comments?|comment-\S+|comment__\S+|sidebar\S*|region-sidebar\S*|node-teaser|node--view-mode-teaser|teaser|"
    r"widget\S*|related\S*|banner\S*|block-views\S*)(?:$|\s)",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Clues:
    """All that may tell when a page was published."""

    tree: Tree
    urls: tuple[str, ...]  # the declared canonical one first
    text: str
    zone: tzinfo  # for times without an offset
    news: bool


def published(clues: Clues, sources: Iterable[str]) -> str | None:
    """The first date that the profile's sources give, as ISO date or date-time with offset; else null.

    Sources: `jsonld`, `og`, `rdfa[:CSS]`, `time[:CSS]`, `css:CSS`, `url[:DD-MM-YYYY]`, `lead` (the first 160
    characters, news only). No date is better than a wrong one: nothing is guessed from anywhere else.
    """
    for source in sources:
        name, _, argument = source.partition(":")
        for found in _from_source(name.strip(), argument.strip(), clues):
            if found[:4] >= "1990":
                return found
    return None


def _from_source(name: str, argument: str, clues: Clues) -> Iterator[str]:
    match name:
        case "url":
            yield from (day for url in clues.urls if (day := _url_date(url, argument)))
        case "lead":
            if clues.news and (day := _lead_date(clues.text)):
                yield day
        case _:
            for value in _written(name, argument, clues.tree):
                if moment := read_moment(value, clues.zone):
                    yield moment


def _written(name: str, css: str, tree: Tree) -> Iterable[str]:
    match name:
        case "jsonld":
            dates = (thing.get("datePublished") or thing.get("dateCreated") for thing in described(tree.root))
            return (value for value in dates if isinstance(value, str))
        case "og":
            return _meta_dates(tree.root)
        case "rdfa":
            return _rdfa_dates(tree, css)
        case "time":
            return _time_dates(tree, css)
        case "css":
            return _field_dates(tree, css)
        case _:
            return ()


def _meta_dates(root: etree._Element) -> Iterator[str]:
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop")
        if name and (content := meta.get("content")):
            found.setdefault(name.lower(), content)
    return (found[name] for name in _METAS if name in found)


def _rdfa_dates(tree: Tree, css: str) -> Iterator[str]:
    for element in _scoped(tree, css):
        name = element.get("property") or element.get("itemprop")
        if name and _CREATED.search(name) and not _beside(element, css):
            yield element.get("content") or element.get("datetime") or _words(element)


def _time_dates(tree: Tree, css: str) -> Iterator[str]:
    for element in _scoped(tree, css):
        if element.tag == "time" and not _beside(element, css):
            yield element.get("datetime") or _words(element)


def _field_dates(tree: Tree, css: str) -> Iterator[str]:
    """Short texts that are a date, or a date and a few words; not one that cites the date of an act."""
    for part in alternatives(css):
        for element in tree.select(part)[:3]:
            words = _words(element)
            found = next(written_dates(words), None) if len(words) <= _SHORT else None
            if found and not _beside(element, css) and not _NOT_ITS_OWN.search(words[: found[1]]):
                yield words


def _scoped(tree: Tree, css: str) -> Iterator[etree._Element]:
    """The elements in what the CSS names, that itself included; with no CSS, in the whole body."""
    named = [element for part in alternatives(css) for element in tree.select(part)]
    scopes = named if css else tree.root.iter("body")
    for scope in scopes:
        yield from (element for element in scope.iter() if isinstance(element.tag, str))


def _beside(element: etree._Element, css: str) -> bool:
    """Whether it stands beside the article: in comments, teasers, sidebars; in footers, unless the profile says so."""
    outers = [outer for outer in (element, *element.iterancestors()) if outer.tag not in ("body", "html")]
    if any(_NOT_THE_ARTICLE.search(f"{outer.get('class') or ''} {outer.get('id') or ''}") for outer in outers):
        return True
    return not css and any(outer.tag in ("aside", "nav", "footer") for outer in outers)


def _url_date(url: str, form: str) -> str | None:
    """A date in the URL's path, in the form named: `DD-MM-YYYY`, `YYYY/MM/DD`; with none named, in any common one."""
    path = url.partition("?")[0].partition("#")[0]
    for one in (form,) if form else _FORMS:
        pattern = re.escape(one)
        for sign, group in (("YYYY", r"(?P<y>\d{4})"), ("MM", r"(?P<m>\d{2})"), ("DD", r"(?P<d>\d{2})")):
            pattern = pattern.replace(sign, group)
        match = re.search(rf"(?<!\d){pattern}(?!\d)", path)
        if match and (day := day_of(int(match["y"]), int(match["m"]), int(match["d"]))):
            return day.isoformat()
    return None


def _lead_date(text: str) -> str | None:
    """The date that a news item begins with; not one it announces, and not that of an act it cites."""
    text = canonical_text(text[: 2 * _LEAD])
    lead = text[:_LEAD]
    for day, start, end in written_dates(text[: _LEAD + 20]):
        if start >= _LEAD or _NOT_ITS_OWN.search(lead[:start]):
            continue
        return None if _FUTURE.search(lead[end:]) else day.isoformat()
    return None


def _words(element: etree._Element) -> str:
    return " ".join("".join(str(text) for text in element.itertext()).split())
