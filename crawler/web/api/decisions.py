"""What people decide about changes, and the notes that they write."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Request
from pydantic import Field, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from crawler.core.review import BY_HAND
from crawler.web import decisions
from crawler.web.access import Need, who_of
from crawler.web.api.routes import Api, In, Listing, Out, RowId, Short, found
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from storage.records_review import ReviewState
from storage.reviews import KEEP

api = Api("changes")


class NoteOut(Out):
    id: int
    author: str
    at: datetime
    text: str


class DecisionOut(Out):
    at: datetime
    actor: str
    action: str
    detail: dict[str, Any]


_STATES = {"type": "string", "enum": [state.value for state in BY_HAND]}


class Decide(In):
    """What is decided about all of the changes; what is left out stays as it is."""

    ids: list[RowId] = Field(min_length=1, max_length=decisions.MOST)
    state: Annotated[ReviewState, WithJsonSchema(_STATES)] | SkipJsonSchema[None] = Field(
        None, description="left out, it stays as it is; published is what a report sets"
    )
    assignee: Short | None = Field(None, description="a user's name; null frees")
    significance: float | None = Field(None, ge=0, le=1, allow_inf_nan=False, description="null: the computed one")
    note: str = Field("", max_length=decisions.LONGEST_NOTE)


class Decided(Out):
    altered: list[int] = Field(description="ids of the changes that were altered or noted on")


class Note(In):
    text: str = Field(min_length=1, max_length=decisions.LONGEST_NOTE, examples=["Asked the ministry's press office."])


@api.post("/changes/decide", need=Need.REVIEW, summary="Decide about changes")
def decide(request: Request, asked: Decide) -> Decided:
    """State, assignee, significance and a note, for all of them or for none; kept in the audit log."""
    given = asked.model_fields_set
    if asked.state is None and "state" in given:
        raise Refused(422, "A state can't be null: leave it out, and it stays as it is.")
    if asked.state is not None and asked.state not in BY_HAND:
        raise Refused(422, "A change becomes published with a report: put it into one and publish that.")
    decided = decisions.Decision(
        ids=tuple(dict.fromkeys(asked.ids)),
        rows=(),
        state=KEEP if asked.state is None else asked.state,
        assignee=asked.assignee if "assignee" in given else KEEP,
        significance=asked.significance if "significance" in given else KEEP,
        note=asked.note.strip(),
    )
    if decided.empty:
        raise Refused(422, "Choose what to decide.")
    web = web_of(request)
    altered = decisions.carry_out(web.archive, decided, actor=who_of(request).user.name, now=web.now)
    return Decided(altered=altered)


@api.post("/changes/undo", need=Need.REVIEW, summary="Take one's last decision back")
def undo(request: Request) -> Decided:
    """States, assignees and values that nobody has altered since; said again, the decision before that one."""
    web = web_of(request)
    back = decisions.take_back(web.archive, actor=who_of(request).user.name, now=web.now)
    return Decided(altered=back)


@api.get("/changes/{change_id:int}/notes", need=Need.READ, summary="Notes of a change")
def notes(request: Request, change_id: Id) -> Listing[NoteOut]:
    """Oldest first."""
    archive = web_of(request).archive
    found(archive.change(change_id))
    return Listing(items=[NoteOut.model_validate(note) for note in archive.notes(change_id)])


@api.post("/changes/{change_id:int}/notes", need=Need.REVIEW, status_code=201, summary="Add a note to a change")
def add_note(request: Request, change_id: Id, note: Note) -> NoteOut:
    """Notes stay: there is no way to change one."""
    web = web_of(request)
    found(web.archive.change(change_id))
    try:
        made = web.archive.add_note(change_id, note.text, author=who_of(request).user.name, now=web.now)
    except ValueError as error:
        raise Refused(422, str(error)) from error
    return NoteOut.model_validate(made)
