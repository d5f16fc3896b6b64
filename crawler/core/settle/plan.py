"""When a page is visited next, as the revisit policy decides it."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from crawler.core.schedule import Hint, Seen, as_class, decide
from crawler.core.schedule_hints import is_covered
from crawler.core.schedule_rates import tells_edits
from crawler.core.scope import page_class
from crawler.core.visit import Terms, Visit
from storage.records import Page, PageKind, PageState, Revisit

LANGUAGE_VARIANT = timedelta(days=30)  # until a variant with an equal text is asked again for a translation
NOON = time(12)
DEFER = timedelta(seconds=2)  # until a page is looked at again that waits for another page's first visit


def planned(page: Page, visit: Visit, terms: Terms, seen: Seen) -> Page:
    """The page with the policy's next visit and its updated state."""
    now = terms.now.timestamp()
    there = seen in (Seen.SAME, Seen.CHANGED)
    kind, published = _known_better(page, visit, terms) if there else (page.kind, None)
    decision = decide(
        _classed(page, kind, now, published) if there else page.revisit,
        now,
        terms.multiplier,
        seen,
        url=page.url,
        new_links=visit.new_links,
        retry_after=visit.retry_after,
        hint=_hint(page, terms, now),
    )
    return replace(page, kind=kind, revisit=decision.state, next_visit=datetime.fromtimestamp(decision.next_visit, UTC))


def _classed(page: Page, kind: PageKind, now: float, published: float | None) -> Revisit:
    return as_class(page.revisit, page_class(kind, further=bool(urlsplit(page.url).query)), now, published)


def _known_better(page: Page, visit: Visit, terms: Terms) -> tuple[PageKind, float | None]:
    """The page's kind, and at the first look at an article when it was published: an address alone tells neither."""
    if visit.words is not None:
        return PageKind.FEED, None
    document = visit.document
    if document is None:
        return page.kind, None
    kind = page.kind if document.kind is PageKind.OTHER else document.kind
    return kind, None if page.version else published_at(document.published, ZoneInfo(terms.policy.zone))


def published_at(text: str | None, zone: ZoneInfo) -> float | None:
    """A document's date of publication as a UTC timestamp; a bare day counts as its noon in the site's zone."""
    try:
        day = date.fromisoformat(text or "")
        return datetime.combine(day, NOON, zone).timestamp()
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text or "")
        return moment.replace(tzinfo=moment.tzinfo or zone).timestamp()
    except (ValueError, OverflowError):
        return None


def _hint(page: Page, terms: Terms, now: float) -> Hint | None:
    """What feeds are worth for the page: an edit of it would be named, or one is."""
    if not tells_edits(page.revisit.page_class) or not is_covered(page.hint_read, now):
        return None
    return terms.trust.hint(page.hint_modified)


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
