"""Sites: how each is doing, what it is visited for next, and what administrators may ask of the service."""

from typing import Annotated

from fastapi import Form, Path, Request, Response

from crawler.web import names
from crawler.web.access import Need, Screen, actor_of
from crawler.web.advice import advice
from crawler.web.choices import section_titles, sites_known
from crawler.web.context import Web, web_of
from crawler.web.errors import Refused
from crawler.web.glance import HERE, STANDINGS, by_state, glances, standing
from crawler.web.pages import leads_to, page
from crawler.web.words import N_
from storage.records import PageState
from storage.records_roster import Count
from storage.records_service import OrderKind

router = Screen()

Key = Annotated[str, Path(min_length=1, max_length=60)]

RUNS = 5  # shown of a site


@router.get("/sites", need=Need.READ)
def sites(request: Request) -> Response:
    web = web_of(request)
    rows = [(one, standing(one, web.now)) for one in glances(web, sites_known(web))]
    return page(request, "sites.html", rows=rows, standings=STANDINGS, running=web.live is not None, names=names)


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


def sections_of(counts: list[Count]) -> list[tuple[str | None, int, int]]:
    """(section, pages that are there, pages that are gone) of each section, the largest first."""
    found: dict[str | None, list[int]] = {}
    for one in counts:
        here, gone = found.setdefault(one.section, [0, 0])
        added = one.count if one.state in HERE else 0
        found[one.section] = [here + added, gone + (one.count if one.state is PageState.GONE else 0)]
    rows = ((section, here, gone) for section, (here, gone) in found.items() if here or gone)
    return sorted(rows, key=lambda row: (-row[1], row[0] or "\uffff"))
