"""What one visit means: the page's new state, its versions, the changes to report. Pure: values in, a value out."""

from dataclasses import replace
from datetime import timedelta

from crawler.core.schedule import Seen
from crawler.core.settle.again import again, same
from crawler.core.settle.emptied import asked_again_at
from crawler.core.settle.first import first
from crawler.core.settle.hinted import hint_marks
from crawler.core.settle.plan import out, planned
from crawler.core.settle.vanish import redirected, vanished
from crawler.core.visit import Found, Known, Terms, Visit
from storage.records import Outcome, PageState, Settlement

__all__ = ["settle"]

PASSED_OVER = timedelta(days=30)  # until a page of a barren pattern may have its turn


def settle(visit: Visit, known: Known, terms: Terms) -> Settlement:
    """Decides one visit. ``known`` is brought up to date, so that the next visit of the batch sees this one.

    Whatever the decision, the capture is kept, and what the page links to is discovered.
    """
    fresh = replace(visit, page=known.page(visit.page))
    overtaken = fresh.page.state is PageState.ALIAS and visit.page.state is not PageState.ALIAS
    settlement = _overtaken(visit) if overtaken else _decide(fresh, known, terms)
    settlement = replace(
        settlement,
        discoveries=settlement.discoveries + visit.discoveries,
        hints=hint_marks(visit, known, terms),
    )
    known.learn(settlement)
    return settlement


def _decide(visit: Visit, known: Known, terms: Terms) -> Settlement:
    match visit.found:
        case Found.DOCUMENT if visit.page.version is None:
            return first(visit, known, terms)
        case Found.DOCUMENT:
            return again(visit, known, terms)
        case Found.SAME:
            return same(visit, known, terms)
        case Found.MISSING:
            return vanished(visit, known, terms)
        case Found.REDIRECT:
            return redirected(visit, known, terms)
        case Found.BLOCKED | Found.FAILED:
            return _failed(visit, terms)
        case Found.FORBIDDEN:
            return _forbidden(visit, terms)
        case Found.PASSED:
            page = replace(visit.page, next_visit=terms.now + PASSED_OVER)
            return Settlement(pages=(page,), captures=())


def _overtaken(visit: Visit) -> Settlement:
    """While the page was asked, it turned out to be another page's address: the capture is kept, no more."""
    return Settlement(pages=(), captures=(visit.capture,))


def _failed(visit: Visit, terms: Terms) -> Settlement:
    """Says nothing of the page: it is asked again later, further apart each time."""
    page = planned(visit.page, visit, terms, Seen.FAILED)
    page = replace(page, next_visit=asked_again_at(visit) or page.next_visit)
    return Settlement(pages=(page,), captures=(visit.capture,))


def _forbidden(visit: Visit, terms: Terms) -> Settlement:
    """Not ours to ask. What we have of it stays; a page that we have is asked about again later."""
    page = planned(visit.page, visit, terms, Seen.FAILED)
    if visit.page.version is None:
        page = out(page, PageState.EXCLUDED, until=page.next_visit)
    return Settlement(pages=(page,), captures=(replace(visit.capture, outcome=Outcome.EXCLUDED),))
