"""The vocabulary of accounts as values: users, sessions, tokens. Standard library only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """Each may do all that those before it may."""

    READER = "reader"  # looks
    REVIEWER = "reviewer"  # decides about changes, fetches, writes reports
    ADMIN = "admin"  # users, subscriptions of all, rules, schedule


@dataclass(frozen=True, kw_only=True)
class User:
    id: int
    name: str
    role: Role
    password: str  # argon2id hash
    one_time: bool  # the password must be changed at the next login
    language: str | None = None  # of the screens; null: the browser's
    looked_at: datetime | None = None  # when home was last looked at
    created_at: datetime
    disabled_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Session:
    id: str  # sha256 of the cookie's value, hex
    user_id: int
    csrf: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Token:
    id: int
    user_id: int
    name: str
    digest: str  # sha256 of the token, hex
    scopes: tuple[str, ...]  # "read", "fetch", "review", "admin"
    created_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None
