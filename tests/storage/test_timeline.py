"""History by date on both databases: what stood when, which language lags, how many changes a day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from storage.archive import Archive
from storage.records import ChangeKind, Outcome, Page, PageKind, PageState, RunKind, RunState, Settlement, What
from tests.storage.making import DAY, NOON, SITE, address, capture, change, found, live, started, version, visit


def seen(archive: Archive, page: Page, run_id: int, number: int, day: int, **fields: object) -> None:
    """A version of that number, first seen so many days after the beginning."""
    at = NOON + day * DAY
    made = version(page, number, text=f"{page.url} {number}", first_seen=at)
    now = live(page, number, last_seen=at, **fields)
    archive.record([Settlement(pages=(now,), captures=(capture(page, run_id, fetched_at=at),), versions=(made,))])


def happened(archive: Archive, page: Page, run_id: int, kind: ChangeKind, day: int) -> None:
    made = change(page, run_id, kind, first_seen=NOON + day * DAY, last_seen=NOON + (day - 1) * DAY)
    archive.record([Settlement(pages=(), captures=(), changes=(made,))])


def test_the_list_of_documents_as_it_stood_on_a_day(archive: Archive) -> None:
    edited, gone, back, late = found(archive, "/edited", "/gone", "/back", "/late", section="документы")
    (other,) = found(archive, "/other", kind=PageKind.DOCUMENT)
    run_id = started(archive)
    for page in (edited, gone, back, other):
        seen(archive, page, run_id, 1, 0)
    seen(archive, edited, run_id, 2, 5)
    seen(archive, late, run_id, 1, 7)
    happened(archive, gone, run_id, ChangeKind.REMOVED, 4)
    happened(archive, back, run_id, ChangeKind.REMOVED, 2)
    happened(archive, back, run_id, ChangeKind.RESTORED, 6)

    def on(day: float, **asked: object) -> dict[str, int]:
        standing = archive.as_on(SITE, NOON + day * DAY, **asked)  # type: ignore[arg-type]
        return {one.url.removeprefix(address("/")): one.version for one in standing}

    assert on(-1) == {}
    assert on(0) == {"edited": 1, "gone": 1, "back": 1, "other": 1}
    assert on(3) == {"edited": 1, "gone": 1, "other": 1}
    assert on(5) == {"edited": 2, "other": 1}
    assert on(9) == {"edited": 2, "back": 1, "late": 1, "other": 1}
    assert on(9, section="документы", limit=2) == {"edited": 2, "back": 1}
    assert on(9, section="документы", after=back.id) == {"late": 1}
    assert on(9, kinds=[PageKind.DOCUMENT]) == {"other": 1}
    assert on(0, languages=["be"]) == {"edited": 1, "gone": 1, "back": 1, "other": 1}
    assert on(0, languages=["ru", "en"]) == {}


def test_versions_are_listed_without_their_texts_and_with_their_last_sight(archive: Archive) -> None:
    (page,) = found(archive, "/a")
    run_id = started(archive)
    seen(archive, page, run_id, 1, 0)
    again = capture(page, run_id, fetched_at=NOON + 3 * DAY, outcome=Outcome.UNCHANGED)
    archive.record([Settlement(pages=(), captures=(again,))])
    seen(archive, page, run_id, 2, 4)
    first, second = archive.versions_of(page.id)
    assert (first.number, first.first_seen, first.last_seen) == (1, NOON, NOON + 3 * DAY)
    assert (second.first_seen, second.last_seen) == (NOON + 4 * DAY, NOON + 4 * DAY)
    assert second.characters == len(f"{page.url} 2")
    assert archive.versions_of(page.id + 1) == []


def test_the_language_that_was_not_edited_lags(archive: Archive) -> None:
    group = address("/node/1")
    russian, belarusian, other = (
        found(archive, path, group=group if path != "/x" else address("/x"))[0] for path in ("/ru/1", "/be/1", "/x")
    )
    run_id = started(archive)
    for page, language in ((russian, "ru"), (belarusian, "be"), (other, "ru")):
        seen(archive, page, run_id, 1, 0, language=language)
    seen(archive, russian, run_id, 2, 3, language="ru")
    ahead, behind = archive.translations(belarusian.id, NOON + 15 * DAY)
    assert (ahead.page_id, ahead.language, ahead.edited_at, ahead.behind) == (russian.id, "ru", NOON + 3 * DAY, None)
    assert (behind.page_id, behind.edited_at, behind.behind) == (belarusian.id, NOON, timedelta(days=12))
    assert [one.page_id for one in archive.translations(other.id, NOON)] == [other.id]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        pytest.param("UTC", {(3, 28): 1, (3, 29): 3, (3, 30): 1}, id="utc"),
        pytest.param("Europe/Minsk", {(3, 28): 1, (3, 29): 2, (3, 30): 2}, id="always three hours ahead"),
        pytest.param("Europe/Warsaw", {(3, 28): 1, (3, 29): 2, (3, 30): 2}, id="clocks put on that night"),
        pytest.param("America/New_York", {(3, 28): 2, (3, 29): 3}, id="behind"),
    ],
)
def test_changes_are_counted_by_the_day_of_the_zone(
    archive: Archive, zone: str, expected: dict[tuple[int, int], int]
) -> None:
    hours = [(28, 12), (29, 0), (29, 12), (29, 22), (30, 0)]
    moments = [datetime(2026, 3, day, hour, 30, tzinfo=UTC) for day, hour in hours]
    pages = found(archive, *(f"/{n}" for n in range(5)))
    run_id = started(archive)
    archive.record(
        [
            visit(page, run_id, changes=(change(page, run_id, first_seen=at, section="тарифы"),))
            for page, at in zip(pages, moments, strict=True)
        ]
    )
    since, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    counted = archive.daily_changes(since, until, ZoneInfo(zone), site=SITE)
    assert counted == {(date(2026, *day), "тарифы"): n for day, n in expected.items()}


def test_what_is_not_told_is_not_counted(archive: Archive) -> None:
    pages = found(archive, "/0", "/1", "/2")
    run_id = started(archive)
    made = archive.record(
        [
            visit(pages[0], run_id, changes=(change(pages[0], run_id, what=(What.FORMATTING,)),)),
            visit(pages[1], run_id, changes=(change(pages[1], run_id),)),
            visit(pages[2], run_id, changes=(change(pages[2], run_id),)),
        ]
    )
    archive.group_changes(run_id, replace(made[1], id=None), [one.id for one in made[1:] if one.id is not None])
    days = archive.daily_changes
    assert days(NOON - DAY, NOON + DAY, UTC) == {(NOON.date(), None): 1}
    assert days(NOON + DAY, NOON + 2 * DAY, UTC) == {}


def test_the_health_of_a_site_at_a_glance(archive: Archive) -> None:
    assert archive.health(SITE, NOON).last_run is None
    first, second, third = found(archive, "/a", "/b", "/c")
    done = archive.begin_run(SITE, RunKind.CRAWL, NOON)
    archive.finish_run(done.id, RunState.DONE, {}, NOON + DAY / 24)
    failed = archive.begin_run(SITE, RunKind.CRAWL, NOON + DAY)
    archive.record([visit(first, failed.id), visit(second, failed.id, pages=(live(second, state=PageState.GONE),))])
    blocked = [capture(third, failed.id, outcome=Outcome.BLOCKED, status=403) for _ in range(2)]
    archive.record([Settlement(pages=(), captures=tuple(blocked))])
    archive.open_problem(SITE, "blocked", "host", "403", NOON)
    health = archive.health(SITE, NOON + 2 * DAY)
    assert health.last_run is not None
    assert (health.last_run.id, health.last_done) == (failed.id, NOON + DAY / 24)
    assert (health.pages, health.gone, health.waiting) == (1, 1, 1)
    assert (health.due, health.latest_due) == (3, NOON)
    assert health.failures == {"blocked": 2}
    assert [problem.kind for problem in health.problems] == ["blocked"]
