"""One message to one channel, by whichever way the channel goes."""

from dataclasses import dataclass, field
from datetime import datetime

from config.errors import ConfigError
from config.settings import Settings
from crawler.download.client import Client, Times
from crawler.download.guard import Guard
from crawler.notify.channels import Channel, Way, channel_of
from crawler.notify.chat import send_chat
from crawler.notify.failures import BadChannel, SendFailed
from crawler.notify.keys import webhook_secret
from crawler.notify.mail import mail_of, send_mail
from crawler.notify.telling import Rendered
from crawler.notify.webhook import send_webhook
from storage.records_outbox import Delivery
from storage.said import saying


@dataclass(frozen=True)
class Ways:
    """What sending needs, opened once for many messages; ``await close()`` when done."""

    settings: Settings
    key: bytes = field(repr=False)
    guard: Guard
    client: Client

    @classmethod
    def opened(cls, settings: Settings, key: bytes) -> "Ways":
        guard, seconds = Guard(settings.network.allow), settings.delivery.timeout
        times = Times(connect=min(seconds, settings.network.connect_timeout), head=seconds, idle=seconds)
        return cls(settings, key, guard, Client(guard, times=times))

    async def close(self) -> None:
        await self.client.close()

    async def send(self, delivery: Delivery, rendered: Rendered, now: datetime) -> None:
        """Sends the message to the delivery's channel. Raises SendFailed; a channel that can't be used is permanent."""
        try:
            channel = channel_of(delivery.channel, self.settings.home)
        except (BadChannel, ConfigError) as error:
            raise SendFailed(saying(error), permanent=True) from error
        match channel.way:
            case Way.MAIL:
                await self._mail(channel, delivery, rendered, now)
            case Way.WEBHOOK:
                await self._webhook(channel, delivery, rendered, now)
            case Way.CHAT:
                seconds = self.settings.delivery.timeout
                await send_chat(channel.target, rendered.message, guard=self.guard, seconds=seconds)

    async def _mail(self, channel: Channel, delivery: Delivery, rendered: Rendered, now: datetime) -> None:
        mail = mail_of(
            rendered.message,
            delivery,
            sender=self.settings.mail.sender,
            recipient=channel.target,
            links=rendered.links,
            key=self.key,
            page_id=rendered.page_id,
            now=now,
        )
        seconds = self.settings.delivery.timeout
        await send_mail(self.settings.mail, mail, recipient=channel.target, seconds=seconds)

    async def _webhook(self, channel: Channel, delivery: Delivery, rendered: Rendered, now: datetime) -> None:
        await send_webhook(
            self.client,
            channel.target,
            rendered.message.payload,
            delivery,
            secret=channel.secret or webhook_secret(self.key, delivery.subscription_id),
            now=now,
            user_agent=self.settings.network.user_agent,
            seconds=self.settings.delivery.timeout,
        )
