"""Any two versions of a page compared, under an address that stays: /pages/7/compare/1..3."""

from datetime import UTC, datetime, time, tzinfo

from fastapi import Request, Response

from crawler.core.blind import BLINDING
from crawler.core.significance import of_comparison
from crawler.i18n import catalogue
from crawler.web import difference
from crawler.web.access import Need, Screen
from crawler.web.context import Web, web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from crawler.web.listed import summaries
from crawler.web.pages import language, leads_to, page
from crawler.web.screens.change import voice_of
from crawler.web.screens.page import page_of
from crawler.web.words import N_
from storage.records import Problem, Version
from storage.records_timeline import VersionRow

router = Screen()
TOLD = 50  # changes between the two versions that are named


@router.get("/pages/{page_id:int}/compare", need=Need.READ)
def choose(request: Request, page_id: Id, since: str = "") -> Response:
    """Leads to the comparison's own address: of ``from`` and ``to``, or of what has changed ``since`` a day."""
    web = web_of(request)
    about = page_of(web, page_id)
    versions = web.archive.versions_of(page_id)
    if not versions:
        raise Refused(404, N_("No version of this page is stored."))
    if since.strip():
        first = standing(versions, _moment(since.strip(), web.zone(about.site))).number
        last = versions[-1].number
    else:
        first = _number(request.query_params.get("from"), versions[-1].number - 1)
        last = _number(request.query_params.get("to"), versions[-1].number)
    return leads_to(request, f"/pages/{page_id}/compare/{max(first, 1)}..{last}")


@router.get("/pages/{page_id:int}/compare/{first:int}..{last:int}", need=Need.READ)
def compare(request: Request, page_id: Id, first: Id, last: Id) -> Response:
    """What differs between two versions; ``view`` and ``all`` as on the change's screen."""
    web = web_of(request)
    about = page_of(web, page_id)
    before, after = version_of(web, page_id, first), version_of(web, page_id, last)
    rows = {row.number: row for row in web.archive.versions_of(page_id)}
    words = catalogue(language(request, web))
    comparison = difference.compared(before, after, about.url, words)
    found = difference.asked(request, comparison)
    every = web.archive.changes(page_id=page_id, include_formatting=True, include_members=True)
    between = [one for one in every if rows[first].first_seen < one.first_seen <= rows[last].first_seen]
    return page(
        request,
        "compare.html",
        about=about,
        before=before,
        after=after,
        rows=rows,
        pairs=[(str(number), str(number)) for number in sorted(rows)],
        difference=found,
        switches=difference.switches(request, found),
        score=of_comparison(comparison, catalogue=words),
        between=between,
        summaries=summaries(web.archive, between[:TOLD], language(request, web)),
        told=TOLD,
        voice=voice_of(request, web, about.site),
        blind=_blind(web, about.site, rows[first].last_seen, rows[last].first_seen),
    )


def version_of(web: Web, page_id: int, number: int) -> Version:
    """A version of a page. Raises Refused, 404."""
    found = web.archive.version(page_id, number)
    if found is None:
        raise Refused(404, N_("There is no such version."))
    return found


def standing(versions: list[VersionRow], at: datetime) -> VersionRow:
    """The version that stood at a moment; the first one where none was known then."""
    return next((one for one in reversed(versions) if one.first_seen <= at), versions[0])


def _blind(web: Web, site: str, since: datetime, until: datetime) -> list[Problem]:
    """When we could not see, between the last look at the one and the first at the other."""
    return [
        one
        for one in web.archive.problems(site, open_only=False)
        if one.kind in BLINDING and one.opened_at <= until and (one.closed_at is None or one.closed_at >= since)
    ]


def _moment(text: str, zone: tzinfo) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(422, N_("Give a day as 2026-11-20.")) from error
    if found.time() == time() and found.tzinfo is None:
        return found.replace(tzinfo=zone)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _number(text: str | None, otherwise: int) -> int:
    if not text:
        return otherwise
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Refused(422, N_("There is no such version."))
    return int(text)
