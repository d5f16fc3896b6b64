"""What a reviewer decides, as forms say it: read, carried out, and taken back by the audit log."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.datastructures import FormData

from crawler.core.review import BY_HAND
from crawler.web.errors import Refused
from crawler.web.words import N_
from storage.archive import Archive
from storage.records_review import AuditEntry, Review, ReviewState
from storage.reviews import KEEP, Keep

MOST = 1_000  # changes that are decided at once
LONGEST_NOTE = 4_000  # characters
NOBODY = "-"  # an assignee that frees, a significance that lets the computed one hold; as in filters
MINE = "mine"
STATES = {  # for the catalogues: screens show the states' words
    ReviewState.NEW: N_("new"),
    ReviewState.TRIAGED: N_("triaged"),
    ReviewState.CONFIRMED: N_("confirmed"),
    ReviewState.INSIGNIFICANT: N_("insignificant"),
    ReviewState.NOISE: N_("noise"),
    ReviewState.PUBLISHED: N_("published"),
}
_UNDO = "change.undo"
_FIELDS = ("state", "assignee", "significance")
_LOOKED_AT = 4_000  # rows of the audit log in which the last decision is looked for
_BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What is decided about all of the changes; what is KEEP stays as it is."""

    ids: tuple[int, ...]
    rows: tuple[tuple[int, ...], ...]  # the same ids as the list shows them: those that say the same in one row
    state: ReviewState | Keep = KEEP
    assignee: str | Keep | None = KEEP
    significance: float | Keep | None = KEEP
    note: str = ""

    @property
    def empty(self) -> bool:
        return all(one is KEEP for one in (self.state, self.assignee, self.significance)) and not self.note


def decision_of(form: FormData, me: str) -> Decision:
    """What a form asks for. Raises Refused, 422, for what can't be meant.

    ``ids``: numbers, several of one row parted by commas. ``state``, ``assignee`` (a name, "me", "-" for nobody),
    ``significance`` (0 to 1, "-" for the computed one), ``note``: empty ones keep what there is. ``do`` is a button's
    word, a state or "mine"; ``one`` is a button of a single row: its word and its ids.
    """
    word, _, only = _text(form, "one").partition(" ")
    rows = [only] if word else [value for value in form.getlist("ids") if isinstance(value, str)]
    word = word or _text(form, "do")
    numbers = tuple(ids_of(row) for row in rows if row.strip())
    ids = tuple(dict.fromkeys(one for row in numbers for one in row))
    if not ids:
        raise Refused(422, N_("Choose changes first."))
    if len(ids) > MOST:
        raise Refused(422, N_("Decide about %(most)s changes at most at a time."), most=MOST)
    if word:
        mine = word == MINE
        return Decision(ids=ids, rows=numbers, state=KEEP if mine else _state(word), assignee=me if mine else KEEP)
    return Decision(
        ids=ids,
        rows=numbers,
        state=_state(_text(form, "state")),
        assignee=_assignee(_text(form, "assignee"), me),
        significance=_significance(_text(form, "significance")),
        note=_text(form, "note")[:LONGEST_NOTE],
    )


def carry_out(archive: Archive, decided: Decision, *, actor: str, now: datetime) -> list[int]:
    """Decides; returns the ids of the changes that were altered or noted on. Raises Refused."""
    if isinstance(decided.assignee, str):
        user = archive.user(decided.assignee)
        if user is None or user.disabled_at is not None:
            raise Refused(422, N_("There is no such user."))
    try:
        altered = archive.decide(
            decided.ids,
            state=decided.state,
            assignee=decided.assignee,
            significance=decided.significance,
            actor=actor,
            now=now,
        )
        if decided.note:
            for change_id in decided.ids:
                archive.add_note(change_id, decided.note, author=actor, now=now)
    except ValueError as error:  # the form of the decision is right: a change is not there
        raise Refused(404, N_("There is no such change.")) from error
    return list(decided.ids) if decided.note else altered


def take_back(archive: Archive, *, actor: str, now: datetime, at: datetime | None = None) -> list[int]:
    """Takes back what the actor decided last, or at that moment; returns the ids of the changes that are as before.

    Said again it goes one decision further back. What somebody has decided since then is left alone; so are notes,
    and changes that were published.
    """
    made = _last_decision(archive, actor, at)
    if not made:
        return []
    reviews = archive.review(_change_of(entry) for entry in made)
    back: defaultdict[tuple[str, Any], list[int]] = defaultdict(list)
    for entry in made:
        field, before = entry.action.removeprefix("change."), entry.detail.get("before")
        review = reviews[_change_of(entry)]
        if getattr(review, field) == entry.detail.get("after") and before != ReviewState.PUBLISHED:
            back[field, before].append(review.change_id)
    altered: dict[int, None] = {}
    for (field, before), ids in back.items():
        value: dict[str, Any] = {field: ReviewState(before) if field == "state" else before}
        altered |= dict.fromkeys(archive.decide(ids, **value, actor=actor, now=now))
    archive.note_audit(AuditEntry(at=now, actor=actor, action=_UNDO, subject=_stamp(made[0].at)))
    return list(altered)


def assignable(archive: Archive, reviews: Iterable[Review] = ()) -> list[str]:
    """Names that a change may be assigned to, and those that have one now."""
    names = {user.name for user in archive.users() if user.disabled_at is None}
    return sorted(names | {one.assignee for one in reviews if one.assignee})


def _last_decision(archive: Archive, actor: str, at: datetime | None) -> list[AuditEntry]:
    """The rows of the last decision that was neither taken back nor itself a taking back."""
    over: set[datetime] = set()
    found: list[AuditEntry] = []
    for entry in _log_of(archive, actor):
        if entry.action == _UNDO:
            over |= {entry.at, datetime.fromisoformat(entry.subject.removeprefix("decision "))}
        elif entry.action in {f"change.{field}" for field in _FIELDS} and entry.at not in over:
            if at in (None, entry.at):
                found.append(entry)
                at = entry.at
            elif found or (at is not None and entry.at < at):
                break
    return found


def _log_of(archive: Archive, actor: str) -> Iterable[AuditEntry]:
    before: int | None = None
    for _ in range(_LOOKED_AT // _BATCH):
        entries = archive.audit(actor=actor, before=before, limit=_BATCH)
        yield from entries
        if len(entries) < _BATCH:
            return
        before = entries[-1].id


def _stamp(at: datetime) -> str:
    return f"decision {at.isoformat()}"


def _change_of(entry: AuditEntry) -> int:
    return int(entry.subject.removeprefix("change "))


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def ids_of(text: str) -> tuple[int, ...]:
    """The numbers of a row, parted by commas. Raises Refused for anything else."""
    parts: Sequence[str] = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise Refused(422, N_("There is no such change."))
    return tuple(int(part) for part in parts)


def _state(text: str) -> ReviewState | Keep:
    if not text:
        return KEEP
    if text not in [state.value for state in BY_HAND]:
        raise Refused(422, N_("A change can't be put into this state by hand."))
    return ReviewState(text)


def _assignee(text: str, me: str) -> str | Keep | None:
    if not text:
        return KEEP
    return {NOBODY: None, "me": me}.get(text, text)


def _significance(text: str) -> float | Keep | None:
    if not text:
        return KEEP
    if text == NOBODY:
        return None
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise Refused(422, N_("Give a significance from 0 to 1."))
    return value
