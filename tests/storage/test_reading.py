"""Reading back: pages under any of their addresses, twins, parents, changes as asked for."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from storage.archive import Archive
from storage.records import Alias, Change, ChangeKind, PageKind, PageState, Settlement, What
from tests.storage.making import (
    DAY,
    MINUTE,
    NOON,
    SITE,
    address,
    capture,
    change,
    digest,
    discovery,
    found,
    live,
    started,
    version,
    visit,
)
from tests.storage.plans import explained


def test_pages_are_streamed_in_order_and_by_what_is_asked(archive: Archive) -> None:
    run_id = started(archive)
    archive.discover([discovery(f"/{n}", section="навіны" if n % 2 else None) for n in range(1203)])
    archive.discover([discovery("/", site="other", kind=PageKind.FEED)])
    every = list(archive.pages())
    assert [page.id for page in every] == sorted(page.id for page in every)
    assert len(every) == 1204
    archive.record([visit(every[5], run_id)])
    assert len(list(archive.pages(SITE))) == 1203
    assert [page.id for page in archive.pages(states=[PageState.LIVE])] == [every[5].id]
    assert [page.site for page in archive.pages(kinds=[PageKind.FEED])] == ["other"]
    assert len(list(archive.pages(section="навіны"))) == 601


def test_a_stream_holds_no_transaction_open(archive: Archive) -> None:
    """A reader that stops halfway must not keep a writer waiting, nor see the archive frozen."""
    archive.discover([discovery(f"/{n}") for n in range(600)])
    stream = archive.pages(SITE)
    next(stream)
    archive.discover([discovery("/later")])
    assert sum(1 for _ in stream) == 600


def test_known_tells_pages_and_aliases_from_strangers(archive: Archive) -> None:
    found(archive, "/a")
    assert archive.known(SITE, [address("/a"), address("/b")]) == {address("/a")}
    assert archive.known("other", [address("/a")]) == set()
    assert archive.known(SITE, (address(f"/{n}") for n in range(2000))) == set()
    assert archive.page(SITE, address("/b")) is None


def test_versions_of_a_page_in_order_and_the_latest_by_the_pages_own_word(archive: Archive) -> None:
    page, other, never = found(archive, "/a", "/b", "/c")
    run_id = started(archive)
    for number in (1, 2, 3):
        archive.record([visit(page, run_id, number, f"рэдакцыя {number}")])
    archive.record([visit(other, run_id)])
    assert [one.number for one in archive.versions(page.id)] == [1, 2, 3]
    latest = archive.latest_versions([page.id, other.id, never.id])
    assert {page_id: one.number for page_id, one in latest.items()} == {page.id: 3, other.id: 1}
    second = archive.version(page.id, 2)
    assert second is not None
    assert second.document.text == "рэдакцыя 2"
    assert archive.version(page.id, 4) is None


def test_single_versions_of_many_pages_are_read_by_index(archive: Archive) -> None:
    pages = found(archive, *(f"/{n}" for n in range(60)))
    run_id = started(archive)
    for number in (1, 2):
        archive.record([visit(page, run_id, number, f"рэдакцыя {number}") for page in pages])
    places = [(page.id, 1 + page.id % 2) for page in pages]
    with explained(archive) as plans:
        read = archive.versions_at([*places, places[0], (pages[0].id, 9), (10**9, 1)])
    assert {place: one.document.text for place, one in read.items()} == {p: f"рэдакцыя {p[1]}" for p in places}
    assert archive.versions_at([]) == {}
    if archive.engine.dialect.name == "sqlite":
        assert not any("SCAN versions" in plan for plan in plans)


def test_all_versions_come_with_their_pages(archive: Archive) -> None:
    pages = found(archive, *(f"/{n}" for n in range(120)))
    (other,) = found(archive, "/other", site="other")
    run_id = started(archive)
    archive.record([visit(page, run_id, text=page.url) for page in [*pages, other]])
    pairs = list(archive.all_versions(SITE))
    assert [(page.id, one.document.text) for page, one in pairs] == [(page.id, page.url) for page in pages]
    assert len(list(archive.all_versions())) == 121


def test_twins_have_the_same_title_and_text_now(archive: Archive) -> None:
    states = [PageState.LIVE, PageState.HELD, PageState.GONE, PageState.EXCLUDED]
    kept = found(archive, *(f"/{state}" for state in states))
    (elsewhere,) = found(archive, "/x", site="other")
    edited, titled = found(archive, "/edited", "/titled")
    run_id = started(archive)
    archive.record([visit(page, run_id, pages=(live(page, state=s),)) for page, s in zip(kept, states, strict=True)])
    archive.record([visit(elsewhere, run_id), visit(edited, run_id)])
    archive.record([visit(edited, run_id, 2, "іншы")])
    archive.record([visit(titled, run_id, versions=(version(titled, 1, title="Іншы"),))])
    key = (digest("Тэкст"), digest("Тытул"))
    twins = archive.twins(SITE, [key, (digest("няма"), digest("нідзе"))])
    assert {found: [page.id for page in pages] for found, pages in twins.items()} == {
        key: [page.id for page in kept[:3]]
    }


def test_held_pages_wait_for_the_page_that_they_may_be(archive: Archive) -> None:
    old, new, settled, other = found(archive, "/old", "/new", "/settled", "/other")
    run_id = started(archive)
    held = live(new, state=PageState.HELD, twin_of=old.id)
    done = live(settled, twin_of=old.id)
    archive.record([visit(new, run_id, pages=(held,)), visit(settled, run_id, pages=(done,))])
    assert archive.held([old.id, other.id]) == {old.id: [held]}


def _reported(archive: Archive, *changes: dict[str, Any]) -> list[Change]:
    run_id = started(archive)
    pages = found(archive, *(f"/{n}" for n in range(len(changes))))
    return archive.record(
        [
            visit(page, run_id, changes=(change(page, run_id, **what),))
            for page, what in zip(pages, changes, strict=True)
        ]
    )


SAMPLES: list[dict[str, Any]] = [
    {"summary": "old", "first_seen": NOON - DAY, "significance": 0.9},
    {"summary": "links", "what": (What.LINKS, What.FORMATTING), "significance": 0.2},
    {"summary": "form", "what": (What.FORMATTING,), "significance": 0.0},
    {"summary": "gone", "kind": ChangeKind.REMOVED, "what": (), "first_seen": NOON + MINUTE},
]


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        pytest.param({}, ["gone", "links", "old"], id="newest first, formatting left out"),
        pytest.param({"include_formatting": True}, ["gone", "form", "links", "old"], id="formatting asked for"),
        pytest.param({"since": NOON}, ["gone", "links"], id="since is within"),
        pytest.param({"until": NOON}, ["old"], id="until is not"),
        pytest.param({"kinds": [ChangeKind.REMOVED, ChangeKind.MOVED]}, ["gone"], id="kinds"),
        pytest.param({"min_significance": 0.5}, ["gone", "old"], id="significance"),
        pytest.param({"what": [What.LINKS, What.TITLE]}, ["links"], id="any of the parts"),
        pytest.param({"what": [What.FORMATTING], "include_formatting": True}, ["form", "links"], id="a part of it"),
        pytest.param({"limit": 1}, ["gone"], id="limit"),
        pytest.param({"site": "other"}, [], id="another site"),
        pytest.param({"run_id": 99}, [], id="another run"),
    ],
)
def test_changes_as_asked_for(archive: Archive, asked: dict[str, Any], shown: Sequence[str]) -> None:
    _reported(archive, *SAMPLES)
    assert [one.summary for one in archive.changes(**asked)] == shown


def test_a_change_is_read_back_as_it_was(archive: Archive) -> None:
    page, pdf = found(archive, "/a", "/a.pdf")
    told = change(
        page,
        started(archive),
        section="дакументы",
        language="be",
        what=(What.TEXT, What.ATTACHMENTS),
        last_seen=None,
        subject_id=pdf.id,
        subject_url=pdf.url,
        moved_to=address("/b"),
        count=3,
    )
    (kept,) = archive.record([visit(page, told.run_id, changes=(told,))])
    assert kept.id is not None
    assert archive.change(kept.id) == kept == replace(told, id=kept.id)
    assert archive.change(kept.id + 1) is None


def test_parts_of_a_site_wide_event_are_told_by_their_lead(archive: Archive) -> None:
    members = _reported(archive, *[{"summary": f"{n}"} for n in range(700)])
    ids = [one.id for one in members if one.id is not None]
    lead = replace(members[0], id=None, summary="новы нумар тэлефона на 700 старонках", significance=0.8)
    event = archive.group_changes(lead.run_id, lead, ids)
    assert event.count == 700
    assert archive.changes() == [event]
    assert {one.id for one in archive.changes(group_id=event.id)} == set(ids)
    assert len(archive.changes(include_members=True)) == 701
    assert archive.group_changes(lead.run_id, lead, ids) == event  # told again, it is the same one
    assert archive.changes() == [event]


def test_captures_by_page_by_run_and_by_site(archive: Archive) -> None:
    page, other = found(archive, "/a", "/b")
    first, second = started(archive), started(archive)
    many = tuple(capture(page, first, fetched_at=NOON + n * MINUTE) for n in range(501))
    archive.record([Settlement(pages=(), captures=many)])
    archive.record([Settlement(pages=(), captures=(capture(other, second),))])
    times: list[datetime] = [kept.fetched_at for kept in archive.captures(page_id=page.id)]
    assert times == sorted(times)
    assert len(times) == 501
    assert [kept.page_id for kept in archive.captures(run_id=second)] == [other.id]
    assert sum(1 for _ in archive.captures(site=SITE)) == 502
    last = list(archive.captures(site=SITE))[-1]
    assert last.id is not None
    assert archive.capture(last.id) == last


QUESTIONS: dict[str, Callable[[Archive], object]] = {
    "page": lambda archive: archive.page(SITE, address("/7")),
    "known": lambda archive: archive.known(SITE, [address("/7"), address("/x")]),
    "twins": lambda archive: archive.twins(SITE, [(digest("Тэкст"), digest("Тытул")), (digest("а"), digest("б"))]),
    "parents": lambda archive: archive.parents(SITE, "http://x/7.pdf"),
    "held": lambda archive: archive.held([7, 8]),
    "latest versions": lambda archive: archive.latest_versions([7]),
    "versions": lambda archive: archive.versions(7),
    "aliases": lambda archive: archive.aliases([7]),
    "captures": lambda archive: list(archive.captures(page_id=7)),
    "changes": lambda archive: archive.changes(site=SITE, since=NOON, until=NOON + DAY, limit=20),
}


def test_no_question_about_a_few_rows_reads_a_whole_table(archive: Archive) -> None:
    pages = found(archive, *(f"/{n}" for n in range(2000)))
    run_id = started(archive)
    batch = [
        visit(
            page,
            run_id,
            text=page.url,
            changes=(change(page, run_id, first_seen=NOON + page.id * DAY),),
            aliases=(Alias(url=f"{page.url}/print", page_id=page.id, how="print view"),),
        )
        for page in pages
    ]
    archive.record(batch, {page.id: [f"http://x/{page.id}.pdf"] for page in pages})
    with archive.writing() as connection:
        connection.execute(text("ANALYZE"))
    reading_all: dict[str, str] = {}
    for question, ask in QUESTIONS.items():
        with explained(archive) as plans:
            ask(archive)
        assert plans
        reading_all.update((question, plan) for plan in plans if _WHOLE_TABLE.search(plan))
    assert reading_all == {}


_WHOLE_TABLE = re.compile(r"(SCAN|Seq Scan on) (pages|versions|captures|changes|attachments|aliases)\b")
