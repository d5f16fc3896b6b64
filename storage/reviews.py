"""What people decide about changes: states, assignees, notes, noise rules, saved filters, reports.

Whatever is decided is written together with the row of the audit log that says who decided it when.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, update

from storage.audit import BY_RULE, note_in
from storage.engine import Store, chunks, upsert
from storage.records_review import AuditEntry, NoiseRule, Note, Report, Review, ReviewState, SavedFilter
from storage.rows_review import (
    audit_row,
    filter_of,
    note_of,
    report_of,
    report_row,
    review_of,
    rule_of,
    rule_row,
)
from storage.said import Said
from storage.tables import changes
from storage.tables_review import audit, filters, notes, reports, reviews, rules

_COLUMNS = tuple(column.name for column in reviews.c)

PUBLISHED: Final = "report.publish"  # in the audit log


class Keep(Enum):
    """What is not decided now."""

    AS_IT_IS = "as it is"


KEEP: Final = Keep.AS_IT_IS


class Reviews(Store):
    """Decisions, and what is made of them."""

    def review(self, change_ids: Iterable[int]) -> dict[int, Review]:
        """What was decided about each of the changes; what nobody has touched is NEW."""
        wanted = list(dict.fromkeys(change_ids))
        with self.reading() as connection:
            stored = _stored(connection, wanted)
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
            return _decide(connection, change_ids, _without_kept(decided), actor, now)

    def add_note(self, change_id: int, text: str, *, author: str, now: datetime) -> Note:
        """Adds a note. Raises ValueError for an empty one, or a change that is not there."""
        if not text.strip():
            raise ValueError(Said("note: write something"))
        row = {"change_id": change_id, "author": author, "at": now, "text": text.strip()}
        with self.writing() as connection:
            _lock(connection, [change_id])
            made = note_of(connection.execute(insert(notes).values(row).returning(*notes.c)).mappings().one())
            note_in(connection, now, author, "change.note", [f"change {change_id}"], note=made.id)
        return made

    def notes(self, change_id: int) -> list[Note]:
        """The notes of a change, oldest first."""
        chosen = select(notes).where(notes.c.change_id == change_id).order_by(notes.c.id)
        with self.reading() as connection:
            return [note_of(row) for row in connection.execute(chosen).mappings()]

    def add_rule(self, rule: NoiseRule) -> NoiseRule:
        """Stores a rule; returns it with its id. Raises ValueError for one without any condition."""
        if not (rule.section or rule.url or rule.what or rule.pattern):
            raise ValueError(Said("a noise rule needs a condition beside its site: section, URL, parts or pattern"))
        with self.writing() as connection:
            statement = insert(rules).values(rule_row(rule)).returning(*rules.c)
            made = rule_of(connection.execute(statement).mappings().one())
            what = rule_row(rule) | {"created_at": None}
            detail = {name: value for name, value in what.items() if value is not None}
            note_in(connection, rule.created_at, rule.created_by, "rule.create", [f"rule {made.id}"], **detail)
        return made

    def rules(self, site: str | None = None, *, active_only: bool = False) -> list[NoiseRule]:
        """Noise rules, oldest first."""
        chosen = select(rules).order_by(rules.c.id)
        if site is not None:
            chosen = chosen.where(rules.c.site == site)
        if active_only:
            chosen = chosen.where(rules.c.active.is_(True))
        with self.reading() as connection:
            return [rule_of(row) for row in connection.execute(chosen).mappings()]

    def rule(self, rule_id: int) -> NoiseRule | None:
        with self.reading() as connection:
            row = connection.execute(select(rules).where(rules.c.id == rule_id)).mappings().one_or_none()
        return rule_of(row) if row else None

    def end_rule(self, rule_id: int, *, actor: str, now: datetime) -> bool:
        """Ends a rule: what it has hidden stays hidden. False when it had ended, or is not there."""
        active = (rules.c.id == rule_id) & rules.c.active.is_(True)
        with self.writing() as connection:
            ended = connection.execute(update(rules).where(active).values(active=False)).rowcount == 1
            if ended:
                note_in(connection, now, actor, "rule.end", [f"rule {rule_id}"])
        return ended

    def hide(self, rule_id: int, change_ids: Iterable[int], *, now: datetime) -> list[int]:
        """Those of the changes that nobody has touched become NOISE, by the rule; returns their ids."""
        with self.writing() as connection:
            ids = list(dict.fromkeys(change_ids))
            _lock(connection, ids)
            touched = {i for i, one in _stored(connection, ids).items() if one.state is not ReviewState.NEW}
            fresh = [i for i in ids if i not in touched]
            return _decide(connection, fresh, {"state": ReviewState.NOISE}, f"{BY_RULE}{rule_id}", now)

    def hidden_by(self, change_ids: Iterable[int]) -> dict[int, int]:
        """The rule that hides each of the changes; those that none hides are left out."""
        return {
            change_id: int(review.updated_by.removeprefix(BY_RULE))
            for change_id, review in self.review(change_ids).items()
            if review.state is ReviewState.NOISE and review.updated_by and review.updated_by.startswith(BY_RULE)
        }

    def save_filter(self, owner: str, name: str, query: str, *, now: datetime) -> SavedFilter:
        """Keeps a filter under a name of its owner's; an older one of that name is replaced."""
        if not name.strip():
            raise ValueError(Said("name: give the filter a name"))
        row = {"owner": owner, "name": name.strip(), "query": query, "created_at": now}
        with self.writing() as connection:
            statement = upsert(connection, filters).on_conflict_do_update(
                index_elements=["owner", "name"], set_={"query": query, "created_at": now}
            )
            made = filter_of(connection.execute(statement.returning(*filters.c), row).mappings().one())
            note_in(connection, now, owner, "filter.save", [f"filter {made.id}"], name=made.name, query=query)
        return made

    def filters(self, owner: str) -> list[SavedFilter]:
        """The filters that somebody has saved, by name."""
        chosen = select(filters).where(filters.c.owner == owner).order_by(filters.c.name)
        with self.reading() as connection:
            return [filter_of(row) for row in connection.execute(chosen).mappings()]

    def drop_filter(self, filter_id: int, *, owner: str, now: datetime) -> bool:
        """Forgets a filter; false when its owner has none of that id."""
        with self.writing() as connection:
            own = (filters.c.id == filter_id) & (filters.c.owner == owner)
            name = connection.execute(delete(filters).where(own).returning(filters.c.name)).scalar()
            if name is not None:
                note_in(connection, now, owner, "filter.drop", [f"filter {filter_id}"], name=name)
        return name is not None

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
            published = _decide(connection, ids, {"state": ReviewState.PUBLISHED}, actor, now)
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
            return [report_of(row) for row in connection.execute(chosen).mappings()]

    def report(self, report_id: int) -> Report | None:
        with self.reading() as connection:
            row = connection.execute(select(reports).where(reports.c.id == report_id)).mappings().one_or_none()
        return report_of(row) if row else None


def _was_published(connection: Connection, report_id: int) -> bool:
    """By the audit log: the states of its changes tell of the changes alone, and it may have others now."""
    noted = select(audit.c.id).where(audit.c.subject == f"report {report_id}", audit.c.action == PUBLISHED)
    return connection.execute(noted.limit(1)).first() is not None


def _without_kept(decided: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in decided.items() if value is not KEEP}


def _decide(
    connection: Connection, change_ids: Iterable[int], decided: dict[str, Any], actor: str, now: datetime
) -> list[int]:
    """Writes the decision where it alters something, and the audit log's rows."""
    ids = list(dict.fromkeys(change_ids))
    _lock(connection, ids)
    stored = _stored(connection, ids)
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


def _stored(connection: Connection, change_ids: Collection[int]) -> dict[int, Review]:
    found: dict[int, Review] = {}
    for chunk in chunks(change_ids):
        rows = connection.execute(select(reviews).where(reviews.c.change_id.in_(chunk))).mappings()
        found |= {row["change_id"]: review_of(row) for row in rows}
    return found


def _lock(connection: Connection, change_ids: Sequence[int]) -> None:
    """Two people who decide about the same changes do it one after the other. ValueError where one is not there."""
    there: set[int] = set()
    for chunk in chunks(sorted(change_ids)):
        chosen = select(changes.c.id).where(changes.c.id.in_(chunk)).order_by(changes.c.id)
        there.update(connection.execute(chosen.with_for_update(key_share=True)).scalars())
    lost = [change_id for change_id in change_ids if change_id not in there]
    if lost:
        raise ValueError(Said("there is no change {id}", id=str(lost[0])))
