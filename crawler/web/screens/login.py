"""In and out: login, logout, and the language of who is not in."""

import ipaddress
from typing import Annotated

from fastapi import Form, Request, Response

from crawler.i18n import LANGUAGES
from crawler.web import limits, passwords
from crawler.web.access import Need, Screen
from crawler.web.context import Web, web_of
from crawler.web.errors import Refused
from crawler.web.pages import leads_to, on_site, page
from crawler.web.sessions import LONGEST, begun, cookie_of, digest, drop_cookie, set_cookie
from crawler.web.words import N_

router = Screen()

NOBODYS = "unknown name"  # in the audit log: what was typed may be a password in the wrong field


@router.get("/login", need=Need.PUBLIC)
def login_form(request: Request, next: str = "/") -> Response:
    if getattr(request.state, "who", None):
        return leads_to(request, on_site(next))
    return page(request, "login.html", next=on_site(next), name="", wrong=None)


@router.post("/login", need=Need.PUBLIC)
def login(
    request: Request,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=passwords.LONGEST)] = "",
    next: Annotated[str, Form(max_length=4_000)] = "/",
) -> Response:
    """The same answer and time, whether the name or the password is wrong."""
    with limits.place():
        return _login(request, name.strip().lower(), password, next)


def _login(request: Request, name: str, password: str, next: str) -> Response:
    web, address = web_of(request), address_of(request)
    counted = {f"login {name}": limits.BY_NAME, f"login from {address}": limits.BY_ADDRESS}
    ids, free = limits.attempt(web.archive, counted, web.now)
    if free is not None:
        raise limits.too_often(free, web.now)
    user = web.archive.user(name)
    right = passwords.verified(user.password if user else None, password)
    if user is None or not right or user.disabled_at:
        about = (f"user {name}" if user else NOBODYS, f"address {address}")
        limits.note_wait(web.archive, counted, about, web.now)
        wrong = N_("The name or the password is wrong.")
        return page(request, "login.html", status=403, next=on_site(next), name=name, wrong=wrong)
    web.archive.take_back(ids, what=f"login {name}")
    to = leads_to(request, "/password" if user.one_time else on_site(next))
    return entered(request, web, user.id, to, login=user.name)


@router.post("/logout", need=Need.OWN, unsettled=True)
def logout(request: Request) -> Response:
    web = web_of(request)
    web.archive.end_session(request.state.who.session.id)
    response = leads_to(request, "/login")
    drop_cookie(response, web, "session")
    return response


@router.post("/language", need=Need.PUBLIC)
def choose_language(
    request: Request,
    language: Annotated[str, Form(max_length=5)],
    next: Annotated[str, Form(max_length=4_000)] = "/",
) -> Response:
    """For this browser, and where somebody is logged in for the account."""
    if language not in LANGUAGES:
        raise Refused(422, N_("There is no such language."))
    web, who = web_of(request), getattr(request.state, "who", None)
    if who and who.session:  # no token alters an account
        web.archive.set_language(who.user.id, language)
    response = leads_to(request, on_site(next))
    set_cookie(response, web, "language", language, LONGEST * 26)
    return response


def entered(request: Request, web: Web, user_id: int, response: Response, *, login: str | None = None) -> Response:
    """A new session under a new name; the one that the browser had before is ended. ``login``: who has come in."""
    value, session = begun(user_id, web.now)
    before = cookie_of(request, web, "session")
    web.archive.begin_session(session, instead=digest(before) if before else None, login=login)
    set_cookie(response, web, "session", value, LONGEST)
    drop_cookie(response, web, "form")
    return response


def address_of(request: Request) -> str:
    """Whose attempts count together: an address; of IPv6 the network that one household or machine has."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
