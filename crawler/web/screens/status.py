"""Status: is the service running, what does it do now and next, how much is there, and what calls for somebody."""

from typing import Any

from fastapi import Request, Response

from config.described import Source, effective
from crawler.core.query import STEMMER
from crawler.web import names
from crawler.web.access import Need, Screen, who_of
from crawler.web.choices import site_choices
from crawler.web.context import web_of
from crawler.web.pages import page
from crawler.web.standing import BEHIND, JOBS, matters, standing
from crawler.web.words import N_

router = Screen()

NEXT = 10  # jobs that are told
SOURCES = {
    Source.DEFAULT: N_("default"),
    Source.FILE: N_("letapis.toml or command line"),
    Source.ENVIRONMENT: N_("environment"),
}


@router.get("/status", need=Need.READ)
def status(request: Request) -> Response:
    """For all; release, database, lease and settings for administrators."""
    web = web_of(request)
    stands = standing(web.live.status()) if web.live else None
    totals, titles = web.archive.totals(STEMMER, most=BEHIND + 1), dict(site_choices(web))
    paused = {key: titles.get(key, key) for key in web.archive.pauses()}
    values: dict[str, Any] = {
        "stands": stands,
        "totals": totals,
        "behind": BEHIND,
        "matters": list(matters(stands, totals, web.archive.problems(), paused)),
        "jobs": [job for job in stands.jobs if job["next"]][:NEXT] if stands else [],
        "titles": titles,
        "job_names": JOBS,
        "names": names,
        "settings": effective(web.settings) if who_of(request).may(Need.ADMIN) else [],
        "sources": SOURCES,
    }
    return page(request, "status.html", **values)
