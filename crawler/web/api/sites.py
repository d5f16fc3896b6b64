"""Sites: what is watched, how it is doing, what is visited next; and what the running service is asked to do."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import Field

from config.site import Site
from crawler.outlook import host_json, visit_json
from crawler.web.access import Need, actor_of
from crawler.web.api.problems import ProblemOut
from crawler.web.api.routes import Api, Asked, In, Listing, Moment, Out, Short, found, onward
from crawler.web.api.runs import RunOut
from crawler.web.context import Web, web_of
from crawler.web.errors import Refused
from crawler.web.glance import glances
from crawler.web.inputs import LAST_ID
from crawler.web.screens.schedule import EDGES
from crawler.web.screens.sites import sections_of
from storage.records import PageKind
from storage.records_service import OrderKind, Pause

api = Api("sites")


class SectionOut(Out):
    name: str
    title: str | None


class PauseOut(Out):
    site: str
    since: datetime
    reason: str | None


class SiteOut(Out):
    key: str
    title: str
    hosts: list[str]
    zone: str
    sections: list[SectionOut]
    paused: PauseOut | None = Field(description="null: its runs go on")


class HealthOut(Out):
    last_run: RunOut | None
    last_done: datetime | None = Field(description="when a crawl last ended well")
    pages: int
    gone: int
    waiting: int = Field(description="known by address, never visited")
    due: int
    latest_due: datetime | None
    failures: dict[str, int]
    problems: list[ProblemOut]


class SectionCount(Out):
    section: str | None
    here: int = Field(description="pages that are there")
    gone: int


class SiteWhole(SiteOut):
    health: HealthOut
    baseline_at: datetime | None = Field(description="when the first crawl was done; null before")
    next_run: datetime | None = Field(description="by the service's plan; null: none is planned")
    counts: list[SectionCount]


class StandingAsked(Asked):
    at: Moment = Field(description="which moment", examples=["2026-03-05T12:00:00Z"])
    section: Short | None = None
    kind: list[PageKind] = Field([], max_length=10)
    language: list[Short] = Field([], max_length=20)
    after: int = Field(0, ge=0, le=LAST_ID, description="pages with higher ids")


class StandingOut(Out):
    """A page as it stood then: this version was seen before, and none later."""

    page_id: int
    url: str
    section: str | None
    kind: PageKind
    version: int
    title: str
    language: str | None
    first_seen: datetime = Field(description="of the version")


class VisitOut(Out):
    url: str
    due: datetime | None
    page_class: str
    rate: float = Field(description="estimated changes a day")
    rate_low: float = Field(description="lower end of the interval of 90 %")
    rate_high: float
    last_visit: datetime | None
    gone_count: int
    failure_count: int


class StretchOut(Out):
    until_seconds: float | None = Field(description="from now, below 0: overdue; null: no end")
    visits: int


class ScheduleOut(Out):
    site: str
    host: str
    budget_per_day: int
    requests_left: int
    pages: int
    k: float = Field(description="multiplier K: days between visits of a page that changes once a day")
    c: float
    steered_at: datetime | None
    precision: float
    recall: float
    attainable_gain: float
    visits: list[VisitOut]
    lateness: list[StretchOut] = Field(description="how many visits are due until when, the latest first")


class OrderOut(Out):
    id: int
    site: str
    what: OrderKind
    asked_at: datetime
    taken_at: datetime | None


class Rest(In):
    reason: str | None = Field(None, max_length=500, examples=["moves to another server until Friday"])


@api.get("/sites", need=Need.READ, summary="Sites")
def sites(request: Request) -> Listing[SiteOut]:
    """All sites that are watched, by their profiles."""
    web = web_of(request)
    pauses = web.archive.pauses()
    return Listing(items=[SiteOut(**_site(site, pauses.get(site.key))) for site in web.sites.values()])


@api.get("/sites/{site}", need=Need.READ, summary="One site, and how it is doing")
def site(request: Request, site: str) -> SiteWhole:
    """The site with its last run, what failed in it, what is due, and what troubles the monitoring."""
    web = web_of(request)
    known = _known(web, site)
    glance, counts = glances(web, [site])[0], sections_of(web.archive.page_counts(site))
    return SiteWhole(
        **_site(known, glance.pause),
        health=HealthOut.model_validate(web.archive.health(site, web.now)),
        baseline_at=web.archive.baseline_at(site),
        next_run=glance.next_run,
        counts=[SectionCount(section=section, here=here, gone=gone) for section, here, gone in counts],
    )


@api.get("/sites/{site}/standing", need=Need.READ, summary="The site's pages as they stood at a moment")
def standing(request: Request, site: str, asked: Annotated[StandingAsked, Query()]) -> Listing[StandingOut]:
    """In the order of their finding; those that were known to be gone by then are left out."""
    web = web_of(request)
    some = web.archive.as_on(
        _known(web, site).key,
        asked.at,
        kinds=tuple(asked.kind),
        section=asked.section,
        languages=tuple(asked.language),
        after=asked.after,
        limit=asked.limit + 1,
    )
    items = [StandingOut.model_validate(one) for one in some[: asked.limit]]
    more = len(some) > asked.limit
    return Listing(items=items, next=onward(request, after=items[-1].page_id) if more else None)


@api.get("/sites/{site}/schedule", need=Need.READ, summary="What is visited next")
def schedule(request: Request, site: str, asked: Annotated[Asked, Query()]) -> ScheduleOut:
    """The visits that come next, and how the site's budget of requests is spread (as `letapis schedule --json`)."""
    web = web_of(request)
    known = _known(web, site)
    host, demand = web.archive.host(known.hosts[0]), web.archive.demand(site)
    visits = []
    for page in web.archive.upcoming(site, asked.limit):
        line = visit_json(page, known)
        visits.append(VisitOut(page_class=line.pop("class"), **line))
    late = zip([*EDGES, None], web.archive.lateness(site, web.now, EDGES), strict=True)
    stretches = [
        StretchOut(until_seconds=None if edge is None else edge.total_seconds(), visits=count) for edge, count in late
    ]
    return ScheduleOut(**host_json(known, host, demand, now=web.now), visits=visits, lateness=stretches)


@api.post("/sites/{site}/run", need=Need.ADMIN, status_code=202, summary="Crawl the site now")
def run(request: Request, site: str) -> OrderOut:
    """Asks the running service for a crawl; asked again before it has begun, it is the same order."""
    web = web_of(request)
    order = web.archive.order(_known(web, site).key, OrderKind.RUN, web.now, actor=actor_of(request))
    return OrderOut.model_validate(order)


@api.post("/sites/{site}/pause", need=Need.ADMIN, summary="Let the site's runs rest")
def pause(request: Request, site: str, rest: Rest) -> PauseOut:
    """Scheduled runs rest until `resume`; said again, the reason is the new one."""
    web = web_of(request)
    web.archive.pause(_known(web, site).key, web.now, rest.reason, actor=actor_of(request))
    return PauseOut.model_validate(found(web.archive.pauses().get(site)))


@api.post("/sites/{site}/resume", need=Need.ADMIN, summary="End the site's rest")
def resume(request: Request, site: str) -> SiteOut:
    """Scheduled runs go on. 409 when they did not rest."""
    web = web_of(request)
    known = _known(web, site)
    if not web.archive.resume(site, web.now, actor=actor_of(request)):
        raise Refused(409, "The site does not rest.")
    return SiteOut(**_site(known, None))


def _known(web: Web, key: str) -> Site:
    return found(web.sites.get(key))


def _site(site: Site, pause: Pause | None) -> dict[str, Any]:
    return {
        "key": site.key,
        "title": site.title or site.key,
        "hosts": list(site.hosts),
        "zone": site.policy.zone,
        "sections": [SectionOut(name=one.name, title=one.title) for one in site.sections],
        "paused": PauseOut.model_validate(pause) if pause else None,
    }
