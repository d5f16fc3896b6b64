"""The ledger of the work itself: runs, site-wide events, problems, what a site has taught, and counts."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, literal, select, update

from storage.engine import Store, chunks, upsert
from storage.locks import ensure_site
from storage.owed import GoAt, TellProblem, active_in, owe_problem_in, pass_on_in
from storage.records import Change, Problem, Run, RunKind, RunState
from storage.rows import change_row, problem_of, run_of
from storage.tables import MAX_KEY_BYTES, Moment, captures, changes, pages, problems, runs, sites, versions
from storage.visits import insert_change


class Ledger(Store):
    """Questions and orders about the archive's own working."""

    def begin_run(self, site: str, kind: RunKind, now: datetime, *, takeover: bool = True) -> Run:
        """Starts a run. A crawl is the baseline while the site has not had a whole crawl yet.

        With ``takeover`` the caller holds the site's lease: any other crawl of the site that still counts as running
        has died, and is marked as interrupted.
        """
        with self.writing() as connection:
            ensure_site(connection, site)
            if takeover and kind is RunKind.CRAWL:
                died = (runs.c.site == site) & (runs.c.kind == kind.value) & (runs.c.state == RunState.RUNNING.value)
                ended = {"state": RunState.INTERRUPTED.value, "finished_at": now}
                connection.execute(update(runs).where(died).values(ended))
            first = connection.execute(select(sites.c.baseline_at).where(sites.c.key == site)).scalar() is None
            row = {
                "site": site,
                "kind": kind.value,
                "state": RunState.RUNNING.value,
                "started_at": now,
                "baseline": first and kind is RunKind.CRAWL,
                "counts": "{}",
            }
            return run_of(connection.execute(insert(runs).values(row).returning(*runs.c)).mappings().one())

    def finish_run(
        self, run_id: int, state: RunState, counts: Mapping[str, int], now: datetime, error: str | None = None
    ) -> Run:
        """Ends a run; returns it as it stands now."""
        ended = {"state": state.value, "counts": json.dumps(dict(counts)), "finished_at": now, "error": error}
        with self.writing() as connection:
            statement = update(runs).where(runs.c.id == run_id).values(ended).returning(*runs.c)
            return run_of(connection.execute(statement).mappings().one())

    def break_runs(
        self,
        site: str,
        error: str,
        now: datetime,
        *,
        since: datetime | None = None,
        state: RunState = RunState.FAILED,
    ) -> list[Run]:
        """Marks the site's runs that nobody will end any more as failed, and says why; returns them.

        For the work of a process that is dead: crawls and re-extractions that still count as running; with ``since``
        those begun from then on, and what a signal has interrupted too.
        """
        cut = [RunState.RUNNING] if since is None else [RunState.RUNNING, RunState.INTERRUPTED]
        dead = (runs.c.site == site) & runs.c.state.in_([state.value for state in cut])
        dead &= runs.c.kind != RunKind.FETCH.value
        if since is not None:
            dead &= runs.c.started_at >= since
        ended = {
            "state": state.value,
            "error": error,
            "finished_at": func.coalesce(runs.c.finished_at, literal(now, Moment())),
        }
        with self.writing() as connection:
            statement = update(runs).where(dead).values(ended).returning(*runs.c)
            return [run_of(row) for row in connection.execute(statement).mappings().all()]

    def note_progress(self, run_id: int, counts: Mapping[str, int]) -> None:
        """What a run that goes on has brought so far."""
        going = (runs.c.id == run_id) & (runs.c.state == RunState.RUNNING.value)
        with self.writing() as connection:
            connection.execute(update(runs).where(going).values(counts=json.dumps(dict(counts))))

    def finish_baseline(self, site: str, now: datetime) -> None:
        """Says that the site is known from now on: what is found later was added. Said again, it changes nothing."""
        first = (sites.c.key == site) & sites.c.baseline_at.is_(None)
        with self.writing() as connection:
            ensure_site(connection, site)
            connection.execute(update(sites).where(first).values(baseline_at=now))

    def baseline_at(self, site: str) -> datetime | None:
        """When the site's baseline was finished; null before."""
        with self.reading() as connection:
            return connection.execute(select(sites.c.baseline_at).where(sites.c.key == site)).scalar()

    def runs(self, site: str | None = None, *, limit: int | None = 100) -> list[Run]:
        """Runs, the latest first."""
        chosen = select(runs).order_by(runs.c.id.desc()).limit(limit)
        if site is not None:
            chosen = chosen.where(runs.c.site == site)
        with self.reading() as connection:
            return [run_of(row) for row in connection.execute(chosen).mappings().all()]

    def run(self, run_id: int) -> Run | None:
        with self.reading() as connection:
            row = connection.execute(select(runs).where(runs.c.id == run_id)).mappings().one_or_none()
        return run_of(row) if row else None

    def group_changes(
        self, run_id: int, lead: Change, member_ids: Iterable[int], *, go_at: GoAt | None = None
    ) -> Change:
        """Makes changes the parts of one site-wide event, told by ``lead``; returns the lead with id and count.

        The same event told again for the same run and parts is the same change. The lead is owed to every
        subscription that a part was owed to, from ``go_at`` of the subscription on (null: as the last of the parts'
        messages was); the parts are owed no more, unless their messages are out.
        """
        members = sorted(set(member_ids))
        row = change_row(replace(lead, run_id=run_id, group_id=None, count=len(members)))
        row["key"] = f"event of run {run_id} from {members[0] if members else 'none'}"
        with self.writing() as connection:
            active = active_in(connection)
            lead_id = insert_change(connection, row)
            if lead_id is None:
                same = [changes.c[name] == row[name] for name in ("page_id", "kind", "key")]
                lead_id = connection.execute(select(changes.c.id).where(*same)).scalar_one()
            for ids in chunks(members):
                connection.execute(update(changes).where(changes.c.id.in_(ids)).values(group_id=lead_id))
            told = replace(lead, id=lead_id, run_id=run_id, group_id=None, count=len(members))
            pass_on_in(connection, told, members, active, go_at)
        return told

    def open_problem(
        self, site: str, kind: str, subject: str, evidence: str, now: datetime, *, owed: TellProblem | None = None
    ) -> Problem:
        """Opens a problem; one that is open already is seen again, with the new evidence.

        ``owed`` says to whom the news of a new one is owed: written with it, or neither is.
        """
        row = {"site": site, "kind": kind, "subject": _indexable(subject), "evidence": evidence}
        with self.writing() as connection:
            ensure_site(connection, site)
            statement = upsert(connection, problems).on_conflict_do_update(
                index_elements=["site", "kind", "subject"],
                index_where=problems.c.closed_at.is_(None),
                set_={"evidence": evidence, "seen_at": now},
            )
            found = connection.execute(statement.returning(*problems.c), {**row, "opened_at": now, "seen_at": now})
            problem = problem_of(found.mappings().one())
            if owed and problem.opened_at == now:
                owe_problem_in(connection, problem, owed(problem), healed=False)
            return problem

    def see_problem(self, problem_id: int, now: datetime, evidence: str | None = None) -> None:
        """Notes that a problem is still there."""
        values = {"seen_at": now} | ({"evidence": evidence} if evidence is not None else {})
        with self.writing() as connection:
            connection.execute(update(problems).where(problems.c.id == problem_id).values(values))

    def close_problem(self, problem_id: int, now: datetime, *, owed: TellProblem | None = None) -> bool:
        """Closes a problem that has healed; false when it was closed before. ``owed`` as in ``open_problem``."""
        open_one = (problems.c.id == problem_id) & problems.c.closed_at.is_(None)
        closed = update(problems).where(open_one).values(closed_at=now).returning(*problems.c)
        with self.writing() as connection:
            row = connection.execute(closed).mappings().one_or_none()
            if row is not None and owed:
                owe_problem_in(connection, problem_of(row), owed(problem_of(row)), healed=True)
            return row is not None

    def problems(self, site: str | None = None, *, open_only: bool = True) -> list[Problem]:
        """Problems, the latest first."""
        wanted: list[ColumnElement[bool]] = [problems.c.site == site] if site is not None else []
        wanted += [problems.c.closed_at.is_(None)] if open_only else []
        chosen = select(problems).where(*wanted).order_by(problems.c.opened_at.desc(), problems.c.id.desc())
        with self.reading() as connection:
            return [problem_of(row) for row in connection.execute(chosen).mappings().all()]

    def learnt(self, site: str) -> str | None:
        """The JSON text that was kept for the site last; null when there is none."""
        with self.reading() as connection:
            return connection.execute(select(sites.c.learnt).where(sites.c.key == site)).scalar()

    def keep_learnt(self, site: str, json_text: str) -> None:
        with self.writing() as connection:
            ensure_site(connection, site)
            connection.execute(update(sites).where(sites.c.key == site).values(learnt=json_text))

    def counts(self, site: str, now: datetime | None = None) -> dict[str, int]:
        """How much there is: "pages", "pages.STATE" for each state, "versions", "captures", "changes", "problems"
        (open ones), and with ``now`` the pages that are "due".
        """
        of_site = pages.c.site == site
        by_state = select(pages.c.state, func.count()).where(of_site).group_by(pages.c.state)
        questions = {
            "versions": select(func.count()).select_from(versions).join(pages).where(of_site),
            "captures": select(func.count()).where(captures.c.site == site),
            "changes": select(func.count()).where(changes.c.site == site, changes.c.absorbed.is_(False)),
            "problems": select(func.count()).where(problems.c.site == site, problems.c.closed_at.is_(None)),
        }
        if now is not None:
            questions["due"] = select(func.count()).where(of_site, pages.c.next_visit <= now)
        with self.reading() as connection:
            states: dict[str, int] = dict(connection.execute(by_state).all())
            rest = {name: connection.execute(question).scalar_one() for name, question in questions.items()}
        return {"pages": sum(states.values()), **{f"pages.{state}": n for state, n in states.items()}, **rest}


def _indexable(subject: str) -> str:
    """A subject short enough to be indexed: the address of a hostile page may be of any length."""
    return subject.encode("utf-8", "replace")[:MAX_KEY_BYTES].decode("utf-8", "ignore")
