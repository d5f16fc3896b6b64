"""The schedule of a site's visits: which pages come next and why, how the budget is spread, how late visits are."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from fastapi import Request, Response

from crawler.core.schedule import rate, rate_interval
from crawler.outlook import host_json
from crawler.web import times
from crawler.web.access import Need, Screen
from crawler.web.choices import site_title
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.pages import language, page
from crawler.web.screens.sites import Key
from crawler.web.words import N_
from storage.records import Page

router = Screen()

VISITS = 50  # shown
LONGEST = 36_500.0  # days that are told
NEVER = 1e-4  # changes a day below which we say that a page never changes

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
EDGES = (-_DAY, -6 * _HOUR, -_HOUR, timedelta(), _HOUR, 6 * _HOUR, _DAY, 7 * _DAY)
STRETCHES = (  # one more than there are edges
    N_("late by more than a day"),
    N_("late by 6 to 24 hours"),
    N_("late by 1 to 6 hours"),
    N_("late by less than an hour"),
    N_("due within an hour"),
    N_("due in 1 to 6 hours"),
    N_("due in 6 to 24 hours"),
    N_("due in 1 to 7 days"),
    N_("due later"),
)
CLASSES = {
    "listing": N_("list"),
    "listing_tail": N_("list, further page"),
    "feed": N_("feed"),
    "live": N_("changes all the time"),
    "news": N_("news"),
    "document": N_("document"),
    "static": N_("page"),
}


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One stretch of the picture."""

    label: str
    count: int
    width: float  # of 100
    late: bool


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How often a page is believed to change: the time between two changes, most likely, at least and at most.

    Null: never, as far as one can say.
    """

    likely: timedelta | None
    least: timedelta | None
    most: timedelta | None


@router.get("/sites/{key}/schedule", need=Need.READ)
def schedule(request: Request, key: Key) -> Response:
    web = web_of(request)
    profile = web.sites.get(key)
    if profile is None:
        raise Refused(404, N_("There is no such site, or it has no profile any more."))
    archive, now = web.archive, web.now
    told = host_json(profile, archive.host(profile.hosts[0]), archive.demand(key), now=now)
    bars = lateness_bars(archive.lateness(key, now, EDGES))
    values: dict[str, Any] = {
        "key": key,
        "title": site_title(web, key),
        "profile": profile,
        "told": told,
        "visits": [(one, pace_of(one)) for one in archive.upcoming(key, VISITS)],
        "bars": bars,
        "late": sum(bar.count for bar in bars if bar.late),
        "once_a_day": in_words(timedelta(days=min(told["k"], LONGEST)), language(request, web)),
        "in_words": in_words,
        "classes": CLASSES,
        "paused": archive.pauses().get(key),
    }
    return page(request, "schedule.html", **values)


def lateness_bars(counts: list[int]) -> list[Bar]:
    """The stretches as bars, the longest of which fills the width."""
    longest = max(counts, default=0) or 1
    late = sum(1 for edge in EDGES if edge <= timedelta())
    return [
        Bar(label=label, count=count, width=round(100 * count / longest, 1), late=index < late)
        for index, (label, count) in enumerate(zip(STRETCHES, counts, strict=True))
    ]


def pace_of(one: Page) -> Pace:
    """Of a page's estimated rate and its 90 % interval; nothing of one that the policy has no belief about."""
    if not one.revisit.a or not one.revisit.b:
        return Pace(likely=None, least=None, most=None)
    low, high = rate_interval(one.revisit)
    likely, most, least = (
        timedelta(days=1 / each) if each > NEVER else None for each in (rate(one.revisit), low, high)
    )
    return Pace(likely=likely, least=least, most=most)


def in_words(span: timedelta | None, language: str) -> str:
    """A time span as people say it: "3 days"; a dash for never."""
    return "–" if span is None else times.span(span, language)
