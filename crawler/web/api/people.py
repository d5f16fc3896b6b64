"""Users and tokens: for administrators."""

from datetime import datetime
from typing import Annotated

from fastapi import Query, Request
from pydantic import Field

from crawler.web import passwords
from crawler.web.access import Need, actor_of
from crawler.web.api.routes import Api, Flag, In, Listing, Out, Short, found
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from storage.records_accounts import Role, Token

api = Api("people")


class UserOut(Out):
    id: int
    name: str
    role: Role
    one_time: bool = Field(description="the password must be changed at the next login")
    created_at: datetime
    disabled_at: datetime | None


class UserIn(In):
    name: Short = Field(description="1 to 40 small letters, digits, dots, dashes; a letter first", examples=["vera"])
    role: Role = Role.READER


class UserMade(UserOut):
    password: str = Field(description="one-time password, told this once; to be changed at the first login")


class UserChange(In):
    """What is left out stays as it is."""

    role: Role | None = None
    disabled: Flag | None = None


class TokensAsked(In):
    user: Short | None = Field(None, description="name of the user who they belong to")
    all: bool = Field(False, description="revoked ones, too")


class TokenOut(Out):
    id: int
    user: str
    name: str
    scopes: list[str]
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


@api.get("/users", need=Need.ADMIN, summary="Users")
def users(request: Request) -> Listing[UserOut]:
    """By name; locked out ones too."""
    return Listing(items=[UserOut.model_validate(one) for one in web_of(request).archive.users()])


@api.post("/users", need=Need.ADMIN, status_code=201, summary="Make a user")
def add_user(request: Request, asked: UserIn) -> UserMade:
    """The only answer that tells the one-time password. 409 when the name is taken."""
    web, name, password = web_of(request), asked.name.strip().lower(), passwords.one_time()
    if wrong := passwords.name_refused(name):
        raise Refused(422, wrong)
    stored = passwords.hashed(password)
    made = web.archive.add_user(name, asked.role, stored, web.now, actor=actor_of(request), one_time=True)
    if made is None:
        raise Refused(409, "This name is taken.")
    return UserMade(**UserOut.model_validate(made).model_dump(), password=password)


@api.post("/users/{user_id:int}", need=Need.ADMIN, summary="Change a user's role, lock out, let in")
def change_user(request: Request, user_id: Id, asked: UserChange) -> UserOut:
    """The user's sessions end. 409 when nobody would be left who administers."""
    web, actor = web_of(request), actor_of(request)
    archive, now = web.archive, web.now
    found(archive.users_by_id([user_id]).get(user_id))
    done = archive.set_role(user_id, asked.role, now, actor=actor) if asked.role is not None else True
    if done and asked.disabled is not None:
        set_to = archive.disable if asked.disabled else archive.enable
        done = set_to(user_id, now, actor=actor)
    if not done:
        raise Refused(409, "Nobody would be left who administers.")
    return UserOut.model_validate(found(archive.users_by_id([user_id]).get(user_id)))


@api.get("/tokens", need=Need.ADMIN, summary="Tokens of all", refuses=[404])
def tokens(request: Request, asked: Annotated[TokensAsked, Query()]) -> Listing[TokenOut]:
    """The newest first; the tokens themselves are told by nobody. They are made on the page Settings alone."""
    archive = web_of(request).archive
    of = found(archive.user(asked.user)).id if asked.user is not None else None
    kept = [one for one in archive.tokens(of) if asked.all or one.revoked_at is None]
    owners = {user.id: user.name for user in archive.users()}
    return Listing(items=[_token_out(one, owners[one.user_id]) for one in kept])


@api.delete("/tokens/{token_id:int}", need=Need.ADMIN, summary="Revoke a token")
def revoke(request: Request, token_id: Id) -> TokenOut:
    """Anybody's, the one that asks too. 404 when there is none that is valid."""
    web = web_of(request)
    if not web.archive.revoke_token(token_id, web.now, actor=actor_of(request)):
        raise Refused(404, "There is no such token.")
    token = next(one for one in web.archive.tokens() if one.id == token_id)
    return _token_out(token, web.archive.users_by_id([token.user_id])[token.user_id].name)


def _token_out(token: Token, owner: str) -> TokenOut:
    names = ("id", "name", "created_at", "used_at", "revoked_at")
    return TokenOut(user=owner, scopes=list(token.scopes), **{name: getattr(token, name) for name in names})
