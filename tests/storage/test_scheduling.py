"""What services on one database agree about: one holder of a right, one taker of a slot, pauses, orders."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from storage.archive import Archive
from storage.records import RunKind, RunState
from storage.records_service import OrderKind
from tests.storage.making import DAY, MINUTE, NOON, SITE

ROOT = Path(__file__).parents[2]
RIGHT = "scheduler"

_RACE = """
import json, sys
from datetime import UTC, datetime, timedelta
from storage.archive import Archive
url, holder = sys.argv[1:]
noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
with Archive.open(url) as archive:
    print("ready", flush=True)
    sys.stdin.readline()
    order = range(60) if holder == "first" else range(59, -1, -1)
    slots = [n for n in order if archive.claim_slot("run mpt", noon + timedelta(minutes=n), holder, noon)]
    leases = [n for n in order if archive.take_lease(f"right {n}", holder, noon + timedelta(minutes=1), noon)]
print(json.dumps([slots, leases]))
"""


@pytest.mark.parametrize(
    ("holder", "after", "gets_it"),
    [
        pytest.param("first", 0, True, id="the holder renews"),
        pytest.param("second", 0, False, id="another one waits"),
        pytest.param("second", 59, False, id="another one waits to the end"),
        pytest.param("second", 60, True, id="it has run out"),
        pytest.param("first", 3600, True, id="the holder was late, and nobody came"),
    ],
)
def test_a_right_has_one_holder(archive: Archive, holder: str, after: int, gets_it: bool) -> None:
    assert archive.take_lease(RIGHT, "first", NOON + MINUTE, NOON)
    now = NOON + after * MINUTE / 60
    assert archive.take_lease(RIGHT, holder, now + MINUTE, now) is gets_it
    lease = archive.lease(RIGHT)
    assert lease is not None
    assert (lease.holder, lease.until) == ((holder, now + MINUTE) if gets_it else ("first", NOON + MINUTE))


def test_a_right_given_back_is_free_at_once_and_only_by_its_holder(archive: Archive) -> None:
    archive.take_lease(RIGHT, "first", NOON + MINUTE, NOON)
    assert not archive.release_lease(RIGHT, "second")
    assert archive.release_lease(RIGHT, "first")
    assert archive.lease(RIGHT) is None
    assert archive.take_lease(RIGHT, "second", NOON + MINUTE, NOON)


def test_of_two_processes_each_slot_and_each_right_goes_to_one(url: str) -> None:
    Archive.open(url).close()
    racing = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", _RACE, url, name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("first", "second")
    ]
    for process in racing:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    answers = _answers(racing)
    for first, second in zip(*answers, strict=True):
        assert sorted(first + second) == list(range(60))


def _answers(racing: "list[subprocess.Popen[str]]") -> list[list[list[int]]]:
    for process in racing:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [json.loads(process.communicate(timeout=60)[0]) for process in racing]


def test_a_slot_is_taken_once_even_by_its_taker(archive: Archive) -> None:
    assert archive.claim_slot("run mpt", NOON, "first", NOON)
    assert not archive.claim_slot("run mpt", NOON, "first", NOON + DAY)
    assert archive.claim_slot("run mpt", NOON + MINUTE, "second", NOON)
    assert archive.claim_slot("feeds mpt", NOON, "second", NOON)
    assert archive.slots("run mpt") == [NOON + MINUTE, NOON]


def test_old_notes_are_forgotten_and_young_ones_stay(archive: Archive) -> None:
    archive.claim_slot("run mpt", NOON, "first", NOON)
    archive.claim_slot("run mpt", NOON + DAY, "first", NOON + DAY)
    archive.order("old", OrderKind.RUN, NOON, actor="boss")
    archive.claim_orders(NOON)
    archive.order("waiting", OrderKind.RUN, NOON, actor="boss")
    assert archive.forget(before=NOON + MINUTE, now=NOON) == {"slots": 1, "orders": 1, "attempts": 0, "sessions": 0}
    assert archive.slots("run mpt") == [NOON + DAY]
    assert [order.site for order in archive.claim_orders(NOON + DAY)] == ["waiting"]


def test_the_database_is_tended_and_still_begins_transactions_of_its_own(archive: Archive) -> None:
    assert archive.tend()
    assert archive.pause(SITE, NOON, actor="boss")
    assert list(archive.pauses()) == [SITE]


def test_pauses_say_since_when_and_why(archive: Archive) -> None:
    assert archive.pause(SITE, NOON, "перанос сервера", actor="boss")
    assert not archive.pause(SITE, NOON + DAY, "still moving", actor="boss")
    pause = archive.pauses()[SITE]
    assert (pause.since, pause.reason) == (NOON, "still moving")
    assert archive.resume(SITE, NOON, actor="boss")
    assert not archive.resume(SITE, NOON, actor="boss")
    assert archive.pauses() == {}


def test_an_order_is_taken_once_and_the_same_one_is_not_doubled(archive: Archive) -> None:
    first = archive.order(SITE, OrderKind.RUN, NOON, actor="boss")
    assert archive.order(SITE, OrderKind.RUN, NOON + MINUTE, actor="boss") == first
    archive.order("other", OrderKind.RUN, NOON, actor="boss")
    assert [(order.site, order.taken_at) for order in archive.claim_orders(NOON + DAY)] == [
        (SITE, NOON + DAY),
        ("other", NOON + DAY),
    ]
    assert archive.claim_orders(NOON + DAY) == []
    assert archive.order(SITE, OrderKind.RUN, NOON + DAY, actor="boss").id != first.id


def test_the_runs_of_a_dead_process_have_failed_and_say_why(archive: Archive) -> None:
    before = archive.begin_run(SITE, RunKind.CRAWL, NOON - DAY)
    fetch = archive.begin_run(SITE, RunKind.FETCH, NOON)
    read_anew = archive.begin_run(SITE, RunKind.REEXTRACT, NOON)
    stopped = archive.begin_run(SITE, RunKind.CRAWL, NOON + MINUTE)
    archive.finish_run(stopped.id, RunState.INTERRUPTED, {"new": 1}, NOON + 2 * MINUTE)
    broken = archive.break_runs(SITE, "killed", NOON + DAY, since=NOON)
    assert {run.id: (run.state, run.error, run.finished_at) for run in broken} == {
        read_anew.id: (RunState.FAILED, "killed", NOON + DAY),
        stopped.id: (RunState.FAILED, "killed", NOON + 2 * MINUTE),
    }
    rest = {run.id: run.state for run in archive.runs() if run not in broken}
    assert rest == {before.id: RunState.INTERRUPTED, fetch.id: RunState.RUNNING}
    assert archive.break_runs(SITE, "killed", NOON + DAY) == []


def test_progress_is_noted_only_while_a_run_goes_on(archive: Archive) -> None:
    run = archive.begin_run(SITE, RunKind.CRAWL, NOON)
    archive.note_progress(run.id, {"new": 2})
    going = archive.run(run.id)
    assert going is not None
    assert going.counts == {"new": 2}
    done = archive.finish_run(run.id, RunState.DONE, {"new": 3}, NOON)
    archive.note_progress(run.id, {"new": 2})
    assert archive.run(run.id) == done
