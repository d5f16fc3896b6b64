"""Recording visits: whole batches, nothing doubled, nothing lost."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import delete, update

from storage.archive import Archive
from storage.records import (
    Alias,
    Attachment,
    ChangeKind,
    Image,
    Link,
    Outcome,
    Page,
    PageState,
    Revisit,
    Settlement,
    WarcPlace,
)
from storage.tables import captures
from tests.storage.making import (
    DAY,
    MINUTE,
    NOON,
    SITE,
    address,
    capture,
    change,
    discovery,
    document,
    found,
    live,
    started,
    version,
    visit,
)

ROOT = Path(__file__).parents[2]


def test_everything_a_visit_brings_is_read_back_as_it_was(archive: Archive) -> None:
    (page,) = found(archive, "/a")
    run_id = started(archive)
    shown = document(
        "Пра сувязь",
        "Першы абзац.\n\nДругі.",
        links=(Link(url="http://x/?a=1&b=2", text="«так»"),),
        images=(Image(url="http://x/i.png", alt=""),),
        attachments=(Attachment(url="http://x/a.pdf", text="PDF", media_type=None),),
        translations=(("en", "http://x/en"),),
        root="#content",
        agreement=0.75,
        notice="needs_ocr",
        published=None,
    )
    place = WarcPlace(file="a.warc.gz", offset=2**33, length=17)
    sent = capture(page, run_id, warc=place, size=3, elapsed_ms=12, media_type="text/html", digest="ab")
    after = live(
        page,
        address=address("/a?x"),
        etag='W/"1"',
        language="be",
        unconditional_at=NOON,
        revisit=Revisit(page_class="news", last_visit=1.25, a=0.1, burst_at=3.5, gone_count=2),
    )
    archive.record(
        [visit(page, run_id, pages=(after,), captures=(sent,), versions=(version(page, 1, document=shown),))]
    )

    (kept,) = archive.captures(page_id=page.id)
    assert kept == replace(sent, id=kept.id)
    assert archive.versions(page.id) == [version(page, 1, document=shown, capture_id=kept.id)]
    assert archive.page(SITE, page.url) == after


def test_a_version_belongs_to_its_settlements_last_capture(archive: Archive) -> None:
    one, two = found(archive, "/a", "/b")
    run_id = started(archive)
    hops = (
        capture(one, run_id, outcome=Outcome.REDIRECT, status=301),
        capture(one, run_id, fetched_at=NOON + MINUTE),
    )
    archive.record([visit(one, run_id, captures=hops), visit(two, run_id)])
    ids = [kept.id for kept in archive.captures(site=SITE)]
    assert [v.capture_id for page in (one, two) for v in archive.versions(page.id)] == [ids[1], ids[2]]


def test_a_batch_recorded_again_doubles_no_version_and_no_change(archive: Archive) -> None:
    (page,) = found(archive, "/a")
    run_id = started(archive)
    alias = Alias(url=address("/b"), page_id=page.id, how="redirect")
    batch = [visit(page, run_id, changes=(change(page, run_id),), aliases=(alias,), discoveries=(discovery("/c"),))]
    first = archive.record(batch)
    assert [(one.id is not None, one.summary) for one in first] == [(True, "адно слова")]
    assert archive.record(batch) == []
    assert len(archive.versions(page.id)) == 1
    assert archive.changes() == first
    assert archive.aliases([page.id]) == {page.id: [alias]}
    assert archive.counts(SITE)["pages"] == 2


def test_a_page_may_vanish_twice(archive: Archive) -> None:
    (page,) = found(archive, "/a")
    run_id = started(archive)
    removed = change(page, run_id, ChangeKind.REMOVED, from_version=1, to_version=None)
    again = replace(removed, last_seen=NOON + DAY, first_seen=NOON + 2 * DAY)
    for one in (removed, again, again):
        archive.record([Settlement(pages=(), captures=(capture(page, run_id),), changes=(one,))])
    assert [one.last_seen for one in archive.changes()] == [NOON + DAY, NOON - DAY]


def test_two_workers_that_saw_the_same_edit_report_it_once(archive: Archive) -> None:
    (page,) = found(archive, "/a")
    run_id = started(archive)
    late = change(page, run_id, first_seen=NOON + MINUTE)
    archive.record([visit(page, run_id, changes=(change(page, run_id),))])
    archive.record([visit(page, run_id, changes=(late,))])
    assert [one.first_seen for one in archive.changes()] == [NOON]


def test_of_a_stale_visit_only_the_capture_is_kept(archive: Archive) -> None:
    """Two workers got the page, and it was edited in between: the second must not pass its text off as the first's."""
    page, other = found(archive, "/a", "/b")
    run_id = started(archive)
    archive.claim_due(SITE, NOON, 1)
    archive.record([visit(page, run_id, text="раней", pages=(live(page, next_visit=NOON),))])
    stale = visit(page, run_id, text="пазней", changes=(change(page, run_id),), discoveries=(discovery("/c"),))
    assert archive.record([stale, visit(other, run_id)], {page.id: ["http://x/a.pdf"]}) == []
    assert [v.document.text for v in archive.versions(page.id)] == ["раней"]
    assert len(list(archive.captures(page_id=page.id))) == 2
    assert archive.parents(SITE, "http://x/a.pdf") == []
    assert archive.known(SITE, [address("/c")]) == set()
    assert [due.id for due in archive.claim_due(SITE, NOON, 9)] == [page.id]  # for a look at what is there now
    assert len(archive.versions(other.id)) == 1


def test_a_visit_ends_the_lease_of_its_page_only(archive: Archive) -> None:
    page, beside, third = found(archive, "/a", "/b", "/c")
    archive.claim_due(SITE, NOON, 9)
    held = replace(beside, state=PageState.HELD, twin_of=page.id)
    archive.record([visit(page, started(archive), pages=(live(page, next_visit=NOON), held))])
    assert [due.id for due in archive.claim_due(SITE, NOON, 9)] == [page.id]
    assert archive.pages_by_id([beside.id])[beside.id] == held
    assert archive.pages_by_id([third.id])[third.id] == third


def test_an_absorbed_change_is_not_shown(archive: Archive) -> None:
    page, other = found(archive, "/a", "/b")
    run_id = started(archive)
    removed = change(page, run_id, ChangeKind.REMOVED)
    archive.record([visit(page, run_id, changes=(removed, change(page, run_id)))])
    moved = change(page, run_id, ChangeKind.MOVED, moved_to=other.url)
    archive.record([visit(other, run_id, changes=(moved,), absorb=((page.id, ChangeKind.REMOVED),))])
    assert {one.kind for one in archive.changes()} == {ChangeKind.EDITED, ChangeKind.MOVED}


def test_what_an_earlier_run_reported_is_not_absorbed(archive: Archive) -> None:
    page, other = found(archive, "/a", "/b")
    earlier, later = started(archive), started(archive)
    archive.record([visit(page, earlier, changes=(change(page, earlier, ChangeKind.REMOVED),))])
    archive.record([visit(other, later, absorb=((page.id, ChangeKind.REMOVED),))])
    assert [one.kind for one in archive.changes()] == [ChangeKind.REMOVED]


def test_a_never_visited_page_at_an_aliased_address_becomes_an_alias(archive: Archive) -> None:
    page, twin, visited = found(archive, "/a", "/node/1", "/b")
    run_id = started(archive)
    archive.record([visit(visited, run_id)])
    aliases = tuple(Alias(url=one.url, page_id=page.id, how="shortlink") for one in (page, twin, visited))
    archive.record([visit(page, run_id, aliases=aliases)])
    now = archive.pages_by_id([page.id, twin.id, visited.id])
    assert [now[one.id].state for one in (page, twin, visited)] == [PageState.LIVE, PageState.ALIAS, PageState.LIVE]
    assert (now[twin.id].alias_of, now[twin.id].next_visit) == (page.id, None)


def test_an_alias_follows_the_page_that_became_one(archive: Archive) -> None:
    old, new = found(archive, "/old", "/new")
    run_id = started(archive)
    archive.record([visit(old, run_id, aliases=(Alias(url=address("/older"), page_id=old.id, how="redirect"),))])
    moved = replace(live(old), state=PageState.ALIAS, alias_of=new.id, next_visit=None)
    archive.record([visit(new, run_id, pages=(live(new), moved))])
    asked = [address("/older"), address("/old"), address("/new"), address("/none")]
    assert {url: page.id for url, page in archive.pages_by_url(SITE, asked).items()} == dict.fromkeys(asked[:3], new.id)
    assert archive.aliases([new.id]) == {new.id: [Alias(url=address("/older"), page_id=new.id, how="redirect")]}


def test_pages_to_look_at_at_once_are_due_at_the_time_of_the_visit(archive: Archive) -> None:
    page, other = found(archive, "/a", "/b")
    run_id = started(archive)
    archive.record([visit(other, run_id)])
    archive.record([visit(page, run_id, due_now=(other.id,))])
    assert [due.id for due in archive.claim_due(SITE, NOON, 9)] == [other.id]


def test_a_page_that_fails_keeps_its_back_off_whoever_waits_for_it(archive: Archive) -> None:
    page, other = found(archive, "/a", "/b")
    run_id = started(archive)
    later = NOON + timedelta(hours=1)
    failing = replace(other, revisit=replace(other.revisit, failure_count=1), next_visit=later)
    archive.record([visit(other, run_id, pages=(failing,), versions=())])
    archive.record([visit(page, run_id, due_now=(other.id,))])
    assert archive.pages_by_id([other.id])[other.id].next_visit == later


def test_attachments_are_those_of_the_latest_version(archive: Archive) -> None:
    page, other = found(archive, "/a", "/b")
    run_id = started(archive)
    pdf, doc = "http://x/a.pdf", "http://x/b.doc"
    archive.record([visit(page, run_id), visit(other, run_id)], {page.id: [pdf, doc, pdf], other.id: [doc]})
    archive.record([visit(page, run_id, 2, "новы")], {page.id: [pdf, "http://x/" + "a" * 5000]})
    assert [one.id for one in archive.parents(SITE, pdf)] == [page.id]
    assert [one.id for one in archive.parents(SITE, doc)] == [other.id]
    assert archive.parents("other", pdf) == []


HOSTILE = [
    pytest.param("да\x00та", "да\ufffdта", id="NUL"),
    pytest.param("а\ud800б\udfff", "а\ufffdб\ufffd", id="lone surrogates"),
    pytest.param("'; DROP TABLE pages; --", "'; DROP TABLE pages; --", id="SQL"),
    pytest.param("%s %(x)s :x {x} ?", "%s %(x)s :x {x} ?", id="placeholders"),
    pytest.param("\u202eтэкст\u2066", "\u202eтэкст\u2066", id="bidi overrides"),
    pytest.param("😀" * 100_000, "😀" * 100_000, id="astral and long"),
]


@pytest.mark.parametrize(("given", "kept"), HOSTILE)
def test_text_from_anywhere_is_kept(archive: Archive, given: str, kept: str) -> None:
    (page,) = found(archive, "/a")
    run_id = started(archive)
    shown = document(given, given, links=(Link(url="http://x/", text=kept),))
    failed = capture(page, run_id, error=given, redirect_to=given, media_type=given)
    reported = change(page, run_id, title=given, summary=given)
    archive.record(
        [visit(page, run_id, captures=(failed,), versions=(version(page, 1, document=shown),), changes=(reported,))]
    )
    (stored,) = archive.versions(page.id)
    assert (stored.document.title, stored.document.text, stored.document.links[0].text) == (kept, kept, kept)
    assert archive.changes()[0].summary == kept
    assert next(archive.captures(page_id=page.id)).error == kept
    assert list(archive.broken_links(SITE)) == []


def test_a_hostile_address_neither_breaks_a_batch_nor_is_taken_for_another(archive: Archive) -> None:
    (page,) = found(archive, "/a")
    run_id = started(archive)
    long = address("/" + os.urandom(4000).hex())  # does not shrink when compressed
    aliases = (Alias(url=long, page_id=page.id, how="redirect"), Alias(url=address("/b\x00"), page_id=page.id, how="x"))
    archive.record([visit(page, run_id, aliases=aliases, discoveries=(discovery("/" + "x" * 9000),))])
    assert archive.known(SITE, [long, address("/b")]) == set()
    assert len(archive.versions(page.id)) == 1


def test_captures_are_tied_in_a_chain_that_shows_what_was_altered(archive: Archive) -> None:
    (page,) = found(archive, "/a")
    run_id = started(archive)
    place = WarcPlace(file="a.warc.gz", offset=1, length=2)
    for minute in range(3):
        taken = capture(page, run_id, fetched_at=NOON + minute * MINUTE, warc=place, error=None)
        archive.record([Settlement(pages=(page,), captures=(taken, replace(taken, status=None)))])
    assert list(archive.broken_links(SITE)) == []
    ids = [kept.id for kept in archive.captures(site=SITE)]
    with archive.writing() as connection:
        connection.execute(update(captures).where(captures.c.id == ids[2]).values(status=404))
    assert list(archive.broken_links(SITE)) == [ids[2]]
    with archive.writing() as connection:
        connection.execute(delete(captures).where(captures.c.id.in_([ids[2], ids[5]])))
    assert list(archive.broken_links(SITE)) == [ids[3], ids[4]]


def test_an_error_in_a_batch_leaves_nothing_of_it(archive: Archive) -> None:
    page, other = found(archive, "/a", "/b")
    run_id = started(archive)
    nobody = replace(page, id=10**6)
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        archive.record([visit(page, run_id), visit(other, run_id, captures=(capture(nobody, run_id),))])
    assert archive.counts(SITE) == {
        **{"pages": 2, "pages.new": 2},
        **dict.fromkeys(("versions", "captures", "changes", "problems"), 0),
    }


def test_workers_that_record_the_same_pages_in_any_order_wait_for_each_other(archive: Archive) -> None:
    """No deadlock, no error, nothing twice: each finds the same pages, aliases and new addresses, shuffled."""
    pages = found(archive, *(f"/{n}" for n in range(30)))
    run_id = started(archive)

    def work(seed: int) -> int:
        order = Random(seed).sample(pages, len(pages))
        settled = [
            visit(
                page,
                run_id,
                text=page.url,
                changes=(change(page, run_id),),
                aliases=(Alias(url=f"{page.url}/print", page_id=page.id, how="print view"),),
                discoveries=(discovery(f"/new/{page.id}"), discovery(f"/new/{page.id + 1}")),
            )
            for page in order
        ]
        archive.discover([discovery(f"/new/{page.id}", priority=seed % 5) for page in order])
        return len(archive.record(settled))

    with ThreadPoolExecutor(6) as workers:
        assert sum(workers.map(work, range(12))) == 30
    counts = archive.counts(SITE)
    assert (counts["pages"], counts["versions"], counts["changes"], counts["captures"]) == (61, 30, 30, 360)
    assert list(archive.broken_links(SITE)) == []


WRITER = """
import sys
from storage.archive import Archive
from tests.storage.making import SITE, capture, change, found, started, visit
archive = Archive.open(sys.argv[1])
run_id = started(archive)
pages = found(archive, *(f"/{n}" for n in range(20)))
for number in range(1, 10_000):
    changes = {page.id: (change(page, run_id, to_version=number),) for page in pages}
    archive.record([visit(page, run_id, number, f"{number}", changes=changes[page.id]) for page in pages])
    print(number, flush=True)
"""


@pytest.mark.parametrize("after", [1, 4])
def test_killed_while_writing_there_are_whole_batches_only(url: str, after: int) -> None:
    """kill -9 of the writer, most likely in the middle of a batch: what it had said to be done is there."""
    command = [sys.executable, "-c", WRITER, url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        said = [int(writer.stdout.readline()) for _ in range(after)]
        writer.send_signal(signal.SIGKILL)
        said += [int(line) for line in writer.stdout]
    with Archive.open(url) as archive:
        numbers = {len(archive.versions(page.id)) for page in archive.pages(SITE)}
        counts = archive.counts(SITE)
        (number,) = numbers  # the same for all twenty pages of a batch
        assert number in (said[-1], said[-1] + 1)  # the last one may have been committed and not yet announced
        assert counts["versions"] == counts["captures"] == counts["changes"] == 20 * number
        assert {page.version for page in archive.pages(SITE)} == {number}
        assert list(archive.broken_links(SITE)) == []
        page: Page = next(archive.pages(SITE))
        archive.record([visit(page, started(archive), number + 1, "далей")])  # and the next run goes on
        assert len(archive.versions(page.id)) == number + 1
