"""What the service does by itself, round after round: jobs that are due, orders, messages, problems, upkeep."""

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from config.settings import Settings
from config.site import Site
from crawler.core.attendance import Attendance, Look, Trouble, attendance, installation, news
from crawler.core.rhythm import turn
from crawler.notify.digests import cut_due_digests
from crawler.notify.sender import deliver_due
from crawler.owing import problem_owed
from crawler.reports import write_reports
from crawler.service.crawls import Crawls, Ending
from crawler.service.plan import Job, JobKind, is_late, visited
from crawler.steering import has_feeds_due
from storage.archive import Archive
from storage.records_service import OrderKind

log = logging.getLogger(__name__)

BATCH = 20  # messages of one round


class Rounds:
    """The work of the service that has the right to schedule."""

    def __init__(
        self,
        settings: Settings,
        sites: Mapping[str, Site],
        archive: Archive,
        crawls: Crawls,
        *,
        holder: str,
        clock: Callable[[], datetime],
        say: Callable[[str], None],
    ) -> None:
        self._settings, self._sites, self._archive = settings, sites, archive
        self._crawls, self._holder, self._clock, self._say = crawls, holder, clock, say
        self._ordered: set[asyncio.Task[Ending]] = set()

    async def perform(self, job: Job, planned: datetime) -> Ending | None:
        """Keeps one turn of a job, if nobody has; null for what is no run, or had no need of one."""
        if is_late(planned, self._clock()):
            log.info("%s was planned for %s", job.id, planned.isoformat())
        work: dict[JobKind, Callable[[Job, datetime], Awaitable[Ending | None]]] = {
            JobKind.RUN: self._run,
            JobKind.FEEDS: self._run,
            JobKind.REPORTS: self._report,
            JobKind.WATCH: self._watch,
            JobKind.UPKEEP: self._tend,
        }
        return await work[job.kind](job, planned)

    async def _run(self, job: Job, planned: datetime) -> Ending | None:
        site = visited(self._settings, self._sites).get(job.site or "")
        if site is None or site.key in await asyncio.to_thread(self._archive.pauses):
            return None
        feeds = job.kind is JobKind.FEEDS
        if feeds and not await asyncio.to_thread(has_feeds_due, self._archive, site, self._clock()):
            return None
        if not await self._claimed(job, planned):
            return None
        return await self._crawls.crawl(site, budgeted=True, feeds_first=feeds)

    async def _claimed(self, job: Job, planned: datetime) -> bool:
        claimed = await asyncio.to_thread(self._archive.claim_slot, job.id, planned, self._holder, self._clock())
        if not claimed:
            log.info("%s of %s was run before", job.id, planned.isoformat())
        return claimed

    async def take_orders(self) -> None:
        """Begins what people have ordered."""
        for order in await asyncio.to_thread(self._archive.claim_orders, self._clock()):
            site = self._sites.get(order.site)
            if site is None:
                log.warning("a run of %s was ordered; there is no such site", order.site)
            elif order.what is OrderKind.RUN:
                log.info("a run of %s was ordered at %s", order.site, order.asked_at.isoformat())
                task = asyncio.create_task(self._ordered_run(site))
                self._ordered.add(task)
                task.add_done_callback(self._ordered.discard)

    async def _ordered_run(self, site: Site) -> Ending:
        ending = await self._crawls.crawl(site, budgeted=False)
        if ending is Ending.BUSY:
            self._say(f"{site.key}: a run was ordered, and one is under way already")
        return ending

    async def ordered(self) -> list[Ending]:
        """Waits for the runs that were ordered."""
        return list(await asyncio.gather(*self._ordered))

    async def deliver(self) -> int:
        """Cuts the digests that are due and sends a batch of what is to be sent; how many messages that were."""
        hold = self._settings.delivery.hold
        await asyncio.to_thread(cut_due_digests, self._archive, self._clock(), hold=hold)
        if await asyncio.to_thread(self._archive.oldest_pending) is None:
            return 0
        sent = await deliver_due(self._archive, self._settings, self._sites, now=self._clock(), limit=BATCH)
        return sent.sent + sent.failed + sent.dead

    async def _report(self, job: Job, planned: datetime) -> None:
        sites = {key: site for key, site in self._sites.items() if key == job.site}
        for path in await asyncio.to_thread(write_reports, self._archive, self._settings, sites, self._clock()):
            self._say(f"report written: {path}")

    async def _watch(self, job: Job, planned: datetime) -> None:
        await asyncio.to_thread(self._look)

    def _look(self) -> None:
        """Opens and closes the problems of the service itself."""
        now = self._clock()
        looks = [*self._site_looks(now), *self._installation_looks(now)]
        kinds = {kind.value for kind in Trouble}
        known = {
            (one.site, one.kind, one.subject): one.id or 0 for one in self._archive.problems() if one.kind in kinds
        }
        ill, healed = news(looks, known)
        owed = problem_owed(self._archive, now)
        for look in ill:
            self._archive.open_problem(look.site, look.kind.value, look.subject, look.evidence, now, owed=owed)
        for number in healed:
            self._archive.close_problem(number, now, owed=owed)

    def _site_looks(self, now: datetime) -> list[Look]:
        pauses, queues = self._archive.pauses(), self._archive.queues(now)
        done, first = self._archive.last_success(), self._archive.first_crawls()
        found = []
        for key, site in visited(self._settings, self._sites).items():
            due, since = queues.get(key, (0, None))
            found.append(
                Attendance(
                    site=key,
                    last=done.get(key),
                    turn=usual_turn(site, now),
                    known_since=first.get(key),
                    paused=key in pauses,
                    due=due,
                    due_since=since,
                )
            )
        return list(attendance(found, now=now))

    def _installation_looks(self, now: datetime) -> list[Look]:
        home = self._settings.home
        free = shutil.disk_usage(home).free
        return list(installation(free=free, where=str(home), pending_since=self._archive.oldest_pending(), now=now))

    async def _tend(self, job: Job, planned: datetime) -> None:
        if await self._claimed(job, planned):
            await asyncio.to_thread(self._tended)

    def _tended(self) -> None:
        now = self._clock()
        before = now - timedelta(days=self._settings.service.keep_slots_days)
        forgotten = self._archive.forget(before=before, now=now)
        log.info("forgotten: %s", ", ".join(f"{count} {name}" for name, count in forgotten.items()))
        log.info("the database was told: %s", "; ".join(self._archive.tend()))


def usual_turn(site: Site, now: datetime) -> timedelta:
    """The longest time from one turn of the site's schedule to the next, of the coming ones."""
    policy, moments = site.policy, [now]
    for _ in range(8):
        moments.append(
            turn(
                policy.schedule,
                moments[-1],
                moments[-1],
                zone=ZoneInfo(policy.zone),
                hours=policy.hours,
                spread=policy.jitter,
                seed=site.key,
            )
        )
    return max(after - before for before, after in pairwise(moments[1:]))
