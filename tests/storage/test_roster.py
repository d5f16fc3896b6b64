"""Lists that people leaf through, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.archive import Archive
from storage.records import (
    ChangeKind,
    Document,
    Extractor,
    Outcome,
    PageKind,
    PageState,
    RunKind,
    RunState,
    Settlement,
)
from storage.records_outbox import DeliveryKind, DeliveryState, Subscription
from storage.records_roster import Asked, Count
from storage.roster import NO_SECTION
from tests.storage.making import DAY, NOON, SITE, address, capture, change, found, live, started, version


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param({}, ["/news/1", "/docs/2", "/old", "/other"], id="everything of the site"),
        pytest.param({"section": "news"}, ["/news/1"], id="a section"),
        pytest.param({"section": NO_SECTION}, ["/old", "/other"], id="no section"),
        pytest.param({"kinds": (PageKind.DOCUMENT,)}, ["/docs/2"], id="a kind"),
        pytest.param({"states": (PageState.GONE,)}, ["/old"], id="a state"),
        pytest.param({"languages": ("be",)}, ["/docs/2"], id="a language"),
        pytest.param({"words": "NEWS"}, ["/news/1"], id="words of the address in any case"),
        pytest.param({"words": "тарифы услуги"}, ["/docs/2"], id="words of the title in small letters"),
        pytest.param({"words": "100%"}, [], id="a sign of LIKE is a sign"),
    ],
)
def test_pages_are_listed_by_what_is_asked(archive: Archive, asked: dict[str, object], expected: list[str]) -> None:
    (news,) = found(archive, "/news/1", section="news")
    (document,) = found(archive, "/docs/2", section="docs", kind=PageKind.DOCUMENT)
    gone, other = found(archive, "/old", "/other")
    run_id = started(archive)
    stand = [
        live(news, 1, title="Первая новость", language="ru"),
        live(document, 1, title="Тарифы на Услуги", language="be"),
        replace(live(gone, 1, language="ru"), state=PageState.GONE),
        live(other, 1, title="1000 рублей"),
    ]
    archive.record([Settlement(pages=tuple(stand), captures=tuple(capture(page, run_id) for page in stand))])
    listed = archive.page_list(Asked(site=SITE, **asked))  # type: ignore[arg-type]
    assert [page.url.removeprefix(address("")) for page in listed] == expected
    assert archive.page_list(Asked(site="other")) == []


def test_pages_are_leafed_through_and_counted(archive: Archive) -> None:
    first, second, third = found(archive, "/1", "/2", "/3", section="news")
    asked = Asked(site=SITE)
    assert [page.id for page in archive.page_list(asked, limit=2)] == [first.id, second.id]
    assert [page.id for page in archive.page_list(asked, after=second.id, limit=2)] == [third.id]
    run_id = started(archive)
    seen = live(first, 1, language="ru")
    archive.record([Settlement(pages=(seen,), captures=(capture(first, run_id),))])
    assert sorted(archive.page_counts(SITE), key=lambda one: one.count) == [
        Count(section="news", kind=PageKind.NEWS, state=PageState.LIVE, language="ru", count=1),
        Count(section="news", kind=PageKind.NEWS, state=PageState.NEW, language=None, count=2),
    ]


def test_pages_of_all_sites_are_counted_at_once(archive: Archive) -> None:
    first, _ = found(archive, "/1", "/2")
    found(archive, "/1", site="other")
    archive.record([Settlement(pages=(live(first, 1),), captures=(capture(first, started(archive)),))])
    assert archive.site_counts() == {SITE: {PageState.LIVE: 1, PageState.NEW: 1}, "other": {PageState.NEW: 1}}


def test_runs_are_leafed_through(archive: Archive) -> None:
    crawl, fetch, again = started(archive), started(archive, RunKind.FETCH), started(archive)
    archive.finish_run(crawl, RunState.FAILED, {"error": 1}, NOON)
    assert [run.id for run in archive.run_list(limit=2)] == [again, fetch]
    assert [run.id for run in archive.run_list(before=fetch)] == [crawl]
    assert [run.id for run in archive.run_list(kind="fetch")] == [fetch]
    assert [run.id for run in archive.run_list(site=SITE, state="failed")] == [crawl]
    assert archive.run_list(site="other") == []


def test_failures_of_a_run_are_told_with_their_reason(archive: Archive) -> None:
    (page,) = found(archive, "/a")
    run_id, other = started(archive), started(archive, RunKind.FETCH)
    captures = (
        capture(page, run_id, outcome=Outcome.ERROR, error="the server closed the connection", status=None),
        capture(page, run_id, outcome=Outcome.UNCHANGED),
        capture(page, run_id, outcome=Outcome.BLOCKED, error="a challenge page", status=403),
        capture(page, other, outcome=Outcome.ERROR, error="another run's"),
    )
    archive.record([Settlement(pages=(), captures=captures)])
    told = archive.failures(run_id)
    assert [(one.outcome, one.error) for one in told] == [
        (Outcome.ERROR, "the server closed the connection"),
        (Outcome.BLOCKED, "a challenge page"),
    ]
    assert archive.failures(run_id, limit=1) == told[:1]
    assert archive.failures(run_id, after=told[0].id or 0) == told[1:]


def test_which_roots_the_latest_texts_were_read_by(archive: Archive) -> None:
    run_id = started(archive)
    roots = ["main", "main", "article", None]
    for index, root in enumerate(roots):
        (page,) = found(archive, f"/{index}")
        extractor = Extractor.PROFILE if root else Extractor.TRAFILATURA
        made = version(page, 1, text=f"text {index}")
        read: Document = replace(made.document, root=root, extractor=extractor)
        archive.record(
            [
                Settlement(
                    pages=(live(page, 1),), captures=(capture(page, run_id),), versions=(replace(made, document=read),)
                )
            ]
        )
    assert archive.roots_lately(SITE) == {("profile", "main"): 2, ("profile", "article"): 1, ("trafilatura", None): 1}
    assert archive.roots_lately(SITE, most=2) == {("profile", "article"): 1, ("trafilatura", None): 1}


def test_messages_are_leafed_through_subscription_by_subscription(archive: Archive) -> None:
    one, other = (
        archive.add_subscription(Subscription(name=name, channel="mailto:a@example.org", created_at=NOON), actor="boss")
        for name in ("one", "other")
    )
    made = [
        archive.owe_message(each, DeliveryKind.TEST, key, {}, NOON, NOON)
        for each, key in ((one, "a"), (other, "b"), (one, "c"))
    ]
    first, second, third = (message.id for message in made if message)
    archive.dead(first, "no such address")
    assert [message.id for message in archive.delivery_list()] == [third, second, first]
    assert [message.id for message in archive.delivery_list(subscriptions=[one.id or 0])] == [third, first]
    assert [message.id for message in archive.delivery_list(state=DeliveryState.DEAD)] == [first]
    assert [message.id for message in archive.delivery_list(before=third, limit=1)] == [second]
    assert archive.delivery_list(subscriptions=[]) == []


def test_visits_lie_in_the_stretches_between_the_edges(archive: Archive) -> None:
    for index, hours in enumerate((-30, -2, -1, 0, 5, 30)):
        found(archive, f"/{index}", next_visit=NOON + timedelta(hours=hours))
    edges = [timedelta(hours=hours) for hours in (-24, -1, 0, 24)]
    assert archive.lateness(SITE, NOON, edges) == [1, 1, 1, 2, 1]
    assert archive.lateness("other", NOON, edges) == [0, 0, 0, 0, 0]


def test_the_change_that_brought_a_version_is_found(archive: Archive) -> None:
    page, document = found(archive, "/page", "/files/order.pdf")
    run_id = started(archive)
    made = version(page, 1)
    added = change(page, run_id, ChangeKind.ADDED, to_version=1)
    edited = change(page, run_id, ChangeKind.EDITED, from_version=1, to_version=2, first_seen=NOON + DAY)
    replaced = replace(
        change(page, run_id, ChangeKind.EDITED, from_version=1, to_version=2, first_seen=NOON + 2 * DAY),
        subject_id=document.id,
        subject_url=document.url,
    )
    settled = Settlement(pages=(live(page, 1),), captures=(capture(page, run_id),), versions=(made,))
    told = Settlement(pages=(), captures=(), changes=(added, edited, replaced))
    archive.record([settled, told], {page.id: [document.url]})
    by_version = {one.to_version: one.id for one in archive.changes() if one.subject_id is None}
    assert archive.brought_by({page.id: 1}) == {page.id: by_version[1]}
    assert archive.brought_by({page.id: 2}) == {page.id: by_version[2]}
    (of_document,) = (one.id for one in archive.changes() if one.subject_id == document.id)
    assert archive.brought_by({document.id: 2}) == {document.id: of_document}
    assert archive.brought_by({page.id: 3}) == {}
    assert archive.brought_by({}) == {}
