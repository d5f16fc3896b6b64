"""Channels: what a subscription's channel text means, whether it can be used, and how it is shown."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from yarl import URL

from config.errors import ConfigError, read_toml
from crawler.notify.failures import BadChannel
from crawler.notify.keys import check_private
from crawler.notify.masks import masked
from storage.said import Said, saying

__all__ = ["BadChannel", "Channel", "Way", "channel_fault", "channel_of", "known_channel", "masked"]

FILE = "channels.toml"
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_NAME = re.compile(r"@[\w-]{1,64}")


class Way(StrEnum):
    MAIL = "mail"
    WEBHOOK = "webhook"
    CHAT = "chat"


@dataclass(frozen=True, kw_only=True)
class Channel:
    """Where messages go."""

    way: Way
    target: str = field(repr=False)  # mail address, URL, or Apprise URL: the latter two may hold secrets
    secret: str | None = field(default=None, repr=False)  # webhooks: signs instead of the derived secret


def channel_of(text: str, home: Path) -> Channel:
    """What a channel text means. Raises BadChannel.

    ``mailto:who@example.org``, ``webhook:https://...``, ``@NAME`` of the home folder's channels.toml, or a URL that
    Apprise knows. Whether a host can be reached is not asked here.
    """
    if not text.startswith("@"):
        return _plain(text)
    if not _NAME.fullmatch(text):
        raise BadChannel(Said("{channel}: a name is made of letters, digits, _ and -", channel=masked(text)))
    named = _named(home)
    if text[1:] not in named:
        raise BadChannel(
            Said(
                "{channel} is not in {file}; add [{name}] with its url there",
                channel=text,
                file=home / FILE,
                name=text[1:],
            )
        )
    return _from_table(text, named[text[1:]])


def channel_fault(text: str, home: Path) -> str | None:
    """Why the channel can't be used; null when it can."""
    try:
        channel_of(text, home)
    except (BadChannel, ConfigError) as error:
        return saying(error)
    return None


def known_channel(text: str) -> str | None:
    """The same where no home folder is at hand: names are taken on trust."""
    if _NAME.fullmatch(text):
        return None
    return channel_fault(text, Path())


def _plain(text: str) -> Channel:
    if text.startswith("mailto:") and not text.startswith("mailto://"):
        return _mail(text.removeprefix("mailto:"))
    if text.startswith("webhook:"):
        return _webhook(text.removeprefix("webhook:"))
    return _chat(text)


def _mail(address: str) -> Channel:
    if not _ADDRESS.fullmatch(address) or ".." in address:
        raise BadChannel(Said('mail goes to one address of ASCII letters: "mailto:who@example.org"'))
    return Channel(way=Way.MAIL, target=address)


def _webhook(text: str) -> Channel:
    try:
        url = URL(text)
    except ValueError as error:
        raise BadChannel(Said("webhook: its address is no URL")) from error
    if url.scheme not in ("http", "https") or not url.host or any(ord(char) <= 32 for char in text):
        raise BadChannel(Said('a webhook is an http or https address: "webhook:https://example.org/hook"'))
    if url.user is not None or url.password is not None:
        raise BadChannel(Said("a webhook's address holds no user name; calls are signed, see docs/webhook.md"))
    return Channel(way=Way.WEBHOOK, target=str(url.with_fragment(None)))


def _chat(text: str) -> Channel:
    from crawler.notify.chat import check  # Apprise takes half a second to import

    check(text)
    return Channel(way=Way.CHAT, target=text)


def _from_table(name: str, table: object) -> Channel:
    if not isinstance(table, Mapping) or not isinstance(table.get("url"), str) or set(table) - {"url", "secret"}:
        raise BadChannel(
            Said(
                '{channel}: {file} must say url = "..." under [{name}], and secret for a webhook, no more',
                channel=name,
                file=FILE,
                name=name[1:],
            )
        )
    if table["url"].startswith("@"):
        raise BadChannel(Said("{channel}: its url is a name again; give the URL itself", channel=name))
    secret = table.get("secret")
    if secret is not None and not (isinstance(secret, str) and len(secret) >= 16):
        raise BadChannel(Said("{channel}: its secret must be a text of 16 characters at least", channel=name))
    found = _plain(table["url"])
    return Channel(way=found.way, target=found.target, secret=secret)


def _named(home: Path) -> dict[str, Any]:
    """The named channels, read anew each time: a change of the file counts at once."""
    path = home / FILE
    try:
        check_private(path)
    except FileNotFoundError:
        return {}
    try:
        return read_toml(path)[0]
    except ConfigError as error:
        if isinstance(error.__cause__, tomllib.TOMLDecodeError):  # its message may quote a secret
            raise ConfigError(f"{path}: is not valid TOML; mend it") from None
        raise
