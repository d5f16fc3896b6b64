"""A page that we know was visited again and answered: the same, edited, or back."""

from dataclasses import replace

from crawler.core.changes import UNREPORTED, attachment_edited, edited, restored
from crawler.core.schedule import Seen
from crawler.core.settle.doubt import asked_again, needs_confirmation
from crawler.core.settle.first import first_version, live, own_aliases
from crawler.core.settle.held import release
from crawler.core.settle.persist import persists
from crawler.core.settle.plan import answered, planned
from crawler.core.settle.vanish import vanished
from crawler.core.visit import Known, Terms, Visit
from storage.records import Change, Outcome, PageKind, PageState, Settlement, Version
from storage.said import Said


def same(visit: Visit, known: Known, terms: Terms) -> Settlement:
    """304, the same bytes, or the same content region: a revisit."""
    page = planned(answered(visit.page, visit), visit, terms, Seen.SAME)
    outcome = Outcome.NOT_MODIFIED if visit.not_modified else Outcome.UNCHANGED
    latest = known.latest.get(page.id)
    if latest is None:  # a feed, or an alias that is asked again
        return Settlement(pages=(page,), captures=(replace(visit.capture, outcome=outcome),))
    return _back(visit, latest, latest, known, terms, versions=(), outcome=outcome, seen=Seen.SAME)


def again(visit: Visit, known: Known, terms: Terms) -> Settlement:
    """A text was extracted: compared with the last version, read by the same extractor."""
    first_look = known.doubts.pop(visit.page.id, None)
    before = known.latest[visit.page.id]
    rebased = known.rebased.get(visit.page.id)
    upgrade = () if rebased is None else (replace(rebased, number=before.number + 1, upgrade=True),)
    before = upgrade[0] if upgrade else before
    after = first_version(visit, terms, number=before.number + 1)
    if _shows_a_listing(visit, after, known):
        listed = replace(visit.capture, error=Said("shows a listing instead"))
        return vanished(replace(visit, capture=listed), known, terms)
    if _equal(before, after):
        return _back(visit, before, before, known, terms, versions=upgrade, outcome=Outcome.UNCHANGED, seen=Seen.SAME)
    versions = (*upgrade, after)
    only_form = before.digests.content == after.digests.content and before.digests.dates == after.digests.dates
    if not only_form and needs_confirmation(visit, terms):
        if first_look is None:
            return asked_again(visit, known)
        if not persists(before.document, first_look, after.document):
            outcome = Outcome.UNCHANGED
            return _back(visit, before, before, known, terms, versions=upgrade, outcome=outcome, seen=Seen.SAME)
    outcome, seen = (Outcome.UNCHANGED, Seen.SAME) if only_form else (Outcome.CHANGED, Seen.CHANGED)
    return _back(visit, before, after, known, terms, versions=versions, outcome=outcome, seen=seen)


def _equal(before: Version, after: Version) -> bool:
    return before.digests == after.digests


def _shows_a_listing(visit: Visit, after: Version, known: Known) -> bool:
    if visit.page.kind in UNREPORTED or visit.page.kind is PageKind.DOCUMENT:
        return False
    return any(twin.kind in UNREPORTED for twin in known.twins_of(visit.page, after.digests))


def _back(
    visit: Visit,
    before: Version,
    after: Version,
    known: Known,
    terms: Terms,
    *,
    versions: tuple[Version, ...],
    outcome: Outcome,
    seen: Seen,
) -> Settlement:
    """The page is there, with version ``after``."""
    held = visit.page.state is PageState.HELD
    page = live(visit, after, terms, seen=seen)
    page = replace(page, state=visit.page.state, twin_of=visit.page.twin_of) if held else page
    released = release(page, after, known, visit, terms)
    return Settlement(
        pages=(page, *released.pages),
        captures=(replace(visit.capture, outcome=outcome),),
        versions=versions,
        changes=_told(visit, before, after, known, terms) + released.changes,
        aliases=(own_aliases(visit, page, known) if versions else ()) + released.aliases,
    )


def _told(visit: Visit, before: Version, after: Version, known: Known, terms: Terms) -> tuple[Change, ...]:
    page = visit.page
    if page.state is PageState.HELD or page.kind in UNREPORTED or terms.run.baseline:
        return ()
    if page.state is PageState.GONE:
        return (restored(page, before, after, visit, terms),)
    if before.number == after.number:
        return ()
    parents = known.parents.get(page.url) if page.kind is PageKind.DOCUMENT else None
    if parents:
        return (attachment_edited(known.page(parents[0]), page, before, after, visit, terms),)
    return (edited(page, before, after, visit, terms),)
