"""Home: what has changed since one last looked, what is wrong, what runs, how the sites are doing."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Form, Request, Response

from crawler.core.messages.wording import trouble
from crawler.core.report.chart import HEIGHT, WIDTH, Chart, chart
from crawler.core.report.voice import Voice
from crawler.i18n import catalogue
from crawler.web.access import Need, Screen, actor_of, who_of
from crawler.web.choices import section_titles
from crawler.web.context import Web, web_of
from crawler.web.errors import Refused
from crawler.web.glance import STANDINGS, glances, standing
from crawler.web.listed import Listed, listed
from crawler.web.pages import language, leads_to, page
from crawler.web.screens.changes import site_titles
from crawler.web.words import N_
from storage.records import Run
from storage.records_accounts import User
from storage.records_queue import ChangeFilter
from storage.records_review import ReviewState
from storage.records_service import OrderKind

router = Screen()

MOST = 30  # changes that are told
CHARTED = timedelta(days=30)
FIRST_LOOK = timedelta(days=7)  # who has never looked is told of the last week
LONGEST_RUN = timedelta(hours=6)  # one that runs longer does not keep the looked-at mark back
_NOT_TOLD = {ReviewState.NOISE, ReviewState.INSIGNIFICANT}


@router.get("/", need=Need.READ)
def home(request: Request) -> Response:
    web, who = web_of(request), who_of(request)
    spoken, now = language(request, web), web.now
    looked = who.user.looked_at
    since = looked or now - FIRST_LOOK
    states = tuple(state for state in ReviewState if state not in _NOT_TOLD)
    wanted = ChangeFilter(since=since, states=states)
    found = web.archive.queue(wanted, limit=MOST)
    rows = listed(web.archive, found.rows, spoken)
    crawled = web.archive.first_crawls()
    return page(
        request,
        "home.html",
        looked=looked,
        since=since,
        total=found.total,
        grouped=_by_section(rows),
        rest=_rest(since, states),
        problems=[(one, trouble(one.kind, _voice(web, spoken))) for one in web.archive.problems()],
        running=web.live is not None,
        going=web.archive.going(),
        chart=_chart(web, spoken, now, min(crawled.values(), default=now)),
        width=WIDTH,
        height=HEIGHT,
        health=[(one, standing(one, now)) for one in glances(web, [key for key in web.sites if key in crawled])],
        standings=STANDINGS,
        never=[site for key, site in web.sites.items() if key not in crawled],
        ordered=bool(web.archive.open_orders()),
        several=len({row.change.site for row in rows}) > 1,
        section_titles=section_titles(web),
        site_titles=site_titles(web),
    )


@router.post("/looked", need=Need.OWN)
def looked(request: Request, at: Annotated[str, Form(max_length=40)] = "") -> Response:
    """Remembers that the list was looked at as it stood at that moment: what came later is told the next time."""
    web, user = web_of(request), who_of(request).user
    try:
        mark_looked(web, user, datetime.fromisoformat(at))
    except (ValueError, TypeError) as error:  # no moment, or one without a zone
        raise Refused(422, N_("Something in this request is missing or has the wrong form.")) from error
    return leads_to(request, "/", N_("Marked as looked at."))


@router.post("/crawl", need=Need.ADMIN)
def crawl_now(request: Request, site: Annotated[str, Form(max_length=60)]) -> Response:
    """Orders a crawl of a site from the running service."""
    web = web_of(request)
    if site not in web.sites:
        raise Refused(404, N_("There is no such site."))
    web.archive.order(site, OrderKind.RUN, web.now, actor=actor_of(request))
    return leads_to(request, "/", N_("Ordered: the service begins within seconds."))


def mark_looked(web: Web, user: User, at: datetime) -> datetime | None:
    """Moves the user's mark to that moment, never back; returns where it is then."""
    until = looked_until(min(at, web.now), web.archive.going())
    if user.looked_at is not None and until <= user.looked_at:
        return user.looked_at
    web.archive.set_looked(user.id, until)
    return until


def looked_until(at: datetime, going: Sequence[Run]) -> datetime:
    """Up to when a list was complete: what a run that goes on has seen is written in batches, later than seen."""
    begun = [run.started_at for run in going if at - run.started_at < LONGEST_RUN]
    return min([at, *begun])


def _by_section(rows: Sequence[Listed]) -> list[tuple[tuple[str, str | None], list[Listed]]]:
    """(site, section) with their rows: the sections by their weightiest change, in each the weightiest first."""
    found: dict[tuple[str, str | None], list[Listed]] = {}
    for row in rows:
        found.setdefault((row.change.site, row.change.section), []).append(row)
    return list(found.items())


def _rest(since: datetime, states: Sequence[ReviewState]) -> str:
    pairs = [("since", since.isoformat()), *(("state", state.value) for state in states)]
    return f"/changes?{urlencode(pairs)}"


def _chart(web: Web, spoken: str, now: datetime, begun: datetime) -> Chart | None:
    """The last thirty days in the zone of the sites, or those since the first crawl; null on its first day."""
    zone = web.zone()
    until = datetime.combine((now.astimezone(zone) + timedelta(days=1)).date(), time(), zone)
    counted = web.archive.daily_changes(until - CHARTED, until, zone)
    words, titles = catalogue(spoken), section_titles(web)
    points = (
        (datetime.combine(day, time(12), zone), titles.get(name or "", name) or words.gettext("Other pages"))
        for (day, name), count in counted.items()
        for _ in range(count)
    )
    return chart(points, zone, other=words.gettext("all other sections"), span=(max(begun, until - CHARTED), now))


def _voice(web: Web, spoken: str) -> Voice:
    return Voice(zone=web.zone(), language=spoken, catalogue=catalogue(spoken))
