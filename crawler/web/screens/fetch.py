"""Fetch a URL now: by hand and by API."""

from typing import Annotated, Any

from fastapi import Form, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from crawler.core.owner import owner
from crawler.core.phrases import shortened
from crawler.core.report import Entry, summary_in
from crawler.core.report.page import shown_groups
from crawler.core.urls import BadUrl
from crawler.entries import entries_of
from crawler.i18n import catalogue
from crawler.web import limits, names
from crawler.web.access import Need, Screen, who_of
from crawler.web.addresses import LONGEST
from crawler.web.api.routes import REFUSALS
from crawler.web.choices import site_choices
from crawler.web.context import Web, web_of
from crawler.web.errors import Refused
from crawler.web.live import FetchRefused
from crawler.web.pages import language, page
from crawler.web.words import N_
from storage.records import Page
from storage.records_review import AuditEntry

router = Screen()


class FetchOrder(BaseModel):
    """What to fetch."""

    url: str = Field(
        min_length=1,
        max_length=4_000,
        description="an http or https address",
        examples=["https://mpt.gov.by/ru/news"],
        json_schema_extra={"format": "uri"},
    )
    site: str | None = Field(None, max_length=41, description="key of the site whose profile is used")


@router.post(
    "/api/v1/fetch",
    need=Need.FETCH,
    summary="Fetch one URL now",
    openapi_extra={REFUSALS: [429, 500, 503, 504]},
)
async def fetch_by_api(request: Request, order: FetchOrder) -> Response:
    """Fetches the URL now, stores it, and answers with its text and what changed, as `letapis fetch --json` does."""
    return JSONResponse(await _fetched(request, order.url, order.site))


router.post("/api/fetch", need=Need.FETCH)(fetch_by_api)  # its older name


@router.get("/fetch", need=Need.FETCH)
def fetch_form(request: Request, url: str = "") -> Response:
    return _page(request, url[:4_000])


@router.post("/fetch", need=Need.FETCH)
async def fetch(
    request: Request,
    url: Annotated[str, Form(max_length=4_000)] = "",
    site: Annotated[str, Form(max_length=41)] = "",
) -> Response:
    """Fetches the URL and shows its text and what has changed; what is refused is said in a line, the URL kept."""
    address = url.strip()
    try:
        found = await _fetched(request, address if "://" in address or not address else f"https://{address}", site)
    except Refused as error:
        return await run_in_threadpool(_page, request, address, site=site, refused=error)
    return await run_in_threadpool(_page, request, address, site=site, found=found)


def _page(
    request: Request, url: str, *, site: str = "", found: dict[str, Any] | None = None, refused: Refused | None = None
) -> Response:
    web = web_of(request)
    entries = brought(web, found) if found else []
    headers = refused.headers if refused else None
    values = {
        "url": url,
        "site": site,
        "found": found,
        "refused": refused,
        "advice": ADVICE.get(refused.status_code, "") if refused else outcome_advice(found),
        "running": web.live is not None,
        "known": known_page(web, found) if found else None,
        "told": [(entry, summary_in(entry, catalogue(language(request, web)))) for entry in entries],
        "groups": shown_groups,
        "outcomes": {outcome.value: name for outcome, name in names.OUTCOMES.items()},
        "sites_to_choose": site_choices(web),
    }
    return page(request, "fetch.html", status=refused.status_code if refused else 200, headers=headers, **values)


ADVICE = {  # what to do about a refusal, by its status
    400: N_(
        "Check the address. It has to begin with http:// or https://, and lead to a public host; what a "
        "site’s profile leaves out is not fetched."
    ),
    403: N_(
        "Addresses of this machine and of private networks are refused. The setting network.allow names "
        "those that may be asked for."
    ),
    429: N_("Wait a little; others are fetching, too."),
    500: N_("The log has more. Nothing was changed in the archive."),
    503: N_("Start the service with letapis up; or fetch from the command line: letapis fetch URL."),
    504: N_("The server is too slow now. Try again later."),
}

_OUTCOMES = {  # the same for what the server answered
    "blocked": N_(
        "The site turned us away. That is not a change: what is known of the page stays. Look at the "
        "problems of the site, and try again later."
    ),
    "error": N_("No whole answer came. That is not a change: what is known of the page stays. Try again later."),
    "gone": N_(
        "The server says that there is no such page. One look removes nothing: the page is looked at "
        "again before it counts as gone."
    ),
    "excluded": N_(
        "Not asked for: the reason stands above. robots.txt, the site’s profile and the network’s settings decide."
    ),
}


def outcome_advice(found: dict[str, Any] | None) -> str:
    """What an outcome without a text means; empty where there is nothing to say."""
    return _OUTCOMES.get(str(found.get("outcome")), "") if found else ""


def known_page(web: Web, found: dict[str, Any]) -> Page | None:
    """The page that the answer belongs to, as the archive knows it now."""
    url = str(found.get("url") or "")
    try:
        return web.archive.page(owner(url, web.sites).key, url)
    except BadUrl:
        return None


def brought(web: Web, found: dict[str, Any]) -> list[Entry]:
    """The changes that the fetch has recorded for its page, with the versions around them."""
    count, known = len(found.get("changes") or ()), known_page(web, found)
    if not count or known is None:
        return []
    changes = web.archive.changes(page_id=known.id, include_formatting=True, include_members=True, limit=count)
    return list(entries_of(web.archive, changes))


async def _fetched(request: Request, url: str, site: str | None) -> dict[str, Any]:
    """Asks the service, so often as one user may."""
    web, who = web_of(request), who_of(request)
    if web.live is None:
        raise Refused(503, N_("The service is not running: nothing can be fetched."))
    await run_in_threadpool(limits.of_user, web, f"fetch {who.user.name}", limits.FETCHES)
    try:
        found = await web.live.fetch(url, site or None, who.user.name)
    except FetchRefused as error:
        raise Refused(error.status, error.message) from error
    await run_in_threadpool(_note, web, who.user.name, str(found.get("url") or url))
    return found


def _note(web: Web, actor: str, url: str) -> None:
    """Who fetched what: a request goes out in our name."""
    detail = {"url": shortened(url, LONGEST)}
    web.archive.note_audit(AuditEntry(at=web.now, actor=actor, action="page.fetch", subject="fetch", detail=detail))
