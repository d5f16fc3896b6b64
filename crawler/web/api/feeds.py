"""Feeds: where changes are to be had as Atom."""

from fastapi import Request
from pydantic import Field

from crawler.core.report import feeds_of
from crawler.i18n import catalogue
from crawler.web.access import Need
from crawler.web.api.routes import Api, Listing, Out
from crawler.web.context import web_of
from crawler.web.pages import language

api = Api("feeds")


class FeedOut(Out):
    group: str = Field(description="what it is of: a site, subscriptions")
    title: str
    url: str = Field(description="of the Atom feed; readers send a token as password")
    page: str = Field(description="the same for people")


@api.get("/feeds", need=Need.READ, summary="Feeds")
def feeds(request: Request) -> Listing[FeedOut]:
    """Of all, of each site, section and subscription; the same as `/feeds.opml`."""
    web = web_of(request)
    words = catalogue(language(request, web))
    found = feeds_of(web.sites.values(), web.archive.subscriptions(), web.address(request), words)
    return Listing(items=[FeedOut.model_validate(one) for one in found])
