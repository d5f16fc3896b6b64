"""When a page is visited next, as the revisit policy decides it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from crawler.core.schedule import Seen, decide
from crawler.core.visit import Terms, Visit
from storage.records import Page, PageState

LANGUAGE_VARIANT = timedelta(days=30)  # until a variant with an equal text is asked again for a translation
DEFER = timedelta(seconds=2)  # until a page is looked at again that waits for another page's first visit


def planned(page: Page, visit: Visit, terms: Terms, seen: Seen) -> Page:
    """The page with the policy's next visit and its updated state."""
    decision = decide(
        page.revisit,
        terms.now.timestamp(),
        terms.multiplier,
        seen,
        url=page.url,
        new_links=visit.new_links,
        retry_after=visit.retry_after,
    )
    return replace(page, revisit=decision.state, next_visit=datetime.fromtimestamp(decision.next_visit, UTC))


def answered(page: Page, visit: Visit) -> Page:
    """The page with what a good answer tells: validators, digests, the address that works, when it was seen.

    A 304 does not move ``last_seen``: it is the server's word that nothing changed, not our own look.
    """
    if visit.not_modified:
        return replace(page, missing_since=None)
    return replace(
        page,
        address=visit.address,
        etag=visit.etag,
        last_modified=visit.last_modified,
        body_digest=visit.body_digest,
        region_digest=visit.region_digest,
        last_seen=visit.capture.fetched_at,
        missing_since=None,
        unconditional_at=page.unconditional_at if visit.conditional else visit.capture.fetched_at,
    )


def out(page: Page, state: PageState, *, until: datetime | None = None, alias_of: int | None = None) -> Page:
    """The page, not visited any more (or not before ``until``)."""
    return replace(page, state=state, next_visit=until, alias_of=alias_of, twin_of=None)
