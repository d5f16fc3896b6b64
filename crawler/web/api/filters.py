"""Saved filters of who asks."""

from datetime import datetime

from fastapi import Request
from pydantic import Field

from crawler.core.filters import as_query, of_query
from crawler.web.access import Need, who_of
from crawler.web.api.routes import Api, In, Listing, Out
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id

api = Api("filters")


class FilterIn(In):
    name: str = Field(min_length=1, max_length=60, examples=["Licences"])
    query: str = Field(max_length=4_000, description="as in the list's address", examples=["kind=edited&min=0.5"])


class FilterOut(Out):
    id: int
    name: str
    query: str
    created_at: datetime


@api.get("/filters", need=Need.READ, summary="Saved filters")
def filters(request: Request) -> Listing[FilterOut]:
    """One's own, by name."""
    kept = web_of(request).archive.filters(who_of(request).user.name)
    return Listing(items=[FilterOut.model_validate(one) for one in kept])


@api.post("/filters", need=Need.REVIEW, status_code=201, summary="Save a filter")
def save_filter(request: Request, asked: FilterIn) -> FilterOut:
    """An older one of the same name is replaced."""
    web = web_of(request)
    try:
        query = as_query(of_query(asked.query))
        made = web.archive.save_filter(who_of(request).user.name, asked.name, query, now=web.now)
    except ValueError as error:
        raise Refused(422, str(error)) from error
    return FilterOut.model_validate(made)


@api.delete("/filters/{filter_id:int}", need=Need.REVIEW, summary="Forget a filter")
def drop_filter(request: Request, filter_id: Id) -> Listing[FilterOut]:
    """Answers with those that are left."""
    web, name = web_of(request), who_of(request).user.name
    if not web.archive.drop_filter(filter_id, owner=name, now=web.now):
        raise Refused(404, "There is no such filter.")
    return Listing(items=[FilterOut.model_validate(one) for one in web.archive.filters(name)])
