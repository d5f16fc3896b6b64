"""Old bytes read by today's extractor, so that an upgrade of ours never looks like an edit of theirs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from crawler.core.reading import Reading
from crawler.core.upgrade import outdated, upgraded
from crawler.core.visit import Found, Known, Terms, Visit
from storage.archive import Archive
from storage.records import Capture, Document, Extractor, Page, Version

log = logging.getLogger(__name__)

Call = Callable[..., Awaitable[Any]]
ReadAgain = Callable[[Capture, Page, bool], Awaitable[Reading | None]]  # the last: without the content selectors


async def rebase(
    visits: Sequence[Visit], known: Known, terms: Terms, *, read_again: ReadAgain, call: Call, archive: Archive
) -> None:
    """Fills ``known.rebased`` for visits whose last version was made by another extractor or another profile."""

    async def one(visit: Visit) -> None:
        before = known.latest.get(visit.page.id)
        if before is None or visit.document is None or not _compares(visit, before, terms):
            return
        fresh = await _reread(visit, visit.document, before, terms, read_again=read_again, call=call, archive=archive)
        if fresh is not None and fresh.digests != before.digests:
            known.rebased[visit.page.id] = fresh

    await asyncio.gather(*(one(visit) for visit in visits))


def _compares(visit: Visit, before: Version, terms: Terms) -> bool:
    """Whether the visit differs from the version before, and is read in another way."""
    if visit.found is not Found.DOCUMENT or visit.document is None or visit.digests == before.digests:
        return False
    other_way = visit.document.extractor is not before.document.extractor
    return other_way or outdated(before, terms.extractor_version, terms.profile_version)


async def _reread(
    visit: Visit,
    document: Document,
    before: Version,
    terms: Terms,
    *,
    read_again: ReadAgain,
    call: Call,
    archive: Archive,
) -> Version | None:
    capture: Capture | None = await call(archive.capture, before.capture_id)
    if capture is None or capture.warc is None:
        log.warning("no stored bytes of %s version %s: compared as it was read then", visit.page.url, before.number)
        return None
    # A page that no selector matches any more is compared as the general extractor saw it then and sees it now.
    reading = await read_again(capture, visit.page, document.extractor is Extractor.TRAFILATURA)
    if reading is None:
        return None
    reading = replace(reading, document=replace(reading.document, agreement=document.agreement))
    return upgraded(before, reading, terms.extractor_version, terms.profile_version)
