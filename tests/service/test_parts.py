"""Parts of the service by themselves: what is planned, what the list keeps, figures, how a process died."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.settings import Network, Service, Settings
from config.site import Policy, Site
from crawler.core.attendance import INSTALLATION
from crawler.service.child import Task
from crawler.service.children import Child
from crawler.service.crawls import Crawls, Ending, Going, how_it_died
from crawler.service.lease import boottime
from crawler.service.metrics import Metrics
from crawler.service.plan import Job, JobKind, plan
from crawler.service.rounds import Rounds, usual_turn
from crawler.service.timetable import Timetable
from storage.archive import Archive
from storage.records import RunKind
from tests.hostile import HostileServer, answer

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def site(key: str, **policy: object) -> Site:
    return Site(
        key=key, hosts=(f"{key}.example",), seeds=(f"https://{key}.example/",), policy=Policy.model_validate(policy)
    )


def ids(settings: Settings, *sites: Site) -> set[str]:
    return {one.job.id for one in plan(settings, {one.key: one for one in sites}, {})}


def test_the_plan_has_what_the_profiles_ask_for() -> None:
    plain, busy = site("plain", feeds=0), site("busy", feeds="10m", reports=["daily"])
    always = {"watch", "upkeep"}
    assert ids(Settings(), plain, busy) == always | {"run plain", "run busy", "feeds busy", "reports busy"}
    assert ids(Settings(service=Service(sites=("plain",))), plain, busy) == always | {"run plain"}


@pytest.mark.parametrize(
    ("schedule", "hours", "longest"),
    [("every 6h", None, 6), ("17 */6 * * *", None, 6), ("0 8-12 * * *", None, 20), ("0 3 * * *", "08:00-20:00", 24)],
)
def test_the_usual_turn_is_the_longest_wait(schedule: str, hours: str | None, longest: int) -> None:
    assert usual_turn(site("a", schedule=schedule, hours=hours, jitter=0), NOW) == timedelta(hours=longest)


def test_the_list_outlives_the_service_and_follows_the_profiles(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    one, two = site("one", schedule="every 6h", feeds=0, jitter=0), site("two", schedule="every 6h", feeds=0)

    async def kept(archive: Archive, now: datetime, *sites: Site, crawled: bool = True) -> list[str]:
        table = Timetable(archive, lambda job, planned: asyncio.sleep(0))
        table.open(plan(settings, {each.key: each for each in sites}, {each.key: crawled for each in sites}), now)
        found = [job.id for job, _ in table.due(now) if job.kind is JobKind.RUN]
        table.kept(now)
        table.stop()
        await asyncio.sleep(0)  # it stops on the loop's next turn
        return found

    now = datetime.now(UTC)
    with Archive.open(settings.database_url) as archive:
        assert asyncio.run(kept(archive, now, one, two, crawled=False)) == ["run one", "run two"]  # their first turns
        planned = {job.id: job.next_run for job in archive.planned_jobs()}
        assert asyncio.run(kept(archive, now, one, two)) == []
        later = now + timedelta(hours=30)
        assert asyncio.run(kept(archive, later, one)) == ["run one"]  # five turns were missed: one is kept
        assert {job.id for job in archive.planned_jobs()} == {"run one", "watch", "upkeep"}
        changed = site("one", schedule="0 0 1 1 *", feeds=0, jitter=0)
        asyncio.run(kept(archive, now, changed))
        moved = {job.id: job.next_run for job in archive.planned_jobs()}
    first, after = planned["run one"], moved["run one"]
    assert first is not None
    assert now < first <= now + timedelta(hours=6)
    assert after is not None
    assert (after.month, after.day) == (1, 1)


def test_figures_add_up_and_name_no_more_than_sites(tmp_path: Path) -> None:
    metrics = Metrics()
    metrics.began("mpt")
    for line in ({"outcomes": {"new": 2, "error": 1}, "late": [30.0, 90000.0], "tasks": [["read_page", 0.02]]}, {}):
        metrics.take("mpt", line)
    metrics.take("mpt", {"outcomes": {"new": 1}, "changes": 4})
    metrics.ended("mpt", "done")
    text = metrics.text(
        due={"mpt": 7}, deliveries={"pending": 2}, problems=["mpt", "mpt", INSTALLATION], held=True
    ).decode()
    for expected in (
        'letapis_visits_total{outcome="new",site="mpt"} 3.0',
        'letapis_changes_total{site="mpt"} 4.0',
        'letapis_visit_lateness_seconds_bucket{le="60.0",site="mpt"} 1.0',
        'letapis_extraction_seconds_count{task="read_page"} 1.0',
        'letapis_runs_running{site="mpt"} 0.0',
        'letapis_runs_total{site="mpt",state="done"} 1.0',
        'letapis_pages_due{site="mpt"} 7.0',
        'letapis_deliveries{state="pending"} 2.0',
        'letapis_problems_open{site="mpt"} 2.0',
        "letapis_lease_held 1.0",
    ):
        assert expected in text.splitlines()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1, "exit code 1"),
        (-9, "SIGKILL (was there too little memory?)"),
        (-14, "SIGALRM (the right to schedule was lost)"),
    ],
)
def test_a_death_is_told_in_words(code: int, words: str) -> None:
    assert how_it_died(code) == f"its process ended with {words}"


def test_a_job_is_called_by_its_kind_and_site() -> None:
    assert [Job(kind=JobKind.RUN, site="mpt").id, Job(kind=JobKind.UPKEEP).id] == ["run mpt", "upkeep"]


class Instant(Crawls):
    """Notes its runs instead of making processes of them."""

    def begin(self) -> "Instant":
        self.made: list[str] = []
        return self

    async def _run(self, site: Site, going: Going) -> Ending:
        self.made.append(f"begun {going.right}")
        for end in (going.child._ours, going.child._theirs):
            assert end is not None
            end.close()
        await asyncio.sleep(0)
        self.made.append(f"ended {going.right}")
        return Ending.DONE


def test_a_run_waits_for_a_look_at_feeds_and_not_for_another_run(tmp_path: Path) -> None:
    settings, one = Settings(home=tmp_path), site("one")

    async def three(archive: Archive) -> tuple[tuple[Ending, ...], list[str]]:
        crawls = Instant(
            settings, archive, Metrics(), holder="first", until=lambda: 0.0, clock=lambda: NOW, say=print
        ).begin()
        look = crawls.crawl(one, budgeted=True, feeds_first=True)
        runs = crawls.crawl(one, budgeted=True), crawls.crawl(one, budgeted=False)
        return tuple(await asyncio.gather(look, *runs)), crawls.made

    with Archive.open(settings.database_url) as archive:
        endings, made = asyncio.run(three(archive))
    assert endings == (Ending.DONE, Ending.DONE, Ending.BUSY)
    assert made == ["begun feeds one", "ended feeds one", "begun run one", "ended run one"]


def test_a_run_that_begins_late_does_not_go_by_an_old_word(tmp_path: Path) -> None:
    """Its process takes long to be there: the right to schedule that it was first told of has run out by then."""

    async def told(task: Task) -> tuple[dict[str, object], int]:
        child = Child(task)
        child.extend(boottime() - 1)
        await child.start()
        child.extend(boottime() + 60)
        lines = [line async for line in child.lines()]
        return lines[-1], await child.ended()

    with HostileServer({"/": answer(b"<p>page</p>")}) as server:
        settings = Settings(home=tmp_path, network=Network(allow=(server.pair,)))
        policy = Policy(min_delay=0, respect_robots=False)
        served = Site(key="one", hosts=(server.pair,), seeds=(server.url("/"),), policy=policy)
        last, code = asyncio.run(told(Task(site=served, settings=settings, budgeted=False)))
    assert (last["ended"], code) == ("done", 0)


def test_the_service_watches_over_itself_and_keeps_house(tmp_path: Path) -> None:
    settings, one = Settings(home=tmp_path), site("one")
    with Archive.open(settings.database_url) as archive:

        def keep(kind: JobKind) -> list[tuple[str, str]]:
            crawls = Crawls(
                settings, archive, Metrics(), holder="first", until=lambda: 0.0, clock=lambda: NOW, say=print
            )
            rounds = Rounds(settings, {"one": one}, archive, crawls, holder="first", clock=lambda: NOW, say=print)
            asyncio.run(rounds.perform(Job(kind=kind), NOW))
            return [(problem.site, problem.kind) for problem in archive.problems()]

        archive.begin_run("one", RunKind.CRAWL, NOW - timedelta(days=9))
        archive.claim_slot("run one", NOW - timedelta(days=99), "first", NOW - timedelta(days=99))
        assert keep(JobKind.WATCH) == [("one", "not_crawled")]
        assert keep(JobKind.WATCH) == [("one", "not_crawled")]
        archive.pause("one", NOW, actor="boss")
        assert keep(JobKind.WATCH) == []
        keep(JobKind.UPKEEP)
        assert archive.slots("run one") == []
        assert archive.slots("upkeep") == [NOW]
