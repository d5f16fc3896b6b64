"""Real crawls owe exactly the right changes to the right people: what is stored is what they will be told."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage.records import Change
from storage.records_outbox import Cadence, DeliveryState, Subscription
from tests.crawl.conftest import Crawls
from tests.site import Event

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BANNER = "Сайт переезжает: с 1 июля пользуйтесь новым порталом электронных услуг."


def subscribed(crawls: Crawls, name: str, **fields: Any) -> int:
    usual: dict[str, Any] = {"channel": f"mailto:{name}@example.org", "created_at": NOW}
    stored = crawls.archive.add_subscription(Subscription(name=name, **(usual | fields)), actor="boss")
    return stored.id or 0


def owed(crawls: Crawls, subscription_id: int) -> Counter[tuple[str, str]]:
    return Counter(map(named, [change for _, change in crawls.archive.owed_to(subscription_id)]))


def named(one: Change | Event) -> tuple[str, str]:
    return str(one.kind), one.url


def heard_of(made: Crawls) -> None:
    subscribed(made, "all", topics=("changes", "problems"))
    subscribed(made, "words", words=("вёска", '"демонтированный кабель"', "кабел*", "портал"), kinds=("edited",))
    subscribed(made, "files", what=("attachments",), cadence=Cadence.DIGEST, cron="0 9 * * *")
    made.crawl()


@pytest.fixture
def known(once: Callable[..., Crawls]) -> Crawls:
    """A site with its baseline, and three who want to hear of it from its first crawl on."""
    return once(heard_of)


def test_each_is_owed_what_was_asked_for_and_nothing_else(known: Crawls) -> None:
    everything, words, files = (one.id or 0 for one in known.archive.subscriptions())
    assert known.archive.deliveries() == []  # a baseline is no news
    events = known.replica.apply()
    known.crawl()
    assert owed(known, everything) == Counter(map(named, events))
    happened = {event.name: named(event) for event in events}
    assert owed(known, words) == Counter([happened["digit"], happened["word"]])
    found = {change.url: owing.matched for owing, change in known.archive.owed_to(words)}
    assert sorted(found.values()) == [("вёска",), ("кабел*",)]
    assert owed(known, files) == Counter(map(named, (one for one in events if "attachments" in one.what)))
    assert len(known.archive.owed_to(files, waiting=True)) == 2
    pending = known.archive.deliveries(state=DeliveryState.PENDING, limit=500)
    assert Counter(one.subscription_id for one in pending) == {everything: len(events), words: 2}


def test_an_event_of_the_whole_site_is_owed_once(known: Crawls) -> None:
    everything, words, files = (one.id or 0 for one in known.archive.subscriptions())
    pages = known.replica.announce(BANNER)
    (event,) = known.crawl().changes
    assert event.count >= pages * 0.8
    for subscription_id in (everything, words):
        ((owing, change),) = known.archive.owed_to(subscription_id)
        assert (change.id, change.count) == (event.id, event.count)
        assert owing.matched == (("портал",) if subscription_id == words else ())
    assert known.archive.owed_to(files) == []
    now = datetime.now(UTC) + timedelta(seconds=1)
    claimed = known.archive.claim_deliveries(now, limit=10, lease_seconds=60, hold=3600)
    assert [(one.subscription_id, one.key) for one in claimed] == [
        (everything, f"s{everything}-c{event.id}"),
        (words, f"s{words}-c{event.id}"),
    ]
    assert known.archive.outbox_counts()[DeliveryState.PENDING] == 2


def test_problems_are_owed_when_they_open_and_when_they_heal(crawls: Callable[..., Crawls]) -> None:
    made = crawls()
    subscribed(made, "operator", topics=("problems",))
    made.crawl(max_pages=20)
    for path in {request.path for request in made.replica.requests} - {"/robots.txt"}:
        made.replica.fail(path, status=403)
    for _ in range(2):  # the second time it is told already
        made.crawl(max_pages=20)
    (problem,) = made.archive.problems(made.site.key)
    made.replica.heal()
    made.crawl(max_pages=20)
    told = [(one.kind.value, one.subject) for one in made.archive.deliveries()]
    assert told == [("problem", {"problem": problem.id, "healed": healed}) for healed in (True, False)]
