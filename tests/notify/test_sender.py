"""The sender: everything owed arrives once and in order, through whatever the receivers do."""

import asyncio
import json
from dataclasses import replace
from datetime import datetime

import pytest

from config.settings import Settings
from crawler.notify.digests import last_moment
from crawler.notify.sender import Sent, cut_due_digests, deliver_due
from storage.archive import Archive
from storage.records import Change
from storage.records_outbox import DeliveryKind, DeliveryState
from tests.notify.owing import DAY, HOUR, MINUTE, NOON, SECOND, digest, owe, subscribed
from tests.notify.receivers import Inbox, Receiver

MAIL = "mailto:reader@example.org"


def deliver(archive: Archive, settings: Settings, now: datetime = NOON) -> Sent:
    return asyncio.run(deliver_due(archive, settings, {}, now=now))


def subjects(inbox: Inbox) -> list[str]:
    return [str(mail["Subject"]) for mail in inbox.mails]


def webhook(receiver: Receiver) -> str:
    return f"webhook:{receiver.url}"


def test_mail_server_down_then_up(archive: Archive, settings: Settings, inbox: Inbox) -> None:
    reader = subscribed(archive, "Тарифы", MAIL)
    owe(archive, [reader], ["Першая", "Другая", "Трэцяя"])
    inbox.down()
    assert deliver(archive, settings) == Sent(failed=1)
    assert deliver(archive, settings, NOON + SECOND) == Sent()  # backs off; those behind it wait
    inbox.up()
    assert deliver(archive, settings, NOON + MINUTE) == Sent(sent=3)
    assert subjects(inbox) == ["Edited: Першая", "Edited: Другая", "Edited: Трэцяя"]
    assert archive.outbox_counts() == {DeliveryState.SENT: 3}
    text = inbox.mails[0].get_body(("plain",))
    assert text is not None
    assert "± Плата за линию [-12-] {+15+} рублей." in text.get_content()  # of the versions in the archive


def test_waits_double_until_the_message_is_given_up(archive: Archive, settings: Settings, inbox: Inbox) -> None:
    reader = subscribed(archive, "Тарифы", MAIL)
    owe(archive, [reader], ["Першая"])
    inbox.down()
    settings = settings.model_copy(update={"delivery": settings.delivery.model_copy(update={"give_up": 86400.0})})
    now, waits = NOON, list[float]()
    while (head := archive.deliveries()[0]).state is DeliveryState.PENDING:
        waits.append((head.not_before - now).total_seconds())
        now = max(now, head.not_before)
        deliver(archive, settings, now)
    assert waits[:9] == [0, 30, 60, 120, 240, 480, 960, 1920, 3600]
    assert DAY <= now - NOON <= DAY + HOUR
    assert "refused" in (head.error or "").lower()
    (trouble,) = archive.problems("mpt")
    assert (trouble.kind, trouble.subject) == ("delivery", "Тарифы")


def test_dead_webhook_is_seen_and_heals(archive: Archive, settings: Settings, receiver: Receiver) -> None:
    program = subscribed(archive, "Программа", webhook(receiver))
    receiver.answers = [(410, {})]
    owe(archive, [program], ["Першая", "Другая"])
    assert deliver(archive, settings) == Sent(dead=1, sent=1)  # the next one goes on
    (dead,) = archive.deliveries(state=DeliveryState.DEAD)
    assert dead.error == "the receiver answered 410"
    assert archive.problems("mpt") == []  # it heals by the next that arrives

    receiver.answers = [(404, {}), (400, {})]
    owe(archive, [program], ["Трэцяя", "Чацвёртая"], now=NOON + HOUR)
    assert deliver(archive, settings, NOON + HOUR) == Sent(dead=2)
    (trouble,) = archive.problems("mpt")
    assert "given up after 1 attempt:" in trouble.evidence
    assert "/hook" not in trouble.evidence  # a channel's address is half a secret

    assert archive.revive(None, NOON + DAY, actor="boss") == 3
    assert deliver(archive, settings, NOON + DAY) == Sent(sent=3)
    assert archive.problems("mpt") == []


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        pytest.param(500, {}, 30, id="server error: our own wait"),
        pytest.param(429, {"Retry-After": "120"}, 120, id="too many: as long as asked"),
        pytest.param(503, {"Retry-After": "999999"}, 3600, id="an hour at most"),
        pytest.param(429, {"Retry-After": "Thu, 12 Mar 2026 09:10:00 GMT"}, 600, id="as a date"),
        pytest.param(429, {"Retry-After": "1"}, 30, id="never sooner than ours"),
        pytest.param(408, {}, 30, id="request time-out"),
        pytest.param(301, {"Location": "http://127.0.0.1:1/"}, None, id="redirect: not followed"),
        pytest.param(401, {}, None, id="not wanted"),
    ],
)
def test_what_an_answer_means(
    archive: Archive, settings: Settings, receiver: Receiver, status: int, headers: dict[str, str], wait: int | None
) -> None:
    program = subscribed(archive, "Программа", webhook(receiver))
    receiver.answers = [(status, headers)]
    owe(archive, [program], ["Першая"])
    deliver(archive, settings)
    (one,) = archive.deliveries()
    assert len(receiver.posts) == 1
    if wait is None:
        assert one.state is DeliveryState.DEAD
    else:
        assert one.state is DeliveryState.PENDING
        assert (one.not_before - NOON).total_seconds() == wait


class Killed(Exception):
    pass


class Dies(Archive):
    """The archive of a process that ends right after a message has gone out: nothing is marked or given back."""

    def sent(self, delivery_id: int, now: datetime) -> None:
        raise Killed

    def put_off(self, delivery_id: int, not_before: datetime) -> None:
        return


def test_crash_between_sending_and_marking(
    archive: Archive, settings: Settings, inbox: Inbox, receiver: Receiver
) -> None:
    several = [subscribed(archive, "Тарифы", MAIL), subscribed(archive, "Программа", webhook(receiver))]
    owe(archive, several, ["Першая"])
    with Dies.open(settings.database_url) as dying, pytest.raises(Killed):
        deliver(dying, settings)
    assert deliver(archive, settings, NOON + 30 * SECOND) == Sent()  # still leased
    assert deliver(archive, settings, NOON + HOUR) == Sent(sent=2)
    assert len(inbox.mails) == len(receiver.posts) == 2
    assert len({mail["Message-ID"] for mail in inbox.mails}) == 1
    assert len({post.headers["idempotency-key"] for post in receiver.posts}) == 1
    bodies = [json.loads(post.body) for post in receiver.posts]
    assert all(body == bodies[0] for body in bodies)


def test_rate_of_a_channel(archive: Archive, settings: Settings, inbox: Inbox) -> None:
    few = settings.model_copy(update={"delivery": settings.delivery.model_copy(update={"per_minute": 2})})
    several = [subscribed(archive, f"s{number}", MAIL) for number in range(5)]
    owe(archive, several, ["Першая"])
    assert deliver(archive, few).sent == 2
    assert deliver(archive, few, NOON + SECOND).sent == 0
    assert deliver(archive, few, NOON + MINUTE + SECOND).sent == 2
    assert deliver(archive, few, NOON + 3 * MINUTE).sent == 1
    assert all(one.attempts == 1 for one in archive.deliveries())  # to wait is no attempt


def test_quiet_hours_hold_back_one_subscription_only(archive: Archive, settings: Settings, inbox: Inbox) -> None:
    sleeper = subscribed(archive, "ноччу не", MAIL, quiet="22:00-07:00", zone="Europe/Minsk")
    owl = subscribed(archive, "заўсёды", MAIL)
    night = NOON + 12 * HOUR  # midnight in Minsk
    owe(archive, [sleeper, owl], ["Першая"], now=night)
    assert deliver(archive, settings, night).sent == 1
    assert deliver(archive, settings, night + 6 * HOUR).sent == 0
    assert deliver(archive, settings, night + 7 * HOUR).sent == 1


def test_digest_of_all_missed_moments(archive: Archive, settings: Settings, inbox: Inbox) -> None:
    daily = digest(archive, "Штодзень", MAIL, zone="Europe/Minsk")
    owe(archive, [daily], ["Першая", "Другая"], now=NOON)
    assert cut_due_digests(archive, NOON + HOUR) == []  # eight o'clock has been
    owe(archive, [daily], ["Трэцяя"], now=NOON + DAY)
    (cut,) = cut_due_digests(archive, NOON + 3 * DAY)
    assert cut_due_digests(archive, NOON + 3 * DAY) == []
    assert cut.kind is DeliveryKind.DIGEST
    assert deliver(archive, settings, NOON + 3 * DAY) == Sent(sent=1)
    assert subjects(inbox) == ["3 changes on mpt, 3 weighty"]


def test_a_digest_of_the_night_waits_for_the_morning(archive: Archive, settings: Settings) -> None:
    sleeper = digest(archive, "Ноччу", MAIL, cron="0 23 * * *", quiet="22:00-07:00", zone="Europe/Minsk")
    owe(archive, [sleeper], ["Першая"], now=NOON)
    (cut,) = cut_due_digests(archive, NOON + 12 * HOUR)
    assert cut.not_before == NOON + 19 * HOUR  # seven o'clock in Minsk


def test_a_revived_message_is_as_young_as_a_new_one(archive: Archive, settings: Settings, receiver: Receiver) -> None:
    program = subscribed(archive, "Программа", webhook(receiver))
    receiver.answers = [(410, {}), *((500, {}) for _ in range(6))]
    owe(archive, [program], ["Першая"])
    assert deliver(archive, settings) == Sent(dead=1)
    now = NOON + 30 * DAY
    assert archive.revive(None, now, actor="boss") == 1
    for _ in range(6):
        assert deliver(archive, settings, now) == Sent(failed=1)
        now = archive.deliveries()[0].not_before
    assert deliver(archive, settings, now) == Sent(sent=1)


@pytest.mark.parametrize(
    ("cron", "now", "expected"),
    [
        pytest.param("0 8 * * *", "2026-03-12T05:00:00+00:00", "2026-03-12T05:00:00+00:00", id="on the moment"),
        pytest.param("0 8 * * *", "2026-03-12T04:59:59+00:00", "2026-03-11T05:00:00+00:00", id="just before it"),
        pytest.param("*/5 * * * *", "2026-03-12T04:59:59+00:00", "2026-03-12T04:55:00+00:00", id="every few minutes"),
        pytest.param("0 8 * * 1", "2026-03-12T09:00:00+00:00", "2026-03-09T05:00:00+00:00", id="Mondays"),
        pytest.param("0 8 1 1 *", "2026-03-12T09:00:00+00:00", "2026-01-01T05:00:00+00:00", id="once a year"),
    ],
)
def test_last_moment(cron: str, now: str, expected: str) -> None:
    found = last_moment(cron, "Europe/Minsk", datetime.fromisoformat(now))
    assert found is not None
    assert found.isoformat() == expected


def test_absorbed_change_is_told_no_more(archive: Archive, settings: Settings, inbox: Inbox) -> None:
    reader = subscribed(archive, "Тарифы", MAIL)
    ids = owe(archive, [reader], ["Першая", "Другая"])
    found = [change for change in archive.changes() if change.id in ids]
    lead: Change = replace(found[0], id=None, title="Усе старонкі")
    archive.group_changes(found[0].run_id, lead, ids)
    assert deliver(archive, settings).sent == 1
    assert subjects(inbox) == ["Edited: Усе старонкі"]


def test_operators_template_that_is_broken(archive: Archive, settings: Settings, inbox: Inbox) -> None:
    reader = subscribed(archive, "Тарифы", MAIL)
    folder = settings.home / "templates"
    folder.mkdir()
    (folder / "mail.txt").write_text("{{ no_such_thing }}")
    owe(archive, [reader], ["Першая"])
    assert deliver(archive, settings).sent == 1
    (trouble,) = archive.problems("mpt")
    assert trouble.kind == "template"
    assert "no_such_thing" in trouble.evidence
    (folder / "mail.txt").write_text("Our own: {{ changes[0].title }}")
    owe(archive, [reader], ["Другая"], now=NOON + HOUR)
    assert deliver(archive, settings, NOON + HOUR).sent == 1
    assert archive.problems("mpt") == []
    text = inbox.mails[1].get_body(("plain",))
    assert text is not None
    assert text.get_content().strip() == "Our own: Другая"


def test_a_channel_that_hangs_holds_up_no_other(archive: Archive, settings: Settings, inbox: Inbox) -> None:
    several = [subscribed(archive, "Никуда", "webhook:http://127.0.0.1:9/"), subscribed(archive, "Тарифы", MAIL)]
    owe(archive, several, ["Першая"])
    assert deliver(archive, settings) == Sent(sent=1, dead=1)  # an address that is not public, and not allowed
    (dead,) = archive.deliveries(state=DeliveryState.DEAD)
    assert "is not a public address" in (dead.error or "")
    assert subjects(inbox) == ["Edited: Першая"]


def test_the_service_stops_while_a_message_is_on_its_way(
    archive: Archive, settings: Settings, receiver: Receiver
) -> None:
    several = [subscribed(archive, f"s{number}", webhook(receiver)) for number in range(3)]
    owe(archive, several, ["Першая"])
    receiver.answering.clear()

    async def stopped() -> None:
        sending = asyncio.create_task(deliver_due(archive, settings, {}, now=NOON))
        await asyncio.to_thread(receiver.arrived.wait)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

    asyncio.run(stopped())
    assert [one.lease_until for one in archive.deliveries()] == [None, None, None]  # nobody has to wait for a lease
    receiver.answering.set()
    assert deliver(archive, settings, NOON + SECOND) == Sent(sent=3)


def test_who_hears_of_problems_hears_that_messages_fail(
    archive: Archive, settings: Settings, inbox: Inbox, receiver: Receiver
) -> None:
    keeper = {"topics": ("problems",)}
    subscribed(archive, "Дзяжурны", MAIL, **keeper)
    program = subscribed(archive, "Программа", webhook(receiver), topics=("changes", "problems"))
    receiver.answers = [(410, {})]
    owe(archive, [program], ["Першая"])
    assert deliver(archive, settings) == Sent(dead=1, sent=1)
    assert subjects(inbox) == ["Trouble with mpt: messages can't be delivered"]
    assert len(receiver.posts) == 1  # whom it can't reach is not told so
    owe(archive, [program], ["Другая"], now=NOON + HOUR)
    assert deliver(archive, settings, NOON + HOUR).dead == 0
    assert subjects(inbox)[1:] == ["Over: messages can't be delivered (mpt)"]
