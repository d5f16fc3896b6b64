"""Noise rules, and the changes that they hide; written as decisions are (``storage.reviews``)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, false, func, insert, or_, select, update

from storage.audit import BY_RULE, note_in
from storage.queue_conditions import REVIEWED, STATE
from storage.records import Change, What
from storage.records_review import NoiseRule, ReviewState
from storage.reviews import Reviews, decide_in, lock_in, stored_in
from storage.rows import change_of
from storage.rows_review import rule_of, rule_row
from storage.said import Said
from storage.tables import changes
from storage.tables_review import rules


@dataclass(frozen=True, kw_only=True)
class Meant:
    """The newest changes that a rule may mean, and among how many of its site they are, as far back as they reach."""

    changes: tuple[tuple[Change, ReviewState], ...]
    among: int


class Rules(Reviews):
    """Rules, made and ended, and what they have decided."""

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
            return [rule_of(row) for row in connection.execute(chosen).mappings().all()]

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
            lock_in(connection, ids)
            touched = {i for i, one in stored_in(connection, ids).items() if one.state is not ReviewState.NEW}
            fresh = [i for i in ids if i not in touched]
            return decide_in(connection, fresh, {"state": ReviewState.NOISE}, f"{BY_RULE}{rule_id}", now)

    def meant(self, rule: NoiseRule, limit: int) -> Meant:
        """At most so many changes of the rule's site, section and parts, the newest; its expressions are not asked."""
        of_site = [changes.c.site == rule.site, changes.c.absorbed.is_(False), changes.c.group_id.is_(None)]
        newest = (changes.c.first_seen.desc(), changes.c.id.desc())
        chosen = select(changes, STATE.label("state")).select_from(REVIEWED).where(*of_site, *_conditions(rule))
        with self.reading() as connection:
            rows = connection.execute(chosen.order_by(*newest).limit(limit)).mappings().all()
            found = tuple((change_of(row), ReviewState(row["state"])) for row in rows)
            since = [changes.c.first_seen >= found[-1][0].first_seen] if len(found) == limit else []
            among = connection.execute(select(func.count()).where(*of_site, *since)).scalar_one()
        return Meant(changes=found, among=among)

    def hidden_by(self, change_ids: Iterable[int]) -> dict[int, int]:
        """The rule that hides each of the changes; those that none hides are left out."""
        return {
            change_id: int(review.updated_by.removeprefix(BY_RULE))
            for change_id, review in self.review(change_ids).items()
            if review.state is ReviewState.NOISE and review.updated_by and review.updated_by.startswith(BY_RULE)
        }


def _conditions(rule: NoiseRule) -> list[ColumnElement[bool]]:
    asked = [changes.c.section == rule.section] if rule.section is not None else []
    if rule.what:  # of these parts, and of no other
        has = {part.value: changes.c.what.like(f"%,{part.value},%") for part in What}
        asked += [or_(false(), *(has[part] for part in rule.what if part in has))]
        asked += [~has[part] for part in has if part not in rule.what]
    return asked
