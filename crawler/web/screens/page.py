"""A page: what it is and since when, its versions as a picture and a table, its languages, its next visit."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from fastapi import Request, Response

from config.site import without_profile
from crawler.core.report.lifeline import HEIGHT, WIDTH, Lifeline, Span, absences, blind_spans, lifeline
from crawler.core.schedule_rates import HABITS, rate, rate_interval
from crawler.core.urls import canonical, host_of
from crawler.web import names
from crawler.web.access import Need, Screen
from crawler.web.advice import advice
from crawler.web.context import Web, web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from crawler.web.listed import summaries
from crawler.web.pages import language, leads_to, page
from crawler.web.screens.change import voice_of
from crawler.web.words import N_
from storage.records import Change, Page, PageState, Problem, Revisit
from storage.records_timeline import VersionRow

router = Screen()
CHANGES = 100  # that are listed
DRAWN = 400  # versions in the picture; the table has them all
LISTED = 200  # versions in the table, unless all are asked for
PARENTS = 50
MONTH = 30  # days

STATES = {  # what a page's state means, as an answer
    PageState.NEW: N_("It is known by its address, but was not visited yet."),
    PageState.LIVE: N_("It is there."),
    PageState.HELD: N_("It is there, but may be another page's article: it is told once that page was looked at."),
    PageState.MISSING: N_("It was not there at the last look; a later look decides whether it is gone."),
    PageState.GONE: N_("It is gone."),
    PageState.ALIAS: N_("It is another address of a page."),
    PageState.EXCLUDED: N_("It is not kept: robots.txt or the profile leaves it out, or it never was a page."),
}
HOW = {  # how an address was found to lead to the page
    "redirect": N_("a redirect"),
    "canonical": N_("the page names its own address"),
    "same content": N_("the same content"),
    "shortlink": N_("a short link"),
    "moved": N_("the page stood there before"),
    "language variant": N_("the same text under a language's address"),
    "shows the same as a listing": N_("shows the same list"),
}


@router.get("/pages", need=Need.READ)
def find(request: Request, url: str = "") -> Response:
    """Leads to the page at an address, aliases followed; without one, asks for it."""
    web = web_of(request)
    wanted = url.strip()[:4_000]
    if not wanted:
        return page(request, "pages.html", url="", wrong=None)
    found = _at(web, wanted)
    if found is not None:
        return leads_to(request, f"/pages/{found.id}")
    return page(request, "pages.html", status=404, url=wanted, wrong=N_("No page is known at this address."))


@router.get("/pages/{page_id:int}", need=Need.READ)
def one_page(request: Request, page_id: Id) -> Response:
    """The page; an alias that has no versions of its own leads to the page that it is an alias of."""
    web = web_of(request)
    found = page_of(web, page_id)
    if found.alias_of is not None and found.version is None:
        return leads_to(request, f"/pages/{found.alias_of}")
    versions = web.archive.versions_of(page_id)
    changes = web.archive.changes(page_id=page_id, include_formatting=True, include_members=True, limit=CHANGES)
    problems = web.archive.problems(found.site, open_only=False)
    life = _life(web, found, versions, changes, problems)
    shown = versions[::-1] if request.query_params.get("versions") == "all" else versions[: -LISTED - 1 : -1]
    return page(
        request,
        "page.html",
        about=found,
        says=STATES[found.state],
        voice=voice_of(request, web, found.site),
        versions=shown,
        count=len(versions),
        latest=versions[-1] if versions else None,
        life=life,
        drawing=(WIDTH, HEIGHT),
        changes=changes,
        summaries=summaries(web.archive, changes, language(request, web)),
        names=names,
        **_beside(web, found, problems),
    )


def page_of(web: Web, page_id: int) -> Page:
    """The page with this id. Raises Refused, 404."""
    found = web.archive.pages_by_id([page_id]).get(page_id)
    if found is None:
        raise Refused(404, N_("There is no such page in the archive."))
    return found


def _at(web: Web, url: str) -> Page | None:
    """The page at an address as people write it, aliases followed; of a host without a profile, too."""
    try:
        host = host_of(url)
        known = [site for site in web.sites.values() if host in site.hosts]
        asked = ((site.key, canonical(url, site)) for site in (*known, without_profile(host, url)))
        return next((found for key, own in asked if (found := web.archive.page(key, own))), None)
    except ValueError:  # no address, or a host that can be no site's
        return None


def _life(
    web: Web, about: Page, versions: Sequence[VersionRow], changes: Sequence[Change], problems: Sequence[Problem]
) -> Lifeline | None:
    return lifeline(
        [(one.number, one.first_seen, one.upgrade) for one in versions[-DRAWN:]],
        gone=away(about, changes),
        blind=blind_spans(problems),
        now=web.now,
        zone=web.zone(about.site),
    )


def away(about: Page, changes: Sequence[Change]) -> tuple[Span, ...]:
    """When the page was not there, by its changes and its state."""
    gone = absences(changes, about.missing_since if about.state is PageState.MISSING else None)
    if about.state is PageState.GONE and not (gone and gone[-1].until is None) and about.missing_since:
        return (*gone, Span(kind="gone", since=about.missing_since, until=None))
    return gone


def believed(state: Revisit) -> bool:
    """Whether the policy has a belief about how often a page changes."""
    return state.a > 0 and state.b > 0


def _beside(web: Web, about: Page, problems: Sequence[Problem]) -> dict[str, Any]:
    """What stands beside the versions: addresses, languages, visits, troubles."""
    translations = web.archive.translations(about.id, web.now)
    return {
        "aliases": web.archive.aliases([about.id]).get(about.id, []),
        "how": HOW,
        "translations": translations if len(translations) > 1 else [],
        "parents": web.archive.parents(about.site, about.url)[:PARENTS],
        "rhythm": _rhythm(about.revisit) if about.next_visit else None,
        "overdue": about.next_visit is not None and about.next_visit <= web.now,
        "last_visit": datetime.fromtimestamp(about.revisit.last_visit, UTC) if about.revisit.last_visit else None,
        "problems": [one for one in problems if one.subject in (about.url, about.address, about.section)][:20],
        "looks": web.archive.looks([about.id], limit=10),
        "has_live": web.live is not None,
        "advice": advice,
    }


def _rhythm(state: Revisit) -> dict[str, float | bool]:
    """Changes a month by the page's own history, and how sure that is; of lists, new links."""
    if not believed(state):
        return {}
    low, high = rate_interval(state)
    told = {"rate": rate(state), "low": low, "high": high}
    return {name: _told(value * MONTH) for name, value in told.items()} | {
        "links": HABITS[state.page_class].counts_links
    }


def _told(value: float) -> float:
    """Two places of a small number, none of a large one: nobody knows it better."""
    return round(value) if value >= 10 else round(value, 2)
