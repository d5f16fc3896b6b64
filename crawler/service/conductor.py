"""The service from start to drain: it waits for the right to schedule, works while it has it, ends in good order."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.errors import ConfigError
from config.settings import Settings
from config.site import Site
from crawler.service.crawls import FEEDS, RUN, Crawls, Ending
from crawler.service.fetcher import Fetcher
from crawler.service.forking import warm
from crawler.service.front import Front
from crawler.service.lease import RIGHT, Lease, holder_name
from crawler.service.live import Here
from crawler.service.metrics import Metrics
from crawler.service.plan import Planned, plan, visited
from crawler.service.rounds import Rounds
from crawler.service.timetable import Timetable
from storage.archive import Archive
from storage.audit import SERVICE
from storage.records_service import OrderKind
from storage.said import Said

log = logging.getLogger(__name__)

LOOK = 0.2  # seconds between two looks at the right to schedule
ROUND = 1.0  # seconds between two rounds of orders and messages
DRAIN = 8.0  # seconds that runs have to end in good order
SENDING = 5.0  # seconds that messages under way have


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What the service does not make itself."""

    settings: Settings
    sites: dict[str, Site]  # by key; changed in place when profiles are read again
    archive: Archive
    clock: Callable[[], datetime]
    say: Callable[[str], None]  # tells people
    read_sites: Callable[[], Mapping[str, Site]]  # reads the profiles again
    fetcher: Fetcher | None = None  # of pages on demand; null where no pages are served
    pages: Callable[[Here], Any] | None = None  # the web application; null: none is served


class Conductor:
    """One ``letapis up``."""

    def __init__(self, given: Surroundings) -> None:
        self._given, self._settings, self._archive = given, given.settings, given.archive
        self.metrics = Metrics()
        self._stopping = asyncio.Event()
        self._crawls: Crawls | None = None
        self._timetable: Timetable | None = None
        self._lease = Lease(
            given.archive,
            holder=holder_name(),
            seconds=given.settings.service.lease,
            clock=given.clock,
            extend=self._extend,
        )

    def _extend(self, until: float) -> None:
        if self._crawls is not None:
            self._crawls.extend(until)

    def stop(self) -> None:
        """Begins the drain."""
        if not self._stopping.is_set():
            self._given.say("stopping: runs end in good order, within 10 seconds")
        self._stopping.set()

    async def run(self) -> None:
        """Works until a signal says stop; what was taken is given back then."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self.read_sites_again)
        self._lease.start()
        warming = asyncio.create_task(asyncio.to_thread(warm))
        try:
            await self._led_or_waiting()
        finally:
            await warming
            await asyncio.to_thread(self._lease.release)
        self._given.say("stopped; the next start goes on from here")

    async def _led_or_waiting(self) -> None:
        waiting = False
        while not self._stopping.is_set():
            if self._lease.held:
                waiting = False
                await self._lead()
            elif not waiting and (other := await asyncio.to_thread(self._archive.lease, RIGHT)):
                waiting = other.holder != self._lease.holder and other.until > self._given.clock()
                if waiting:
                    self._given.say(f"standby: {other.holder} schedules here; this one takes over when that one ends")
            await self._wait(LOOK)

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _lead(self) -> None:
        """Does the work while the right is ours, and ends all of it before it is another's."""
        given = self._given
        crawls = self._crawls = self._new_crawls()
        rounds = Rounds(
            self._settings,
            given.sites,
            self._archive,
            crawls,
            holder=self._lease.holder,
            clock=given.clock,
            say=given.say,
        )
        await asyncio.to_thread(self._take_over)
        timetable = self._timetable = Timetable(self._archive, rounds.perform)
        timetable.start(self._planned(), given.clock())
        front = self._front()
        self._tell()
        beats = [asyncio.create_task(self._again(rounds.take_orders)), asyncio.create_task(self._again(rounds.deliver))]
        try:
            while self._lease.held and not self._stopping.is_set():
                await self._wait(LOOK)
        finally:
            timetable.stop()
            patience = SENDING if self._lease.held else 0
            await asyncio.gather(self._end_runs(crawls), _end(beats, patience), self._close(front))
            self._crawls = self._timetable = None

    def _new_crawls(self) -> Crawls:
        given = self._given
        return Crawls(
            self._settings,
            self._archive,
            self.metrics,
            holder=self._lease.holder,
            until=lambda: self._lease.until,
            clock=given.clock,
            say=given.say,
        )

    async def _end_runs(self, crawls: Crawls) -> None:
        if not self._lease.held:
            log.error("the right to schedule is lost: all runs are ended")
            self._given.say("the right to schedule is lost; standing by")
            crawls.kill(Said("the right to schedule was lost"))
        for site in await crawls.stop(DRAIN):
            await asyncio.to_thread(self._archive.order, site, OrderKind.RUN, self._given.clock(), actor=SERVICE)

    def _take_over(self) -> None:
        """What a service that died was running has failed, and is begun again."""
        now = self._given.clock()
        for lease in [*self._archive.leases(RUN), *self._archive.leases(FEEDS)]:
            kind, _, site = lease.name.partition(" ")
            self._archive.break_runs(site, Said("the service that ran it has died ({who})", who=lease.holder), now)
            self._archive.release_lease(lease.name, lease.holder)
            if f"{kind} " == RUN and site in self._given.sites:
                self._archive.order(site, OrderKind.RUN, now, actor=SERVICE)
                self._given.say(f"{site}: its run was cut short, and is begun again")

    def _planned(self) -> list[Planned]:
        known = self._archive.last_crawls()
        return plan(self._settings, self._given.sites, dict.fromkeys(known, True))

    async def _again(self, work: Callable[[], Awaitable[object]]) -> None:
        """Round after round; what goes wrong in one is logged, and the next comes all the same."""
        while not self._stopping.is_set():
            try:
                await work()
            except Exception:
                log.exception("a round went wrong")
            await self._wait(ROUND)

    def _front(self) -> Front | None:
        given, service = self._given, self._settings.service
        if given.pages is None or given.fetcher is None:
            return None
        here = Here(
            self._settings,
            given.sites,
            self._archive,
            self.metrics,
            fetch=given.fetcher.fetch,
            held=lambda: self._lease.held,
            clock=given.clock,
        )
        try:
            front = Front(given.pages(here), service.host, service.port)
        except OSError as error:
            given.say(f"no web pages: {service.host}:{service.port} can't be used ({error.strerror}); see --port")
            log.error("no web pages: %s", error)
            return None
        front.start()
        given.fetcher.warm()
        given.say(f"web pages: {front.address}")
        return front

    async def _close(self, front: Front | None) -> None:
        if front is not None:
            await front.close()
        if self._given.fetcher is not None:
            await self._given.fetcher.stop()

    def _tell(self) -> None:
        """The sites with their next runs."""
        pauses = self._archive.pauses()
        for job in self._archive.planned_jobs():
            kind, _, key = job.id.partition(" ")
            site = self._given.sites.get(key)
            if kind == "run" and site is not None and job.next_run is not None:
                rests = " (paused; letapis resume ends that)" if key in pauses else ""
                at = job.next_run.astimezone(site.zone)
                self._given.say(f"{key}: next run {at:%Y-%m-%d %H:%M:%S} ({site.policy.zone}){rests}")

    def read_sites_again(self) -> None:
        """Takes profiles as they are on disk now; with a mistake in one, all stay as they were."""
        try:
            found = self._given.read_sites()
        except ConfigError as error:
            log.error("the profiles stay as they were: %s", error)
            self._given.say(f"the profiles stay as they were: {error}")
            return
        for gone in set(self._given.sites) - set(found):
            del self._given.sites[gone]
        self._given.sites.update(found)
        if self._timetable is not None:
            self._timetable.follow(self._planned(), self._given.clock())
        self._given.say(f"profiles read again: {', '.join(visited(self._settings, self._given.sites))}")

    async def once(self) -> bool:
        """Does what is due now, and ends; false when something failed, or another service has the right to schedule."""
        given = self._given
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        self._lease.start()
        try:
            while not self._lease.held:
                other = await asyncio.to_thread(self._archive.lease, RIGHT)
                if other and other.holder != self._lease.holder and other.until > given.clock():
                    given.say(f"nothing done: {other.holder} schedules here")
                    return False
                await self._wait(LOOK)
            return await self._due_now()
        finally:
            await asyncio.to_thread(self._lease.release)

    async def _due_now(self) -> bool:
        given = self._given
        crawls = self._crawls = self._new_crawls()
        rounds = Rounds(
            self._settings,
            given.sites,
            self._archive,
            crawls,
            holder=self._lease.holder,
            clock=given.clock,
            say=given.say,
        )
        await asyncio.to_thread(self._take_over)
        timetable = Timetable(self._archive, rounds.perform)
        timetable.open(self._planned(), given.clock())
        watching = asyncio.create_task(self._until_over(crawls))
        due = timetable.due(now := given.clock())
        try:
            await rounds.take_orders()
            endings = [*await asyncio.gather(*(rounds.perform(*one) for one in due)), *await rounds.ordered()]
            if not self._stopping.is_set():
                timetable.kept(now)
                while await rounds.deliver():
                    pass
        finally:
            if self._lease.held and not self._stopping.is_set():
                watching.cancel()
            else:
                await watching
            timetable.stop()
        given.say(f"done: {', '.join(job.id for job, _ in due)}" if due else "nothing was due")
        return all(ending in (None, Ending.DONE, Ending.BUSY) for ending in endings)

    async def _until_over(self, crawls: Crawls) -> None:
        """Ends the runs when a signal says so, or the right is lost."""
        while self._lease.held and not self._stopping.is_set():
            await self._wait(LOOK)
        await self._end_runs(crawls)


async def _end(beats: list["asyncio.Task[None]"], patience: float) -> None:
    """Rounds under way have a moment to end by themselves; messages that are not sent then are given back."""
    await asyncio.wait(beats, timeout=patience)
    for beat in beats:
        beat.cancel()
    await asyncio.gather(*beats, return_exceptions=True)
