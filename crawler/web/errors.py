"""Refusals and failures as answers: a page in the site's look, or JSON for programs; never a traceback."""

import logging
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Match

from crawler.web.words import N_

_log = logging.getLogger(__name__)

LARGEST_BODY = 2**20  # bytes

MESSAGES = {
    400: N_("This request can't be read."),
    404: N_("There is no such page."),
    405: N_("This address can't be asked that way."),
    413: N_("This is too much at once."),
    415: N_("Send forms as application/x-www-form-urlencoded: nothing here takes files."),
    422: N_("Something in this request is missing or has the wrong form."),
    500: N_("Something went wrong on our side. It is in the log under this number."),
}


class Refused(HTTPException):
    """An answer that says no, and why; ``to`` is where a person is led instead."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        to: str | None = None,
        **values: object,
    ) -> None:
        """``values`` are put into the message once it is translated."""
        super().__init__(status, message % values if values else message, dict(headers or {}))
        self.message = message
        self.values = values
        self.to = to


def for_program(request: Request) -> bool:
    """Whether a program asks, which wants JSON."""
    path = request.url.path
    wanted = request.headers.get("accept", "")
    by_path = path.startswith("/api/") or path in ("/metrics", "/openapi.json", "/healthz")
    return by_path or "authorization" in request.headers or ("json" in wanted and "html" not in wanted)


def problem(
    request: Request, status: int, message: str, *, headers: Mapping[str, str] | None = None, **more: object
) -> Response:
    """The answer to a program: on the API a problem as RFC 9457 says, elsewhere one line of JSON."""
    if not request.url.path.startswith("/api/"):
        return JSONResponse({"error": message, **more}, status, headers)
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": message}
    return JSONResponse({**told, **more}, status, headers, media_type="application/problem+json")


async def refused(request: Request, error: Exception) -> Response:
    """The answer to Refused and to what the framework refuses."""
    assert isinstance(error, HTTPException)
    status = error.status_code
    known = isinstance(error, Refused)
    message = str(error.detail) if known else MESSAGES.get(status, HTTPStatus(status).phrase)
    headers = {"Allow": _allowed(request)} if status == 405 else error.headers
    if for_program(request):
        return problem(request, status, message, headers=headers)
    away = error.to if isinstance(error, Refused) and error.to else "/login" if status == 401 else None
    if away and "WWW-Authenticate" in (error.headers or {}) and "Basic" in (error.headers or {})["WWW-Authenticate"]:
        away = None  # a feed reader has to see the challenge
    if not hasattr(request.state, "who"):
        request.state.who = await run_in_threadpool(_whoever, request)
    if away and request.headers.get("hx-request"):
        return Response(status_code=200, headers={"HX-Redirect": away})
    if away and request.method in ("GET", "HEAD"):
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        query = "?" + urlencode({"next": asked}) if away == "/login" and asked != "/" else ""
        return RedirectResponse(away + query, 303)
    values = error.values if isinstance(error, Refused) else {}
    plain = error.message if isinstance(error, Refused) else message
    return error_page(request, status, plain, headers=headers, values=values)


def _allowed(request: Request) -> str:
    """The methods that this address knows: what is read may be asked for by HEAD, too."""
    matching = (route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE)
    found = {method for route in matching for method in route.methods or ()}
    return ", ".join(sorted(found | ({"HEAD"} if "GET" in found else set())))


def _whoever(request: Request) -> object:
    """Who asks for what is not there: the page shows their menu."""
    from crawler.web.access import identify
    from crawler.web.context import web_of

    try:
        return identify(request, web_of(request))
    except HTTPException:
        return None


async def invalid(request: Request, error: Exception) -> Response:
    """The answer to input of the wrong form: which field, never what the framework thinks of it."""
    assert isinstance(error, RequestValidationError)
    fields = sorted({".".join(str(part) for part in one["loc"][1:]) or str(one["loc"][0]) for one in error.errors()})
    if for_program(request):
        named = [field[:80].encode("utf-8", "replace").decode() for field in fields[:20]]
        return problem(request, 422, MESSAGES[422], fields=named)
    return error_page(request, 422, MESSAGES[422])


def too_large(request: Request) -> Response:
    """The answer to a body that is not read."""
    if for_program(request):
        return problem(request, 413, MESSAGES[413])
    return error_page(request, 413, MESSAGES[413])


def failed(request: Request, error: Exception) -> Response:
    """The answer to our own mistakes; the log has the traceback under the answer's number."""
    number = secrets.token_hex(4)
    _log.error("error %s at %s %s", number, request.method, request.url.path, exc_info=error)
    if for_program(request):
        return problem(request, 500, MESSAGES[500], number=number)
    return error_page(request, 500, MESSAGES[500], number=number)


def error_page(
    request: Request,
    status: int,
    message: str,
    *,
    number: str = "",
    headers: Mapping[str, str] | None = None,
    values: Mapping[str, object] | None = None,
) -> Response:
    """A page that says what is wrong; ``values`` are put into the translated message."""
    from crawler.web.pages import page  # which needs access, which needs this

    shown = {"code": status, "message": message, "number": number, "values": dict(values or {})}
    return page(request, "error.html", status=status, headers=headers, **shown)
