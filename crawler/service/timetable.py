"""APScheduler: it remembers in the database which job is due when, and tells us when one is."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from apscheduler.executors.base import BaseExecutor
from apscheduler.job import Job as Entry
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from crawler.service.plan import Job, Planned
from storage.archive import Archive

Perform = Callable[[Job, datetime], Awaitable[object]]
_NAMED = "crawler.service.plan:named"  # what the list keeps of each job, with its arguments


class _Store(SQLAlchemyJobStore):  # type: ignore[misc]
    """The list in the archive's own database; the connection is the archive's to close."""

    def shutdown(self) -> None:
        pass


class _Executor(BaseExecutor):  # type: ignore[misc]
    """Performs jobs on the event loop, each with the moment that it was planned for."""

    def __init__(self, perform: Perform) -> None:
        super().__init__()
        self._perform = perform
        self._under_way: set[asyncio.Future[object]] = set()

    def _do_submit_job(self, entry: Any, run_times: list[datetime]) -> None:
        task = asyncio.ensure_future(self._perform(entry.func(*entry.args), run_times[-1].astimezone(UTC)))
        self._under_way.add(task)
        task.add_done_callback(lambda done: self._done(entry.id, done))

    def _done(self, entry_id: str, task: Any) -> None:
        self._under_way.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is None:
            self._run_job_success(entry_id, [])
        else:
            self._run_job_error(entry_id, error, error.__traceback__)


class Timetable:
    """The jobs and their turns. Turns that were missed while nobody kept them are one turn, kept at once."""

    def __init__(self, archive: Archive, perform: Perform) -> None:
        self._scheduler = AsyncIOScheduler(
            jobstores={"default": _Store(engine=archive.engine, tablename="jobs")},
            executors={"default": _Executor(perform)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )

    def start(self, planned: Iterable[Planned], now: datetime) -> None:
        """Brings the list up to date and begins to keep it."""
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a turn that comes while one is kept is no warning
        self._scheduler.start(paused=True)
        self.follow(planned, now)
        self._scheduler.resume()

    def follow(self, planned: Iterable[Planned], now: datetime) -> None:
        """Jobs that are new begin, those that are no more end; one whose turns stay keeps its next one."""
        wanted = {one.job.id: one for one in planned}
        known = {entry.id: entry for entry in self._scheduler.get_jobs()}
        for entry_id in known.keys() - wanted.keys():
            self._scheduler.remove_job(entry_id)
        for entry_id, one in wanted.items():
            if entry_id not in known or known[entry_id].trigger != one.turns:
                self._put(one, now)

    def _put(self, one: Planned, now: datetime) -> None:
        first = {"next_run_time": now} if one.at_once else {}
        arguments = [one.job.kind.value, one.job.site]
        self._scheduler.add_job(
            _NAMED, one.turns, arguments, id=one.job.id, name=one.job.id, replace_existing=True, **first
        )

    def due(self, now: datetime) -> list[tuple[Job, datetime]]:
        """Jobs whose turn has come, with the turn; for who keeps the list by hand, while it is not started."""
        return [(entry.func(*entry.args), entry.next_run_time) for entry in self._due(now)]

    def kept(self, now: datetime) -> None:
        """Moves the jobs that were due on to their next turn."""
        for entry in self._due(now):
            entry.modify(next_run_time=entry.trigger.get_next_fire_time(entry.next_run_time, now))

    def _due(self, now: datetime) -> list[Entry]:
        return [entry for entry in self._scheduler.get_jobs() if entry.next_run_time and entry.next_run_time <= now]

    def open(self, planned: Iterable[Planned], now: datetime) -> None:
        """Brings the list up to date without keeping it."""
        self._scheduler.start(paused=True)
        self.follow(planned, now)

    def stop(self) -> None:
        """Keeps it no more; jobs under way end by themselves."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
