"""Pages that waited for a look at another page: aliases of it, its new address, or articles of their own."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from crawler.core.changes import UNREPORTED, added, moved
from crawler.core.settle.plan import out
from crawler.core.visit import Known, Terms, Visit
from storage.records import Alias, Change, Page, PageKind, PageState, Version


@dataclass(frozen=True, kw_only=True)
class Released:
    pages: tuple[Page, ...] = ()
    changes: tuple[Change, ...] = ()
    aliases: tuple[Alias, ...] = ()

    def plus(self, other: "Released") -> "Released":
        return Released(
            pages=self.pages + other.pages,
            changes=self.changes + other.changes,
            aliases=self.aliases + other.aliases,
        )


def waiting(page: Page, known: Known) -> list[Page]:
    """Pages that wait for this one, in their newest state."""
    return [known.page(other) for other in known.held.get(page.id, []) if known.page(other).state is PageState.HELD]


def release(page: Page, latest: Version, known: Known, visit: Visit, terms: Terms) -> Released:
    """The page is there: those that waited for it and say the same are its aliases; the others stand by themselves."""
    return _all(_beside(other, page, latest, known, visit, terms) for other in waiting(page, known))


def _beside(other: Page, page: Page, latest: Version, known: Known, visit: Visit, terms: Terms) -> Released:
    version = known.latest[other.id]
    if (version.digests.text, version.digests.title) != (latest.digests.text, latest.digests.title):
        return _stands(other, version, known, visit, terms)
    return Released(
        pages=(out(other, PageState.ALIAS, alias_of=page.id),),
        aliases=(Alias(url=other.url, page_id=page.id, how="same content"),),
    )


def release_to_stand(page: Page, known: Known, visit: Visit, terms: Terms) -> Released:
    """The page never was an article: those that waited for it stand by themselves."""
    return _all(_stands(other, known.latest[other.id], known, visit, terms) for other in waiting(page, known))


def _stands(other: Page, version: Version, known: Known, visit: Visit, terms: Terms) -> Released:
    page = replace(other, state=PageState.LIVE, twin_of=None)
    told = other.kind is PageKind.DOCUMENT and known.parents.get(other.url)
    silent = terms.run.baseline or other.baseline or other.kind in UNREPORTED or told
    seen = replace(visit, capture=replace(visit.capture, fetched_at=version.first_seen))
    return Released(pages=(page,), changes=() if silent else (added(page, version, seen, terms),))


def release_as_moved(page: Page, known: Known, visit: Visit, terms: Terms) -> Released:
    """The page is not there any more, and its article was found elsewhere: it moved to the first that waited."""
    others = waiting(page, known)
    if not others or page.version is None:
        return Released()
    target = replace(others[0], state=PageState.LIVE, twin_of=None)
    change = moved(page, target, known.latest[page.id], known.latest[target.id], visit, terms)
    moved_here = Released(
        pages=(target, out(page, PageState.ALIAS, alias_of=target.id)),
        changes=() if terms.run.baseline else (change,),
        aliases=(Alias(url=page.url, page_id=target.id, how="moved"),),
    )
    return moved_here.plus(_all(_alias_of(other, target) for other in others[1:]))


def _alias_of(other: Page, target: Page) -> Released:
    return Released(
        pages=(out(other, PageState.ALIAS, alias_of=target.id),),
        aliases=(Alias(url=other.url, page_id=target.id, how="same content"),),
    )


def _all(parts: Iterable[Released]) -> Released:
    whole = Released()
    for part in parts:
        whole = whole.plus(part)
    return whole
