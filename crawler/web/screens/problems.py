"""Problems: when the monitoring itself can't see, why, and what to do about it."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from crawler.web.access import Need, Screen
from crawler.web.advice import advice, concerns_all
from crawler.web.choices import section_titles, site_choices
from crawler.web.context import web_of
from crawler.web.pages import page

router = Screen()

HEALED = 50  # shown, the latest

Short = Annotated[str, Query(max_length=200)]


@router.get("/problems", need=Need.READ)
def problems(request: Request, site: Short = "", kind: Short = "") -> Response:
    web = web_of(request)
    every = web.archive.problems(site or None, open_only=False)
    kinds = sorted({one.kind for one in every})
    chosen = [one for one in every if not kind or one.kind == kind]
    healed = sorted(
        (one for one in chosen if one.closed_at), key=lambda one: one.closed_at or one.seen_at, reverse=True
    )
    values: dict[str, Any] = {
        "open": [one for one in chosen if one.closed_at is None],
        "healed": healed[:HEALED],
        "more": max(0, len(healed) - HEALED),
        "typed": {"site": site, "kind": kind},
        "kinds": [(one, advice(one).title) for one in kinds],
        "sites_to_choose": site_choices(web),
        "titles": dict(site_choices(web)),
        "advice": advice,
        "section_titles": section_titles(web),
        "concerns_all": concerns_all,
    }
    return page(request, "problems.html", **values)
