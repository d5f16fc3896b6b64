"""Pages: found by filter or by address, with their other addresses, languages and versions."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query, Request
from pydantic import Field

from config.site import without_profile
from crawler.core.report.lifeline import blind_spans
from crawler.core.schedule_rates import rate, rate_interval
from crawler.core.urls import canonical, host_of
from crawler.web.access import Need
from crawler.web.api.routes import Address, Api, Asked, Listing, Out, Short, found, onward
from crawler.web.choices import sites_known
from crawler.web.context import Web, web_of
from crawler.web.errors import Refused
from crawler.web.inputs import LAST_ID, Id
from crawler.web.screens.page import PARENTS, away, believed
from storage.records import Page, PageKind, PageState
from storage.records_roster import Asked as Wanted
from storage.records_timeline import Translation

api = Api("pages")


class PagesAsked(Asked):
    url: Address | None = Field(None, description="the page at this address, any of its addresses; alone, or with site")
    site: Short | None = Field(None, description="key of the site; needed without url")
    section: Short | None = Field(None, description="“-”: of no section")
    kind: list[PageKind] = Field([], max_length=10)
    state: list[PageState] = Field([], max_length=10)
    language: list[Short] = Field([], max_length=20)
    words: Annotated[str, Field(max_length=500)] = Field("", description="each stands in the address or the title")
    after: int = Field(0, ge=0, le=LAST_ID, description="pages with higher ids")


class PageOut(Out):
    id: int
    site: str
    url: str = Field(description="canonical: the page's identity")
    address: str = Field(description="the address that is requested")
    kind: PageKind
    state: PageState
    section: str | None
    title: str | None
    language: str | None
    version: int | None = Field(description="number of the latest version")
    found_at: datetime
    found_on: str | None
    last_seen: datetime | None
    missing_since: datetime | None
    next_visit: datetime | None
    alias_of: int | None = Field(description="id of the page that this is another address of")


class AliasOut(Out):
    url: str
    how: str


class VersionSeen(Out):
    number: int
    first_seen: datetime
    last_seen: datetime
    upgrade: bool


class TranslationOut(Out):
    page_id: int
    url: str
    language: str | None
    title: str | None
    state: PageState
    version: int | None
    edited_at: datetime | None
    behind_seconds: float | None = Field(description="how long another language has had a newer edit; null: none has")

    @classmethod
    def of(cls, one: Translation) -> "TranslationOut":
        behind = one.behind.total_seconds() if one.behind is not None else None
        told = {name: getattr(one, name) for name in cls.model_fields if name != "behind_seconds"}
        return cls(**told, behind_seconds=behind)


class RateOut(Out):
    """How often it is believed to change, in changes a day; of lists, new links a day."""

    likely: float
    low: float = Field(description="lower end of the interval of 90 %")
    high: float


class LinkedFrom(Out):
    id: int
    url: str
    title: str | None


class PageWhole(PageOut):
    aliases: list[AliasOut]
    translations: list[TranslationOut]
    linked_from: list[LinkedFrom] = Field(description="pages whose latest version links to this file, fifty at most")
    last_visit: datetime | None
    rate: RateOut | None = Field(description="null: nothing is believed yet")


class SpanOut(Out):
    kind: str = Field(description="gone, or why we could not see")
    since: datetime
    until: datetime | None = Field(description="null: it goes on")


class TimelineOut(Out):
    """A page's life: its versions, and when it was away, or we were blind."""

    versions: list[VersionSeen]
    gone: list[SpanOut]
    blind: list[SpanOut]


@api.get("/pages", need=Need.READ, summary="Pages of a site, or the one at an address")
def pages(request: Request, asked: Annotated[PagesAsked, Query()]) -> Listing[PageOut]:
    """In the order of their finding. Empty conditions leave everything in."""
    web = web_of(request)
    if asked.url is not None:
        return Listing(items=[PageOut.model_validate(one) for one in _at(web, asked.url, asked.site)])
    if asked.site is None:
        raise Refused(422, "Name a site, or an address.")
    wanted = Wanted(
        site=asked.site,
        section=asked.section,
        kinds=tuple(asked.kind),
        states=tuple(asked.state),
        languages=tuple(asked.language),
        words=asked.words,
    )
    some = web.archive.page_list(wanted, after=asked.after, limit=asked.limit + 1)
    items = [PageOut.model_validate(one) for one in some[: asked.limit]]
    more = len(some) > asked.limit
    return Listing(items=items, next=onward(request, after=items[-1].id) if more else None)


@api.get("/pages/{page_id:int}", need=Need.READ, summary="One page")
def page(request: Request, page_id: Id) -> PageWhole:
    """With its other addresses and languages. Its changes: `changes?page=ID`; its captures: `captures?page=ID`."""
    web = web_of(request)
    one = page_with(web, page_id)
    aliases = [AliasOut.model_validate(alias) for alias in web.archive.aliases([page_id]).get(page_id, [])]
    others = [TranslationOut.of(other) for other in web.archive.translations(page_id, web.now)]
    low, high = rate_interval(one.revisit) if believed(one.revisit) else (0.0, 0.0)
    visited = one.revisit.last_visit
    return PageWhole(
        **PageOut.model_validate(one).model_dump(),
        aliases=aliases,
        translations=others,
        linked_from=[LinkedFrom.model_validate(parent) for parent in web.archive.parents(one.site, one.url)[:PARENTS]],
        last_visit=datetime.fromtimestamp(visited, UTC) if visited else None,
        rate=RateOut(likely=rate(one.revisit), low=low, high=high) if believed(one.revisit) else None,
    )


@api.get("/pages/{page_id:int}/timeline", need=Need.READ, summary="A page's life")
def timeline(request: Request, page_id: Id) -> TimelineOut:
    """Its versions, when it was gone, and when the monitoring was kept out or the site was down."""
    web = web_of(request)
    one = page_with(web, page_id)
    versions = web.archive.versions_of(page_id)
    changes = web.archive.changes(page_id=page_id, include_formatting=True, include_members=True)
    gone, blind = away(one, changes), blind_spans(web.archive.problems(one.site, open_only=False))
    return TimelineOut(
        versions=[VersionSeen.model_validate(version) for version in versions],
        gone=[SpanOut.model_validate(span) for span in gone],
        blind=[SpanOut.model_validate(span) for span in blind],
    )


def page_with(web: Web, page_id: int) -> Page:
    """The page of an id; Refused where there is none."""
    return found(web.archive.pages_by_id([page_id]).get(page_id))


def _at(web: Web, url: str, site: str | None) -> list[Page]:
    """The pages at an address: one of each site that knows it."""
    try:
        host = host_of(url)
        nameless = without_profile(host, url)
    except ValueError as error:
        raise Refused(422, "This is not an http or https address.") from error
    profiles = {key: one for key, one in web.sites.items() if host in one.hosts}
    lost = {key: nameless for key in sites_known(web) if key not in web.sites}  # crawled once, no profile any more
    every: dict[int, Page] = {}
    for key, profile in (profiles | lost | {nameless.key: nameless}).items():
        one = web.archive.page(key, canonical(url, profile)) if site in (None, key) else None
        every |= {one.id: one} if one is not None else {}
    return list(every.values())
