"""Runs of sites: each in a process of its own, one at a time a site, limited, watched, and recorded however it ends."""

import asyncio
import contextlib
import logging
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from time import monotonic
from typing import Any

from config.settings import Settings
from config.site import Site
from crawler.owing import problem_owed
from crawler.service.child import Task
from crawler.service.children import Child
from crawler.service.lease import boottime
from crawler.service.metrics import Metrics
from storage.archive import Archive
from storage.records import RunState
from storage.said import Said

log = logging.getLogger(__name__)

NOTED = 2.0  # seconds between two notes of a run's progress in the archive
RUN, FEEDS = "run ", "feeds "  # what the names of rights to a run begin with
TROUBLE = "run"  # the kind of problem that a run which did not end well opens


class Ending(StrEnum):
    DONE = "done"
    INTERRUPTED = "interrupted"  # the service ends: the next one goes on
    FAILED = "failed"
    BUSY = "busy"  # not begun: the site is being visited


@dataclass(kw_only=True)
class Going:
    """A run under way."""

    site: str
    child: Child
    since: datetime
    feeds: bool
    run: int | None = None  # its id, once it has told
    counts: Counter[str] = field(default_factory=Counter)
    noted_at: float = 0.0
    ended: dict[str, Any] | None = None  # the process's last words

    @property
    def right(self) -> str:
        """The name under which the run is signed for in the archive, as "run mpt"."""
        return f"{FEEDS if self.feeds else RUN}{self.site}"


class Crawls:
    """The runs of this service's sites.

    ``until``: up to when the right to schedule can be relied upon. ``say``: tells people.
    """

    def __init__(
        self,
        settings: Settings,
        archive: Archive,
        metrics: Metrics,
        *,
        holder: str,
        until: Callable[[], float],
        clock: Callable[[], datetime],
        say: Callable[[str], None],
    ) -> None:
        self._settings, self._archive, self._metrics = settings, archive, metrics
        self._holder, self._until, self._clock, self._say = holder, until, clock, say
        self._places = asyncio.Semaphore(settings.service.runs_at_once)
        self._busy: set[str] = set()  # sites that wait for a place too
        self._looks: dict[str, asyncio.Event] = {}  # looks at feeds by site, and their ends
        self.going: dict[str, Going] = {}
        self._idle = asyncio.Event()  # nothing is under way
        self._idle.set()
        self._stopping = False

    async def crawl(self, site: Site, *, budgeted: bool, feeds_first: bool = False) -> Ending:
        """One run of the site, from its start to its record. A look at its feeds is waited for, a run is not."""
        if not feeds_first and (look := self._looks.get(site.key)):
            await look.wait()
        if site.key in self._busy or self._stopping:
            return Ending.BUSY
        self._busy.add(site.key)
        self._idle.clear()
        if feeds_first:
            self._looks[site.key] = asyncio.Event()
        try:
            async with self._places:
                if self._stopping:
                    return Ending.BUSY
                task = Task(
                    site=site,
                    settings=self._settings,
                    budgeted=budgeted,
                    feeds_first=feeds_first,
                )
                return await self._run(
                    site, Going(site=site.key, child=Child(task), since=self._clock(), feeds=feeds_first)
                )
        finally:
            self._busy.discard(site.key)
            if look := self._looks.pop(site.key, None):
                look.set()
            if not self._busy:
                self._idle.set()

    async def _run(self, site: Site, going: Going) -> Ending:
        begun = monotonic()
        with self._listed(going):
            await asyncio.to_thread(self._sign, going)
            await going.child.start()
            going.child.extend(self._until())  # it begins its work when it knows how long it may go on
            log.info("run of %s begun, process %s", site.key, going.child.pid)
            if not going.feeds:
                self._say(f"{site.key}: run begun")
            code = await self._outlive(going)
            ending = await self._record(going, code)
        self._metrics.ended(site.key, ending.value)
        log.info("run of %s ended: %s, %s s of CPU", site.key, ending.value, (going.ended or {}).get("cpu", "unknown"))
        if not going.feeds or going.counts:
            self._say(f"{site.key}: {_told(going)} in {monotonic() - begun:.0f} s, {ending.value}")
        return ending

    @contextmanager
    def _listed(self, going: Going) -> Iterator[None]:
        self.going[going.site] = going
        self._metrics.began(going.site)
        minutes = self._settings.service.run_minutes
        words = f"it took longer than {minutes:g} minutes (service.run_minutes)"
        limit = asyncio.get_running_loop().call_later(minutes * 60, going.child.stop, words)
        try:
            yield
        finally:
            limit.cancel()
            del self.going[going.site]

    async def _outlive(self, going: Going) -> int:
        """Takes what the process tells until it is gone; its exit code."""
        async for line in going.child.lines():
            if "ended" in line:
                going.ended = line
                continue
            self._metrics.take(going.site, line)
            going.run = line.get("run") or going.run
            going.counts.update(line.get("outcomes", {}))
            going.counts["changes"] += line.get("changes", 0)
            await self._note(going)
        return await going.child.ended()

    async def _note(self, going: Going) -> None:
        if going.run is not None and monotonic() - going.noted_at >= NOTED:
            going.noted_at = monotonic()
            await asyncio.to_thread(self._archive.note_progress, going.run, dict(going.counts))

    async def _record(self, going: Going, code: int) -> Ending:
        """What came of the run; one that did not end well is marked as failed, and is a problem until one does."""
        last = going.ended or {}
        interrupted = self._stopping and last.get("ended") in ("interrupted", None)
        if last.get("ended") == "done":
            ending, reason = Ending.DONE, None
        elif last.get("ended") == "busy":
            ending, reason = Ending.BUSY, None
            self._say(str(last["error"]))
        elif interrupted:
            ending, reason = Ending.INTERRUPTED, going.child.reason
        else:
            ending = Ending.FAILED
            reason = going.child.reason or last.get("error") or how_it_died(code)
        await asyncio.to_thread(self._write, going, ending, reason)
        return ending

    def _sign(self, going: Going) -> None:
        """Says in the archive whose run this is: should we die, the next service knows what was cut short."""
        now = self._clock()
        until = now + timedelta(minutes=self._settings.service.run_minutes, hours=1)
        self._archive.take_lease(going.right, self._holder, until, now)

    def _write(self, going: Going, ending: Ending, reason: str | None) -> None:
        if boottime() > self._until():
            log.error("run of %s: it is the next service's to record that it was cut short", going.site)
            return
        now = self._clock()
        self._archive.release_lease(going.right, self._holder)
        if reason is not None:
            cut = ending is Ending.INTERRUPTED
            state = RunState.INTERRUPTED if cut else RunState.FAILED
            self._archive.break_runs(going.site, reason, now, since=None if cut else going.since, state=state)
        owed = problem_owed(self._archive, now)
        if ending is Ending.FAILED:
            log.error("run of %s failed: %s", going.site, reason)
            evidence = Said("the run did not end well: {why}", why=reason)
            self._archive.open_problem(going.site, TROUBLE, "crawl", evidence, now, owed=owed)
        if ending is Ending.DONE:
            for problem in self._archive.problems(going.site):
                if problem.kind == TROUBLE:
                    self._archive.close_problem(problem.id or 0, now, owed=owed)

    def extend(self, until: float) -> None:
        """The right to schedule was renewed; called from any thread."""
        for going in list(self.going.values()):
            going.child.extend(until)

    async def stop(self, seconds: float) -> list[str]:
        """Begins nothing more and lets what is under way end in good order, by force after so long.

        Returns the sites whose runs were cut short.
        """
        self._stopping = True
        cut = [site for site, going in self.going.items() if not going.feeds]
        for going in list(self.going.values()):
            going.child.stop(Said("the service was stopped"))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._gone()
        self.kill(Said("the service was stopped"))
        await self._gone()
        return cut

    async def _gone(self) -> None:
        await self._idle.wait()

    def kill(self, reason: str) -> None:
        """Ends all runs at once: the right to schedule is lost, or patience is."""
        for going in list(self.going.values()):
            going.child.kill(reason)


def how_it_died(code: int) -> str:
    """
    >>> how_it_died(-9)
    'its process ended with SIGKILL (was there too little memory?)'
    """
    if code >= 0:
        return Said("its process ended with exit code {code}", code=code)
    name = signal.Signals(-code).name
    if -code in (signal.SIGKILL, signal.SIGABRT, signal.SIGSEGV):
        return Said("its process ended with {signal} (was there too little memory?)", signal=name)
    if -code == signal.SIGALRM:
        return Said("its process ended with {signal} (the right to schedule was lost)", signal=name)
    return Said("its process ended with {signal}", signal=name)


def _told(going: Going) -> str:
    visits = sum(count for name, count in going.counts.items() if name != "changes")
    changes = going.counts["changes"]
    name = "a look at feeds" if going.feeds else f"run {going.run}" if going.run else "run"
    return f"{name}: {visits} visits, {changes} changes"
