"""Sites: how each is doing, what it is visited for next, and what administrators may ask of the service."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Form, Path, Request, Response

from crawler.web import names
from crawler.web.access import Need, Screen, actor_of
from crawler.web.advice import advice
from crawler.web.choices import section_titles, site_title, sites_known
from crawler.web.context import Web, web_of
from crawler.web.errors import Refused
from crawler.web.pages import leads_to, page
from crawler.web.words import N_
from storage.records import PageState, Problem, Run
from storage.records_roster import Count
from storage.records_service import OrderKind, Pause

router = Screen()

Key = Annotated[str, Path(min_length=1, max_length=60)]

Counts = dict[str, dict[PageState, int]]  # pages by site and state

HERE = (PageState.LIVE, PageState.HELD, PageState.MISSING)
RUNS = 5  # shown of a site


@dataclass(frozen=True, kw_only=True)
class Glance:
    """A site in a few figures."""

    key: str
    title: str
    pages: int  # that are there
    gone: int
    waiting: int  # known by address alone
    due: int
    due_since: datetime | None
    last_run: Run | None
    last_done: datetime | None  # when a crawl last came to its end
    next_run: datetime | None  # by the service's own list; null: none is planned
    pause: Pause | None
    problems: tuple[Problem, ...]


@router.get("/sites", need=Need.READ)
def sites(request: Request) -> Response:
    web = web_of(request)
    return page(request, "sites.html", rows=glances(web, sites_known(web)), running=web.live is not None, names=names)


@router.get("/sites/{key}", need=Need.READ)
def site(request: Request, key: Key) -> Response:
    web = web_of(request)
    known(web, key)
    profile, counts = web.sites.get(key), web.archive.page_counts(key)
    return page(
        request,
        "site.html",
        glance=glances(web, [key], {key: by_state(counts)})[0],
        profile=profile,
        running=web.live is not None,
        baseline=web.archive.baseline_at(key),
        sections=sections_of(counts),
        section_titles=section_titles(web, key),
        roots=sorted(web.archive.roots_lately(key).items(), key=lambda one: -one[1]),
        runs=web.archive.run_list(site=key, limit=RUNS),
        names=names,
        advice=advice,
    )


@router.post("/sites/{key}/pause", need=Need.ADMIN)
def pause(request: Request, key: Key, reason: Annotated[str, Form(max_length=500)] = "") -> Response:
    """Lets the site's scheduled runs rest until somebody resumes them."""
    web = web_of(request)
    known(web, key)
    web.archive.pause(key, web.now, reason.strip() or None, actor=actor_of(request))
    return leads_to(request, f"/sites/{key}", N_("Its scheduled runs rest until somebody resumes them."))


@router.post("/sites/{key}/resume", need=Need.ADMIN)
def resume(request: Request, key: Key) -> Response:
    web = web_of(request)
    known(web, key)
    web.archive.resume(key, web.now, actor=actor_of(request))
    return leads_to(request, f"/sites/{key}", N_("Its scheduled runs go on."))


@router.post("/sites/{key}/run", need=Need.ADMIN)
def run_now(request: Request, key: Key) -> Response:
    """Asks the service for a run; it begins within seconds, or when the service is started."""
    web = web_of(request)
    if key not in web.sites:
        raise Refused(404, N_("There is no such site."))
    web.archive.order(key, OrderKind.RUN, web.now, actor=actor_of(request))
    if web.live is None:
        return leads_to(
            request, f"/sites/{key}", N_("Asked for. The run begins when the service is started: letapis up.")
        )
    return leads_to(request, f"/sites/{key}", N_("Asked for. The run begins within seconds."))


def known(web: Web, key: str) -> None:
    """Refuses a site that is neither configured nor in the archive."""
    if key not in sites_known(web):
        raise Refused(404, N_("There is no such site."))


def glances(web: Web, keys: list[str], known_counts: Counts | None = None) -> list[Glance]:
    """The figures of these sites, in their order; a question for all of them at a time.

    ``known_counts``: how many pages they have by state, where that was asked already.
    """
    archive, now = web.archive, web.now
    counts: Counts = archive.site_counts() if known_counts is None else known_counts
    queues, last, done = archive.queues(now), archive.last_crawls(), archive.last_success()
    pauses, open_ones = archive.pauses(), archive.problems()
    planned = {job.id.removeprefix("run "): job.next_run for job in archive.planned_jobs() if job.id.startswith("run ")}
    return [
        Glance(
            key=key,
            title=site_title(web, key),
            pages=sum(counts.get(key, {}).get(state, 0) for state in HERE),
            gone=counts.get(key, {}).get(PageState.GONE, 0),
            waiting=counts.get(key, {}).get(PageState.NEW, 0),
            due=queues[key][0] if key in queues else 0,
            due_since=queues[key][1] if key in queues else None,
            last_run=last.get(key),
            last_done=done.get(key),
            next_run=planned.get(key) if web.live is not None else None,
            pause=pauses.get(key),
            problems=tuple(problem for problem in open_ones if problem.site == key),
        )
        for key in keys
    ]


def by_state(counts: list[Count]) -> dict[PageState, int]:
    """How many pages there are of each state."""
    return {state: sum(one.count for one in counts if one.state is state) for state in PageState}


def sections_of(counts: list[Count]) -> list[tuple[str | None, int, int]]:
    """(section, pages that are there, pages that are gone) of each section, the largest first."""
    found: dict[str | None, list[int]] = {}
    for one in counts:
        here, gone = found.setdefault(one.section, [0, 0])
        added = one.count if one.state in HERE else 0
        found[one.section] = [here + added, gone + (one.count if one.state is PageState.GONE else 0)]
    rows = ((section, here, gone) for section, (here, gone) in found.items() if here or gone)
    return sorted(rows, key=lambda row: (-row[1], row[0] or "\uffff"))
