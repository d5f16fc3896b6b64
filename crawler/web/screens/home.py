"""Home: where everybody begins."""

from fastapi import Request, Response

from crawler.web.access import Need, Screen
from crawler.web.context import web_of
from crawler.web.pages import page

router = Screen()


@router.get("/", need=Need.READ)
def home(request: Request) -> Response:
    web = web_of(request)
    return page(request, "home.html", status_of_service=web.live.status() if web.live else None)
