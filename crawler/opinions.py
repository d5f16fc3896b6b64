"""Second opinions on what a batch of visits read, asked of the worker processes before it is settled."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from crawler.core.opinion import wants_opinion
from crawler.core.visit import Known, Visit
from crawler.workers import WorkerFailed
from storage.records import Document

log = logging.getLogger(__name__)

Ask = Callable[[bytes, str, Document], Awaitable[float | None]]


class Pool(Protocol):
    async def run(self, function: str, /, *args: Any, **kwargs: Any) -> Any: ...


MOST = 20  # pages of a batch: when more have changed at once, so many tell enough


async def with_opinions(visits: Sequence[Visit], bodies: Sequence[bytes | None], known: Known, ask: Ask) -> list[Visit]:
    """The visits; those worth it with the general extractor's agreement in their documents."""
    chosen = {
        index
        for index, (visit, body) in enumerate(zip(visits, bodies, strict=True))
        if body and wants_opinion(visit, known.latest.get(visit.page.id))
    }
    for index in sorted(chosen)[MOST:]:
        chosen.discard(index)
    asked = [
        _asked(v, b, ask) if i in chosen else _as_is(v) for i, (v, b) in enumerate(zip(visits, bodies, strict=True))
    ]
    return list(await asyncio.gather(*asked))


async def ask_opinion(pool: Pool, body: bytes, url: str, document: Document) -> float | None:
    """The general extractor's agreement with the document, 0 to 1; null when it could not be had."""
    try:
        agreement: float = await pool.run("crawler.core.reading.second_opinion", body, url, document)
    except WorkerFailed as error:
        log.info("no second opinion on %s: %s", url, error.message)
        return None
    return agreement


async def _as_is(visit: Visit) -> Visit:
    return visit


async def _asked(visit: Visit, body: bytes | None, ask: Ask) -> Visit:
    if body is None or visit.document is None:
        return visit
    agreement = await ask(body, visit.address, visit.document)
    return replace(visit, document=replace(visit.document, agreement=agreement))
