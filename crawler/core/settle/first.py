"""A page's first text: a new article, or another address of one that we know."""

from dataclasses import replace

from crawler.core.changes import UNREPORTED, added, moved
from crawler.core.schedule import Seen
from crawler.core.settle.held import release
from crawler.core.settle.identity import Identity, Verdict, identify
from crawler.core.settle.plan import LANGUAGE_VARIANT, answered, out, planned
from crawler.core.visit import Known, Terms, Visit
from storage.records import (
    Alias,
    ChangeKind,
    Digests,
    Document,
    Outcome,
    Page,
    PageKind,
    PageState,
    Settlement,
    Version,
)
from storage.said import Said


def first(visit: Visit, known: Known, terms: Terms) -> Settlement:
    """Settles a page that has no version yet."""
    if visit.document is None or visit.digests is None:
        raise ValueError("a visit that found a document must bring it")
    identity = identify(visit, visit.document, visit.digests, known, terms)
    match identity.verdict:
        case Verdict.ALIAS:
            return _alias(visit, identity, terms)
        case Verdict.LISTING:
            return _soft_404(visit, identity, terms)
        case Verdict.ASK:
            return _held(visit, identity, known, terms)
        case Verdict.MOVED:
            return _moved(visit, identity, known, terms)
        case Verdict.ITSELF:
            return _new(visit, known, terms)


def first_version(visit: Visit, terms: Terms, *, number: int = 1) -> Version:
    """The version that a visit's document makes."""
    document, digests = _brought(visit)
    return Version(
        page_id=visit.page.id,
        number=number,
        first_seen=visit.capture.fetched_at,
        document=document,
        digests=digests,
        extractor_version=terms.extractor_version,
        profile_version=terms.profile_version,
    )


def _brought(visit: Visit) -> tuple[Document, Digests]:
    if visit.document is None or visit.digests is None:
        raise ValueError("a visit that found a document must bring it")
    return visit.document, visit.digests


def live(visit: Visit, version: Version, terms: Terms, *, seen: Seen) -> Page:
    """The visited page, alive with this version."""
    page = planned(answered(visit.page, visit), visit, terms, seen)
    kind = visit.page.kind if version.document.kind is PageKind.OTHER else version.document.kind
    return replace(
        page,
        state=PageState.LIVE,
        kind=kind,
        node=visit.node or page.node,
        version=version.number,
        title=version.document.title,
        language=version.document.language,
        alias_of=None,
        twin_of=None,
    )


def own_aliases(visit: Visit, page: Page, known: Known) -> tuple[Alias, ...]:
    """Addresses that the page itself names, where nobody else has them."""
    if not visit.node or visit.node == page.url:
        return ()
    holder = known.by_url.get(visit.node)
    free = holder is None or known.page(holder).version is None
    return (Alias(url=visit.node, page_id=page.id, how="shortlink"),) if free else ()


def _new(visit: Visit, known: Known, terms: Terms) -> Settlement:
    version = first_version(visit, terms)
    page = live(visit, version, terms, seen=Seen.CHANGED)
    reported = not (terms.run.baseline or page.baseline or page.kind in UNREPORTED or _belongs(page, known))
    released = release(page, version, known, visit, terms)
    return Settlement(
        pages=(page, *released.pages),
        captures=(replace(visit.capture, outcome=Outcome.NEW),),
        versions=(version,),
        changes=((added(page, version, visit, terms),) if reported else ()) + released.changes,
        aliases=own_aliases(visit, page, known) + released.aliases,
    )


def _belongs(page: Page, known: Known) -> bool:
    """A document that a page links is told of in that page's change."""
    return page.kind is PageKind.DOCUMENT and bool(known.parents.get(page.url))


def _alias(visit: Visit, identity: Identity, terms: Terms) -> Settlement:
    if identity.other is None:
        raise ValueError("an alias needs the page that it is an alias of")
    until = terms.now + LANGUAGE_VARIANT if identity.how == "language variant" else None
    page = out(visit.page, PageState.ALIAS, until=until, alias_of=identity.other.id)
    return Settlement(
        pages=(page,),
        captures=(replace(visit.capture, outcome=Outcome.UNCHANGED),),
        aliases=(Alias(url=page.url, page_id=identity.other.id, how=identity.how),),
    )


def _soft_404(visit: Visit, identity: Identity, terms: Terms) -> Settlement:
    capture = replace(visit.capture, outcome=Outcome.EXCLUDED, error=Said("soft 404: {why}", why=identity.how))
    return Settlement(pages=(out(visit.page, PageState.EXCLUDED),), captures=(capture,))


def _held(visit: Visit, identity: Identity, known: Known, terms: Terms) -> Settlement:
    """Stored, but not reported until the other page has been looked at."""
    if identity.other is None:
        raise ValueError("a held page needs the page that it waits for")
    version = first_version(visit, terms)
    page = replace(live(visit, version, terms, seen=Seen.CHANGED), state=PageState.HELD, twin_of=identity.other.id)
    return Settlement(
        pages=(page,),
        captures=(replace(visit.capture, outcome=Outcome.NEW),),
        versions=(version,),
        due_now=(identity.other.id,),
    )


def _moved(visit: Visit, identity: Identity, known: Known, terms: Terms) -> Settlement:
    """The article of a page that was missing at the last look has turned up here."""
    if identity.other is None:
        raise ValueError("a move needs the page that moved")
    version = first_version(visit, terms)
    page = live(visit, version, terms, seen=Seen.CHANGED)
    old = identity.other
    change = moved(old, page, known.latest[old.id], version, visit, terms)
    return Settlement(
        pages=(page, out(old, PageState.ALIAS, alias_of=page.id)),
        captures=(replace(visit.capture, outcome=Outcome.NEW),),
        versions=(version,),
        changes=() if terms.run.baseline else (change,),
        aliases=(Alias(url=old.url, page_id=page.id, how="moved"), *own_aliases(visit, page, known)),
        absorb=((page.id, ChangeKind.ADDED), (old.id, ChangeKind.REMOVED)),
    )
