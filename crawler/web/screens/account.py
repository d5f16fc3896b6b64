"""One's own account: language, password, tokens."""

from typing import Annotated

from fastapi import Form, Request, Response

from crawler.i18n import LANGUAGES
from crawler.web import limits, passwords
from crawler.web.access import ROLES, SCOPES, Need, Screen, Who, who_of
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from crawler.web.pages import leads_to, page
from crawler.web.screens.login import entered
from crawler.web.sessions import LONGEST, digest, new_token, set_cookie
from crawler.web.words import N_

router = Screen()


@router.get("/settings", need=Need.OWN)
def settings(request: Request) -> Response:
    return _settings(request)


@router.post("/settings/language", need=Need.OWN)
def set_language(request: Request, language: Annotated[str, Form(max_length=5)]) -> Response:
    """An empty one is the browser's."""
    if language and language not in LANGUAGES:
        raise Refused(422, N_("There is no such language."))
    web = web_of(request)
    web.archive.set_language(who_of(request).user.id, language or None)
    response = leads_to(request, "/settings", N_("Saved."))
    set_cookie(response, web, "language", language, LONGEST * 26)
    return response


@router.post("/settings/tokens", need=Need.OWN)
def make_token(
    request: Request,
    name: Annotated[str, Form(min_length=1, max_length=60)],
    scope: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """The only answer that shows the token."""
    who, wanted = who_of(request), sorted(set(scope or ()))
    if not wanted or not set(wanted) <= set(scopes_for(who)):
        return _settings(request, status=422, wrong=N_("Choose what the token may do."))
    secret, web = new_token(), web_of(request)
    web.archive.add_token(who.user.id, name.strip(), digest(secret), wanted, web.now, actor=who.user.name)
    return _settings(request, made=secret)


@router.post("/settings/tokens/{token_id}/revoke", need=Need.OWN)
def revoke_token(request: Request, token_id: Id) -> Response:
    web, user = web_of(request), who_of(request).user
    if not web.archive.revoke_token(token_id, web.now, actor=user.name, user_id=user.id):
        raise Refused(404, N_("There is no such token."))
    return leads_to(request, "/settings", N_("The token is revoked."))


@router.get("/password", need=Need.OWN, unsettled=True)
def password_form(request: Request) -> Response:
    return page(request, "password.html", wrong=None)


@router.post("/password", need=Need.OWN, unsettled=True)
def change_password(
    request: Request,
    current: Annotated[str, Form(max_length=passwords.LONGEST)] = "",
    new: Annotated[str, Form(max_length=4_096)] = "",
    again: Annotated[str, Form(max_length=4_096)] = "",
) -> Response:
    """Ends all sessions of the user; this browser gets a new one."""
    with limits.place():
        return _change_password(request, current, new, again)


def _change_password(request: Request, current: str, new: str, again: str) -> Response:
    web, user = web_of(request), who_of(request).user
    counted = {f"login {user.name}": limits.BY_NAME}
    ids, free = limits.attempt(web.archive, counted, web.now)
    if free is not None:
        raise limits.too_often(free, web.now)
    if not passwords.verified(user.password, current):
        limits.note_wait(web.archive, counted, [f"user {user.name}"], web.now)
        return page(request, "password.html", status=403, wrong=N_("The current password is wrong."))
    web.archive.take_back(ids)
    wrong = passwords.refused(new, user.name)
    if new != again:
        wrong = N_("The two new passwords differ.")
    elif new == current:
        wrong = N_("The new password is the old one.")
    if wrong:
        return page(request, "password.html", status=422, wrong=wrong)
    web.archive.set_password(user.id, passwords.hashed(new), web.now, actor=user.name)
    return entered(request, web, user.id, leads_to(request, "/"))


def scopes_for(who: Who) -> list[str]:
    """The scopes that let do something which the user may do."""
    return [scope for scope, needs in SCOPES.items() if needs <= ROLES[who.user.role]]


def _settings(request: Request, *, status: int = 200, made: str | None = None, wrong: str | None = None) -> Response:
    who = who_of(request)
    tokens = [token for token in web_of(request).archive.tokens(who.user.id) if token.revoked_at is None]
    return page(request, "settings.html", status=status, tokens=tokens, scopes=scopes_for(who), made=made, wrong=wrong)
