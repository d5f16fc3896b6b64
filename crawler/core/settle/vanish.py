"""A page that is not where it was: missing, gone after a second look, or moved."""

from dataclasses import replace
from datetime import timedelta

from crawler.core.changes import UNREPORTED, moved, removed
from crawler.core.compare import similarity
from crawler.core.schedule import Seen
from crawler.core.settle.held import Released, release, release_as_moved, release_to_stand
from crawler.core.settle.plan import DEFER, out, planned
from crawler.core.visit import Known, Terms, Visit
from storage.records import Alias, ChangeKind, Outcome, Page, PageKind, PageState, Settlement
from storage.said import Said

SIMILAR = 0.5  # share of words in common from which a redirect's target is the same article


def vanished(visit: Visit, known: Known, terms: Terms) -> Settlement:
    """404, 410, 403 where there was a page, a listing or "not found" in its place.

    One look removes nothing: the page is gone when a second look, ``gone_after`` later, finds the same.
    """
    if visit.page.version is None:
        return _never_was(visit, known, terms)
    elsewhere = release_as_moved(visit.page, known, visit, terms)
    if elsewhere.pages:
        return _with(elsewhere, visit, Outcome.REDIRECT)
    return _confirmed(visit, terms) if _confirms(visit, terms) else _suspected(visit, terms)


def _never_was(visit: Visit, known: Known, terms: Terms) -> Settlement:
    seed = visit.page.found_on is None and visit.page.depth == 0
    page = planned(visit.page, visit, terms, Seen.FAILED) if seed else out(visit.page, PageState.EXCLUDED)
    return _with(release_to_stand(visit.page, known, visit, terms), visit, Outcome.GONE, page)


def _with(released: Released, visit: Visit, outcome: Outcome, *pages: Page) -> Settlement:
    return Settlement(
        pages=(*pages, *released.pages),
        captures=(replace(visit.capture, outcome=outcome),),
        changes=released.changes,
        aliases=released.aliases,
    )


def _confirms(visit: Visit, terms: Terms) -> bool:
    since = visit.page.missing_since
    if visit.page.state is PageState.GONE:
        return False
    if not terms.policy.confirm:
        return True
    return since is not None and (visit.capture.fetched_at - since).total_seconds() >= terms.policy.gone_after


def _suspected(visit: Visit, terms: Terms) -> Settlement:
    page = planned(visit.page, visit, terms, Seen.GONE)
    if page.state is not PageState.GONE:
        since = page.missing_since or visit.capture.fetched_at
        again = since + timedelta(seconds=terms.policy.gone_after)
        page = replace(page, state=PageState.MISSING, missing_since=since, next_visit=max(again, terms.now))
    return Settlement(pages=(page,), captures=(replace(visit.capture, outcome=Outcome.GONE),))


def _confirmed(visit: Visit, terms: Terms) -> Settlement:
    page = planned(visit.page, visit, terms, Seen.GONE)
    since = page.missing_since or visit.capture.fetched_at
    page = replace(page, state=PageState.GONE, missing_since=since)
    silent = terms.run.baseline or page.kind in UNREPORTED or page.twin_of is not None
    return Settlement(
        pages=(page,),
        captures=(replace(visit.capture, outcome=Outcome.GONE),),
        changes=() if silent else (removed(page, visit, terms),),
    )


def redirected(visit: Visit, known: Known, terms: Terms) -> Settlement:
    """Sent on to another page: an alias, a move, or (to a listing, or out of the site) a way to say "gone"."""
    target = _target(visit, known)
    if target is None or (visit.page.version is not None and not _article(target)):
        where = Said("redirects to {url}", url=visit.target or visit.capture.redirect_to)
        return vanished(replace(visit, capture=replace(visit.capture, error=where)), known, terms)
    if visit.page.version is None:
        return _another_address(visit, target, known, terms)
    if target.version is None:
        return _wait_for(target, visit, terms)
    return _moved_or_gone(visit, target, known, terms)


def _target(visit: Visit, known: Known) -> Page | None:
    if visit.target is None or visit.target not in known.by_url:
        return None
    target = known.page(known.by_url[visit.target])
    lost = target.state in (PageState.EXCLUDED, PageState.GONE) or target.id == visit.page.id
    return None if lost else target


def _article(target: Page) -> bool:
    return target.kind not in UNREPORTED and target.url.count("/") >= 3 and not target.url.endswith("/")


def _another_address(visit: Visit, target: Page, known: Known, terms: Terms) -> Settlement:
    page = out(visit.page, PageState.ALIAS, alias_of=target.id)
    alias = Alias(url=page.url, page_id=target.id, how="redirect")
    latest = known.latest.get(target.id)
    held = release(page, latest, known, visit, terms) if latest else release_to_stand(page, known, visit, terms)
    return Settlement(
        pages=(page, *held.pages),
        captures=(replace(visit.capture, outcome=Outcome.REDIRECT),),
        changes=held.changes,
        aliases=(alias, *held.aliases),
    )


def _wait_for(target: Page, visit: Visit, terms: Terms) -> Settlement:
    """The target was never looked at: first that, then this page once more. If it can't be looked at: later."""
    captures = (replace(visit.capture, outcome=Outcome.REDIRECT),)
    if target.state is not PageState.NEW or target.revisit.failure_count:
        return Settlement(pages=(planned(visit.page, visit, terms, Seen.FAILED),), captures=captures)
    page = replace(visit.page, next_visit=visit.capture.fetched_at + DEFER)
    return Settlement(pages=(page,), captures=captures, due_now=(target.id,))


def _moved_or_gone(visit: Visit, target: Page, known: Known, terms: Terms) -> Settlement:
    before, after = known.latest[visit.page.id], known.latest[target.id]
    files = visit.page.kind is PageKind.DOCUMENT and target.kind is PageKind.DOCUMENT
    title = before.digests.title == after.digests.title
    if not (files or title or similarity(before.document.text, after.document.text) >= SIMILAR):
        where = Said("redirects to another page, {url}", url=target.url)
        return vanished(replace(visit, capture=replace(visit.capture, error=where)), known, terms)
    change = moved(visit.page, target, before, after, visit, terms)
    here = replace(target, state=PageState.LIVE, twin_of=None)
    return Settlement(
        pages=(out(visit.page, PageState.ALIAS, alias_of=target.id), here),
        captures=(replace(visit.capture, outcome=Outcome.REDIRECT),),
        changes=() if terms.run.baseline else (change,),
        aliases=(Alias(url=visit.page.url, page_id=target.id, how="moved"),),
        absorb=((target.id, ChangeKind.ADDED),),
    )
