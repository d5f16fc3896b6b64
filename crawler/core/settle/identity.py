"""Whether a page's first text is an article that we know by another address."""

from dataclasses import dataclass
from enum import StrEnum

from crawler.core.changes import UNREPORTED
from crawler.core.visit import Known, Terms, Visit
from storage.records import Digests, Document, Page, PageKind, PageState
from storage.said import Said

MIN_TWIN = 80  # characters: shorter texts may be equal by chance ("In preparation")


class Verdict(StrEnum):
    ITSELF = "itself"  # an article of its own
    ALIAS = "alias"  # the other page's article under one more address
    ASK = "ask"  # the other page has to be looked at first
    MOVED = "moved"  # the other page is not there any more: its article lives here now
    LISTING = "listing"  # shows a listing where an article should be: a soft 404


@dataclass(frozen=True, kw_only=True)
class Identity:
    verdict: Verdict
    other: Page | None = None
    how: str = ""


ITSELF = Identity(verdict=Verdict.ITSELF)


def identify(visit: Visit, document: Document, digests: Digests, known: Known, terms: Terms) -> Identity:
    """Decides for a page without a version what it is.

    Claims (declared canonical, shortlink, language variant) are believed only where the texts are equal; where none is,
    a claim to a page that was never looked at is held until it was.
    """
    if document.kind is PageKind.FEED:
        return ITSELF
    claims = _claimed(visit, known)
    for other, how in claims:
        if _same_text(other, digests, known):
            return _of_twin(visit.page, other, how, terms)
    for other, how in claims:
        if other.version is None and other.state is PageState.NEW:
            return Identity(verdict=Verdict.ASK, other=other, how=how)
    return _by_text(visit, document, digests, known, terms)


def _claimed(visit: Visit, known: Known) -> list[tuple[Page, str]]:
    claims = [(visit.prefers, "canonical"), (visit.node, "shortlink"), (visit.page.group, "language variant")]
    found = [(known.page(known.by_url[url]), how) for url, how in claims if url and url in known.by_url]
    return [(other, how) for other, how in found if other.id != visit.page.id and other.state is not PageState.ALIAS]


def _same_text(other: Page, digests: Digests, known: Known) -> bool:
    version = known.latest.get(other.id)
    return version is not None and (version.digests.text, version.digests.title) == (digests.text, digests.title)


def _by_text(visit: Visit, document: Document, digests: Digests, known: Known, terms: Terms) -> Identity:
    twins = [t for t in known.twins_of(visit.page, digests) if t.state not in (PageState.ALIAS, PageState.EXCLUDED)]
    listing = next((t for t in twins if t.kind in UNREPORTED), None)
    if listing and visit.page.kind not in UNREPORTED:
        return Identity(verdict=Verdict.LISTING, other=listing, how=Said("shows the same as a listing"))
    if document.kind is PageKind.DOCUMENT or len(document.text) < MIN_TWIN:
        return ITSELF
    twin = next((t for t in twins if _same_date(t, document, known)), None)
    return _of_twin(visit.page, twin, "same content", terms) if twin else ITSELF


def _same_date(other: Page, document: Document, known: Known) -> bool:
    published = known.latest[other.id].document.published
    return published is None or document.published is None or published[:10] == document.published[:10]


def _of_twin(page: Page, twin: Page, how: str, terms: Terms) -> Identity:
    """The other page is gone: its article moved here. Not looked at in this run: that first.

    A look before this address turned up says nothing: the article may have moved in between, in the midst of a run.
    """
    if twin.state in (PageState.MISSING, PageState.GONE):
        return Identity(verdict=Verdict.MOVED, other=twin)
    since = terms.run.started_at if terms.run.baseline else max(terms.run.started_at, page.found_at)
    seen_now = twin.last_seen is not None and twin.last_seen >= since
    verdict = Verdict.ALIAS if seen_now or how == "language variant" else Verdict.ASK
    return Identity(verdict=verdict, other=twin, how=how)
