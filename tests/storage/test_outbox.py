"""What is owed comes and goes with the changes; messages are claimed once, in order, and marked."""

import queue
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from storage.archive import Archive
from storage.outbox import NameTaken
from storage.records import Change, ChangeKind, Page, PageState, RunState, Settlement
from storage.records_outbox import Cadence, Delivery, DeliveryKind, DeliveryState, Owing, Subscription
from tests.storage.making import DAY, MINUTE, NOON, SITE, capture, change, found, live, started, version, visit

HOLD = 900.0


def subscribed(archive: Archive, name: str = "ann", **fields: Any) -> Subscription:
    usual: dict[str, Any] = {"channel": f"mailto:{name}@example.org", "created_at": NOON}
    return archive.add_subscription(Subscription(name=name, **(usual | fields)), actor="boss")


def digested(archive: Archive, name: str = "dora") -> Subscription:
    return subscribed(archive, name, cadence=Cadence.DIGEST, cron="0 9 * * *")


def owing_all(*subscriptions: Subscription, **fields: Any) -> Callable[[Change], list[Owing]]:
    usual: dict[str, Any] = {"owed_at": NOON, "not_before": NOON} | fields
    return lambda told: [Owing(subscription=one, **usual) for one in subscriptions]


def edit(page: Page, run_id: int, number: int = 2, **fields: Any) -> Settlement:
    told = change(page, run_id, from_version=number - 1, to_version=number, **fields)
    return visit(page, run_id, number, text=f"Тэкст {number}", changes=(told,))


def recorded(archive: Archive, run_id: int, *to: Subscription, path: str = "/a", number: int = 2) -> Change:
    (page,) = found(archive, path)
    return archive.record([edit(page, run_id, number)], owed=owing_all(*to))[0]


def claimed(archive: Archive, now: Any = NOON, **fields: Any) -> list[str]:
    usual: dict[str, Any] = {"limit": 10, "lease_seconds": 60, "hold": HOLD}
    return [one.key for one in archive.claim_deliveries(now, **(usual | fields))]


def over(archive: Archive, run_id: int) -> None:
    archive.finish_run(run_id, RunState.DONE, {}, NOON)


def message(archive: Archive, to: Subscription, key: str = "test") -> Delivery:
    made = archive.owe_message(to, DeliveryKind.TEST, key, {"about": "Пробнае"}, NOON, NOON)
    assert made is not None
    return made


def test_a_subscription_comes_back_as_it_was_given(archive: Archive) -> None:
    given = Subscription(
        name="Ліцэнзіі",
        channel="webhook:https://example.org/hook",
        sites=("mpt",),
        sections=("news",),
        urls=(r"/ru/.*\.pdf$",),
        languages=("be", "ru"),
        kinds=("edited",),
        what=("text", "numbers"),
        words=("ліцэнз*", '"паслугі сувязі"'),
        topics=("changes", "problems"),
        min_significance=0.25,
        cadence=Cadence.DIGEST,
        cron="0 9 * * 1-5",
        zone="Europe/Minsk",
        quiet="22:00-07:00",
        language="be",
        created_at=NOON,
        created_by="ann",
    )
    stored = archive.add_subscription(given, actor="boss")
    assert replace(stored, id=None) == given
    assert archive.subscription(stored.id or 0) == archive.subscription_named("Ліцэнзіі") == stored
    assert archive.subscription_named("other") is None


def test_no_two_subscriptions_have_one_name(archive: Archive) -> None:
    ann, bob = subscribed(archive), subscribed(archive, "bob")
    with pytest.raises(NameTaken, match="ann"):
        subscribed(archive)
    with pytest.raises(NameTaken, match="ann"):
        archive.change_subscription(replace(bob, name="ann"), NOON, actor="boss")
    with pytest.raises(NameTaken):
        archive.add_subscriptions([replace(ann, id=None, name="new"), replace(ann, id=None, name="bob")], actor="boss")
    assert [one.name for one in archive.subscriptions()] == ["ann", "bob"]


def test_a_change_is_owed_with_its_own_message_or_to_the_next_digest(archive: Archive) -> None:
    ann, dora, run_id = subscribed(archive), digested(archive), started(archive)
    (page,) = found(archive, "/a")
    later = NOON + 9 * MINUTE
    tell = owing_all(ann, dora, matched=("тарыф",), not_before=later)
    (told,) = archive.record([edit(page, run_id)], owed=tell)
    (own,) = archive.deliveries()
    assert (own.key, own.kind, own.state) == (f"s{ann.id}-c{told.id}", DeliveryKind.CHANGE, DeliveryState.PENDING)
    assert (own.not_before, own.run_id, own.channel, own.attempts) == (later, run_id, ann.channel, 0)
    ((owed, same),) = archive.owed_in(own.id)
    assert (owed.subscription_id, owed.matched, same) == (ann.id, ("тарыф",), told)
    ((waiting, _),) = archive.owed_to(dora.id or 0, waiting=True)
    assert (waiting.change_id, waiting.delivery_id) == (told.id, None)


def test_a_change_recorded_again_owes_nothing_twice(archive: Archive) -> None:
    ann, dora, run_id = subscribed(archive), digested(archive), started(archive)
    recorded(archive, run_id, ann, dora)
    (page,) = found(archive, "/a")
    assert archive.record([edit(page, run_id)], owed=owing_all(ann, dora)) == []
    assert len(archive.deliveries()) == 1
    assert len(archive.owed_to(dora.id or 0)) == 1


def test_nothing_is_owed_without_a_change(archive: Archive) -> None:
    ann, run_id = subscribed(archive), started(archive)
    (page,) = found(archive, "/a")
    archive.record([visit(page, run_id)], owed=owing_all(ann))  # as a baseline's visits
    held = archive.captures(page_id=page.id)
    upgrade = version(page, 2, text="Той жа тэкст", upgrade=True, capture_id=next(held).id)
    assert archive.upgrade(SITE, [upgrade]) == {page.id}
    assert archive.deliveries() == []
    assert archive.owed_to(ann.id or 0) == []


def test_what_ended_while_the_crawl_ran_is_owed_nothing(archive: Archive) -> None:
    ann, run_id = subscribed(archive), started(archive)
    archive.end_subscription(ann.id or 0, NOON, actor="boss")
    recorded(archive, run_id, ann)
    assert archive.owed_to(ann.id or 0) == []
    assert archive.deliveries() == []


@pytest.mark.parametrize("sent", [False, True], ids=["not sent yet", "sent already"])
def test_an_absorbed_change_is_owed_no_more_unless_it_was_sent(archive: Archive, sent: bool) -> None:
    ann, dora, run_id = subscribed(archive), digested(archive), started(archive)
    (page,) = found(archive, "/a")
    gone = replace(visit(page, run_id), versions=(), changes=(change(page, run_id, ChangeKind.REMOVED),))
    (removed,) = archive.record([gone], owed=owing_all(ann, dora))
    (own,) = archive.deliveries()
    if sent:
        archive.sent(own.id, NOON)
    moved = change(page, run_id, ChangeKind.MOVED, moved_to="https://mpt.example/b")
    settled = Settlement(
        pages=(), captures=(capture(page, run_id),), changes=(moved,), absorb=((page.id, ChangeKind.REMOVED),)
    )
    (told,) = archive.record([settled], owed=owing_all(ann, dora))
    before = archive.delivery(own.id)
    assert before
    assert before.state is (DeliveryState.SENT if sent else DeliveryState.DROPPED)
    expected = [removed.id, told.id] if sent else [told.id]
    assert [owed.change_id for owed, _ in archive.owed_to(ann.id or 0)] == expected
    assert [owed.change_id for owed, _ in archive.owed_to(dora.id or 0)] == [told.id]


def _event(archive: Archive, run_id: int, members: list[Change]) -> Change:
    lead = replace(members[0], id=None, summary="на 3 старонках", title="Сайт")
    numbers = [member.id for member in members if member.id is not None]
    return archive.group_changes(run_id, lead, numbers, go_at=lambda one: NOON + MINUTE)


def test_an_event_is_owed_as_one_change_to_all_who_were_owed_a_part(archive: Archive) -> None:
    ann, dora, bob, run_id = subscribed(archive), digested(archive), subscribed(archive, "bob"), started(archive)
    pages = found(archive, "/a", "/b", "/c")
    words = iter([("тарыф",), ("сувязь", "тарыф"), ("сувязь",)])

    def tell(told: Change) -> list[Owing]:
        matched = next(words)
        to = [ann, dora] if matched == ("тарыф",) else [ann]
        return [Owing(subscription=one, matched=matched, owed_at=NOON, not_before=NOON) for one in to]

    members = archive.record([edit(page, run_id) for page in pages], owed=tell)
    lead = _event(archive, run_id, members)
    (pending,) = archive.deliveries(state=DeliveryState.PENDING)
    assert (pending.key, pending.not_before) == (f"s{ann.id}-c{lead.id}", NOON + MINUTE)
    ((owed, _),) = archive.owed_to(ann.id or 0)
    assert (owed.change_id, owed.matched) == (lead.id, ("тарыф", "сувязь"))
    assert [owed.change_id for owed, _ in archive.owed_to(dora.id or 0, waiting=True)] == [lead.id]
    assert archive.owed_to(bob.id or 0) == []
    counts = archive.outbox_counts()
    assert counts == {DeliveryState.PENDING: 1, DeliveryState.DROPPED: 3}
    assert _event(archive, run_id, members).id == lead.id  # told again
    assert archive.outbox_counts() == counts


def test_a_part_that_was_sent_stays_sent_and_the_event_follows(archive: Archive) -> None:
    ann, run_id = subscribed(archive), started(archive)
    members = [recorded(archive, run_id, ann, path=path) for path in ("/a", "/b")]
    first = archive.deliveries()[-1]
    archive.sent(first.id, NOON)
    lead = _event(archive, run_id, members)
    states = {one.key: one.state.value for one in archive.deliveries()}
    keys = [f"s{ann.id}-c{change_id}" for change_id in (members[0].id, members[1].id, lead.id)]
    assert [states[key] for key in keys] == ["sent", "dropped", "pending"]
    assert len(archive.owed_in(first.id)) == 1


def test_an_event_that_says_no_hour_goes_when_its_parts_would_have(archive: Archive) -> None:
    ann, run_id = subscribed(archive), started(archive)
    (page,) = found(archive, "/a")
    (member,) = archive.record([edit(page, run_id)], owed=owing_all(ann, not_before=NOON + DAY))
    archive.group_changes(run_id, replace(member, id=None), [member.id or 0])
    (pending,) = archive.deliveries(state=DeliveryState.PENDING)
    assert pending.not_before == NOON + DAY


@pytest.mark.parametrize(
    ("ended", "after", "held"),
    [(False, 0.0, True), (True, 0.0, False), (False, HOLD, False)],
    ids=["the run goes on", "the run is over", "the run takes too long"],
)
def test_messages_of_a_run_wait_for_its_end_but_not_for_ever(
    archive: Archive, ended: bool, after: float, held: bool
) -> None:
    ann, bob, run_id = subscribed(archive), subscribed(archive, "bob"), started(archive)
    told = recorded(archive, run_id, ann)
    message(archive, bob)
    if ended:
        over(archive, run_id)
    of_run = [] if held else [f"s{ann.id}-c{told.id}"]
    assert claimed(archive, NOON + timedelta(seconds=after)) == [*of_run, "test"]


def test_a_subscription_is_told_in_order(archive: Archive) -> None:
    ann, bob = subscribed(archive), subscribed(archive, "bob")
    one, two, other = (message(archive, to, key) for to, key in ((ann, "1"), (ann, "2"), (bob, "3")))
    assert claimed(archive) == ["1", "3"]
    assert claimed(archive) == []  # leased
    archive.failed(one.id, "452 mailbox full", NOON + 5 * MINUTE)
    archive.sent(other.id, NOON)
    assert claimed(archive, NOON + MINUTE) == []  # the follower waits for the one that backs off
    assert claimed(archive, NOON + 5 * MINUTE) == ["1"]
    archive.dead(one.id, "550 no such mailbox")
    assert claimed(archive, NOON + 5 * MINUTE) == ["2"]
    archive.sent(two.id, NOON + 5 * MINUTE)
    assert claimed(archive, NOON + DAY) == []
    assert archive.sent_since(ann.channel, NOON + MINUTE) == 1
    assert archive.sent_since(ann.channel, NOON + DAY) == 0


def test_a_lease_that_ran_out_is_free(archive: Archive) -> None:
    message(archive, subscribed(archive))
    assert claimed(archive, lease_seconds=60) == ["test"]
    assert claimed(archive, NOON + 59 * MINUTE / 60) == []
    assert claimed(archive, NOON + MINUTE) == ["test"]


def test_attempts_are_counted_and_a_dead_message_can_be_revived(archive: Archive) -> None:
    ann, bob = subscribed(archive), subscribed(archive, "bob")
    one, two = message(archive, ann, "1"), message(archive, bob, "2")
    archive.failed(one.id, "timed out", NOON + MINUTE)
    for dead in (one, two):
        archive.dead(dead.id, "410 gone")
    assert archive.oldest_pending() is None
    stored = archive.delivery(one.id)
    assert stored
    assert (stored.state, stored.attempts, stored.error) == (DeliveryState.DEAD, 2, "410 gone")
    archive.end_subscription(bob.id or 0, NOON, actor="boss")
    assert archive.revive([one.id, two.id, 999], NOON + DAY, actor="boss") == 1  # nothing is sent to who was ended
    revived = archive.delivery(one.id)
    assert revived
    assert (revived.state, revived.attempts, revived.key) == (DeliveryState.PENDING, 0, "1")
    assert revived.not_before == NOON + DAY
    assert archive.revive(None, NOON, actor="boss") == 0
    assert archive.oldest_pending() == NOON + DAY  # its age counts anew


def test_a_key_is_owed_once(archive: Archive) -> None:
    ann = subscribed(archive)
    assert message(archive, ann).subject == {"about": "Пробнае"}
    assert archive.owe_message(ann, DeliveryKind.TEST, "test", {}, NOON, NOON) is None


def test_ending_a_subscription_drops_what_was_owed_to_it(archive: Archive) -> None:
    dora, run_id = digested(archive), started(archive)
    sent, pending = message(archive, dora, "1"), message(archive, dora, "2")
    archive.sent(sent.id, NOON)
    recorded(archive, run_id, dora)
    archive.end_subscription(dora.id or 0, NOON, actor="boss")
    archive.failed(pending.id, "too late", NOON)  # the one that was on its way when it was ended
    assert [one.state.value for one in archive.deliveries(subscription_id=dora.id)] == ["dropped", "sent"]
    assert archive.owed_to(dora.id or 0) == []
    assert archive.subscriptions(active_only=True) == []
    ended = archive.subscription(dora.id or 0)
    assert ended
    assert not ended.active


def test_a_digest_takes_what_was_owed_by_its_moment_once(archive: Archive) -> None:
    dora, run_id = digested(archive), started(archive)
    (page, other, late) = found(archive, "/a", "/b", "/c")
    first, second = archive.record([edit(one, run_id) for one in (page, other)], owed=owing_all(dora))
    slot = NOON + MINUTE
    archive.record([edit(late, run_id)], owed=owing_all(dora, owed_at=slot + MINUTE))

    def cut(now: Any, at: Any = slot) -> Delivery | None:
        return archive.cut_digest(dora, at, now, now, hold=HOLD)

    assert cut(slot) is None  # its run goes on
    over(archive, run_id)
    made = cut(slot + MINUTE)
    assert made is not None
    assert (made.key, made.kind) == (f"s{dora.id}-d{slot.isoformat()}", DeliveryKind.DIGEST)
    assert [owed.change_id for owed, _ in archive.owed_in(made.id)] == [first.id, second.id]
    assert cut(slot + 2 * MINUTE) is None
    assert len(archive.owed_to(dora.id or 0, waiting=True)) == 1
    follower = cut(slot + DAY, slot + DAY)
    assert follower is not None
    assert len(archive.owed_in(follower.id)) == 1
    assert cut(slot + 2 * DAY, slot + 2 * DAY) is None  # nothing to tell


def test_a_digest_takes_changes_of_a_run_that_takes_too_long(archive: Archive) -> None:
    dora = digested(archive)
    recorded(archive, started(archive), dora)
    late = NOON + timedelta(seconds=HOLD)
    assert archive.cut_digest(dora, NOON, late - MINUTE, late, hold=HOLD) is None
    assert archive.cut_digest(dora, NOON, late, late, hold=HOLD) is not None


def test_who_wants_no_digests_any_more_gets_a_last_one(archive: Archive) -> None:
    dora, run_id = digested(archive), started(archive)
    told = recorded(archive, run_id, dora)
    archive.change_subscription(replace(dora, cadence=Cadence.IMMEDIATE, cron=None), NOON, actor="boss")
    (last,) = archive.deliveries()
    assert [owed.change_id for owed, _ in archive.owed_in(last.id)] == [told.id]
    assert claimed(archive) == [last.key]


def test_how_it_is_told_is_as_the_subscription_says_when_the_change_is_recorded(archive: Archive) -> None:
    ann, run_id = subscribed(archive), started(archive)
    archive.change_subscription(replace(ann, cadence=Cadence.DIGEST, cron="0 9 * * *"), NOON, actor="boss")
    recorded(archive, run_id, ann)  # which the crawl had read before
    assert archive.deliveries() == []
    assert len(archive.owed_to(ann.id or 0, waiting=True)) == 1


def test_the_news_of_a_problem_is_owed_once_when_it_opens_and_once_when_it_heals(archive: Archive) -> None:
    ann = subscribed(archive, topics=("problems",))
    tell = owing_all(ann)
    opened = archive.open_problem(SITE, "blocked", "mpt.example", "403", NOON, owed=tell)  # type: ignore[arg-type]
    archive.open_problem(SITE, "blocked", "mpt.example", "403", NOON + MINUTE, owed=tell)  # type: ignore[arg-type]
    for _ in range(2):
        archive.close_problem(opened.id or 0, NOON + DAY, owed=tell)  # type: ignore[arg-type]
    told = [(one.key, one.kind.value, one.subject) for one in archive.deliveries()]
    assert told == [
        (f"s{ann.id}-p{opened.id}-closed", "problem", {"problem": opened.id, "healed": True}),
        (f"s{ann.id}-p{opened.id}-opened", "problem", {"problem": opened.id, "healed": False}),
    ]


def test_two_senders_never_claim_one_message(url: str, archive: Archive) -> None:
    for number in range(40):
        message(archive, subscribed(archive, f"s{number}"), f"{number}")
    start, got = threading.Barrier(2), queue.SimpleQueue[str]()

    def send() -> None:
        with Archive.open(url) as own:
            start.wait()
            while keys := claimed(own, limit=3):
                for key in keys:
                    got.put(key)

    senders = [threading.Thread(target=send) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    keys = [got.get_nowait() for _ in range(got.qsize())]
    keys += claimed(archive, limit=100)  # what one skipped while the other was just claiming it
    assert sorted(keys, key=int) == [str(number) for number in range(40)]


def test_a_crash_before_the_commit_leaves_neither_change_nor_message(url: str, archive: Archive) -> None:
    ann, run_id = subscribed(archive), started(archive)
    (page,) = found(archive, "/a")

    class Crash(BaseException):
        """The process died."""

    def tell(told: Change) -> list[Owing]:
        if told.page_id == pages[1].id:
            raise Crash
        return owing_all(ann)(told)

    pages = [page, *found(archive, "/b")]
    with pytest.raises(Crash):
        archive.record([edit(one, run_id) for one in pages], owed=tell)
    with Archive.open(url) as again:
        assert again.changes() == []
        assert again.deliveries() == []
        assert again.owed_to(ann.id or 0) == []
        assert len(again.record([edit(one, run_id) for one in pages], owed=owing_all(ann))) == 2
        assert len(again.deliveries()) == 2


def test_ending_and_recording_at_once_leaves_nothing_pending(archive: Archive) -> None:
    run_id = started(archive)
    for number in range(10):
        one = subscribed(archive, f"s{number}")
        (page,) = found(archive, f"/{number}")
        both = threading.Barrier(2)

        def end(one: Subscription = one, both: threading.Barrier = both) -> None:
            both.wait()
            archive.end_subscription(one.id or 0, NOON, actor="boss")

        ender = threading.Thread(target=end)
        ender.start()
        both.wait()
        archive.record([edit(page, run_id)], owed=owing_all(one))
        ender.join()
    assert archive.deliveries(state=DeliveryState.PENDING) == []


def test_a_page_that_is_no_page_any_more_still_has_its_messages(archive: Archive) -> None:
    ann, run_id = subscribed(archive), started(archive)
    told = recorded(archive, run_id, ann)
    (page,) = found(archive, "/a")
    archive.record([Settlement(pages=(live(page, state=PageState.GONE),), captures=(capture(page, run_id),))])
    over(archive, run_id)
    assert claimed(archive) == [f"s{ann.id}-c{told.id}"]
