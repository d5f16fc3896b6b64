"""The frontier: what becomes a page, who gets it, in which order, and at what cost."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from storage.archive import Archive
from storage.frontier import Demand
from storage.records import Alias, HintMark, Page, PageKind, PageState, Revisit, Settlement
from storage.tables import pages
from tests.storage.making import (
    DAY,
    MINUTE,
    NOON,
    SITE,
    address,
    capture,
    discovery,
    found,
    live,
    started,
    version,
    visit,
)
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


def seen(page: Page, **fields: Any) -> Page:
    """A live page that was visited a day before NOON and is due a day after it, unless told otherwise."""
    state: dict[str, Any] = {"page_class": "news", "a": 1, "b": 1, "last_visit": (NOON - DAY).timestamp()}
    state |= {name: fields.pop(name) for name in ("a", "b", "weight", "gone_count", "failure_count") if name in fields}
    return live(page, revisit=Revisit(**state), **fields)


def kept(archive: Archive, *pages: Page) -> None:
    run_id = started(archive)
    archive.record([Settlement(pages=pages, captures=(capture(pages[0], run_id),))])


def test_demand_is_summed_over_the_pages_that_share_the_budget(archive: Archive) -> None:
    assert archive.demand(SITE) == Demand(pages=0, roots=0.0, rates=0.0)
    daily, weighty, gone, alias, _new = found(
        archive, "/daily", "/weighty", "/gone", "/alias", "/new", revisit=Revisit(page_class="news", a=1, b=4)
    )
    kept(
        archive,
        seen(daily),
        seen(weighty, a=2, b=2, weight=4),
        seen(gone, state=PageState.GONE, gone_count=1),
        seen(alias, state=PageState.ALIAS, next_visit=None),
    )
    assert archive.demand(SITE) == Demand(pages=2, roots=3.0, rates=5.0)
    assert archive.demand(SITE, unseen=True) == Demand(pages=3, roots=3.5, rates=5.25)


def test_a_feed_shares_the_budget_and_is_made_due_though_it_has_no_text(archive: Archive) -> None:
    (feed,) = found(archive, "/rss.xml", kind=PageKind.FEED)
    kept(archive, seen(feed, state=PageState.NEW, version=None))
    assert archive.demand(SITE).pages == 1
    assert archive.make_due(SITE, NOON) == 1


def test_early_claims_take_pages_past_half_their_interval_the_earliest_first(archive: Archive) -> None:
    later, sooner, young, gone, failing, due, leased = found(
        archive, "/later", "/sooner", "/young", "/gone", "/failing", "/due", "/leased"
    )
    archive.claim_these([leased.id], NOON)
    kept(
        archive,
        seen(later, next_visit=NOON + DAY),
        seen(sooner, next_visit=NOON + DAY / 2),
        seen(young, next_visit=NOON + DAY * 1.1),
        seen(gone, state=PageState.GONE, gone_count=1),
        seen(failing, failure_count=1),
        seen(due, next_visit=NOON),
    )
    archive.claim_these([leased.id], NOON)
    assert archive.may_come_early(SITE, NOON)
    assert [page.id for page in archive.claim_early(SITE, NOON, 1)] == [sooner.id]
    assert [page.id for page in archive.claim_early(SITE, NOON, 9)] == [later.id]
    assert archive.claim_early(SITE, NOON, 9) == []
    assert not archive.may_come_early(SITE, NOON)


def test_pages_on_a_ladder_can_be_claimed_by_themselves(archive: Archive) -> None:
    gone, failing, live_one, waiting = found(archive, "/gone", "/failing", "/live", "/waiting")
    kept(
        archive,
        seen(gone, state=PageState.GONE, gone_count=2, next_visit=NOON),
        seen(failing, failure_count=1, next_visit=NOON - MINUTE),
        seen(live_one, next_visit=NOON),
        seen(waiting, gone_count=1),
    )
    assert [page.id for page in archive.claim_ladder(SITE, NOON, 9)] == [failing.id, gone.id]
    assert archive.claim_ladder(SITE, NOON, 9) == []


def test_claims_of_the_best_priorities_alone(archive: Archive) -> None:
    found(archive, "/article", priority=2)
    (first_list,) = found(archive, "/news", priority=1)
    assert [page.id for page in archive.claim_due(SITE, NOON, 9, below=2)] == [first_list.id]


def test_these_pages_are_claimed_if_they_are_due_and_free(archive: Archive) -> None:
    due, later, taken = found(archive, "/due", "/later", "/taken")
    kept(archive, seen(later))
    archive.claim_these([taken.id], NOON)
    assert [page.id for page in archive.claim_these([due.id, later.id, taken.id], NOON)] == [due.id]


def test_the_visits_that_come_next_are_told_over_all_priorities(archive: Archive) -> None:
    found(archive, "/late", priority=0, next_visit=NOON + DAY)
    found(archive, "/soon", priority=7, next_visit=NOON + MINUTE)
    found(archive, "/now", priority=3)
    assert [page.url for page in archive.upcoming(SITE, 2)] == [address("/now"), address("/soon")]


def test_what_is_named_is_found_by_any_of_its_addresses(archive: Archive) -> None:
    page, other = found(archive, "/page", "/other")
    kept(archive, seen(page), live(other, state=PageState.ALIAS, alias_of=page.id, next_visit=None))
    archive.record(
        [Settlement(pages=(), captures=(), aliases=(Alias(url=address("/node/7"), page_id=page.id, how="x"),))]
    )
    named = archive.named(SITE, [address(path) for path in ("/page", "/other", "/node/7", "/unknown")])
    assert {url: one.page_id for url, one in named.items()} == dict.fromkeys(
        [address("/page"), address("/other"), address("/node/7")], page.id
    )
    assert named[address("/page")].revisit == seen(page).revisit


def test_a_hint_is_kept_beside_the_visits_and_brings_a_page_forward_only(archive: Archive) -> None:
    page, busy = found(archive, "/page", "/busy")
    kept(archive, seen(page), seen(busy, next_visit=NOON))
    marks = tuple(HintMark(page_id=one.id, modified=5.0, read=6.0, due=NOON + MINUTE) for one in (page, busy))
    archive.record([Settlement(pages=(), captures=(), hints=marks)])
    first, second = archive.page(SITE, page.url), archive.page(SITE, busy.url)
    assert first is not None
    assert second is not None
    assert (first.hint_modified, first.hint_read, first.next_visit) == (5.0, 6.0, NOON + MINUTE)
    assert second.next_visit == NOON
    kept(archive, seen(page))  # a visit that was under way when the hint was read
    again = archive.page(SITE, page.url)
    assert again is not None
    assert (again.hint_modified, again.hint_read) == (5.0, 6.0)


def test_hints_are_confirmed_by_edits_that_were_found_since(archive: Archive) -> None:
    hinted, silent, before, first = found(archive, "/hinted", "/silent", "/before", "/first")
    run_id = started(archive)
    for page, number, at in ((hinted, 2, 1), (silent, 2, 1), (before, 2, -1), (first, 1, 1)):
        one = version(page, number, first_seen=NOON + at * MINUTE, text=page.url)
        archive.record([Settlement(pages=(live(page, number),), captures=(capture(page, run_id),), versions=(one,))])
    marks = tuple(HintMark(page_id=one.id, modified=NOON.timestamp(), read=None) for one in (hinted, before, first))
    archive.record([Settlement(pages=(), captures=(), hints=marks)])
    assert archive.confirmed([one.id for one in (hinted, silent, before, first)], NOON) == 1
    assert archive.confirmed([], NOON) == 0


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
