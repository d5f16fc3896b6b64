"""Old bytes read by today's extractor, so that an upgrade of ours never looks like an edit of theirs."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from crawler.core.visit import Found, Known, Terms, Visit
from storage.archive import Archive
from storage.records import Capture, Version

log = logging.getLogger(__name__)

Call = Callable[..., Awaitable[Any]]


async def rebase(
    visits: Sequence[Visit], known: Known, terms: Terms, *, read_again: Call, call: Call, archive: Archive
) -> None:
    """Fills ``known.rebased`` for visits whose last version was made by another extractor or another profile."""
    for visit in visits:
        before = known.latest.get(visit.page.id)
        if visit.found is Found.DOCUMENT and before is not None and _outdated(before, visit, terms):
            fresh = await _reread(visit, before, terms, read_again=read_again, call=call, archive=archive)
            if fresh is not None and fresh.digests != before.digests:
                known.rebased[visit.page.id] = fresh


def _outdated(before: Version, visit: Visit, terms: Terms) -> bool:
    if visit.document is None or visit.digests == before.digests:
        return False
    made_by = (before.extractor_version, before.profile_version)
    return made_by != (terms.extractor_version, terms.profile_version) or (
        visit.document.extractor is not before.document.extractor
    )


async def _reread(
    visit: Visit, before: Version, terms: Terms, *, read_again: Call, call: Call, archive: Archive
) -> Version | None:
    capture: Capture | None = await call(archive.capture, before.capture_id)
    if capture is None or capture.warc is None:
        log.warning("no stored bytes of %s version %s: compared as it was read then", visit.page.url, before.number)
        return None
    reading = await read_again(capture, visit.page)
    if reading is None:
        return None
    return replace(
        before,
        document=reading.document,
        digests=reading.digests,
        extractor_version=terms.extractor_version,
        profile_version=terms.profile_version,
        upgrade=True,
    )
