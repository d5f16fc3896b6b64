"""Runs: what was done when, what it brought, what failed."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import Field

from crawler.web.access import Need, who_of
from crawler.web.api.captures import CaptureOut
from crawler.web.api.routes import Api, Asked, Listing, Out, RowId, Short, found, onward
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.inputs import LAST_ID, Id
from crawler.web.standing import for_readers
from storage.records import RunKind, RunState

api = Api("runs")


class RunsAsked(Asked):
    site: Short | None = None
    kind: RunKind | None = None
    state: RunState | None = None
    before: RowId | None = Field(None, description="runs with lower ids")


class FailuresAsked(Asked):
    after: int = Field(0, ge=0, le=LAST_ID, description="captures with higher ids")


class RunOut(Out):
    id: int
    site: str
    kind: RunKind
    state: RunState
    started_at: datetime
    finished_at: datetime | None
    baseline: bool = Field(description="the site's first crawl: reports nothing as added")
    counts: dict[str, int]
    error: str | None


class StatusOut(Out):
    """What `letapis status --json` says; new keys may come."""

    status: dict[str, Any]


@api.get("/runs", need=Need.READ, summary="Runs")
def runs(request: Request, asked: Annotated[RunsAsked, Query()]) -> Listing[RunOut]:
    """Runs, the latest first."""
    some = web_of(request).archive.run_list(
        site=asked.site, kind=asked.kind, state=asked.state, before=asked.before, limit=asked.limit + 1
    )
    items = [RunOut.model_validate(one) for one in some[: asked.limit]]
    more = len(some) > asked.limit
    return Listing(items=items, next=onward(request, before=items[-1].id) if more else None)


@api.get("/runs/{run_id:int}", need=Need.READ, summary="One run")
def run(request: Request, run_id: Id) -> RunOut:
    """What it was, how it ended, and what it brought, in counts."""
    return RunOut.model_validate(found(web_of(request).archive.run(run_id)))


@api.get("/runs/{run_id:int}/failures", need=Need.READ, summary="What a run asked for in vain")
def failures(request: Request, run_id: Id, asked: Annotated[FailuresAsked, Query()]) -> Listing[CaptureOut]:
    """Blocked and failed requests, in their order."""
    archive = web_of(request).archive
    found(archive.run(run_id))
    some = archive.failures(run_id, after=asked.after, limit=asked.limit + 1)
    items = [CaptureOut.of(one) for one in some[: asked.limit]]
    more = len(some) > asked.limit
    return Listing(items=items, next=onward(request, after=items[-1].id) if more else None)


@api.get("/status", need=Need.READ, summary="What the service is doing", refuses=[503])
def status(request: Request) -> StatusOut:
    """What it is doing, and what it does next. 503 when it is not running.

    Release, database and who holds the lease are told to administrators alone.
    """
    live = web_of(request).live
    if live is None:
        raise Refused(503, "The service is not running.")
    told = live.status()
    return StatusOut(status=told if who_of(request).may(Need.ADMIN) else for_readers(told))
