"""The picture of a page's life: where versions, absences and blind times stand on it."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from crawler.core.report.lifeline import WIDTH, Span, absences, blind_spans, lifeline
from storage.records import Change, ChangeKind, PageKind, Problem

START = datetime(2026, 3, 1, tzinfo=UTC)
MINSK = ZoneInfo("Europe/Minsk")


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def change(kind: ChangeKind, at: float) -> Change:
    return Change(
        site="mpt", page_id=1, url="https://mpt.example/1", kind=kind, title="", page_kind=PageKind.NEWS,
        last_seen=None, first_seen=day(at), significance=0.5, summary="", run_id=1,
    )  # fmt: skip


def test_places_are_shares_of_the_time() -> None:
    found = lifeline([(1, day(0), False), (2, day(50), True)], gone=(), blind=(), now=day(100), zone=MINSK)
    assert found is not None
    assert [(tick.number, tick.x, tick.upgrade) for tick in found.versions] == [(1, 0, False), (2, WIDTH / 2, True)]
    assert [(span.x, span.width) for span in found.here] == [(0, WIDTH)]
    assert 2 <= len(found.dates) <= 8
    assert all(date.at.astimezone(MINSK).hour == 0 for date in found.dates)


def test_absences_part_the_bar() -> None:
    gone = absences([change(ChangeKind.RESTORED, 40), change(ChangeKind.REMOVED, 20), change(ChangeKind.EDITED, 50)])
    assert gone == (Span(kind="gone", since=day(20), until=day(40)),)
    found = lifeline([(1, day(0), False)], gone=gone, blind=(), now=day(100), zone=MINSK)
    assert found is not None
    assert [(span.x, span.width) for span in found.here] == [(0, 144), (288, 432)]
    assert [(span.x, span.width) for span in found.gone] == [(144, 144)]


def test_a_page_that_is_gone_stays_gone() -> None:
    gone = absences([change(ChangeKind.MOVED, 80)])
    found = lifeline([(1, day(0), False)], gone=gone, blind=(), now=day(100), zone=MINSK)
    assert found is not None
    assert (found.gone[0].x, found.gone[0].width, found.gone[0].until) == (576, 144, None)
    assert len(found.here) == 1


def test_a_first_look_that_missed_it_counts_until_a_later_one_decides() -> None:
    assert absences([], day(99)) == (Span(kind="gone", since=day(99), until=None),)


def test_short_blind_times_can_be_seen_and_earlier_ones_are_left_out() -> None:
    def problem(kind: str, since: float, until: float) -> Problem:
        return Problem(
            site="mpt", kind=kind, subject="mpt", evidence="", opened_at=day(since), seen_at=day(until),
            closed_at=day(until),
        )  # fmt: skip

    blind = blind_spans([problem("down", 99.999, 100), problem("blocked", -9, -8), problem("drift", 5, 6)])
    found = lifeline([(1, day(0), False)], gone=(), blind=blind, now=day(100), zone=MINSK)
    assert found is not None
    assert [(span.kind, span.x, span.width) for span in found.blind] == [("down", WIDTH - 2, 2)]


def test_labels_leave_room_for_each_other() -> None:
    found = lifeline([(n, day(n / 10), False) for n in range(1, 50)], gone=(), blind=(), now=day(10), zone=MINSK)
    assert found is not None
    places = [tick.x for tick in found.versions if tick.labelled]
    assert len(found.versions) == 49
    assert min(b - a for a, b in pairwise(places)) >= 26


def test_without_a_version_there_is_no_picture() -> None:
    assert lifeline([], gone=(), blind=(), now=day(1), zone=MINSK) is None
