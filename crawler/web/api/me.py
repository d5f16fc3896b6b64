"""Who asks: role, scopes, and since when one has not looked."""

from datetime import datetime

from fastapi import Request
from pydantic import Field

from crawler.web.access import Need, Who, who_of
from crawler.web.api.routes import Api, In, Moment, Out
from crawler.web.context import Web, web_of
from crawler.web.screens.home import FIRST_LOOK, mark_looked
from storage.records_accounts import Role

api = Api("me")


class MeOut(Out):
    name: str
    role: Role
    scopes: list[str] | None = Field(description="of the token; null: a session asks")
    language: str | None = Field(description="of the pages; null: the browser's")
    looked_at: datetime | None = Field(description="when home was marked as looked at; null: never")
    since: datetime = Field(description="from when home tells changes: to be asked as `changes?since=`")


class Looked(In):
    at: Moment = Field(description="when the list was asked for, not when it was read: what came since is told again")


@api.get("/me", need=Need.READ, summary="Who asks")
def me(request: Request) -> MeOut:
    """The user of the token or session, what it may do, and since when it has not looked."""
    who = who_of(request)
    return _me(web_of(request), who, who.user.looked_at)


@api.post("/me/looked", need=Need.READ, summary="Mark as looked at")
def looked(request: Request, asked: Looked) -> MeOut:
    """Moves one's own mark, never back; while a crawl goes on no further than to its beginning."""
    web, who = web_of(request), who_of(request)
    return _me(web, who, mark_looked(web, who.user, asked.at))


def _me(web: Web, who: Who, looked_at: datetime | None) -> MeOut:
    user = who.user
    return MeOut(
        name=user.name,
        role=user.role,
        scopes=list(who.token.scopes) if who.token else None,
        language=user.language,
        looked_at=looked_at,
        since=looked_at or web.now - FIRST_LOOK,
    )
