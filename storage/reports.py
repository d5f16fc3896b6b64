"""Reports that people write of changes, and what publishing one decides."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from storage.audit import note_in
from storage.engine import Store
from storage.records_review import Report, ReviewState
from storage.reviews import decide_in
from storage.rows_review import report_of, report_row
from storage.tables_review import audit, reports

PUBLISHED: Final = "report.publish"  # in the audit log


class Reports(Store):
    """Reports, written, published and deleted; each of it leaves a row in the audit log."""

    def save_report(self, report: Report, *, actor: str, now: datetime) -> Report:
        """Stores a report, a new one or an edited one; returns it as it stands. Raises KeyError for an unknown id."""
        row = report_row(replace(report, updated_at=now))
        with self.writing() as connection:
            if report.id is None:
                made = insert(reports).values(row)
                found = connection.execute(made.returning(*reports.c)).mappings().one_or_none()
            else:
                kept = {name: value for name, value in row.items() if name not in ("created_at", "created_by")}
                edited = update(reports).where(reports.c.id == report.id).values(kept)
                found = connection.execute(edited.returning(*reports.c)).mappings().one_or_none()
            if found is None:
                raise KeyError(report.id)
            stored = report_of(found)
            action = "report.create" if report.id is None else "report.save"
            detail = {"title": report.title, "changes": [entry.change_id for entry in report.entries]}
            note_in(connection, now, actor, action, [f"report {stored.id}"], **detail)
        return stored

    def publish(self, report_id: int, *, actor: str, now: datetime) -> list[int]:
        """All changes of a report become PUBLISHED; returns those that were not. Raises KeyError for an unknown id."""
        with self.writing() as connection:
            row = connection.execute(select(reports).where(reports.c.id == report_id)).mappings().one_or_none()
            if row is None:
                raise KeyError(report_id)
            report = report_of(row)
            ids = [entry.change_id for entry in report.entries]
            published = decide_in(connection, ids, {"state": ReviewState.PUBLISHED}, actor, now)
            detail = {"title": report.title, "changes": ids}
            note_in(connection, now, actor, PUBLISHED, [f"report {report_id}"], **detail)
        return published

    def was_published(self, report_id: int) -> bool:
        """Whether anybody has ever published the report, as it was then."""
        with self.reading() as connection:
            return _was_published(connection, report_id)

    def drop_report(self, report_id: int, *, actor: str, now: datetime, published: bool = False) -> bool:
        """Deletes a report for good; what it has published stays so. False, and nothing done, for one that was.

        ``published`` deletes that, too. Raises KeyError for an unknown id.
        """
        of_it = reports.c.id == report_id
        with self.writing() as connection:
            row = connection.execute(select(reports).where(of_it).with_for_update()).mappings().one_or_none()
            if row is None:
                raise KeyError(report_id)
            went_out, report = _was_published(connection, report_id), report_of(row)
            if went_out and not published:
                return False
            connection.execute(delete(reports).where(of_it))
            detail = {"title": report.title, "changes": [one.change_id for one in report.entries]}
            note_in(connection, now, actor, "report.delete", [f"report {report_id}"], **detail, published=went_out)
        return True

    def reports(self, limit: int = 100) -> list[Report]:
        """Reports, the last edited first."""
        chosen = select(reports).order_by(reports.c.updated_at.desc(), reports.c.id.desc()).limit(limit)
        with self.reading() as connection:
            return [report_of(row) for row in connection.execute(chosen).mappings().all()]

    def report(self, report_id: int) -> Report | None:
        with self.reading() as connection:
            row = connection.execute(select(reports).where(reports.c.id == report_id)).mappings().one_or_none()
        return report_of(row) if row else None


def _was_published(connection: Connection, report_id: int) -> bool:
    """By the audit log: the states of its changes tell of the changes alone, and it may have others now."""
    noted = select(audit.c.id).where(audit.c.subject == f"report {report_id}", audit.c.action == PUBLISHED)
    return connection.execute(noted.limit(1)).first() is not None
