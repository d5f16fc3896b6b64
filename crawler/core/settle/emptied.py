"""An empty page where there was text: the extraction is to blame until it is proved, not the site's editors."""

from dataclasses import replace
from datetime import datetime

from crawler.core.settle.plan import DEFER
from crawler.core.visit import Found, Known, Visit
from storage.records import Capture, Document, Extractor, Outcome, PageKind
from storage.said import Said

EMPTY = Said("the content is empty")


def doubted(visit: Visit, known: Known) -> Visit:
    """The visit, or a failed one if it read nothing at all where the last version had text.

    The version before is kept, and the page is asked once more at once. A page that never had text is taken as it is,
    and so are a file (a scan in the place of a text is an edit) and a list, whose last page may well run empty.
    """
    before = known.latest.get(visit.page.id)
    if visit.page.kind is PageKind.LISTING:
        return visit
    if visit.found is not Found.DOCUMENT or visit.document is None or before is None:
        return visit
    if not is_emptied(before.document, visit.document):
        return visit
    return replace(visit, found=Found.FAILED, capture=_failed(visit.capture))


def is_emptied(before: Document, after: Document) -> bool:
    """Whether nothing is left of a web page's text, and nothing has come in its place."""
    return after.extractor is not Extractor.FILE and bool(before.text.strip()) and is_empty(after)


def is_empty(document: Document) -> bool:
    """No text, no link, no image, no attachment."""
    return not (document.text.strip() or document.links or document.images or document.attachments)


def asked_again_at(visit: Visit) -> datetime | None:
    """When an emptied page is asked once more, the first time; null for other failures, and from the second on."""
    if visit.document is None or visit.page.revisit.failure_count:
        return None
    return visit.capture.fetched_at + DEFER


def _failed(capture: Capture) -> Capture:
    return replace(capture, outcome=Outcome.ERROR, error=EMPTY)
