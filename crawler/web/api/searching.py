"""Search: full text of all versions, with first and last seen."""

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request
from pydantic import Field

from crawler.search import Result
from crawler.search import search as ask
from crawler.web.access import Need
from crawler.web.api.routes import Api, Asked, Listing, Moment, Out, Short, onward
from crawler.web.context import web_of
from storage.records import PageKind
from storage.records_search import Places

api = Api("search")

_AT_ONCE = 200  # versions that a search takes into the index: the service takes the rest
_FARTHEST = 10_000  # results that anybody leafs to


class SearchAsked(Asked):
    words: str = Field(min_length=1, max_length=500, description="in any form; “phrases”, -without, title:words")
    site: Short | None = None
    section: Short | None = None
    language: list[Short] = Field([], max_length=20)
    kind: list[PageKind] = Field([], max_length=10)
    since: Moment | None = Field(None, description="stood there then or later")
    until: Moment | None = Field(None, description="stood there before")
    current: bool = Field(False, description="only what stands there now")
    offset: int = Field(0, ge=0, le=_FARTHEST)


class ResultOut(Out):
    """The keys of `letapis search --json`, and the page."""

    page: int
    url: str
    site: str
    section: str | None
    kind: PageKind
    language: str | None
    title: str
    version: int = Field(description="the last one that has it")
    versions: list[int]
    first_seen: datetime
    last_seen: datetime
    still_there: bool
    snippet: str
    found: list[str]


class ResultsOut(Listing[ResultOut]):
    total: int
    waiting: bool = Field(description="there are versions that the index does not have yet")


@api.get("/search", need=Need.READ, summary="Search all versions")
def search(request: Request, asked: Annotated[SearchAsked, Query()]) -> ResultsOut:
    """Pages whose versions have the words, in any form of theirs; matches in titles first, lists last."""
    places = Places(
        site=asked.site,
        section=asked.section,
        languages=tuple(asked.language),
        kinds=tuple(asked.kind),
        since=asked.since,
        until=asked.until,
        current=asked.current,
    )
    archive = web_of(request).archive
    some = ask(archive, asked.words, places, offset=asked.offset, limit=asked.limit, most=_AT_ONCE)
    last = asked.offset + len(some.results)
    more = some.results and last < min(some.total, _FARTHEST)
    return ResultsOut(
        items=[_result(one) for one in some.results],
        next=onward(request, offset=last) if more else None,
        total=some.total,
        waiting=some.waiting,
    )


def _result(one: Result) -> ResultOut:
    hit = one.hit
    return ResultOut(
        page=hit.page_id,
        url=hit.url,
        site=hit.site,
        section=hit.section,
        kind=hit.kind,
        language=hit.language,
        title=hit.title,
        version=hit.version,
        versions=list(hit.numbers),
        first_seen=hit.first_seen,
        last_seen=hit.last_seen,
        still_there=hit.still,
        snippet="".join(piece.text for piece in one.snippet),
        found=[piece.text for piece in (*one.title, *one.snippet) if piece.hit],
    )
