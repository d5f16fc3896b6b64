"""A site's pages as a list: as they are now, or as they stood on a day; on the screen and as CSV."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Annotated, Any, TypeVar

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse

from crawler.exports import csv_rows
from crawler.web import names
from crawler.web.access import Need, Screen
from crawler.web.addresses import day_begins, neighbour
from crawler.web.choices import section_titles, site_title
from crawler.web.context import Web, web_of
from crawler.web.errors import Refused
from crawler.web.pages import page
from crawler.web.screens.sites import Key, known
from crawler.web.words import N_
from storage.records import Page, PageKind, PageState
from storage.records_roster import Asked
from storage.records_timeline import Standing
from storage.roster import NO_SECTION

router = Screen()

ROWS = 50  # of a page of the list
BATCH = 500  # rows that are read at a time for a file
STANDS = (PageState.LIVE, PageState.HELD, PageState.MISSING, PageState.GONE)  # unless another state is asked for
_INSTANT = timedelta(microseconds=1)

Short = Annotated[str, Query(max_length=200)]
After = Annotated[int, Query(ge=0, lt=2**62)]
Row = TypeVar("Row", Page, Standing)

WRONG = N_("Give the day as year-month-day, and a kind and a state that there are.")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked for: which pages, and as of when; null: now."""

    asked: Asked
    at: datetime | None = None

    def rows(self, web: Web, *, after: int = 0, limit: int = ROWS + 1) -> list[Page] | list[Standing]:
        """The pages behind the one with the id ``after``."""
        one = self.asked
        if self.at is None:
            return web.archive.page_list(one, after=after, limit=limit)
        return web.archive.as_on(
            one.site, self.at, kinds=one.kinds, section=one.section, languages=one.languages, after=after, limit=limit
        )


@router.get("/sites/{key}/pages", need=Need.READ)
def listed(
    request: Request,
    key: Key,
    section: Short = "",
    kind: Short = "",
    state: Short = "",
    language: Short = "",
    words: Short = "",
    on: Short = "",
    after: After = 0,
) -> Response:
    web, wrong = web_of(request), ""
    known(web, key)
    try:
        wanted = wanted_of(web, key, section, kind, state, language, words, on)
    except ValueError:
        wanted, wrong = Wanted(asked=Asked(site=key, states=STANDS)), WRONG
    rows = wanted.rows(web, after=after)
    values: dict[str, Any] = {
        "key": key,
        "title": site_title(web, key),
        "typed": {"section": section, "kind": kind, "state": state, "language": language, "words": words, "on": on},
        "wrong": wrong,
        "at": wanted.at,
        "baseline": web.archive.baseline_at(key),
        "rows": rows[:ROWS],
        "first": neighbour(request, after="") if after else None,
        "next": neighbour(request, after=_id(rows[ROWS - 1])) if len(rows) > ROWS else None,
        "file": neighbour(request, after="").replace("/pages", "/pages.csv", 1),
        "sections": section_titles(web, key),
        "names": names,
    }
    return page(request, "pagelist.html", status=422 if wrong else 200, **values)


@router.get("/sites/{key}/pages.csv", need=Need.READ)
def as_file(
    request: Request,
    key: Key,
    section: Short = "",
    kind: Short = "",
    state: Short = "",
    language: Short = "",
    words: Short = "",
    on: Short = "",
) -> Response:
    """The whole list under the same conditions, as a download; with a byte order mark, for spreadsheets ask for it."""
    web = web_of(request)
    known(web, key)
    try:
        wanted = wanted_of(web, key, section, kind, state, language, words, on)
    except ValueError as error:
        raise Refused(422, WRONG) from error
    name = f"{key}-{on}.csv" if wanted.at else f"{key}.csv"
    safe = "".join(char if (char.isalnum() and char.isascii()) or char in "-_." else "-" for char in name)
    headers = {"Content-Disposition": f'attachment; filename="letapis-{safe}"'}
    text = chain(["\ufeff"], csv_rows(_lines(web, wanted)))
    return StreamingResponse((part.encode() for part in text), headers=headers, media_type="text/csv; charset=utf-8")


def wanted_of(web: Web, key: str, section: str, kind: str, state: str, language: str, words: str, on: str) -> Wanted:
    """The conditions as values; a day means its end in the site's zone. Raises ValueError."""
    ended = day_begins(on, web.zone(key), after=1)
    asked = Asked(
        site=key,
        section=section or None,
        kinds=(PageKind(kind),) if kind else (),
        states=(PageState(state),) if state else STANDS,
        languages=(language,) if language else (),
        words=words,
    )
    if ended is None:
        return Wanted(asked=asked)
    if asked.section == NO_SECTION:
        asked = replace(asked, section=None)
    return Wanted(asked=asked, at=ended - _INSTANT)


def _lines(web: Web, wanted: Wanted) -> Iterator[dict[str, Any]]:
    after = 0
    while rows := wanted.rows(web, after=after, limit=BATCH):
        yield from (_line(row) for row in rows)
        after = _id(rows[-1])


def _line(row: Page | Standing) -> dict[str, Any]:
    line: dict[str, Any] = {
        "url": row.url,
        "title": row.title,
        "section": row.section,
        "kind": row.kind.value,
        "language": row.language,
        "version": row.version,
    }
    if isinstance(row, Standing):
        return line | {"first_seen": row.first_seen.isoformat()}
    return line | {"state": row.state.value, "last_seen": row.last_seen.isoformat() if row.last_seen else None}


def _id(row: Page | Standing) -> int:
    return row.page_id if isinstance(row, Standing) else row.id
