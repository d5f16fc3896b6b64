"""Users: who may come in, and as what. For administrators."""

from typing import Annotated

from fastapi import Form, Request, Response

from crawler.web import passwords
from crawler.web.access import Need, Screen, actor_of
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from crawler.web.pages import leads_to, page
from crawler.web.words import N_
from storage.records_accounts import Role, User

router = Screen()

LAST = N_("Nobody would be left who administers.")


@router.get("/users", need=Need.ADMIN)
def users(request: Request) -> Response:
    return _users(request)


@router.post("/users", need=Need.ADMIN)
def add_user(
    request: Request, name: Annotated[str, Form(max_length=60)], role: Annotated[Role, Form()] = Role.READER
) -> Response:
    """The only answer that shows the one-time password."""
    web, name = web_of(request), name.strip().lower()
    if wrong := passwords.name_refused(name):
        return _users(request, status=422, wrong=wrong)
    password = passwords.one_time()
    stored = passwords.hashed(password)
    if web.archive.add_user(name, role, stored, web.now, actor=actor_of(request), one_time=True) is None:
        return _users(request, status=409, wrong=N_("This name is taken."))
    return _users(request, made=(name, password))


@router.post("/users/{user_id}/role", need=Need.ADMIN)
def set_role(request: Request, user_id: Id, role: Annotated[Role, Form()]) -> Response:
    web, user = web_of(request), _user(request, user_id)
    done = web.archive.set_role(user.id, role, web.now, actor=actor_of(request))
    return leads_to(request, "/users", N_("Saved.") if done else LAST, bad=not done)


@router.post("/users/{user_id}/disable", need=Need.ADMIN)
def disable(request: Request, user_id: Id) -> Response:
    web, user = web_of(request), _user(request, user_id)
    done = web.archive.disable(user.id, web.now, actor=actor_of(request))
    return leads_to(request, "/users", N_("The user is locked out.") if done else LAST, bad=not done)


@router.post("/users/{user_id}/enable", need=Need.ADMIN)
def enable(request: Request, user_id: Id) -> Response:
    web = web_of(request)
    web.archive.enable(_user(request, user_id).id, web.now, actor=actor_of(request))
    return leads_to(request, "/users", N_("The user may come in again."))


@router.post("/users/{user_id}/password", need=Need.ADMIN)
def reset_password(request: Request, user_id: Id) -> Response:
    """A new one-time password, shown once; the user's sessions end."""
    web, user, password = web_of(request), _user(request, user_id), passwords.one_time()
    web.archive.set_password(user.id, passwords.hashed(password), web.now, actor=actor_of(request), one_time=True)
    web.archive.take_back(what=f"login {user.name}")
    return _users(request, made=(user.name, password))


def _user(request: Request, user_id: int) -> User:
    found = web_of(request).archive.users_by_id([user_id]).get(user_id)
    if found is None:
        raise Refused(404, N_("There is no such user."))
    return found


def _users(
    request: Request, *, status: int = 200, made: tuple[str, str] | None = None, wrong: str | None = None
) -> Response:
    found = web_of(request).archive.users()
    return page(request, "users.html", status=status, users=found, roles=list(Role), made=made, wrong=wrong)
