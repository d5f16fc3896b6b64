"""Access: the one place that decides who may ask for what. A route that does not say what it needs can't be made."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from crawler.web import csrf
from crawler.web.context import Web, web_of
from crawler.web.errors import LARGEST_BODY, Refused
from crawler.web.inputs import plain, readable
from crawler.web.sessions import IDLE, cookie_of, digest
from crawler.web.words import N_
from storage.records_accounts import Role, Session, Token, User

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class Need(StrEnum):
    PUBLIC = "public"  # nothing
    OWN = "own"  # one's own account: logged in as anybody; tokens can't
    READ = "read"
    FETCH = "fetch"
    REVIEW = "review"
    ADMIN = "admin"


ROLES = {  # what each role may do, besides its own account
    Role.READER: {Need.READ},
    Role.REVIEWER: {Need.READ, Need.FETCH, Need.REVIEW},
    Role.ADMIN: {Need.READ, Need.FETCH, Need.REVIEW, Need.ADMIN},
}
SCOPES = {  # what each scope of a token lets do of what its user's role may
    "read": {Need.READ},
    "fetch": {Need.FETCH},
    "review": {Need.READ, Need.REVIEW},
    "admin": {Need.READ, Need.FETCH, Need.REVIEW, Need.ADMIN},
}


@dataclass(frozen=True, kw_only=True)
class Who:
    """Who asks: a user by session or by token."""

    user: User
    session: Session | None = None
    token: Token | None = None

    def may(self, need: Need) -> bool:
        """Role and, for a token, scopes have to allow it."""
        if need is Need.PUBLIC:
            return True
        if need is Need.OWN:
            return self.session is not None
        by_role = need in ROLES[self.user.role]
        return by_role and (self.token is None or any(need in SCOPES.get(scope, ()) for scope in self.token.scopes))


class GuardedRoute(APIRoute):
    """A route that looks who asks before anything else of the request is read."""

    need: Need
    unsettled: bool = False  # open to who still has to change a one-time password
    basic: bool = False  # a token may come as the password of Basic authentication: feed readers know nothing else
    unasked: bool = False  # nobody asks who it is: answers without the database
    local: str | None = None  # setting of ``service`` that opens it to this machine
    forgeable: bool = False  # changes state without our form: the address itself holds the secret

    def get_route_handler(self) -> Callable[[Request], Any]:
        answer = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            if not self.forgeable:  # mail programs send a form in parts, which is not read (RFC 8058)
                plain(request)
            await admit(request, self)
            await readable(request)
            return await answer(request)

        return guarded


class Screen:
    """The routes of one screen; each says what it needs.

    >>> router = Screen()
    >>> @router.get("/changes", need=Need.READ)
    ... def changes(request: Request) -> Response: ...
    """

    def __init__(self) -> None:
        self.routes: list[GuardedRoute] = []

    def get(self, path: str, *, need: Need, **more: Any) -> Callable[[Endpoint], Endpoint]:
        return self._route(path, "GET", need, more)

    def post(self, path: str, *, need: Need, **more: Any) -> Callable[[Endpoint], Endpoint]:
        return self._route(path, "POST", need, more)

    def delete(self, path: str, *, need: Need, **more: Any) -> Callable[[Endpoint], Endpoint]:
        return self._route(path, "DELETE", need, more)

    def put(self, path: str, *, need: Need, **more: Any) -> Callable[[Endpoint], Endpoint]:
        return self._route(path, "PUT", need, more)

    def _route(self, path: str, method: str, need: Need, more: dict[str, Any]) -> Callable[[Endpoint], Endpoint]:
        """Of ``more``, GuardedRoute's flags go on the route, the rest to FastAPI; the schema tells /api/v* alone."""
        flags = {
            name: more.pop(name) for name in ("unsettled", "basic", "unasked", "local", "forgeable") if name in more
        }
        more.setdefault("include_in_schema", path.startswith("/api/v"))
        more.setdefault("response_model", None)
        more.setdefault("max_body_size", LARGEST_BODY)

        def add(endpoint: Endpoint) -> Endpoint:
            route = GuardedRoute(path, endpoint, methods={method}, **more)
            route.need = need
            for name, value in flags.items():
                setattr(route, name, value)
            self.routes.append(route)
            return endpoint

        return add


async def admit(request: Request, route: GuardedRoute) -> None:
    """Lets the request in, with ``request.state.who`` set, or raises Refused."""
    web = web_of(request)
    who = None if route.unasked else await run_in_threadpool(identify, request, web, basic=route.basic)
    request.state.who = who
    if who is None and route.local and getattr(web.settings.service, route.local) and _on_this_machine(request):
        return
    if who is None and route.need is not Need.PUBLIC:
        raise Refused(401, N_("Log in first."), headers=_challenge(route))
    if who is not None and not who.may(route.need):
        raise Refused(403, N_("Your role or token does not allow this."))
    if who is not None and who.session and who.user.one_time and not route.unsettled:
        raise Refused(403, N_("Change your one-time password first."), to="/password")
    if request.method not in csrf.SAFE and (who is None or who.token is None) and not route.forgeable:
        if not csrf.same_origin(request, web):
            raise Refused(403, N_("This request came from another site."))
        if not await csrf.proven(request, web):
            raise Refused(403, N_("This form is out of date. Go back, load the page again, and send it once more."))


def identify(request: Request, web: Web, *, basic: bool = False) -> Who | None:
    """Who asks. A token that is given counts alone: where it is not valid, Refused is raised, cookie or not."""
    if header := request.headers.get("authorization"):
        found = web.archive.token(digest(_token_in(header, basic)), web.now)
        if found is None:
            raise Refused(401, N_("This token is not valid."), headers={"WWW-Authenticate": "Bearer"})
        return Who(user=found[1], token=found[0])
    value = cookie_of(request, web, "session")
    entered = web.archive.session(digest(value), web.now, IDLE) if value else None
    return Who(user=entered[1], session=entered[0]) if entered else None


def who_of(request: Request) -> Who:
    """Who asks, on a route that is not public."""
    who = getattr(request.state, "who", None)
    if not isinstance(who, Who):
        raise Refused(401, N_("Log in first."))
    return who


def actor_of(request: Request) -> str:
    """The name that the audit log has of who asks, on a route that is not public."""
    return who_of(request).user.name


def _token_in(header: str, basic: bool) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if basic and scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    raise Refused(401, N_("Give a token as “Authorization: Bearer TOKEN”."), headers={"WWW-Authenticate": "Bearer"})


def _challenge(route: GuardedRoute) -> dict[str, str]:
    return {"WWW-Authenticate": 'Basic realm="Letapis", charset="UTF-8"' if route.basic else "Bearer"}


def _on_this_machine(request: Request) -> bool:
    return request.client is not None and request.client.host in ("127.0.0.1", "::1")
