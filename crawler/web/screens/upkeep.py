"""What programs ask about the service itself: is it well, figures, the API's description; and the static files."""

from fastapi import Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from crawler.web.access import Need, Screen
from crawler.web.api.description import described
from crawler.web.api.telling import calls_by_noun
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.pages import page
from crawler.web.static import all_files
from crawler.web.words import N_

router = Screen()


@router.get("/healthz", need=Need.PUBLIC, unasked=True)
def healthz(request: Request) -> Response:
    """Whether the database can be read. Nothing else is told: anybody may ask."""
    try:
        web_of(request).archive.answers()
    except Exception:  # whatever the database has to complain about: it is not well
        return JSONResponse({"status": "the database can't be read"}, 503)
    return JSONResponse({"status": "ok"})


@router.get("/static/{digest}/{name}", need=Need.PUBLIC, unasked=True)
def static_file(digest: str, name: str) -> Response:
    """A file under the name of its content: it never changes, browsers keep it for a year."""
    found = all_files().get(name)
    if found is None or found.digest != digest:
        raise Refused(404, N_("There is no such file."))
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(found.content, media_type=found.media_type, headers=headers)


@router.get("/metrics", need=Need.READ, local="open_metrics")
async def metrics(request: Request) -> Response:
    """In the text form of Prometheus; by token, or from this machine where settings allow it."""
    live = web_of(request).live
    if live is None:
        raise Refused(503, N_("The service is not running."))
    return Response(await run_in_threadpool(live.metrics), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/openapi.json", need=Need.READ)
def openapi(request: Request) -> Response:
    return JSONResponse(described(request.app))


@router.get("/docs", need=Need.READ)
def docs(request: Request) -> Response:
    """The API, told from its schema."""
    schema = described(request.app)
    return page(request, "docs.html", about=schema["info"]["description"], nouns=calls_by_noun(schema))


@router.get("/redoc", need=Need.READ)
def redoc() -> Response:
    return RedirectResponse("/docs", 303)
