"""Fetch a URL now: by hand and by API."""

from typing import Annotated, Any

from fastapi import Form, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from crawler.web import limits
from crawler.web.access import Need, Screen, who_of
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.live import FetchRefused
from crawler.web.pages import page
from crawler.web.words import N_

router = Screen()


class FetchOrder(BaseModel):
    """What to fetch."""

    url: str = Field(min_length=1, max_length=4_000, description="an http or https address")
    site: str | None = Field(None, max_length=41, description="key of the site whose profile is used")


@router.post("/api/v1/fetch", need=Need.FETCH, summary="Fetch one URL now")
async def fetch_by_api(request: Request, order: FetchOrder) -> Response:
    """Fetches the URL now, stores it, and answers with its text and what changed, as `letapis fetch --json` does."""
    return JSONResponse(await _fetched(request, order.url, order.site))


router.post("/api/fetch", need=Need.FETCH)(fetch_by_api)  # its older name


@router.get("/fetch", need=Need.FETCH)
def fetch_form(request: Request, url: str = "") -> Response:
    return page(request, "fetch.html", url=url[:4_000], found=None, wrong=None)


@router.post("/fetch", need=Need.FETCH)
async def fetch(request: Request, url: Annotated[str, Form(max_length=4_000)] = "") -> Response:
    try:
        found = await _fetched(request, url.strip(), None)
    except Refused as error:
        if error.status_code == 429:
            raise
        made = await run_in_threadpool(
            page, request, "fetch.html", status=error.status_code, url=url, found=None, wrong=error.detail
        )
        return made
    return await run_in_threadpool(page, request, "fetch.html", url=url, found=found, wrong=None)


async def _fetched(request: Request, url: str, site: str | None) -> dict[str, Any]:
    """Asks the service, so often as one user may."""
    web, who = web_of(request), who_of(request)
    if web.live is None:
        raise Refused(503, N_("The service is not running: nothing can be fetched."))
    counted = {f"fetch {who.user.name}": limits.FETCHES}
    _, free = await run_in_threadpool(limits.attempt, web.archive, counted, web.now)
    if free is not None:
        raise limits.too_often(free, web.now)
    try:
        return await web.live.fetch(url, site, who.user.name)
    except FetchRefused as error:
        raise Refused(error.status, error.message) from error
