"""Changes: the queue as programs read it, one change with all that differs."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import Field

from crawler.core.filters import as_cursor, of_cursor
from crawler.core.query import parsed
from crawler.core.report import change_json, entry_json
from crawler.entries import entries_of
from crawler.web import decisions
from crawler.web.access import Need
from crawler.web.api.decisions import DecisionOut, NoteOut
from crawler.web.api.routes import Api, Asked, In, Listing, Moment, Out, RowId, Short, found, onward
from crawler.web.api.versions import BlockOut, ReasonOut, ReferencesOut
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from crawler.web.listed import listed
from crawler.web.screens.change import MEMBERS, looks_of
from storage.records import Change, ChangeKind, PageKind, What
from storage.records_queue import ChangeFilter, Order
from storage.records_review import Review, ReviewState
from storage.records_search import Stems

api = Api("changes")


class Filter(In):
    """The change list's filter, by the same names as in its address."""

    site: Short | None = None
    section: Short | None = None
    kind: list[ChangeKind] = Field([], max_length=10)
    language: list[Short] = Field([], max_length=20)
    what: list[What] = Field([], max_length=10, description="at least one of these parts")
    min: float = Field(0.0, ge=0, le=1, allow_inf_nan=False, description="significance from")
    state: list[ReviewState] = Field([], max_length=10)
    assignee: Short | None = Field(None, description="a user's name; “-”: nobody's")
    words: Annotated[str, Field(max_length=500)] = Field("", description="all of them, in what changed or beside it")
    since: Moment | None = Field(None, description="first seen then or later")
    until: Moment | None = Field(None, description="first seen before")
    page: RowId | None = Field(None, description="id of the page")
    formatting: bool = Field(False, description="what touches formatting alone, too")
    hidden: bool = Field(False, description="what noise rules hide, too")
    order: Order = Order.SIGNIFICANCE

    def wanted(self) -> ChangeFilter:
        return ChangeFilter(
            site=self.site,
            section=self.section,
            kinds=tuple(self.kind),
            languages=tuple(self.language),
            what=tuple(self.what),
            min_significance=self.min,
            states=tuple(self.state),
            assignee="" if self.assignee == decisions.NOBODY else self.assignee,
            words=self.words,
            since=self.since,
            until=self.until,
            page_id=self.page,
            include_formatting=self.formatting,
            hidden=self.hidden,
            order=self.order,
        )

    def stems(self) -> Stems | None:
        return parsed(self.words) if self.words.strip() else None


class ChangesAsked(Filter, Asked):
    together: bool = Field(False, description="edits of this part of the list that say the same as one: see same")
    after: Annotated[str, Field(max_length=200)] | None = Field(None, description="as `next` has it")


class BlindOut(Out):
    kind: str
    since: datetime
    until: datetime | None


class ReviewOut(Out):
    state: ReviewState
    assignee: str | None
    significance: float | None = Field(description="set by a person; null: the computed one holds")
    updated_at: datetime | None
    updated_by: str | None


class ChangeOut(Out):
    """The keys of `letapis changes --json`, and what people have decided."""

    id: int
    url: str
    kind: ChangeKind
    title: str
    last_seen: datetime | None = Field(description="last seen as before; null for added")
    first_seen: datetime = Field(description="first seen as after")
    significance: float = Field(description="computed; from 0 to 1")
    what: list[What]
    summary: str
    from_version: int | None
    to_version: int | None
    moved_to: str | None
    page_kind: PageKind
    site: str
    section: str | None
    language: str | None
    subject_url: str | None = Field(description="the document that it is about; null: the page itself")
    count: int = Field(description="pages that a site-wide event touches")
    run: int
    page: int = Field(description="id of the page")
    event: int | None = Field(description="id of the site-wide event that it is a part of")
    same: list[int] = Field([], description="ids of other changes that say the same, where asked for together")
    review: ReviewOut


class DayOut(Out):
    day: date
    section: str | None
    count: int


class DaysAsked(In):
    since: Moment = Field(description="first seen then or later")
    until: Moment = Field(description="at most 366 days after since")
    site: Short | None = None


class ChangeWhole(ChangeOut):
    members: list[int] = Field(description="ids of the changes that this site-wide event stands for, fifty at most")
    captures: list[int] = Field(description="ids of what it was seen by, the newest first")
    rule: int | None = Field(description="id of the noise rule that hides it")
    history: list[DecisionOut] = Field(description="what people have decided, the newest first")
    blind: list[BlindOut] = Field(description="when we could not see, between the two looks")
    reasons: list[ReasonOut]
    notes: list[NoteOut]
    diff: list[BlockOut] | None = Field(None, description="null where there is only one version")
    links: ReferencesOut | None = None
    images: ReferencesOut | None = None
    attachments: ReferencesOut | None = None


class CountsOut(Out):
    total: int
    sites: dict[str, int]
    sections: dict[str, int] = Field(description="“-”: of no section")
    kinds: dict[str, int]
    states: dict[str, int]


@api.get("/changes", need=Need.READ, summary="Changes")
def changes(request: Request, asked: Annotated[ChangesAsked, Query()]) -> Listing[ChangeOut]:
    """The queue: the weightiest first, or the latest (`order=time`)."""
    wanted = asked.wanted()
    try:
        cursor = of_cursor(asked.after, wanted.order) if asked.after else None
    except ValueError as error:
        raise Refused(422, str(error)) from error
    page = web_of(request).archive.queue(wanted, after=cursor, limit=asked.limit, stems=asked.stems())
    rows = listed(web_of(request).archive, page.rows, "en") if asked.together else ()
    items = [
        *(change_out(row.change, row.row.review, [one.change.id or 0 for one in row.members[1:]]) for row in rows),
        *(change_out(row.change, row.review) for row in page.rows if not asked.together),
    ]
    return Listing(items=items, next=onward(request, after=as_cursor(page.next)) if page.next else None)


@api.get("/changes/counts", need=Need.READ, summary="How many changes there are of which sort")
def counts(request: Request, asked: Annotated[Filter, Query()]) -> CountsOut:
    """By each value of a condition, all other conditions of the filter holding."""
    facets = web_of(request).archive.facets(asked.wanted(), stems=asked.stems())
    sections = {name or "-": count for name, count in facets.sections.items()}
    return CountsOut(
        total=facets.total, sites=facets.sites, sections=sections, kinds=facets.kinds, states=facets.states
    )


@api.get("/changes/daily", need=Need.READ, summary="How many changes there were on each day")
def daily(request: Request, asked: Annotated[DaysAsked, Query()]) -> Listing[DayOut]:
    """By section, days in the zone of the site or of all; days without any are left out."""
    if not asked.since < asked.until <= asked.since + timedelta(days=366):
        raise Refused(422, "Give until after since, and at most 366 days after it.")
    web = web_of(request)
    counted = web.archive.daily_changes(asked.since, asked.until, web.zone(asked.site), site=asked.site)
    days = sorted(counted.items(), key=lambda one: (one[0][0], one[0][1] or ""))
    return Listing(items=[DayOut(day=day, section=section, count=count) for (day, section), count in days])


@api.get("/changes/{change_id:int}", need=Need.READ, summary="One change")
def change(request: Request, change_id: Id) -> ChangeWhole:
    """With all that differs, why it weighs what it weighs, and the notes."""
    archive = web_of(request).archive
    row = found(archive.queue_row(change_id))
    entry = next(iter(entries_of(archive, [row.change])))
    told = {**entry_json(entry), **_change(row.change, row.review)}
    members = archive.changes(group_id=change_id, limit=MEMBERS, include_formatting=True) if row.group > 1 else []
    return ChangeWhole(
        **told,
        notes=[NoteOut.model_validate(note) for note in archive.notes(change_id)],
        members=[one.id or 0 for one in members],
        captures=[one.id or 0 for one in looks_of(web_of(request), row.change, entry)],
        rule=archive.hidden_by([change_id]).get(change_id),
        history=[DecisionOut.model_validate(one) for one in archive.audit(f"change {change_id}", limit=50)],
    )


def _change(one: Change, review: Review) -> dict[str, Any]:
    told = change_json(one)
    del told["blind"]  # what an entry knows better
    return {**told, "page": one.page_id, "event": one.group_id, "review": ReviewOut.model_validate(review)}


def change_out(one: Change, review: Review, same: Iterable[int] = ()) -> ChangeOut:
    """A change as lists tell it."""
    return ChangeOut(**_change(one, review), same=list(same))
