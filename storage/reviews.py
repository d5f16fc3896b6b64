"""What people decide about changes: states, assignees, significance, notes.

Whatever is decided is written together with the row of the audit log that says who decided it when.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from storage.audit import note_in
from storage.engine import Store, chunks, upsert
from storage.records_review import AuditEntry, Note, Review, ReviewState
from storage.rows_review import audit_row, note_of, review_of
from storage.said import Said
from storage.tables import changes
from storage.tables_review import audit, notes, reviews

_COLUMNS = tuple(column.name for column in reviews.c)


class Keep(Enum):
    """What is not decided now."""

    AS_IT_IS = "as it is"


KEEP: Final = Keep.AS_IT_IS


class Reviews(Store):
    """Decisions about changes."""

    def review(self, change_ids: Iterable[int]) -> dict[int, Review]:
        """What was decided about each of the changes; what nobody has touched is NEW."""
        wanted = list(dict.fromkeys(change_ids))
        with self.reading() as connection:
            stored = stored_in(connection, wanted)
        return {change_id: stored.get(change_id, Review(change_id=change_id)) for change_id in wanted}

    def decide(
        self,
        change_ids: Iterable[int],
        *,
        state: ReviewState | Keep = KEEP,
        assignee: str | Keep | None = KEEP,
        significance: float | Keep | None = KEEP,
        actor: str,
        now: datetime,
    ) -> list[int]:
        """Decides about all of the changes at once; returns the ids of those that it altered, in their order.

        ``assignee=None`` frees, ``significance=None`` lets the computed value hold again. Raises ValueError for
        PUBLISHED, which only ``publish`` sets, for a significance outside of 0..1, and for changes that are not there.
        """
        if state is ReviewState.PUBLISHED:
            raise ValueError(Said("a change becomes published with a report: put it into one and publish that"))
        if isinstance(significance, int | float) and not 0 <= significance <= 1:
            raise ValueError(Said("significance: give a number from 0 to 1"))
        decided = {"state": state, "assignee": assignee, "significance": significance}
        with self.writing() as connection:
            return decide_in(connection, change_ids, _without_kept(decided), actor, now)

    def add_note(self, change_id: int, text: str, *, author: str, now: datetime) -> Note:
        """Adds a note. Raises ValueError for an empty one, or a change that is not there."""
        if not text.strip():
            raise ValueError(Said("note: write something"))
        row = {"change_id": change_id, "author": author, "at": now, "text": text.strip()}
        with self.writing() as connection:
            lock_in(connection, [change_id])
            made = note_of(connection.execute(insert(notes).values(row).returning(*notes.c)).mappings().one())
            note_in(connection, now, author, "change.note", [f"change {change_id}"], note=made.id)
        return made

    def notes(self, change_id: int) -> list[Note]:
        """The notes of a change, oldest first."""
        chosen = select(notes).where(notes.c.change_id == change_id).order_by(notes.c.id)
        with self.reading() as connection:
            return [note_of(row) for row in connection.execute(chosen).mappings().all()]


def _without_kept(decided: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in decided.items() if value is not KEEP}


def decide_in(
    connection: Connection, change_ids: Iterable[int], decided: dict[str, Any], actor: str, now: datetime
) -> list[int]:
    """Writes the decision where it alters something, and the audit log's rows."""
    ids = list(dict.fromkeys(change_ids))
    lock_in(connection, ids)
    stored = stored_in(connection, ids)
    before = [stored.get(change_id, Review(change_id=change_id)) for change_id in ids]
    altered = [one for one in before if any(getattr(one, name) != value for name, value in decided.items())]
    if not altered:
        return []
    after = [replace(one, **decided, updated_at=now, updated_by=actor) for one in altered]
    statement = upsert(connection, reviews)
    newer = {name: statement.excluded[name] for name in _COLUMNS if name != "change_id"}
    rows = [_review_row(one) for one in after]
    connection.execute(statement.on_conflict_do_update(index_elements=["change_id"], set_=newer), rows)
    entries = [
        AuditEntry(
            at=now,
            actor=actor,
            action=f"change.{name}",
            subject=f"change {one.change_id}",
            detail={"before": getattr(one, name), "after": value},
        )
        for one in altered
        for name, value in decided.items()
        if getattr(one, name) != value
    ]
    connection.execute(insert(audit), [audit_row(entry) for entry in entries])
    return [one.change_id for one in altered]


def _review_row(review: Review) -> dict[str, Any]:
    return {name: getattr(review, name) for name in _COLUMNS} | {"state": review.state.value}


def stored_in(connection: Connection, change_ids: Collection[int]) -> dict[int, Review]:
    found: dict[int, Review] = {}
    for chunk in chunks(change_ids):
        rows = connection.execute(select(reviews).where(reviews.c.change_id.in_(chunk))).mappings().all()
        found |= {row["change_id"]: review_of(row) for row in rows}
    return found


def lock_in(connection: Connection, change_ids: Sequence[int]) -> None:
    """Two people who decide about the same changes do it one after the other. ValueError where one is not there."""
    there: set[int] = set()
    for chunk in chunks(sorted(change_ids)):
        chosen = select(changes.c.id).where(changes.c.id.in_(chunk)).order_by(changes.c.id)
        there.update(connection.execute(chosen.with_for_update(key_share=True)).scalars())
    lost = [change_id for change_id in change_ids if change_id not in there]
    if lost:
        raise ValueError(Said("there is no change {id}", id=str(lost[0])))
