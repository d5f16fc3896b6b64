"""The change queue on both databases: what a filter keeps, its order, its pages, its counts, its neighbours."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from crawler.core.query import parsed
from crawler.search import bring_up_to_date
from storage.archive import Archive
from storage.records import ChangeKind, What
from storage.records_queue import ChangeFilter, Cursor, Order
from storage.records_review import NoiseRule, ReviewState
from storage.said import Said
from tests.storage.making import DAY, NOON, SITE, change, found, started, version, visit
from tests.storage.plans import explained


def told(archive: Archive, *changes: dict[str, Any], site: str = SITE) -> list[int]:
    """A change each, of a page each, a day apart; their ids."""
    archive_run = archive.begin_run(site, kind=_crawl(), now=NOON).id
    pages = found(archive, *(f"/{site}/{n}" for n in range(len(changes))), site=site)
    made = [
        visit(
            page,
            archive_run,
            changes=(change(page, archive_run, **({"first_seen": NOON + n * DAY} | what)),),
        )
        for n, (page, what) in enumerate(zip(pages, changes, strict=True))
    ]
    return [one.id for one in archive.record(made) if one.id is not None]


def _crawl() -> Any:
    from storage.records import RunKind

    return RunKind.CRAWL


def ids(archive: Archive, wanted: ChangeFilter, words: str = "") -> list[int]:
    page = archive.queue(replace(wanted, words=words), stems=parsed(words))
    assert page.total == len(page.rows)
    assert page.next is None
    assert archive.facets(replace(wanted, words=words), stems=parsed(words)).total == page.total
    return [row.change.id for row in page.rows if row.change.id is not None]


FILTERS: dict[str, tuple[ChangeFilter, str]] = {
    "nothing asked": (ChangeFilter(), "4 1 0 2 3"),
    "by time": (ChangeFilter(order=Order.TIME), "4 3 2 1 0"),
    "site": (ChangeFilter(site=SITE), "4 1 0 2 3"),
    "another site": (ChangeFilter(site="elsewhere"), ""),
    "section": (ChangeFilter(section="тарифы"), "1 0"),
    "kinds": (ChangeFilter(kinds=(ChangeKind.ADDED, ChangeKind.REMOVED)), "4 2"),
    "languages": (ChangeFilter(languages=("ru",)), "3"),
    "any of the parts": (ChangeFilter(what=(What.NUMBERS, What.LINKS)), "1 3"),
    "a person's significance wins": (ChangeFilter(min_significance=0.5), "4 1"),
    "new ones": (ChangeFilter(states=(ReviewState.NEW,)), "0 2 3"),
    "decided ones": (ChangeFilter(states=(ReviewState.CONFIRMED, ReviewState.TRIAGED)), "4 1"),
    "somebody's": (ChangeFilter(assignee="anna"), "4"),
    "nobody's": (ChangeFilter(assignee=""), "1 0 2 3"),
    "since": (ChangeFilter(since=NOON + 3 * DAY), "4 3"),
    "until": (ChangeFilter(until=NOON + DAY), "0"),
    "formatting too": (ChangeFilter(include_formatting=True), "4 1 0 5 2 3"),
    "formatting by name": (ChangeFilter(what=(What.FORMATTING,)), "5"),
    "hidden by a rule too": (ChangeFilter(hidden=True), "4 6 1 0 2 3"),
    "conditions together": (ChangeFilter(section="тарифы", what=(What.NUMBERS,), min_significance=0.6), "1"),
}


@pytest.fixture
def queued(archive: Archive) -> tuple[Archive, Sequence[int]]:
    """0..4 are shown; 5 is of formatting only, 6 hidden by a rule."""
    made = told(
        archive,
        {"significance": 0.4, "section": "тарифы"},
        {"significance": 0.2, "section": "тарифы", "what": (What.TEXT, What.NUMBERS)},
        {"significance": 0.2, "kind": ChangeKind.ADDED},
        {"significance": 0.1, "language": "ru", "what": (What.LINKS,)},
        {"significance": 0.9, "kind": ChangeKind.REMOVED},
        {"significance": 0.3, "what": (What.FORMATTING,)},
        {"significance": 0.8},
    )
    archive.decide([made[1]], state=ReviewState.TRIAGED, significance=0.7, actor="anna", now=NOON)
    archive.decide([made[4]], state=ReviewState.CONFIRMED, assignee="anna", actor="anna", now=NOON)
    rule = archive.add_rule(
        NoiseRule(site=SITE, what=("text",), reason="лічыльнік", created_at=NOON, created_by="anna")
    )
    assert rule.id is not None
    archive.hide(rule.id, [made[6]], now=NOON)
    return archive, made


@pytest.mark.parametrize(("wanted", "expected"), FILTERS.values(), ids=FILTERS)
def test_what_a_filter_keeps(queued: tuple[Archive, Sequence[int]], wanted: ChangeFilter, expected: str) -> None:
    archive, made = queued
    assert ids(archive, wanted) == [made[int(place)] for place in expected.split()]


def test_words_are_looked_for_in_what_a_sentence_says_not_in_what_it_was_made_of(archive: Archive) -> None:
    (made,) = told(archive, {"summary": Said("gone: the server answered {status}", status=404)})
    assert ids(archive, ChangeFilter(), "answered 404") == [made]
    assert ids(archive, ChangeFilter(), "status") == []


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize(("wanted", "_"), FILTERS.values(), ids=FILTERS)
def test_a_list_is_the_queue_with_its_counts(
    queued: tuple[Archive, Sequence[int]], wanted: ChangeFilter, _: str, order: Order
) -> None:
    archive, _ = queued
    wanted, cursor = replace(wanted, order=order), None
    for _ in range(4):
        page = archive.queue(wanted, after=cursor, limit=2)
        assert archive.listing(wanted, after=cursor, limit=2) == (page, archive.facets(wanted))
        cursor = page.next or cursor


def test_a_page_of_its_own(queued: tuple[Archive, Sequence[int]]) -> None:
    archive, made = queued
    row = archive.queue_row(made[1])
    assert row is not None
    assert (row.significance, row.review.state, row.change.significance) == (0.7, ReviewState.TRIAGED, 0.2)
    assert ids(archive, ChangeFilter(page_id=row.change.page_id)) == [made[1]]
    assert archive.queue_row(10**9) is None


def test_counts_of_each_value_hold_the_other_conditions(queued: tuple[Archive, Sequence[int]]) -> None:
    archive, _ = queued
    facets = archive.facets(ChangeFilter(section="тарифы", kinds=(ChangeKind.EDITED,)))
    assert facets.total == 2
    assert facets.sections == {"тарифы": 2, None: 1}  # edited ones in every section
    assert facets.kinds == {"edited": 2}  # of every kind in the section
    assert facets.states == {"new": 1, "triaged": 1}
    assert facets.sites == {SITE: 2}
    assert archive.facets(ChangeFilter()).kinds == {"edited": 3, "added": 1, "removed": 1}


@pytest.mark.parametrize("order", Order)
def test_the_pages_of_the_queue_follow_each_other_without_a_gap(archive: Archive, order: Order) -> None:
    made = told(archive, *({"significance": (n * 7 % 5) / 4, "first_seen": NOON + (n % 9) * DAY} for n in range(43)))
    seen: list[int] = []
    cursor: Cursor | None = None
    while True:
        page = archive.queue(ChangeFilter(order=order), after=cursor, limit=10)
        assert page.total == 43
        seen += [row.change.id for row in page.rows if row.change.id is not None]
        cursor = page.next
        if cursor is None:
            break
    assert len(seen) == 43
    assert set(seen) == set(made)
    values = {row.change.id: row for row in archive.queue(ChangeFilter(), limit=100).rows}
    keys = [(values[i].significance if order is Order.SIGNIFICANCE else values[i].change.first_seen, i) for i in seen]
    assert keys == sorted(keys, reverse=True)


def test_a_site_wide_event_is_one_row(archive: Archive) -> None:
    made = told(archive, *({"summary": str(n)} for n in range(5)))
    lead = archive.change(made[0])
    assert lead is not None
    event = archive.group_changes(lead.run_id, replace(lead, id=None, summary="новы тэлефон"), made[:4])
    page = archive.queue(ChangeFilter(order=Order.TIME))
    assert {row.change.id: row.group for row in page.rows} == {made[4]: 1, event.id: 4}


def test_words_are_looked_for_in_the_change_and_in_the_versions_at_its_ends(archive: Archive) -> None:
    (page, other, third) = found(archive, "/tarify-2026", "/b", "/c")
    run_id = started(archive)
    archive.record([visit(page, run_id, text="Пошлина за письмо")])
    edited = version(page, 2, text="Сбор за письмо")
    archive.record([visit(page, run_id, 2, versions=(edited,), changes=(change(page, run_id, title="Почта"),))])
    archive.record([visit(other, run_id, changes=(change(other, run_id, title="Иное", summary="«Письма» edited"),))])
    archive.record([visit(third, run_id, changes=(change(third, run_id, to_version=9, from_version=None),))])
    bring_up_to_date(archive)
    first, second, _ = (row.change.id for row in reversed(archive.queue(ChangeFilter()).rows))
    assert ids(archive, ChangeFilter(), "пошлины") == [first]  # in the version before
    assert ids(archive, ChangeFilter(), "сборы") == [first]  # in the version after
    assert ids(archive, ChangeFilter(), "ПОЧТА") == [first]  # in the title, in any case
    assert ids(archive, ChangeFilter(), "tarify-2026") == [first]  # in the address
    assert ids(archive, ChangeFilter(), "письма") == [second, first]
    assert ids(archive, ChangeFilter(), "100%") == []
    assert ids(archive, ChangeFilter(), "нигде") == []


def test_neighbours_on_the_page_and_in_the_queue(archive: Archive) -> None:
    (page, other) = found(archive, "/a", "/b")
    run_id = started(archive)
    weights = [0.2, 0.9, 0.5]
    made = [
        archive.record(
            [visit(page, run_id, n, changes=(change(page, run_id, first_seen=NOON + n * DAY, to_version=n,
                                                    from_version=n - 1, significance=weights[n - 2]),))]
        )[0].id
        for n in (2, 3, 4)
    ]  # fmt: skip
    (elsewhere,) = archive.record([visit(other, run_id, changes=(change(other, run_id, significance=0.6),))])
    first, second, third = made
    assert second is not None
    around = archive.neighbours(second, ChangeFilter())
    assert (around.page_before, around.page_after) == (first, third)
    assert (around.queue_before, around.queue_after) == (None, elsewhere.id)
    assert third is not None
    around = archive.neighbours(third, ChangeFilter(page_id=page.id))
    assert (around.queue_before, around.queue_after) == (second, first)
    assert archive.neighbours(third).queue_after is None
    assert archive.neighbours(10**9).page_before is None


def test_the_queue_is_filtered_and_sorted_in_the_index_alone(archive: Archive) -> None:
    told(archive, *({"significance": n / 700} for n in range(700)))
    with archive.writing() as connection:
        connection.execute(text("ANALYZE"))
    if archive.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL reads so small a table whole, whatever indexes there are")
    with explained(archive) as plans:
        archive.queue(ChangeFilter(section="тарифы", states=(ReviewState.NEW,)))
        archive.facets(ChangeFilter())
    scans = [line for plan in plans for line in plan.splitlines() if "SCAN changes" in line]
    assert scans
    assert all("COVERING INDEX" in line for line in scans)
