"""What belongs to a site, and in which order never-seen pages are looked at."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from config.site import Site
from crawler.core.schedule import PageClass, first_state
from crawler.core.traps import calendar_like, dated_list, repeats, segments, session_like
from crawler.core.urls import BadUrl, address, canonical, group, place, rewritten, same_site, split_prefix
from storage.records import Discovery, PageKind
from storage.said import Said

# Priorities. Lists come before what they list, so that a run of any length knows what there is; articles come before
# the rest of the lists, which lead to older and older ones; whatever is likely to show an article a second time
# (other languages, /node/N, unknown query keys) waits until every first address has had its turn.
# Pages of no known kind many clicks from everything come last too: that is where generated words are.
FEED, FIRST_LIST, ARTICLE, FILE, LIST, PAGE, VARIANT, VARIANT_LIST, DUPLICATE = range(9)
FAR = 4  # clicks from a seed; a list's leaves are none

_ON_SITE, _NOT_ALLOWED = Said("on the site"), Said("not in [scope] allow")
LISTS = frozenset({PageKind.LISTING, PageKind.FEED})
_CLASSES = {
    PageKind.FEED: PageClass.FEED,
    PageKind.NEWS: PageClass.NEWS,
    PageKind.DOCUMENT: PageClass.DOCUMENT,
}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    in_scope: bool
    reason: str  # one line for people: what decided


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What an address amounts to, wherever and whenever it is found."""

    url: str
    address: str
    group: str
    kind: PageKind
    section: str | None
    variant: bool  # in another language than the default one, by its prefix
    deferred: bool
    further: bool  # second or later page of a list


def judge(url: str, site: Site) -> Verdict:
    """Does an address belong to the site? ``url`` is canonical; the profile's patterns search in ``place(url)``."""
    if not same_site(url, site):
        return Verdict(in_scope=False, reason=_not_on(site.hosts))
    reason = _trap(url, site)
    if reason:
        return Verdict(in_scope=False, reason=reason)
    where = place(url, site)
    denied = _first(site.scope.deny, where)
    if denied:
        return Verdict(in_scope=False, reason=_denied(denied))
    if site.scope.allow:
        allowed = _first(site.scope.allow, where)
        return Verdict(
            in_scope=bool(allowed),
            reason=_allowed(allowed) if allowed else _NOT_ALLOWED,
        )
    return Verdict(in_scope=True, reason=_ON_SITE)


@lru_cache(maxsize=500)  # a reason is made once, not with each of a crawl's links
def _not_on(hosts: tuple[str, ...]) -> Said:
    return Said("not on {hosts}", hosts=hosts)


@lru_cache(maxsize=500)
def _denied(rule: str) -> Said:
    return Said("denied by {rule}", rule=rule)


@lru_cache(maxsize=500)
def _allowed(rule: str) -> Said:
    return Said("allowed by {rule}", rule=rule)


def _trap(url: str, site: Site) -> str | None:
    scope = site.scope
    if len(url) > scope.max_url_length:
        return Said("longer than {most} characters", most=scope.max_url_length)
    if segments(url) > scope.max_depth:
        return Said("more than {most} path segments", most=scope.max_depth)
    if repeats(urlsplit(url).path, scope.max_repeated_segments):
        return Said("a path segment stands more than {most} times", most=scope.max_repeated_segments)
    if session_like(url):
        return "carries a session id"
    return "a calendar's page" if calendar_like(url) else None


def kind_by_url(url: str, site: Site) -> PageKind | None:
    """The kind that the canonical URL alone tells; null when only the page itself can."""
    where = place(url, site)
    for kind in site.kinds:
        when = kind.when
        if when.url and not when.body_class and not when.css and re.search(when.url, where):
            return PageKind(kind.name)
    return None


def section(url: str, site: Site) -> str | None:
    """The first named part of the site that the canonical URL is in."""
    where = place(url, site)
    return next((part.name for part in site.sections if re.search(part.match, where)), None)


def priority(url: str, site: Site, kind: PageKind, *, depth: int = 1, on_list: bool = False) -> int:
    """When a never-seen page has its turn, 0 first (see the constants).

    ``depth``: clicks from a seed; ``on_list``: found on a listing or a feed. A page of unknown kind on a list is an
    article by a name of its own. A likely duplicate that the front page itself links (a menu's /node/19) is none.
    """
    return _priority(_look(url, url, kind, site), depth=depth, on_list=on_list)


def _priority(target: Target, *, depth: int, on_list: bool) -> int:
    list_page = target.kind in LISTS
    if target.deferred:
        named = not target.variant and not dated_list(target.url) and "?" not in target.url
        return PAGE if depth <= 1 and named else DUPLICATE
    if target.variant:
        return VARIANT_LIST if target.further else VARIANT
    if list_page and not target.further:
        return FEED if target.kind is PageKind.FEED else FIRST_LIST
    if list_page:
        return LIST
    if target.kind is PageKind.DOCUMENT:
        return FILE
    if target.kind is PageKind.NEWS or on_list or depth == 0:
        return ARTICLE
    return PAGE if depth <= FAR else DUPLICATE


def targets(url: str, site: Site) -> tuple[Target, ...]:
    """What an absolute address amounts to: none when it is out of scope or no address.

    One in another language brings its default-language address along, first: that is where the page is at home.
    What a profile's rule rewrites (a print view) is asked for at the address that the rule names.
    """
    try:
        found = canonical(url, site)
        if not judge(found, site).in_scope:
            return ()
        asked = found if rewritten(url, site) else address(url, site)
    except BadUrl:
        return ()
    home = group(found, site)
    own = _look(found, asked, kind_by_url(found, site) or PageKind.OTHER, site)
    if home == found:
        return (own,)
    return (_look(home, home, own.kind, site), own)


def _look(url: str, asked: str, kind: PageKind, site: Site) -> Target:
    parts = urlsplit(url)
    return Target(
        url=url,
        address=asked,
        group=group(url, site),
        kind=kind,
        section=section(url, site),
        variant=bool(split_prefix(parts.path, site.scope)[0]),
        deferred=dated_list(url) or _first(site.scope.defer, place(url, site)) is not None,
        further=kind is PageKind.LISTING and bool(parts.query),
    )


def discover(
    target: Target, *, site: Site, now: datetime, depth: int, found_on: str | None, baseline: bool
) -> Discovery | None:
    """The page to be; null when it is too many clicks away. ``depth`` and ``found_on``: of the page that links to it.

    Turning a list's leaves is no click: a list of a hundred pages is as deep as its first one.
    """
    deep = depth if found_on is None or _same_list(target, found_on) else depth + 1
    if deep > site.scope.max_depth:
        return None
    on_list = found_on is not None and kind_by_url(found_on, site) in LISTS
    return Discovery(
        site=site.key,
        url=target.url,
        address=target.address,
        group=target.group,
        kind=target.kind,
        section=target.section,
        priority=_priority(target, depth=deep, on_list=on_list),
        depth=deep,
        found_on=found_on,
        baseline=baseline,
        next_visit=now,
        revisit=first_state(page_class(target.kind, further=target.further), now.timestamp()),
    )


def discovery(
    link_url: str, *, base: str, site: Site, now: datetime, depth: int, found_on: str | None, baseline: bool
) -> tuple[Discovery, ...]:
    """The pages to be that a link leads to: none out of scope, two for another language's address (home first).

    ``link_url`` may be relative to ``base``; ``depth`` is that of the page ``found_on``, 0 with null for a seed.
    """
    try:
        absolute = urljoin(base, link_url)
    except ValueError:
        return ()
    found = (
        discover(target, site=site, now=now, depth=depth, found_on=found_on, baseline=baseline)
        for target in targets(absolute, site)
    )
    return tuple(page for page in found if page)


def page_class(kind: PageKind, *, further: bool = False) -> PageClass:
    """The revisit policy's class for a kind of page; ``further``: second or later page of a list."""
    if kind is PageKind.LISTING:
        return PageClass.LISTING_TAIL if further else PageClass.LISTING
    return _CLASSES.get(kind, PageClass.STATIC)


def _same_list(target: Target, found_on: str) -> bool:
    return target.further and urlsplit(target.url).path == urlsplit(found_on).path


def _first(patterns: tuple[str, ...], text: str) -> str | None:
    return next((pattern.pattern for pattern in _compiled(patterns) if pattern.search(text)), None)


@lru_cache(maxsize=256)
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, patterns))
