"""The audit log: who decided, altered or ended what, and when. Rows are only added, with what they tell of.

Whatever writes a decision writes its row in the same transaction, by ``note_in``: so no way in, be it a screen, the API
or the command line, can forget it. A detail never holds a secret: no password, no token, no channel.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select

from storage.engine import Store
from storage.records_review import AuditAsked, AuditEntry
from storage.rows_review import audit_of, audit_row
from storage.tables_review import audit

BY_COMMAND: Final = "command line "  # how the actor's name begins where a command did it; the system's user follows
BY_RULE: Final = "rule "  # likewise where a noise rule has decided
BY_LINK: Final = "link in a message"  # the actor where who followed a link needed no login
SERVICE: Final = "the service"  # the actor where nobody has asked for it; no user's name has a blank

NEAR = 1_000  # rows: so far apart the order of ids and that of moments may be, by writers that wait


class AuditLog(Store):
    """Questions of the audit log."""

    def note_audit(self, entry: AuditEntry) -> None:
        """Adds a row that goes with nothing written here, as a failed login does."""
        with self.writing() as connection:
            connection.execute(insert(audit), audit_row(entry))

    def audit(
        self, subject: str | None = None, actor: str | None = None, *, before: int | None = None, limit: int = 100
    ) -> list[AuditEntry]:
        """The audit log, newest first; ``before`` is the id behind which the next page begins."""
        return self.audit_list(AuditAsked(subject=subject, actor=actor), before=before, limit=limit)

    def audit_list(self, asked: AuditAsked, *, before: int | None = None, limit: int = 100) -> list[AuditEntry]:
        """The rows that are asked for, newest first."""
        chosen = select(audit).where(*_conditions(asked), *([] if before is None else [audit.c.id < before]))
        with self.reading() as connection:
            found = connection.execute(chosen.order_by(audit.c.id.desc()).limit(limit)).mappings()
            return [audit_of(row) for row in found]

    def audit_rows(self, asked: AuditAsked, size: int = 500) -> Iterator[AuditEntry]:
        """All of them, newest first, so many to a transaction."""
        before: int | None = None
        while rows := self.audit_list(asked, before=before, limit=size):
            yield from rows
            before = rows[-1].id


def note_in(
    connection: Connection, at: datetime, actor: str, action: str, subjects: Iterable[str], **detail: Any
) -> None:
    """Writes a row for each of the subjects, in the caller's transaction."""
    entries = [AuditEntry(at=at, actor=actor, action=action, subject=subject, detail=detail) for subject in subjects]
    if entries:
        connection.execute(insert(audit), [audit_row(entry) for entry in entries])


def _conditions(asked: AuditAsked) -> Iterator[ColumnElement[bool]]:
    """Moments are looked for by their index, which bounds the ids; the rows between are read in the order of ids."""
    exact = {audit.c.subject: asked.subject, audit.c.actor: asked.actor, audit.c.action: asked.action}
    yield from (column == value for column, value in exact.items() if value is not None)
    if asked.since is not None:
        first = select(audit.c.id).where(audit.c.at >= asked.since).order_by(audit.c.at).limit(NEAR)
        yield audit.c.id >= _outermost(func.min, first)
        yield _unindexed(audit.c.at) >= asked.since
    if asked.until is not None:
        last = select(audit.c.id).where(audit.c.at < asked.until).order_by(audit.c.at.desc()).limit(NEAR)
        yield audit.c.id <= _outermost(func.max, last)
        yield _unindexed(audit.c.at) < asked.until


def _outermost(bound: Any, ids: Select[Any]) -> ColumnElement[int]:
    rows = ids.subquery()
    found: ColumnElement[int] = select(bound(rows.c.id)).scalar_subquery()
    return found


def _unindexed(column: ColumnElement[datetime]) -> ColumnElement[datetime]:
    """The same value, by which no database looks rows up: it would sort all that it finds."""
    return func.coalesce(column, column)
