"""Users and the audit log: for administrators."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import Field

from crawler.web.access import Need
from crawler.web.api.routes import Api, Asked, Flag, In, Listing, Out, RowId, Short, found, log, onward
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from storage.records_accounts import Role

api = Api("people")


class UserOut(Out):
    id: int
    name: str
    role: Role
    one_time: bool = Field(description="the password must be changed at the next login")
    created_at: datetime
    disabled_at: datetime | None


class UserChange(In):
    """What is left out stays as it is. Users are made on the page Users, or by `letapis users add`."""

    role: Role | None = None
    disabled: Flag | None = None


class AuditAsked(Asked):
    subject: Short | None = Field(None, examples=["change 17"])
    actor: Short | None = None
    before: RowId | None = Field(None, description="entries with lower ids")


class AuditOut(Out):
    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


@api.get("/users", need=Need.ADMIN, summary="Users")
def users(request: Request) -> Listing[UserOut]:
    """By name; locked out ones too."""
    return Listing(items=[UserOut.model_validate(one) for one in web_of(request).archive.users()])


@api.post("/users/{user_id:int}", need=Need.ADMIN, summary="Change a user's role, lock out, let in")
def change_user(request: Request, user_id: Id, asked: UserChange) -> UserOut:
    """The user's sessions end. 409 when nobody would be left who administers."""
    archive = web_of(request).archive
    user = found(archive.users_by_id([user_id]).get(user_id))
    done = archive.set_role(user_id, asked.role) if asked.role is not None else True
    if done and asked.disabled is not None:
        done = archive.set_disabled(user_id, web_of(request).now if asked.disabled else None)
    if not done:
        raise Refused(409, "Nobody would be left who administers.")
    log(request, "user.change", f"user {user.name}", **asked.model_dump(mode="json", exclude_none=True))
    return UserOut.model_validate(found(archive.users_by_id([user_id]).get(user_id)))


@api.get("/audit", need=Need.ADMIN, summary="The audit log")
def audit(request: Request, asked: Annotated[AuditAsked, Query()]) -> Listing[AuditOut]:
    """Who decided what when, the newest first."""
    some = web_of(request).archive.audit(asked.subject, asked.actor, before=asked.before, limit=asked.limit + 1)
    items = [AuditOut.model_validate(one) for one in some[: asked.limit]]
    more = len(some) > asked.limit
    return Listing(items=items, next=onward(request, before=items[-1].id) if more else None)
