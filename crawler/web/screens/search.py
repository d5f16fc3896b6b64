"""Search: words in any form, over all versions of all pages; when they were first and last seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Query, Request, Response

from crawler.search import Result, Results, search
from crawler.web import names
from crawler.web.access import Need, Screen
from crawler.web.addresses import day_begins, neighbour
from crawler.web.choices import section_titles, site_choices
from crawler.web.context import Web, web_of
from crawler.web.pages import page
from crawler.web.words import N_
from storage.records import PageKind
from storage.records_search import Places

router = Screen()

SHOWN = 20  # results of a page
DEEPEST = 500  # pages of results
INDEXED = 200  # versions that a search takes into the index before it asks; a run's end takes in the rest

Short = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, kw_only=True)
class Form:
    """The fields as they were filled in."""

    q: str = ""
    site: str = ""
    section: str = ""
    kind: str = ""
    language: str = ""
    since: str = ""
    until: str = ""
    current: bool = False

    @property
    def narrowed(self) -> bool:
        """Something besides the words is asked for."""
        return any((self.site, self.section, self.kind, self.language, self.since, self.until, self.current))


@router.get("/search", need=Need.READ)
def find(
    request: Request,
    q: Annotated[str, Query(max_length=2_000)] = "",
    site: Short = "",
    section: Short = "",
    kind: Short = "",
    language: Short = "",
    since: Short = "",
    until: Short = "",
    current: Short = "",
    page: Annotated[int, Query(ge=1, le=DEEPEST)] = 1,
) -> Response:
    form = Form(
        q=q, site=site, section=section, kind=kind, language=language, since=since, until=until, current=bool(current)
    )
    web = web_of(request)
    try:
        places = places_of(form, web)
    except ValueError:
        return _page(request, web, form, wrong=N_("Give dates as year-month-day, and a kind that there is."))
    if not q.strip():
        return _page(request, web, form)
    found = search(web.archive, q, places, offset=(page - 1) * SHOWN, limit=SHOWN, most=INDEXED)
    return _page(request, web, form, found=found, number=page)


def places_of(form: Form, web: Web) -> Places:
    """Where the form says to look; its days are the site's, both of them included. Raises ValueError."""
    zone = web.zone(form.site or None)
    return Places(
        site=form.site or None,
        section=form.section or None,
        kinds=(PageKind(form.kind),) if form.kind else (),
        languages=(form.language,) if form.language else (),
        since=day_begins(form.since, zone),
        until=day_begins(form.until, zone, after=1),
        current=form.current,
    )


def folded(results: Sequence[Result]) -> list[tuple[Result, list[Result]]]:
    """The results; further pages of one list stand under the first of them."""
    found: dict[object, tuple[Result, list[Result]]] = {}
    for one in results:
        hit = one.hit
        key = (hit.site, hit.url.partition("?")[0]) if hit.kind is PageKind.LISTING else hit.page_id
        found.setdefault(key, (one, []))[1].append(one)
    return [(first, all_of_it[1:]) for first, all_of_it in found.values()]


def _page(
    request: Request, web: Web, form: Form, *, found: Results | None = None, number: int = 1, wrong: str = ""
) -> Response:
    shown = found.results if found else ()
    behind = (number - 1) * SHOWN + len(shown)
    further = found is not None and behind < found.total and number < DEEPEST
    values: dict[str, Any] = {
        "form": form,
        "found": found,
        "folded": folded(shown),
        "wrong": wrong,
        "brought": web.archive.brought_by({one.hit.page_id: one.hit.numbers[0] for one in shown}),
        "first": behind - len(shown) + 1,
        "last": behind,
        "before": neighbour(request, page=number - 1 if number > 2 else "") if number > 1 else None,
        "after": neighbour(request, page=number + 1) if further else None,
        "sites_to_choose": site_choices(web),
        "sections": section_titles(web, form.site or None),
        "names": names,
    }
    return page(request, "search.html", status=422 if wrong else 200, **values)
