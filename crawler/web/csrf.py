"""Forged requests: a state changes only for a form of ours, sent from a page of ours."""

import hmac
import secrets
from urllib.parse import urlsplit

from fastapi import Request

from crawler.web.context import Web
from crawler.web.sessions import cookie_of

FIELD = "csrf"
HEADER = "X-CSRF-Token"
SAFE = ("GET", "HEAD", "OPTIONS")


def same_origin(request: Request, web: Web) -> bool:
    """Whether the browser says that the request comes from here. One that says nothing is judged by its token.

    "null" is what browsers call our own pages' origin, since these ask for no referrer; Sec-Fetch-Site tells them from
    a sandboxed frame, where it is sent (to TLS and loopback addresses).
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    if origin is None or origin == "null":
        return True
    public = urlsplit(web.settings.public_url)
    return origin in (f"{request.url.scheme}://{request.url.netloc}", f"{public.scheme}://{public.netloc}")


def token_for(request: Request, web: Web) -> str:
    """What forms of this answer carry: the session's token, or for who is not in a cookie's value (page() sets it)."""
    who = getattr(request.state, "who", None)
    if who is not None and who.session is not None:
        return str(who.session.csrf)
    if not hasattr(request.state, "form_token"):
        request.state.form_token = cookie_of(request, web, "form") or secrets.token_urlsafe(32)
    return str(request.state.form_token)


async def proven(request: Request, web: Web) -> bool:
    """Whether header or form carry the token."""
    who = getattr(request.state, "who", None)
    expected = who.session.csrf if who is not None and who.session else cookie_of(request, web, "form")
    given = request.headers.get(HEADER)
    if given is None and _is_form(request):
        await request.body()  # kept: whoever checks or reads it later finds it there
        field = (await request.form(max_files=0, max_fields=2_000)).get(FIELD)
        given = field if isinstance(field, str) else None
    return bool(expected and given and hmac.compare_digest(expected.encode(), given.encode()))


def _is_form(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/x-www-form-urlencoded"
