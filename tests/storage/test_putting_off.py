"""Messages that wait without an attempt, and who waits for a digest; on both databases."""

from storage.archive import Archive
from storage.records_outbox import DeliveryState
from tests.notify.owing import HOUR, NOON, SECOND, digest, owe, subscribed


def test_put_off_is_no_attempt(archive: Archive) -> None:
    owe(archive, [subscribed(archive, "Тарифы", "mailto:reader@example.org")], ["Першая"])
    (claimed,) = archive.claim_deliveries(NOON, limit=5, lease_seconds=60, hold=0)
    archive.put_off(claimed.id, NOON + HOUR)
    assert archive.claim_deliveries(NOON + HOUR - SECOND, limit=5, lease_seconds=60, hold=0) == []
    (again,) = archive.claim_deliveries(NOON + HOUR, limit=5, lease_seconds=60, hold=0)
    assert (again.key, again.attempts) == (claimed.key, 0)
    archive.sent(again.id, NOON + HOUR)
    archive.put_off(again.id, NOON + 2 * HOUR)  # said too late: it stays sent
    assert [one.state for one in archive.deliveries()] == [DeliveryState.SENT]


def test_who_waits_for_a_digest(archive: Archive) -> None:
    daily, other = (
        digest(archive, "Штодзень", "mailto:a@example.org"),
        digest(archive, "Тыдзень", "mailto:b@example.org"),
    )
    subscribed(archive, "Адразу", "mailto:c@example.org")
    assert archive.waiting_for_digests() == set()
    owe(archive, [daily], ["Першая"])
    assert archive.waiting_for_digests() == {daily.id}
    owe(archive, [other], ["Другая"])
    assert archive.cut_digest(daily, NOON + HOUR, NOON + HOUR, NOON + HOUR, hold=0) is not None
    assert archive.waiting_for_digests() == {other.id}
