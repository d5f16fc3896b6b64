"""What a feed or sitemap says of pages that we know, and which of them are worth a visit now."""

from collections.abc import Iterator
from datetime import UTC, datetime
from math import inf

from crawler.core.schedule import on_hint
from crawler.core.schedule_rates import tells_edits
from crawler.core.visit import Known, Terms, Visit, Word
from storage.records import HintMark, Named

FRESH = 3_600.0  # seconds: pages that a feed goes on listing without news are not written each time it is read


def hint_marks(visit: Visit, known: Known, terms: Terms) -> tuple[HintMark, ...]:
    """What is to be kept of a feed's words: one mark a page, none where it says nothing new."""
    marks: dict[int, HintMark] = {}
    for page, word in _about_pages(visit, known):
        mark = _mark(page, word, terms)
        before = marks.get(page.page_id)
        if mark and (before is None or (mark.modified or 0.0) > (before.modified or 0.0)):
            marks[page.page_id] = mark
    return tuple(marks.values())


def _about_pages(visit: Visit, known: Known) -> Iterator[tuple[Named, Word]]:
    for word in visit.words or ():
        page = known.named.get(word.url)
        if page is not None and page.page_id != visit.page.id and tells_edits(page.revisit.page_class):
            yield page, word


def _mark(page: Named, word: Word, terms: Terms) -> HintMark | None:
    """The mark of one page; a date that has not come yet is not believed, and not kept."""
    now = terms.now.timestamp()
    told = [at for at in (page.hint_modified, word.modified) if at is not None and at <= now]
    modified, read = max(told, default=None), now if word.edits else page.hint_read
    due = _due(page, modified, now, terms)
    stale = page.hint_read is None or now - page.hint_read > FRESH
    news = modified != page.hint_modified or due is not None or (word.edits and stale)
    return HintMark(page_id=page.page_id, modified=modified, read=read, due=due) if news else None


def _due(page: Named, modified: float | None, now: float, terms: Terms) -> datetime | None:
    """When the page is worth a visit for its hint, due anyway or not; null: never for that."""
    if page.next_visit is None or modified is None:
        return None
    due = on_hint(page.revisit, inf, now, terms.multiplier, terms.trust.hint(modified))
    return None if due == inf else datetime.fromtimestamp(due, UTC)
