"""Edits of pages that no profile describes are told after a second look only."""

from dataclasses import replace

from crawler.core.changes import UNREPORTED
from crawler.core.visit import Known, Terms, Visit
from storage.records import Extractor, Outcome, PageState, Settlement

MOST = 1000  # first looks that are kept; the oldest goes, and its page is looked at twice once more


def needs_confirmation(visit: Visit, terms: Terms) -> bool:
    """Whether a difference of this page may be noise: nobody has said where its content is, and it would be told."""
    page, document = visit.page, visit.document
    told = page.state is not PageState.GONE and page.kind not in UNREPORTED and not terms.run.baseline
    return told and document is not None and document.extractor is Extractor.TRAFILATURA


def asked_again(visit: Visit, known: Known) -> Settlement:
    """The page stays as it was and is due now; what the first look brought waits in ``known.doubts``."""
    if visit.document is None:
        raise ValueError("a visit that found a document must bring it")
    known.doubts[visit.page.id] = visit.document
    if len(known.doubts) > MOST:
        del known.doubts[next(iter(known.doubts))]
    page = replace(visit.page, next_visit=visit.capture.fetched_at)
    capture = replace(visit.capture, outcome=Outcome.UNCHANGED)
    return Settlement(pages=(page,), captures=(capture,), due_now=(page.id,))


def is_asked_again(visit: Visit, settlement: Settlement) -> bool:
    """Whether a settlement asks for a second look at its own page."""
    return visit.page.id in settlement.due_now
