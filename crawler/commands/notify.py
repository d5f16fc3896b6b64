"""``letapis notify`` and ``letapis deliveries``: messages sent now, and what became of them."""

import argparse
import asyncio
from dataclasses import asdict
from datetime import datetime

from config.settings import Settings
from crawler.commands import DONE, FAILED, UsageError
from crawler.commands.context import (
    actor,
    archive_of,
    clock,
    complain,
    counted,
    emit,
    one_line,
    say,
    settings_of,
    sites_of,
)
from crawler.notify.channels import BadChannel, Channel, channel_of, masked
from crawler.notify.failures import SendFailed
from crawler.notify.keys import secret_key, webhook_secret
from crawler.notify.sender import cut_due_digests, deliver_due
from crawler.notify.telling import rendered
from crawler.notify.ways import Ways
from storage.archive import Archive
from storage.records_outbox import Delivery, DeliveryKind, DeliveryState, Subscription


def test(asked: argparse.Namespace) -> int:
    """Sends a test message, by the way that real ones go, but past the outbox: nothing is tried again."""
    settings, now = settings_of(asked), clock()
    with archive_of(settings) as archive:
        subscription = archive.subscription_named(asked.target) or _for_channel(asked.target, settings, now)
        try:
            broken = asyncio.run(_send_test(archive, settings, subscription, now))
        except SendFailed as error:
            complain(f"the test message to {masked(subscription.channel)} was not sent: {error}")
            return FAILED
    say(f"A test message was sent to {masked(subscription.channel)}; look whether it has arrived.")
    if broken:
        complain(f"the built-in templates were used, since yours can't be: {broken}")
    return FAILED if broken else DONE


def once(asked: argparse.Namespace) -> int:
    """One round of what the service does all the time: for cron."""
    settings, now = settings_of(asked), clock()
    with archive_of(settings) as archive:
        digests = cut_due_digests(archive, now, hold=settings.delivery.hold)
        fared = asyncio.run(deliver_due(archive, settings, sites_of(settings), now=now))
        pending = archive.outbox_counts().get(DeliveryState.PENDING, 0)
    if asked.json:
        emit(asdict(fared) | {"digests": len(digests), "pending": pending})
    else:
        say(f"{counted(fared.sent, 'message')} sent, {pending} still to be sent.")
    if fared.failed:
        complain(
            f"{counted(fared.failed, 'message')} failed and will be tried again: letapis deliveries --state pending"
        )
    if fared.dead:
        complain(f"{counted(fared.dead, 'message')} given up: letapis deliveries --state dead")
    return FAILED if fared.failed or fared.dead else DONE


def secret(asked: argparse.Namespace) -> int:
    """Prints what the receiver of a webhook needs to check signatures."""
    settings = settings_of(asked)
    with archive_of(settings) as archive:
        subscription = archive.subscription_named(asked.name)
    if subscription is None or subscription.id is None:
        raise UsageError(f'there is no subscription "{one_line(asked.name)}" (letapis subscribe list)')
    channel = _channel(subscription.channel, settings)
    say(channel.secret or webhook_secret(secret_key(settings.home), subscription.id))
    return DONE


def deliveries(asked: argparse.Namespace) -> int:
    """Lists messages, the newest first."""
    state = DeliveryState(asked.state) if asked.state else None
    with archive_of(settings_of(asked)) as archive:
        found = archive.deliveries(state=state, limit=asked.limit)
        names = {one.id: one.name for one in archive.subscriptions()}
    if asked.json:
        for delivery in found:
            emit(_line(delivery, names.get(delivery.subscription_id, "")))
        return DONE
    for delivery in found:
        say(f"{delivery.id}  {_state(delivery)}  {delivery.kind.value} for {one_line(names[delivery.subscription_id])}")
        say(f"    {masked(delivery.channel)}{f': {one_line(delivery.error)}' if delivery.error else ''}")
    if not found:
        say("No such messages." if state else "No messages yet. Who wants to hear of changes? letapis subscribe add")
    elif any(delivery.state is DeliveryState.DEAD for delivery in found):
        say("\nWhat was given up is sent anew by: letapis deliveries retry [ID...]")
    return DONE


def retry(asked: argparse.Namespace) -> int:
    """Takes messages off the dead-letter list."""
    with archive_of(settings_of(asked)) as archive:
        count = archive.revive(asked.ids or None, clock(), actor=actor())
    if asked.ids and count < len(set(asked.ids)):
        complain(f"{len(set(asked.ids)) - count} of them are not given up, or their subscription has ended")
    say(f"{counted(count, 'message')} will be sent anew: by the service, or by letapis notify once.")
    return FAILED if asked.ids and count < len(set(asked.ids)) else DONE


def _channel(text: str, settings: Settings) -> Channel:
    try:
        return channel_of(text, settings.home)
    except BadChannel as error:
        raise UsageError(str(error)) from error


def _for_channel(text: str, settings: Settings, now: datetime) -> Subscription:
    """A subscription that stands for a bare channel."""
    if ":" not in text and not text.startswith("@"):
        raise UsageError(f'there is no subscription "{one_line(text)}" (letapis subscribe list), and it is no channel')
    try:
        channel_of(text, settings.home)
    except BadChannel as error:
        raise UsageError(f"{error}; and there is no subscription of that name (letapis subscribe list)") from error
    return Subscription(name="letapis notify test", channel=text, created_at=now)


async def _send_test(archive: Archive, settings: Settings, subscription: Subscription, now: datetime) -> str | None:
    """Sends it; why the operator's templates were not used, null when all is well."""
    delivery = Delivery(
        id=0,
        subscription_id=subscription.id or 0,
        key=f"s{subscription.id or 0}-test-{now.isoformat()}",
        kind=DeliveryKind.TEST,
        state=DeliveryState.PENDING,
        channel=subscription.channel,
        created_at=now,
        not_before=now,
    )
    key = secret_key(settings.home)
    message = rendered(delivery, subscription, [], archive=archive, settings=settings, sites={}, key=key)
    ways = Ways.opened(settings, key)
    try:
        await ways.send(delivery, message, now)
    finally:
        await ways.close()
    return message.broken


def _state(delivery: Delivery) -> str:
    when = delivery.sent_at or (delivery.not_before if delivery.state is DeliveryState.PENDING else delivery.created_at)
    words = {
        DeliveryState.PENDING: "to be sent, not before",
        DeliveryState.SENT: "sent",
        DeliveryState.DEAD: f"given up after {counted(delivery.attempts, 'attempt')}, owed since",
        DeliveryState.DROPPED: "dropped, owed since",
    }
    return f"{words[delivery.state]} {when:%Y-%m-%d %H:%M} UTC"


def _line(delivery: Delivery, name: str) -> dict[str, object]:
    return {
        "id": delivery.id,
        "key": delivery.key,
        "subscription": name,
        "kind": delivery.kind.value,
        "state": delivery.state.value,
        "channel": masked(delivery.channel),
        "created_at": delivery.created_at.isoformat(),
        "not_before": delivery.not_before.isoformat(),
        "sent_at": delivery.sent_at.isoformat() if delivery.sent_at else None,
        "attempts": delivery.attempts,
        "error": delivery.error,
    }
