"""``letapis up`` in a working life: schedule, orders, pauses, drain, death, takeover; and nothing is left behind."""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from time import monotonic
from urllib.request import urlopen

import psutil
import pytest

from storage.archive import Archive
from storage.records import Run, RunKind, RunState
from tests.hostile import HostileServer
from tests.hostile.routes import silent
from tests.service.conftest import Home, Up
from tests.site import Replica
from tests.waiting import until

SLOW = {
    "min_delay = 0.0": "min_delay = 0.25",
    "concurrency = 8": "concurrency = 1",
    "max_pages = 30": "max_pages = 300",
}


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica() as running:
        yield running


def profile(replica: Replica, policy: str, slow: bool = False) -> str:
    text = replica.profile().replace("[policy]", f"[policy]\nfeeds = 0\njitter = 0\nmax_pages = 30\n{policy}")
    text = text.replace('key = "replica"', 'key = "site"')
    for before, after in SLOW.items() if slow else ():
        text = text.replace(before, after)
    return text


def crawls(archive: Archive) -> list[Run]:
    """The site's crawls, the first first."""
    return [run for run in reversed(archive.runs("site")) if run.kind is RunKind.CRAWL]


def rests(archive: Archive) -> bool:
    """Whether no run is under way."""
    return not archive.leases("run ") and not archive.going()


def until_next_turn(archive: Archive) -> None:
    """Waits until a turn of the schedule has come, kept or not."""

    def planned() -> list[datetime | None]:
        return [job.next_run for job in archive.planned_jobs() if job.id == "run site"]

    before = planned()
    until(lambda: planned() != before)


def assert_all_gone(processes: list[psutil.Process], seconds: float = 5) -> None:
    until(lambda: not any(map(lives, processes)), seconds=seconds)


def lives(process: psutil.Process) -> bool:
    """Whether a process still does something: one that is dead and not yet buried does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_it_crawls_by_schedule_by_order_and_rests_when_told(home: Callable[..., Home], replica: Replica) -> None:
    letapis = home(replica.host, profile(replica, 'schedule = "every 3s"'))
    assert letapis("run-now", "site").stderr.startswith("letapis: no service is running: start it by letapis up")
    up = letapis.up("--no-web")
    up.until(r"^site: next run")
    up.until(r"site: run 1: \d+ visits, 0 changes in \d+ s, done")  # at once: it had never been crawled
    assert "rests" in letapis("pause", "site", "--reason", "перанос").stdout
    with letapis.archive as archive:
        until_next_turn(archive)
        until(lambda: rests(archive))  # the last one by schedule has ended
        turns = archive.slots("run site")
        (job,) = [job for job in letapis.json("jobs") if job["kind"] == "run"]
        assert (job["paused"], job["reason"], job["last_run"]["state"]) == (True, "перанос", "done")
        assert letapis("run-now", "site").returncode == 0
        until(lambda: len(crawls(archive)) == len(turns) + 1 and rests(archive))
        assert archive.slots("run site") == turns  # it was ordered, and the schedule rests
        assert {run.state for run in crawls(archive)} == {RunState.DONE}
    up.until(rf"site: run {len(turns) + 1}: \d+ visits, 0 changes in \d+ s, done")
    (status,) = letapis.json("status")
    assert status["service"]["running"]
    assert status["sites"][0]["last_run"]["state"] == "done"
    assert "visited by its schedule" in letapis("resume", "site").stdout
    up.until(r"site: run begun")
    below = up.below()
    up.send(signal.SIGTERM)
    assert up.ended(30) == 0
    assert_all_gone(below)
    with letapis.archive as archive:
        assert archive.leases("") == []


def test_a_stopped_run_goes_on_after_the_restart(home: Callable[..., Home], replica: Replica) -> None:
    letapis = home(replica.host, profile(replica, 'schedule = "0 0 1 1 *"', slow=True))
    up = letapis.up()
    up.until(r'first login: user "admin", one-time password (\S+)')
    address = up.until(r"web pages: (http://127\.0\.0\.1:\d+)$")[1]
    up.until("site: run begun")
    with urlopen(f"{address}/healthz", timeout=10) as answer:
        assert json.load(answer) == {"status": "ok"}
    with letapis.archive as archive:
        until(lambda: any(run.kind is RunKind.CRAWL for run in archive.going()))
    workers_of(up)
    below, begun = up.below(), monotonic()
    up.send(signal.SIGTERM)
    assert up.ended(30) == 0
    assert monotonic() - begun < 30
    up.until("stopped; the next start goes on from here")
    assert_all_gone(below)
    with letapis.archive as archive:
        assert [run.state for run in crawls(archive)] == [RunState.INTERRUPTED]
        assert archive.leases("") == []
    again = letapis.up("--no-web")
    again.until("site: run begun", seconds=15)
    path = letapis.folder / "sites" / "site.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("0 0 1 1 *", "0 0 2 2 *"), encoding="utf-8")
    again.send(signal.SIGHUP)
    again.until("profiles read again: site")
    path.write_text("key = 1", encoding="utf-8")
    again.send(signal.SIGHUP)
    again.until(r"the profiles stay as they were: .*site\.toml:1: key")
    (child, *_) = workers_of(again)
    child.send_signal(signal.SIGKILL)  # as the kernel does when memory is short
    again.until("site: run.* failed", seconds=10)
    with letapis.archive as archive:
        died = crawls(archive)[-1]
        assert [job.next_run.month for job in archive.planned_jobs() if job.id == "run site" and job.next_run] == [2]
        (problem,) = archive.problems("site")
    assert (died.state, problem.kind) == (RunState.FAILED, "run")
    assert died.error == "its process ended with SIGKILL (was there too little memory?)"
    assert died.error in problem.evidence


def workers_of(up: Up) -> list[psutil.Process]:
    """The processes of the run under way, the run's own first; waits until its extraction's process is there."""
    found: list[psutil.Process] = []

    def started() -> bool:
        with suppress(psutil.NoSuchProcess):  # it has ended while we looked
            found[:] = [worker for worker in up.below() if "crawler.worker" in worker.cmdline()][:1]
            found[:0] = [psutil.Process(worker.ppid()) for worker in found]
        return len(found) == 2

    until(started, words="no extraction process was started")
    return found


def test_a_run_that_hangs_is_ended_and_recorded(home: Callable[..., Home]) -> None:
    with HostileServer({"/": silent, "/robots.txt": silent}) as server:
        site = f'key = "site"\nhosts = ["{server.pair}"]\nseeds = ["{server.url("/")}"]\n'
        site += '[policy]\nmin_delay = 0\nfeeds = 0\nschedule = "0 0 1 1 *"\n'
        letapis = home(server.pair, site, LETAPIS_SERVICE_RUN_MINUTES="0.03")
        up = letapis.up("--no-web")
        up.until("site: run begun")
        up.until("site: run.* failed", seconds=15)
        with letapis.archive as archive:
            (run,) = crawls(archive)
            (problem,) = [one for one in archive.problems("site") if one.kind == "run"]
        assert (run.state, run.error) == (RunState.FAILED, "it took longer than 0.03 minutes (service.run_minutes)")
        assert run.error in problem.evidence


def test_a_standby_takes_over_from_a_frozen_and_from_a_killed_service(
    home: Callable[..., Home], replica: Replica
) -> None:
    letapis = home(replica.host, profile(replica, 'schedule = "every 2s"', slow=True), LETAPIS_SERVICE_LEASE="3s")
    first = letapis.up("--no-web")
    first.until("site: run begun")
    with letapis.archive as archive:
        until(lambda: len(crawls(archive)) == 1)
    runs = workers_of(first)
    second = letapis.up("--no-web")
    second.until(r"standby: \S+ \d+ \w+ schedules here")
    begun = monotonic()
    first.send(signal.SIGSTOP)
    second.until("site: its run was cut short, and is begun again", seconds=30)
    assert monotonic() - begun < 30
    assert_all_gone(runs, seconds=0.1)  # they had ended before the other one began
    second.until("site: run begun")
    first.send(signal.SIGCONT)
    first.until("the right to schedule is lost; standing by")
    first.until(r"standby: \S+ \d+ \w+ schedules here")
    with letapis.archive as archive:
        until(lambda: len(crawls(archive)) == 2)
    below, begun = [*workers_of(second), *second.below()], monotonic()
    second.send(signal.SIGKILL)
    first.until("site: its run was cut short, and is begun again", seconds=30)
    assert monotonic() - begun < 30
    assert_all_gone(below)
    first.until("site: run begun")
    with letapis.archive as archive:
        until(lambda: len(crawls(archive)) == 3)
    first.send(signal.SIGTERM)
    assert first.ended(10) == 0
    with letapis.archive as archive:
        found, slots = crawls(archive), archive.slots("run site")
        ordered = 2
    assert [run.state for run in found] == [RunState.FAILED, RunState.FAILED, RunState.INTERRUPTED]
    assert all("the service that ran it has died" in (run.error or "") for run in found[:2])
    assert len(set(slots)) == len(slots) >= len(found) - ordered


def test_once_does_what_is_due_and_ends(home: Callable[..., Home], replica: Replica) -> None:
    letapis = home(replica.host, profile(replica, 'schedule = "0 0 1 1 *"'))
    first = letapis.up("--once")
    first.until(r"site: run 1: \d+ visits, 0 changes in \d+ s, done")
    assert first.ended(10) == 0
    second = letapis.up("--once")
    second.until("^(nothing was due|done: (watch|upkeep))")  # but no crawl
    assert second.ended(10) == 0
    with letapis.archive as archive:
        assert [run.state for run in crawls(archive)] == [RunState.DONE]
        assert archive.leases("") == []
