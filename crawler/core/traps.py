"""Traps: addresses that go on for ever, told by their form and by what their like has brought."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from config.site import Site
from crawler.core.urls import place, split_prefix
from storage.said import Said

PATIENCE = 30  # visited pages of one pattern in a row that brought nothing new, before it is left
FERTILE = 0.05  # share of fertile visits that earns a pattern more patience
MOST_PATTERNS = 20_000  # remembered in a run; a site with more patterns than that is one big trap

PAGER = frozenset({"page", "p", "start", "offset"})  # query keys that turn a list's leaves

_HEX = re.compile(r"(?=[a-z]*\d)[0-9a-f]{8,}", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_SESSION = re.compile(
    r"(?:^|[/;?&._-])(?:(?:php|j|asp)?sess(?:ion)?[-_]?(?:id)?|sid|s)[=/_-]?(?=[a-z]*\d)[0-9a-z]{16,}(?:$|[/?&;.])"
    r"|/(?=[a-z]*\d)(?=\d*[a-f])[0-9a-f]{32}(?:$|[/?])",
    re.IGNORECASE,
)
_DAY = r"(?:19|20)\d\d[-/](?:0?[1-9]|1[0-2])(?:[-/](?:0?[1-9]|[12]\d|3[01]))?"
_CALENDAR = re.compile(rf"/(?:calendar|kalendar|kalyandar|календар\w*)/(?:[a-z]+/)?{_DAY}(?:$|[/?])", re.IGNORECASE)
_DATED = re.compile(
    rf"/(?:events?|archive|arhiv|sobytiya|архив)/(?:[a-z]+/)?{_DAY}(?:$|[/?])"
    rf"|[?&](?:date|day|month|mini|year|week)=(?:{_DAY}|\d{{1,4}})(?:$|&)",
    re.IGNORECASE,
)


def repeats(path: str, limit: int) -> bool:
    """Does any segment stand more than ``limit`` times in the path? Relative links gone wrong make such paths.

    >>> repeats("/a/b/a/b/a/b/a/b", 3)
    True
    """
    segments = [segment for segment in path.split("/") if segment]
    return len(segments) > limit and max(Counter(segments).values()) > limit


def session_like(url: str) -> bool:
    """Does the address carry what looks like a visitor's session id?"""
    return bool(_SESSION.search(url.partition("://")[2] or url))


def calendar_like(url: str) -> bool:
    """Is it a day, week or month of a calendar? There is always a next one."""
    return bool(_CALENDAR.search(url))


def dated_list(url: str) -> bool:
    """Is it a list of a day, month or year? It may be an archive worth reading, or a calendar by another name."""
    return bool(_DATED.search(url))


def signature(canonical_url: str, site: Site) -> str:
    """The pattern that an address is one of: digits and hex masked, words after the first segment too, query keys.

    >>> signature("https://mpt.gov.by/news/26-04-2017-1910?b=1&a=2", mpt)
    '/news/#-#-#-#?a&b'
    """
    path, _, query = place(canonical_url, site).partition("?")
    keys = sorted({pair.partition("=")[0] for pair in query.split("&")} - {""})
    # Another language's pages are a pattern of their own: that they repeat ours says nothing against ours.
    prefix, _ = split_prefix(urlsplit(canonical_url).path, site.scope)
    masked = _mask(path) if keys and set(keys) <= PAGER else _masked_path(path)  # one endless list is not all lists
    return f"/{prefix}" * bool(prefix) + masked + (f"?{'&'.join(keys)}" if keys else "")


def _masked_path(path: str) -> str:
    first, *rest = path.strip("/").split("/")
    return "/" + "/".join([_mask(first) if rest else _slug(first), *map(_slug, rest)])


def _mask(segment: str) -> str:
    return _DIGITS.sub("#", _HEX.sub("#", segment))


def _slug(segment: str) -> str:
    """A masked number form stays, words become "w", an ending is kept: /files/w.pdf."""
    masked = _mask(segment)
    if not any(character.isalpha() for character in masked):
        return masked
    stem, dot, ending = masked.rpartition(".")
    return f"w.{ending}" if dot and stem and len(ending) <= 5 else "w"


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """What the visits to a pattern's pages have brought in this run. Only first visits to a page are counted:
    an unchanged page that is visited again brings nothing new and is no trap."""

    visited: int = 0
    fertile: int = 0  # visits with a text not seen elsewhere, or links to pages not known before
    barren: int = 0  # visits in a row without


def is_fertile(canonical_url: str, *, new_text: bool, new_links: Iterable[str], is_list: bool) -> bool:
    """Has a first visit brought anything? Links to pages not known before, or, unless it is a list, a text of its own.

    A list's further pages do not count among its links, nor do other days: endless lists lead to nothing but
    themselves.
    """
    if new_text and not is_list and not dated_list(canonical_url):
        return True
    own = urlsplit(canonical_url).path
    return any(urlsplit(link).path != own and not dated_list(link) for link in new_links)


def learnt(pattern: Pattern, *, fertile: bool) -> Pattern:
    """The pattern after one more first visit."""
    return replace(
        pattern,
        visited=pattern.visited + 1,
        fertile=pattern.fertile + fertile,
        barren=0 if fertile else pattern.barren + 1,
    )


def should_follow(pattern: Pattern) -> bool:
    """Is a pattern still worth visits? A fertile one is left only when its dry spell has become its habit."""
    if pattern.barren < PATIENCE:
        return True
    return pattern.fertile >= FERTILE * pattern.visited and pattern.barren < 5 * PATIENCE


@dataclass(kw_only=True)
class Novelty:
    """One run's memory of patterns and budgets: bounded, and the only mutable thing here."""

    site: Site
    patterns: dict[str, Pattern] = field(default_factory=dict)
    spent: Counter[str] = field(default_factory=Counter)  # visits by the budget's pattern

    def refusal(self, canonical_url: str) -> str | None:
        """Why an address is not to be visited in this run; null when it is."""
        key = signature(canonical_url, self.site)
        if not should_follow(self.patterns.get(key, Pattern())):
            return Said.counted(
                "pages like {key} brought nothing new {n} time",
                "pages like {key} brought nothing new {n} times in a row",
                n=self.patterns[key].barren,
                key=key,
            )
        where = place(canonical_url, self.site)
        for budget in self.site.scope.budgets:
            if self.spent[budget.match] >= budget.pages and re.search(budget.match, where):
                return Said.counted(
                    "the budget of {n} page for {match} is spent",
                    "the budget of {n} pages for {match} is spent",
                    n=budget.pages,
                    match=budget.match,
                )
        return None

    def spend(self, canonical_url: str) -> None:
        """Takes a page that was visited before this run off the budgets that it falls under."""
        where = place(canonical_url, self.site)
        self.spent.update(b.match for b in self.site.scope.budgets if re.search(b.match, where))

    def visited(self, canonical_url: str, *, fertile: bool) -> None:
        """Takes in what the first visit to a page has brought."""
        key = signature(canonical_url, self.site)
        if key in self.patterns or len(self.patterns) < MOST_PATTERNS:
            self.patterns[key] = learnt(self.patterns.get(key, Pattern()), fertile=fertile)
        self.spend(canonical_url)


def segments(url: str) -> int:
    """How many segments the path has."""
    return sum(1 for segment in urlsplit(url).path.split("/") if segment)
