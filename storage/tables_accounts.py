"""The tables of accounts: users, their sessions, their tokens, and failed attempts."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table

from storage.tables import Id, Moment, Words, metadata

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Words(), nullable=False, unique=True),
    Column("role", Words(), nullable=False),
    Column("password", Words(), nullable=False),  # argon2id hash
    Column("one_time", Boolean, nullable=False),  # the password must be changed at the next login
    Column("language", Words(), nullable=True),  # of the screens; null: the browser's
    Column("looked_at", Moment(), nullable=True),  # when home was last looked at
    Column("created_at", Moment(), nullable=False),
    Column("disabled_at", Moment(), nullable=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Words(), primary_key=True),  # sha256 of the cookie's value
    Column("user_id", Id, ForeignKey("users.id"), nullable=False),
    Column("csrf", Words(), nullable=False),
    Column("created_at", Moment(), nullable=False),
    Column("seen_at", Moment(), nullable=False),
    Column("expires_at", Moment(), nullable=False),
    Index(None, "user_id"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, ForeignKey("users.id"), nullable=False),
    Column("name", Words(), nullable=False),
    Column("digest", Words(), nullable=False, unique=True),  # sha256 of the token
    Column("scopes", Words(), nullable=False),  # JSON list
    Column("created_at", Moment(), nullable=False),
    Column("used_at", Moment(), nullable=True),
    Column("revoked_at", Moment(), nullable=True),
)

attempts = Table(  # what is rate-limited: failed logins, fetches
    "attempts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("what", Words(), nullable=False),  # "login anna", "login from 127.0.0.1", "fetch anna"
    Column("at", Moment(), nullable=False),
    Index(None, "what", "at"),
)
