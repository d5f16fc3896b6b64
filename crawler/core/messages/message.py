"""A message's parts, and the addresses that it leads to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

SHORT = 1_000  # characters of a chat message at most

Matched: TypeAlias = Mapping[int, tuple[str, ...]]  # change id: the subscription's words that were found in it


@dataclass(frozen=True, kw_only=True)
class Message:
    """One delivery in every form; each channel sends what it can show."""

    subject: str  # one line
    text: str  # plain, for mail
    html: str  # a whole document, for mail
    short: str  # plain, for chats: at most SHORT characters
    payload: dict[str, Any]  # for webhooks: docs/webhook.schema.json


@dataclass(frozen=True, kw_only=True)
class Links:
    """Where a message leads to.

    >>> Links(public_url="https://letapis.example").change(7)
    'https://letapis.example/changes/7'
    """

    public_url: str  # without a slash at its end
    unsubscribe: str | None = None  # ends the subscription; null where nobody can be asked

    def change(self, change_id: int | None) -> str:
        """The review page of a change."""
        return f"{self.public_url}/changes/{change_id}"

    @property
    def changes(self) -> str:
        return f"{self.public_url}/changes"

    @property
    def problems(self) -> str:
        return f"{self.public_url}/problems"
