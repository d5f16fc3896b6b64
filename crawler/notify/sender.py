"""The outbox's sender: what is due is claimed, rendered, sent and marked, every channel in order.

At least once: a crash between sending and marking sends the same message again, with the same key and Message-ID.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from config.settings import Settings
from config.site import Site
from crawler.core.backoff import next_attempt
from crawler.core.subscriptions import may_go
from crawler.download.failures import one_line
from crawler.notify import troubles
from crawler.notify.digests import cut_due_digests
from crawler.notify.failures import SendFailed
from crawler.notify.keys import secret_key
from crawler.notify.telling import Rendered, rendered
from crawler.notify.ways import Ways
from storage.archive import Archive
from storage.records_outbox import Delivery, DeliveryKind, Subscription
from storage.said import Said, saying

__all__ = ["Sent", "cut_due_digests", "deliver_due"]

log = logging.getLogger(__name__)

ROUND = 20  # messages claimed at once
AT_ONCE = 8  # channels sent to at the same time
_MARGIN = 30.0  # seconds of a lease beside what sending may take
_MINUTE = timedelta(minutes=1)
_TELLS_CHANGES = frozenset({DeliveryKind.CHANGE, DeliveryKind.DIGEST})


@dataclass
class Sent:
    """How messages fared."""

    sent: int = 0
    failed: int = 0  # to be tried again
    dead: int = 0  # given up
    dropped: int = 0  # nothing to tell any more
    waiting: int = 0  # put off: quiet hours, the channel's rate, or a failure before them


async def deliver_due(
    archive: Archive, settings: Settings, sites: Mapping[str, Site], *, now: datetime, limit: int = 1_000
) -> Sent:
    """Sends what may go now, ``limit`` messages at most; different channels at once, one channel in order.

    Cancelled, it gives back what it has claimed. Raises ConfigError when the installation's secret can't be read.
    """
    first = await asyncio.to_thread(_claim, archive, settings, now, limit)
    if not first:
        return Sent()
    key = await asyncio.to_thread(secret_key, settings.home)
    round_ = _Round(archive, settings, sites, now, key, Ways.opened(settings, key), Sent())
    try:
        claimed, left = first, limit
        while claimed:
            await round_.run(claimed)
            left -= len(claimed)
            claimed = await asyncio.to_thread(_claim, archive, settings, now, left) if left > 0 else []
    finally:
        await round_.ways.close()
    return round_.fared


def _claim(archive: Archive, settings: Settings, now: datetime, limit: int) -> list[Delivery]:
    seconds, hold = _lease(settings), settings.delivery.hold
    return archive.claim_deliveries(now, limit=min(limit, ROUND), lease_seconds=seconds, hold=hold)


def _lease(settings: Settings) -> float:
    return 3 * settings.delivery.timeout + _MARGIN


@dataclass(frozen=True)
class _Round:
    archive: Archive
    settings: Settings
    sites: Mapping[str, Site]
    now: datetime
    key: bytes
    ways: Ways
    fared: Sent

    async def run(self, claimed: Sequence[Delivery]) -> None:
        """Every message is marked, or its lease is given back, whatever happens to the others."""
        channels: defaultdict[str, list[Delivery]] = defaultdict(list)
        for delivery in claimed:
            channels[delivery.channel].append(delivery)
        places, ends = asyncio.Semaphore(AT_ONCE), asyncio.get_running_loop().time() + _lease(self.settings)
        chains = [self._chain(chain, places, ends) for chain in channels.values()]
        for ended in await asyncio.gather(*chains, return_exceptions=True):
            if isinstance(ended, BaseException):
                raise ended

    async def _chain(self, chain: list[Delivery], places: asyncio.Semaphore, ends: float) -> None:
        """One channel's messages in order; when one fails for now, those after it wait with it."""
        left = list(chain)
        try:
            async with places:
                while left:
                    if asyncio.get_running_loop().time() + self.settings.delivery.timeout > ends:
                        return
                    later = await self._deliver(left[0])
                    left.pop(0)
                    if later is not None:
                        self._put_off(left, later)
                        left.clear()
        finally:
            self._put_off(left, self.now)

    def _put_off(self, several: Sequence[Delivery], until: datetime) -> None:
        for delivery in several:
            self.archive.put_off(delivery.id, until)
        self.fared.waiting += len(several)

    async def _deliver(self, delivery: Delivery) -> datetime | None:
        """Sends one message and marks it; the moment to wait for when it could not be sent now."""
        ready = await asyncio.to_thread(self._ready, delivery)
        if ready is None or isinstance(ready, datetime):
            return ready
        subscription, message = ready
        try:
            await self.ways.send(delivery, message, self.now)
        except SendFailed as error:
            return await asyncio.to_thread(self._failed, delivery, subscription, message.sites, error)
        except Exception as error:  # a fault of ours in one message must not hold up all the others
            log.exception("message %s could not be sent", delivery.id)
            failure = SendFailed(one_line(f"{type(error).__name__}: {error}"))
            return await asyncio.to_thread(self._failed, delivery, subscription, message.sites, failure)
        await asyncio.to_thread(self._sent, delivery, subscription)
        return None

    def _ready(self, delivery: Delivery) -> tuple[Subscription, Rendered] | datetime | None:
        """The message to send; a moment until when its channel has to wait; null when this one is not for now."""
        subscription = self.archive.subscription(delivery.subscription_id)
        owed = self.archive.owed_in(delivery.id) if delivery.kind in _TELLS_CHANGES else []
        if subscription is None or not subscription.active or (delivery.kind in _TELLS_CHANGES and not owed):
            self.archive.drop(delivery.id)
            self.fared.dropped += 1
            return None
        if (later := self._room(delivery)) > self.now:
            self._put_off([delivery], later)
            return later
        if (later := may_go(subscription, self.now)) > self.now and delivery.kind is not DeliveryKind.TEST:
            self._put_off([delivery], later)
            return None
        try:
            found = rendered(
                delivery, subscription, owed,
                archive=self.archive, settings=self.settings, sites=self.sites, key=self.key,
            )  # fmt: skip
        except Exception as error:  # a fault of ours: seen in the list of deliveries, not in a sender that stands still
            log.exception("message %s could not be rendered", delivery.id)
            failure = SendFailed(Said("can't be rendered: {error}", error=one_line(f"{type(error).__name__}: {error}")))
            return self._failed(delivery, subscription, tuple({change.site for _, change in owed}), failure)
        self._note_templates(found)
        return subscription, found

    def _room(self, delivery: Delivery) -> datetime:
        """Now, or when the channel has room again."""
        rate = self.settings.delivery.per_minute
        full = self.archive.sent_since(delivery.channel, self.now - _MINUTE) >= rate
        return self.now + _MINUTE / rate if full else self.now

    def _note_templates(self, found: Rendered) -> None:
        if found.broken:
            troubles.template_broken(self.archive, found.sites, found.broken, self.now)
        else:
            troubles.templates_work(self.archive, self.now)

    def _sent(self, delivery: Delivery, subscription: Subscription) -> None:
        self.archive.sent(delivery.id, self.now)
        troubles.arrived(self.archive, subscription, self.now)
        self.fared.sent += 1

    def _failed(
        self, delivery: Delivery, subscription: Subscription, sites: Sequence[str], error: SendFailed
    ) -> datetime | None:
        again = next_attempt(
            delivery.attempts + 1,
            delivery.created_at,
            self.now,
            permanent=error.permanent,
            retry_after=error.retry_after,
            policy=self.settings.delivery,
        )
        if again is None:
            log.info("message %s was given up: %s", delivery.id, error)
            self.archive.dead(delivery.id, saying(error))
            troubles.given_up(self.archive, delivery, subscription, sites, saying(error), self.now)
            self.fared.dead += 1
            return None
        self.archive.failed(delivery.id, saying(error), again)
        self.fared.failed += 1
        return again
