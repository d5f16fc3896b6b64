"""Runs: when the sites were visited, what came of it, and what failed and why."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from crawler.web import names
from crawler.web.access import Need, Screen
from crawler.web.addresses import neighbour
from crawler.web.choices import site_choices, site_title
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.glance import failed, visits
from crawler.web.inputs import Id
from crawler.web.listed import summaries
from crawler.web.pages import language, page
from crawler.web.words import N_
from storage.records import Run, RunState

router = Screen()

ROWS = 50
FAILURES = 50  # shown at a time
CHANGES = 30  # of a run

RowId = Annotated[int | None, Query(ge=1, lt=2**62)]
Short = Annotated[str, Query(max_length=200)]


@router.get("/runs", need=Need.READ)
def runs(request: Request, site: Short = "", kind: Short = "", state: Short = "", before: RowId = None) -> Response:
    web = web_of(request)
    rows = web.archive.run_list(
        site=site or None, kind=kind or None, state=state or None, before=before, limit=ROWS + 1
    )
    values: dict[str, Any] = {
        "rows": rows[:ROWS],
        "typed": {"site": site, "kind": kind, "state": state},
        "first": neighbour(request, before="") if before else None,
        "next": neighbour(request, before=rows[ROWS - 1].id) if len(rows) > ROWS else None,
        "sites_to_choose": site_choices(web),
        "titles": dict(site_choices(web)),
        "names": names,
        "visits": visits,
        "failed": failed,
    }
    return page(request, "runs.html", **values)


@router.get("/runs/{run_id}", need=Need.READ)
def run(request: Request, run_id: Id, after: Annotated[int, Query(ge=0, lt=2**62)] = 0) -> Response:
    web = web_of(request)
    found = web.archive.run(run_id)
    if found is None:
        raise Refused(404, N_("There is no such run."))
    failures = _failures(request, found, after)
    changes = web.archive.changes(run_id=run_id, include_formatting=True, limit=CHANGES + 1)
    values: dict[str, Any] = {
        "run": found,
        "title": site_title(web, found.site),
        "counts": told_counts(found),
        "failures": failures[:FAILURES],
        "more_failures": neighbour(request, after=failures[FAILURES - 1].id) if len(failures) > FAILURES else None,
        "changes": changes[:CHANGES],
        "summaries": summaries(web.archive, changes[:CHANGES], language(request, web)),
        "more_changes": max(0, found.counts.get("changes", 0) - CHANGES) or len(changes) > CHANGES,
        "names": names,
        "visits": visits(found),
        "failed": failed(found),
    }
    return page(request, "run.html", **values)


def told_counts(one: Run) -> list[tuple[str, int]]:
    """(what, how many) of each outcome that the run has counted, in the order of the outcomes; its own others after."""
    known = [(name, one.counts[key]) for key, name in names.COUNTS.items() if one.counts.get(key)]
    return known + [(key, count) for key, count in sorted(one.counts.items()) if key not in names.COUNTS and count]


def _failures(request: Request, one: Run, after: int) -> list[Any]:
    """What failed; not looked for in a run that has come to its end and counted none."""
    ended_well = one.state is RunState.DONE and not failed(one)
    return [] if ended_well else web_of(request).archive.failures(one.id, after=after, limit=FAILURES + 1)
