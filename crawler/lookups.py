"""What the archive knows about a batch of visits, asked in a handful of statements."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from crawler.core.visit import Found, Known, Visit
from storage.archive import Archive
from storage.records import Page, PageKind


def look_up(visits: Sequence[Visit], archive: Archive) -> Known:
    """Everything that ``settle`` may ask of the archive for these visits."""
    if not visits:
        return Known()
    site = visits[0].page.site
    known = Known()
    archive.discover([d for v in visits if v.found is Found.REDIRECT for d in v.discoveries])
    known.by_url = archive.pages_by_url(site, _named(visits))
    visited = [visit.page.id for visit in visits]
    known.held = archive.held(visited)
    known.twins = archive.twins(site, {(v.digests.text, v.digests.title) for v in visits if v.digests})
    known.parents = _parents(visits, archive)
    known.by_id = {page.id: page for page in _named_pages(known)} | archive.pages_by_id(visited)
    known.latest = archive.latest_versions(list(known.by_id))
    known.named = archive.named(site, (word.url for visit in visits for word in visit.words or ()))
    return known


def count_new_links(visits: Sequence[Visit], archive: Archive) -> list[Visit]:
    """The visits with what each list or feed was good for, as the policy counts it.

    Never-seen addresses; and of a feed, the hints that visits have confirmed since it was last read.
    """
    urls = {found.url for visit in visits if _lists(visit) for found in visit.discoveries}
    known = archive.known(visits[0].page.site, urls) if urls else set()
    return [
        replace(visit, new_links=_unknown(visit, known) + _confirmed(visit, archive)) if _lists(visit) else visit
        for visit in visits
    ]


def _lists(visit: Visit) -> bool:
    return visit.page.kind in (PageKind.LISTING, PageKind.FEED) or visit.words is not None


def _confirmed(visit: Visit, archive: Archive) -> int:
    if not visit.words or visit.page.revisit.last_visit is None:
        return 0
    named = archive.named(visit.page.site, (word.url for word in visit.words))
    since = datetime.fromtimestamp(visit.page.revisit.last_visit, UTC)
    return archive.confirmed({page.page_id for page in named.values()}, since)


def _unknown(visit: Visit, known: set[str]) -> int:
    return sum(found.url not in known for found in visit.discoveries)


def _named(visits: Iterable[Visit]) -> set[str]:
    named = {url for v in visits for url in (v.target, v.prefers, v.node, v.page.group) if url}
    return named | {visit.page.url for visit in visits}


def _parents(visits: Iterable[Visit], archive: Archive) -> dict[str, list[Page]]:
    documents = {v.page.url: v.page.site for v in visits if v.page.kind is PageKind.DOCUMENT}
    return {url: archive.parents(site, url) for url, site in documents.items()}


def _named_pages(known: Known) -> list[Page]:
    groups = [*known.held.values(), *known.twins.values(), *known.parents.values()]
    return [*known.by_url.values(), *(page for group in groups for page in group)]
