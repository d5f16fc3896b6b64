"""The captures behind a change, on both databases."""

from storage.archive import Archive
from storage.records import Outcome, Settlement
from tests.storage.making import DAY, NOON, capture, found, started


def test_the_captures_of_pages_in_some_time(archive: Archive) -> None:
    one, other = found(archive, "/a", "/b")
    run_id, later = started(archive), started(archive)
    made = [capture(one, run_id, fetched_at=NOON + day * DAY) for day in range(4)]
    made.append(capture(other, later, fetched_at=NOON + 9 * DAY, outcome=Outcome.GONE))
    archive.record([Settlement(pages=(), captures=tuple(made))])
    first, second, third, fourth, elsewhere = (one.id or 0 for one in archive.captures())

    def ids(*pages: int, **asked: object) -> list[int]:
        return [found.id or 0 for found in archive.looks(pages, **asked)]  # type: ignore[arg-type]

    assert ids(one.id) == [fourth, third, second, first]
    assert ids(one.id, since=NOON + DAY, until=NOON + 2 * DAY) == [third, second]
    assert ids(one.id, limit=1) == [fourth]
    assert ids(one.id, limit=1, also=[first, fourth]) == [fourth, first]
    assert ids(one.id, other.id, since=NOON, until=NOON, run_id=later) == [elsewhere, first]
    assert ids(one.id, since=NOON, until=NOON, run_id=later) == [first]
    assert ids() == []
