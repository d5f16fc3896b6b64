"""The frontier: what becomes a page, who gets it, in which order, and at what cost."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from storage.archive import Archive
from storage.records import Alias, PageState, Revisit, Settlement
from storage.tables import pages
from tests.storage.making import DAY, MINUTE, NOON, SITE, address, capture, discovery, found, live, started, visit
from tests.storage.plans import explained

ROOT = Path(__file__).parents[2]


def test_only_unknown_addresses_become_pages(archive: Archive) -> None:
    assert archive.discover([discovery("/a"), discovery("/b"), discovery("/a")]) == 2
    assert archive.discover([discovery("/b"), discovery("/c")]) == 1
    assert archive.discover([discovery("/c", site="other")]) == 1
    assert archive.discover([]) == 0
    assert [page.url for page in archive.pages(SITE)] == [address(path) for path in ("/a", "/b", "/c")]


def test_an_alias_never_becomes_a_page(archive: Archive) -> None:
    (page,) = found(archive, "/node")
    alias = Alias(url=address("/node/7"), page_id=page.id, how="shortlink")
    archive.record([visit(page, started(archive), aliases=(alias,))])
    assert archive.discover([discovery("/node/7")]) == 0
    assert archive.counts(SITE)["pages"] == 1


@pytest.mark.parametrize(
    ("again", "priority", "depth"),
    [
        pytest.param({"priority": 2, "depth": 9}, 2, 3, id="better priority"),
        pytest.param({"priority": 9, "depth": 1}, 5, 1, id="fewer clicks"),
        pytest.param({"priority": 9, "depth": 9}, 5, 3, id="worse in both"),
    ],
)
def test_a_page_never_visited_takes_over_what_is_better(
    archive: Archive, again: dict[str, int], priority: int, depth: int
) -> None:
    archive.discover([discovery("/a", priority=5, depth=3)])
    assert archive.discover([discovery("/a", **again)]) == 0
    page = archive.page(SITE, address("/a"))
    assert page is not None
    assert (page.priority, page.depth) == (priority, depth)


def test_a_visited_page_keeps_its_priority(archive: Archive) -> None:
    (page,) = found(archive, "/a")
    archive.record([visit(page, started(archive))])
    archive.discover([discovery("/a", priority=0)])
    assert archive.pages_by_id([page.id])[page.id].priority == 5


def test_addresses_too_long_for_an_index_are_left_out(archive: Archive) -> None:
    long = discovery("/" + "доўга" * 300)
    assert archive.discover([long, discovery("/a")]) == 1


def test_claims_go_by_priority_then_by_how_long_it_is_due(archive: Archive) -> None:
    archive.discover(
        [
            discovery("/late", priority=5, next_visit=NOON - DAY),
            discovery("/first", priority=1, next_visit=NOON - MINUTE),
            discovery("/tomorrow", priority=0, next_visit=NOON + DAY),
            discovery("/second", priority=1, next_visit=NOON),
            discovery("/elsewhere", site="other", priority=0),
        ]
    )
    assert _paths(archive, 2) == ["/first", "/second"]
    assert _paths(archive, 9) == ["/late"]
    assert _paths(archive, 9) == []
    assert _paths(archive, 9, now=NOON + DAY) == ["/tomorrow", "/first", "/second", "/late"]  # leases have run out


def test_a_claimed_page_comes_with_all_that_a_visit_needs(archive: Archive) -> None:
    (page,) = found(archive, "/a")
    known = live(page, etag='"x"', body_digest="ab", title="Навіны", next_visit=NOON)
    archive.record([visit(page, started(archive), pages=(known,))])
    assert archive.claim_due(SITE, NOON, 1) == [known]


def test_released_pages_are_due_again_and_others_are_not(archive: Archive) -> None:
    found(archive, "/a", "/b", "/c")
    claimed = archive.claim_due(SITE, NOON, 3)
    archive.release([claimed[0].id])
    assert _paths(archive, 9) == ["/a"]
    archive.release_all("other")
    assert _paths(archive, 9) == []
    archive.release_all(SITE)
    assert _paths(archive, 9) == ["/a", "/b", "/c"]


def test_a_lease_that_ran_out_can_be_claimed_again(archive: Archive) -> None:
    found(archive, "/a")
    archive.claim_due(SITE, NOON, 1, lease_seconds=60)
    assert archive.claim_due(SITE, NOON + MINUTE / 2, 1) == []
    assert len(archive.claim_due(SITE, NOON + MINUTE, 1)) == 1


def test_make_due_takes_pages_that_can_be_visited(archive: Archive) -> None:
    _new, gone, page = found(archive, "/new", "/gone", "/live", next_visit=NOON + DAY)
    run_id = started(archive)
    states = (live(gone, state=PageState.GONE), live(page))
    archive.record([Settlement(pages=(one,), captures=(capture(one, run_id),)) for one in states])
    assert archive.make_due(SITE, NOON) == 2
    assert {one.id for one in archive.claim_due(SITE, NOON, 9)} == {gone.id, page.id}  # a new one waits for its turn


def test_demand_is_summed_over_live_pages(archive: Archive) -> None:
    assert archive.demand(SITE) == 0
    daily, weighty, gone, new = found(archive, "/daily", "/weighty", "/gone", "/new")
    run_id = started(archive)
    states = [
        live(daily, revisit=Revisit(page_class="news", a=1, b=1)),
        live(weighty, revisit=Revisit(page_class="news", a=2, b=2, weight=4)),
        live(gone, state=PageState.GONE, revisit=Revisit(page_class="news", a=1, b=1)),
        replace(new, revisit=Revisit(page_class="news", a=1, b=1)),
    ]
    archive.record([Settlement(pages=tuple(states), captures=(capture(daily, run_id),))])
    assert archive.demand(SITE) == pytest.approx(3.0)


def test_next_due_is_the_earliest_over_all_priorities(archive: Archive) -> None:
    assert archive.next_due(SITE) is None
    found(archive, "/a", priority=1, next_visit=NOON + DAY)
    found(archive, "/b", priority=7, next_visit=NOON + MINUTE)
    assert archive.next_due(SITE) == NOON + MINUTE


@pytest.mark.parametrize("due", [pytest.param("all", id="all due"), pytest.param("few", id="100 due, last in line")])
def test_a_claim_reads_a_range_of_the_index_however_many_pages_there_are(archive: Archive, due: str) -> None:
    """By the query plan, not by the clock: every statement of a claim is an index search without sorting."""
    found(archive, "/seed", priority=9)
    _multiply(archive, 200_000 if archive.engine.dialect.name == "sqlite" else 20_000, due)
    with explained(archive) as plans:
        claimed = archive.claim_due(SITE, NOON, 100)
    assert len(claimed) == 100
    assert plans
    for plan in plans:
        assert "ix_pages_frontier" in plan
        assert "SCAN pages" not in plan
        assert "Seq Scan on pages" not in plan
        assert "TEMP B-TREE" not in plan
        assert "Sort" not in plan


def test_two_processes_never_get_the_same_page(archive: Archive, url: str) -> None:
    archive.discover([discovery(f"/{n}", priority=n % 3) for n in range(600)])
    code = (
        "import json, sys; from storage.archive import Archive; from tests.storage.making import NOON, SITE\n"
        "archive = Archive.open(sys.argv[1]); print(flush=True); sys.stdin.readline(); mine = []\n"
        "while pages := archive.claim_due(SITE, NOON, 7): mine += [page.id for page in pages]\n"
        "print(json.dumps(mine))"
    )
    command = [sys.executable, "-c", code, url]
    workers = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()  # it stands ready: they start together
    claimed = [json.loads(out) for out in _answers(workers)]
    every = [page_id for mine in claimed for page_id in mine]
    assert len(every) == 600
    assert len(set(every)) == 600


def _answers(workers: list["subprocess.Popen[str]"]) -> list[str]:
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
    return [worker.communicate()[0] for worker in workers]


def _paths(archive: Archive, limit: int, now: datetime = NOON) -> list[str]:
    return [page.url.removeprefix(address("")) for page in archive.claim_due(SITE, now, limit)]


def _multiply(archive: Archive, count: int, due: str) -> None:
    """Copies the one page there is; all due, or only a hundred of the last priority."""
    names = ", ".join(f'"{column.name}"' for column in pages.c if column.name not in ("id", "url", "priority"))
    with archive.writing() as connection:
        connection.execute(
            text(
                f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
                f"INSERT INTO pages (url, priority, {names}) SELECT url || i, i % 8, {names} FROM pages, n"
            )
        )
        if due == "few":
            last = select(pages.c.id).where(pages.c.priority == 7).limit(100)
            connection.execute(update(pages).where(pages.c.id.not_in(last)).values(next_visit=NOON + DAY))
    with archive.writing() as connection:
        connection.execute(text("ANALYZE"))
