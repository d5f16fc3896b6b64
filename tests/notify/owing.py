"""Changes that are owed, recorded the way a crawl records them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from storage.archive import Archive
from storage.records import RunKind, RunState
from storage.records_outbox import Cadence, Owing, Subscription
from tests.storage.making import change, found, visit

NOON = datetime.fromisoformat("2026-03-12T09:00:00+00:00")
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def subscribed(archive: Archive, name: str, channel: str, **fields: Any) -> Subscription:
    return archive.add_subscription(
        Subscription(name=name, channel=channel, created_at=NOON - DAY, **fields), actor="boss"
    )


def owe(
    archive: Archive,
    subscriptions: Iterable[Subscription],
    titles: Iterable[str],
    *,
    now: datetime = NOON,
    matched: tuple[str, ...] = (),
) -> list[int]:
    """A run that finds an edit of one page for each title, owed to all of the subscriptions; ids of the changes."""
    run, told = archive.begin_run("mpt", RunKind.CRAWL, now), list(subscriptions)
    ids = []
    for index, title in enumerate(titles):
        (page,) = found(archive, f"/ru/{run.id}-{index}")
        archive.record([visit(page, run.id, 1, text="Плата за линию 12 рублей.")])
        edit = visit(page, run.id, 2, text="Плата за линию 15 рублей.", changes=(change(page, run.id, title=title),))
        made = archive.record(
            [edit],
            owed=lambda _: [Owing(subscription=one, matched=matched, owed_at=now, not_before=now) for one in told],
        )
        ids += [one.id for one in made if one.id is not None]
    archive.finish_run(run.id, RunState.DONE, {}, now)
    return ids


def digest(archive: Archive, name: str, channel: str, cron: str = "0 8 * * *", **fields: Any) -> Subscription:
    return subscribed(archive, name, channel, cadence=Cadence.DIGEST, cron=cron, **fields)
