"""Who is told in the endurance run: a mail server, receivers, what each wants, and what each was told when."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from crawler.notify.keys import message_token, secret_key
from storage.archive import Archive
from storage.records_outbox import Cadence, Delivery, Subscription
from tests.notify.receivers import Inbox, Receiver
from tests.service.endurance_site import Happening, says

SECRET = "a secret of sixteen and more letters"
WORDS = r"\b(услуг|преподавател)\w*"


class Stamped(list[Any]):
    """A list that knows when each of its things came (monotonic)."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def append(self, item: Any) -> None:
        self.times.append(monotonic())
        super().append(item)


@dataclass(frozen=True, kw_only=True)
class Person:
    """One subscription, and what its owner has to be told, decided by what truly happened."""

    subscription: Subscription
    wants: Callable[[Happening], bool]

    @property
    def name(self) -> str:
        return self.subscription.name


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A message that arrived."""

    who: str
    at: float
    key: str  # the delivery's, whatever it was told by
    delivery: Delivery
    changes: tuple[tuple[str, str], ...]  # kind and address of each
    fault: str | None = None


@dataclass(kw_only=True)
class People:
    """Receivers of all sorts, and who listens there."""

    inbox: Inbox
    hook: Receiver
    digests: Receiver
    dead: Receiver
    persons: tuple[Person, ...] = ()

    def subscribe(self, archive: Archive, home: Path, now: datetime) -> None:
        """Enters everybody's wishes."""
        channels = home / "channels.toml"
        channels.write_text(f'[hook]\nurl = "webhook:{self.hook.url}"\nsecret = "{SECRET}"\n', encoding="utf-8")
        channels.chmod(0o600)
        digest: dict[str, Any] = {"cadence": Cadence.DIGEST, "cron": "* * * * *"}
        wishes: list[tuple[str, str, dict[str, Any], Callable[[Happening], bool]]] = [
            ("mail", "mailto:all@example.org", {"language": "ru"}, lambda one: True),
            ("hook", "@hook", {}, lambda one: True),
            ("section", "mailto:news@example.org", {"sections": ("news",)}, lambda one: "/news/" in one.url),
            ("words", "mailto:words@example.org", {"words": ("услуга", "преподаватель")}, wants_words),
            ("digest", f"webhook:{self.digests.url}", digest, lambda one: True),
            ("problems", "mailto:operator@example.org", {"topics": ("problems",)}, lambda one: False),
            ("dead", f"webhook:{self.dead.url}", {}, lambda one: True),
        ]
        found = []
        for name, channel, fields, wants in wishes:
            one = Subscription(name=name, channel=channel, created_at=now, **fields)
            found.append(Person(subscription=archive.add_subscription(one, actor="endurance"), wants=wants))
        self.persons = tuple(found)

    def heard(self, archive: Archive, home: Path) -> list[Heard]:
        """All messages, in the order of their arrival."""
        key = secret_key(home)
        sent = {one.key: one for one in archive.deliveries(limit=100_000)}
        by_token = {message_token(key, f"delivery {one}"): one for one in sent}
        found = [*self._mails(archive, sent, by_token)]
        found += self._posts("hook", self.hook, sent, SECRET)
        found += self._posts("digest", self.digests, sent, None)
        return sorted(found, key=lambda one: one.at)

    def _mails(self, archive: Archive, sent: dict[str, Delivery], by_token: dict[str, str]) -> Iterator[Heard]:
        who = {one.subscription.channel.removeprefix("mailto:"): one.name for one in self.persons}
        mails: Any = self.inbox.mails
        for mail, at in zip(list(mails), list(mails.times), strict=False):
            delivery = sent[by_token[mail["Message-ID"].strip("<>").partition("@")[0]]]
            told = tuple((change.kind.value, change.url) for _, change in archive.owed_in(delivery.id))
            text = mail.get_body(("plain",)).get_content()
            fault = next((f"mail {delivery.key} does not name {url}" for _, url in told if url not in text), None)
            yield Heard(
                who=who[mail["To"].strip()], at=at, key=delivery.key, delivery=delivery, changes=told, fault=fault
            )

    def _posts(self, who: str, receiver: Receiver, sent: dict[str, Delivery], secret: str | None) -> Iterator[Heard]:
        posts: Any = receiver.posts
        for post, at in zip(list(posts), list(posts.times), strict=False):
            told = json.loads(post.body)
            key = post.headers["idempotency-key"].strip('"')
            changes = tuple((change["kind"], change["url"]) for change in told["changes"])
            fault = None if secret is None or is_signed(post.headers["letapis-signature"], post.body, secret) else key
            yield Heard(
                who=who, at=at, key=key, delivery=sent[key], changes=changes, fault=fault and f"{key}: unsigned"
            )


def wants_words(one: Happening) -> bool:
    return says(one.words, WORDS)


def is_signed(given: str, body: bytes, secret: str) -> bool:
    """As docs/webhook.md tells receivers to check it."""
    parts = dict(part.split("=", 1) for part in given.split(","))
    made = hmac.new(secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(made, parts["v1"])


@contextmanager
def listening() -> Iterator[People]:
    with ExitStack() as stack:
        inbox = Inbox()
        inbox.mails = Stamped()
        receivers = [Receiver(posts=Stamped()) for _ in range(3)]
        receivers[2].answers = [(410, {})] * 10_000
        stack.enter_context(inbox)
        hook, digests, dead = map(stack.enter_context, receivers)
        yield People(inbox=inbox, hook=hook, digests=digests, dead=dead)
