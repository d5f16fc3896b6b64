"""The ledger: runs and the baseline, problems, what a site has taught, counts."""

import json

import pytest

from storage.archive import Archive
from storage.records import RunKind, RunState
from tests.storage.making import DAY, MINUTE, NOON, SITE, change, found, live, started, visit


def test_the_first_crawls_are_the_baseline_until_one_is_whole(archive: Archive) -> None:
    assert archive.begin_run(SITE, RunKind.CRAWL, NOON).baseline
    assert not archive.begin_run(SITE, RunKind.FETCH, NOON).baseline
    assert archive.begin_run(SITE, RunKind.CRAWL, NOON).baseline
    archive.finish_baseline(SITE, NOON)
    archive.finish_baseline(SITE, NOON + DAY)
    assert archive.baseline_at(SITE) == NOON
    assert not archive.begin_run(SITE, RunKind.CRAWL, NOON).baseline
    assert archive.begin_run("other", RunKind.CRAWL, NOON).baseline


def test_a_run_that_died_is_interrupted_by_the_next_crawl(archive: Archive) -> None:
    died = archive.begin_run(SITE, RunKind.CRAWL, NOON)
    fetch = archive.begin_run(SITE, RunKind.FETCH, NOON)
    elsewhere = archive.begin_run("other", RunKind.CRAWL, NOON)
    beside = archive.begin_run(SITE, RunKind.CRAWL, NOON, takeover=False)
    next_one = archive.begin_run(SITE, RunKind.CRAWL, NOON + DAY)
    states = {run.id: run.state for run in archive.runs()}
    running = dict.fromkeys([fetch.id, elsewhere.id, next_one.id], RunState.RUNNING)
    assert states == {died.id: RunState.INTERRUPTED, beside.id: RunState.INTERRUPTED, **running}


def test_a_finished_run_tells_what_it_did(archive: Archive) -> None:
    run_id = started(archive)
    run = archive.finish_run(run_id, RunState.FAILED, {"new": 3, "error": 1}, NOON + MINUTE, "няма сувязі")
    assert (run.counts, run.error, run.finished_at) == ({"new": 3, "error": 1}, "няма сувязі", NOON + MINUTE)
    assert archive.run(run_id) == run
    assert archive.run(run_id + 1) is None


def test_runs_are_shown_latest_first(archive: Archive) -> None:
    ids = [started(archive, RunKind.FETCH) for _ in range(3)]
    assert [run.id for run in archive.runs(SITE, limit=2)] == [ids[2], ids[1]]
    assert archive.runs("other") == []


def test_a_problem_is_open_once_and_may_come_back(archive: Archive) -> None:
    first = archive.open_problem(SITE, "blocked", "/a", "403", NOON)
    again = archive.open_problem(SITE, "blocked", "/a", "503", NOON + MINUTE)
    other = archive.open_problem(SITE, "blocked", "/b", "403", NOON + MINUTE)
    assert first.id is not None
    assert (again.id, again.opened_at, again.seen_at, again.evidence) == (first.id, NOON, NOON + MINUTE, "503")
    archive.see_problem(first.id, NOON + DAY)
    assert archive.close_problem(first.id, NOON + DAY)
    assert not archive.close_problem(first.id, NOON + 2 * DAY)
    assert archive.problems() == [other]
    (closed,) = [one for one in archive.problems(SITE, open_only=False) if one.closed_at]
    assert (closed.seen_at, closed.closed_at, closed.evidence) == (NOON + DAY, NOON + DAY, "503")
    back = archive.open_problem(SITE, "blocked", "/a", "403", NOON + 2 * DAY)
    assert back.id not in (first.id, other.id)


@pytest.mark.parametrize("subject", ["http://x/" + "ж" * 5000, "http://x/\x00\ud800"], ids=["long", "not text"])
def test_a_problem_may_be_about_any_address(archive: Archive, subject: str) -> None:
    opened = archive.open_problem(SITE, "down", subject, "", NOON)
    assert archive.open_problem(SITE, "down", subject, "", NOON).id == opened.id


def test_what_a_site_has_taught_is_kept_for_the_next_run(archive: Archive) -> None:
    assert archive.learnt(SITE) is None
    archive.keep_learnt(SITE, json.dumps({"template": ["ж"]}))
    archive.keep_learnt("other", "{}")
    assert json.loads(archive.learnt(SITE) or "") == {"template": ["ж"]}


def test_counts(archive: Archive) -> None:
    pages = found(archive, "/a", "/b", "/c")
    run_id = started(archive)
    settled = visit(
        pages[0], run_id, pages=(live(pages[0], next_visit=NOON + DAY),), changes=(change(pages[0], run_id),)
    )
    archive.record([settled])
    archive.open_problem(SITE, "down", "/", "", NOON)
    assert archive.counts(SITE, NOON) == {
        **{"pages": 3, "pages.new": 2, "pages.live": 1},
        **{"versions": 1, "captures": 1, "changes": 1, "problems": 1, "due": 2},
    }
