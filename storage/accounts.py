"""Accounts: who may come in, who is in, by which token, and who tried too often.

Who alters an account is named as ``actor``, and stands in the audit log; one's own language and last look do not.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, insert, literal, select, update

from storage.audit import note_in
from storage.engine import Store, upsert
from storage.records_accounts import Role, Session, Token, User
from storage.tables_accounts import attempts, sessions, tokens, users

_FRESH = timedelta(minutes=1)  # a mark of last use is renewed when it is older: reading shall not write each time

_SESSION = [column.label(f"session_{column.name}") for column in sessions.c]
_TOKEN = [column.label(f"token_{column.name}") for column in tokens.c]


class Accounts(Store):
    """Questions and orders about users, sessions, tokens and attempts."""

    def add_user(
        self, name: str, role: Role, password: str, now: datetime, *, actor: str, one_time: bool = False,
        first: bool = False,
    ) -> User | None:  # fmt: skip
        """Makes a user of a password's hash; null when the name is taken (``first``: when there is any user)."""
        columns = ("name", "role", "password", "one_time", "created_at")
        values: dict[str, Any] = dict(zip(columns, (name, role.value, password, one_time, now), strict=True))
        row = select(*(literal(values[key], users.c[key].type) for key in columns))
        # Never without a WHERE: SQLite couldn't tell ON CONFLICT from a join's ON.
        row = row.where(~select(users.c.id).exists() if first else literal(True))
        with self.writing() as connection:
            added = upsert(connection, users).from_select(columns, row).on_conflict_do_nothing().returning(*users.c)
            made = connection.execute(added).one_or_none()
            if made:
                note_in(connection, now, actor, "user.create", [f"user {name}"], role=role.value)
        return _user(made) if made else None

    def user(self, name: str) -> User | None:
        return next(iter(self._users(users.c.name == name)), None)

    def users_by_id(self, ids: Iterable[int]) -> dict[int, User]:
        """Users by their ids; unknown ones are left out."""
        return {user.id: user for user in self._users(users.c.id.in_(sorted(set(ids))))}

    def users(self) -> list[User]:
        """All users, disabled ones too, by name."""
        return self._users()

    def _users(self, *wanted: ColumnElement[bool]) -> list[User]:
        with self.reading() as connection:
            return [_user(row) for row in connection.execute(select(users).where(*wanted).order_by(users.c.name))]

    def set_password(
        self, user_id: int, password: str, now: datetime, *, actor: str, one_time: bool = False, keep: str | None = None
    ) -> None:
        """Sets a password's hash and ends the user's sessions, but for the one to ``keep``."""
        values = {"password": password, "one_time": one_time}
        with self.writing() as connection:
            set_to = update(users).where(users.c.id == user_id).values(values).returning(users.c.name)
            name = connection.execute(set_to).scalar()
            connection.execute(delete(sessions).where(sessions.c.user_id == user_id, sessions.c.id != (keep or "")))
            if name is not None:
                note_in(connection, now, actor, "user.password", [f"user {name}"], one_time=one_time)

    def set_role(self, user_id: int, role: Role, now: datetime, *, actor: str) -> bool:
        """Gives a role. False, and nothing done, when nobody would be left who administers."""
        values = {"role": role.value}
        return self._set(user_id, values, "user.role", now, actor, losing=role is not Role.ADMIN)

    def disable(self, user_id: int, now: datetime, *, actor: str) -> bool:
        """Locks a user out; sessions end. False as for set_role."""
        return self._set(user_id, {"disabled_at": now}, "user.disable", now, actor, losing=True)

    def enable(self, user_id: int, now: datetime, *, actor: str) -> bool:
        """Lets a user in again."""
        return self._set(user_id, {"disabled_at": None}, "user.enable", now, actor, losing=False)

    def _set(
        self, user_id: int, values: dict[str, Any], action: str, now: datetime, actor: str, *, losing: bool
    ) -> bool:
        """Sessions end as well: whoever is in goes on with the new rights only. Noted is what alters something."""
        admins = select(users.c.id).where(users.c.role == Role.ADMIN.value, users.c.disabled_at.is_(None))
        with self.writing() as connection:
            left = set(connection.execute(admins.with_for_update()).scalars())  # two who depose each other wait in line
            if losing and left == {user_id}:
                return False
            before = connection.execute(select(users).where(users.c.id == user_id)).one_or_none()
            connection.execute(update(users).where(users.c.id == user_id).values(values))
            connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
            if before and any(getattr(before, name) != value for name, value in values.items()):
                roles = {"before": before.role, "after": values["role"]} if "role" in values else {}
                note_in(connection, now, actor, action, [f"user {before.name}"], **roles)
        return True

    def set_language(self, user_id: int, language: str | None) -> None:
        with self.writing() as connection:
            connection.execute(update(users).where(users.c.id == user_id).values(language=language))

    def set_looked(self, user_id: int, at: datetime) -> None:
        """Remembers when home was last looked at."""
        with self.writing() as connection:
            connection.execute(update(users).where(users.c.id == user_id).values(looked_at=at))

    def begin_session(self, session: Session, *, instead: str | None = None, login: str | None = None) -> None:
        """Stores a session; the one that it comes ``instead`` of is ended in the same transaction.

        ``login`` is the name of who has just proven who they are; null: they were in before.
        """
        with self.writing() as connection:
            if login is not None:
                note_in(connection, session.created_at, login, "user.login", [f"user {login}"])
            if instead:
                connection.execute(delete(sessions).where(sessions.c.id == instead))
            values = {column.name: getattr(session, column.name) for column in sessions.c}
            connection.execute(insert(sessions).values(values))

    def session(self, session_id: str, now: datetime, idle: timedelta) -> tuple[Session, User] | None:
        """The session and its user, marked as seen; null when it is unknown or over, or the user is locked out."""
        chosen = (
            select(users, *_SESSION)
            .join(sessions, sessions.c.user_id == users.c.id)
            .where(sessions.c.id == session_id, sessions.c.expires_at > now, sessions.c.seen_at > now - idle)
            .where(users.c.disabled_at.is_(None))
        )
        row = self._one(chosen)
        if row is None:
            return None
        session = Session(**{column.name: row._mapping[f"session_{column.name}"] for column in sessions.c})
        if now - session.seen_at > _FRESH:
            with self.writing() as connection:
                connection.execute(update(sessions).where(sessions.c.id == session_id).values(seen_at=now))
        return session, _user(row)

    def end_session(self, session_id: str) -> None:
        with self.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.id == session_id))

    def add_token(
        self, user_id: int, name: str, digest: str, scopes: Sequence[str], now: datetime, *, actor: str
    ) -> Token:
        """Stores a token by its digest; the token itself is nowhere."""
        row = {"user_id": user_id, "name": name, "digest": digest, "scopes": json.dumps(list(scopes))}
        with self.writing() as connection:
            made = insert(tokens).values(row | {"created_at": now}).returning(*_TOKEN)
            token = _token(connection.execute(made).one())
            detail = {"user": _name(connection, user_id), "name": name, "scopes": list(scopes)}
            note_in(connection, now, actor, "token.create", [f"token {token.id}"], **detail)
        return token

    def tokens(self, user_id: int | None = None) -> list[Token]:
        """Tokens of a user or of all, newest first, revoked ones too."""
        chosen = select(*_TOKEN).order_by(tokens.c.id.desc())
        if user_id is not None:
            chosen = chosen.where(tokens.c.user_id == user_id)
        with self.reading() as connection:
            return [_token(row) for row in connection.execute(chosen)]

    def token(self, digest: str, now: datetime) -> tuple[Token, User] | None:
        """The token and its user, marked as used; null when unknown or revoked, or the user is locked out."""
        chosen = (
            select(users, *_TOKEN)
            .join(tokens, tokens.c.user_id == users.c.id)
            .where(tokens.c.digest == digest, tokens.c.revoked_at.is_(None), users.c.disabled_at.is_(None))
        )
        row = self._one(chosen)
        if row is None:
            return None
        token = _token(row)
        if token.used_at is None or now - token.used_at > _FRESH:
            with self.writing() as connection:
                connection.execute(update(tokens).where(tokens.c.id == token.id).values(used_at=now))
        return token, _user(row)

    def revoke_token(self, token_id: int, now: datetime, *, actor: str, user_id: int | None = None) -> bool:
        """Ends a token (of this user only); false when there is none that is valid."""
        valid = [tokens.c.id == token_id, tokens.c.revoked_at.is_(None)]
        if user_id is not None:
            valid.append(tokens.c.user_id == user_id)
        with self.writing() as connection:
            ended = update(tokens).where(*valid).values(revoked_at=now).returning(tokens.c.user_id, tokens.c.name)
            row = connection.execute(ended).one_or_none()
            if row is not None:
                detail = {"user": _name(connection, row.user_id), "name": row.name}
                note_in(connection, now, actor, "token.revoke", [f"token {token_id}"], **detail)
        return row is not None

    def attempt(self, what: str, now: datetime) -> int:
        """Notes an attempt before it is made, so that those at the same time see each other; returns its id."""
        with self.writing() as connection:
            noted = insert(attempts).values(what=what, at=now).returning(attempts.c.id)
            return int(connection.execute(noted).scalar_one())

    def attempts(self, what: str, since: datetime, limit: int) -> list[datetime]:
        """The last ``limit`` attempts since then, newest first."""
        chosen = select(attempts.c.at).where(attempts.c.what == what, attempts.c.at > since)
        with self.reading() as connection:
            return list(connection.execute(chosen.order_by(attempts.c.at.desc()).limit(limit)).scalars())

    def take_back(self, ids: Iterable[int] = (), *, what: str | None = None) -> None:
        """Forgets attempts that shall not count: these, and all of a kind."""
        with self.writing() as connection:
            connection.execute(delete(attempts).where(attempts.c.id.in_(list(ids)) | (attempts.c.what == (what or ""))))

    def forget_accounts_rows(self, now: datetime, idle: timedelta, window: timedelta) -> int:
        """Deletes sessions that are over and attempts that count no more; returns how many."""
        over = (sessions.c.expires_at <= now) | (sessions.c.seen_at <= now - idle)
        with self.writing() as connection:
            gone = connection.execute(delete(sessions).where(over)).rowcount
            return gone + connection.execute(delete(attempts).where(attempts.c.at <= now - window)).rowcount

    def answers(self) -> None:
        """Asks the database for nothing; raises when it can't be read."""
        with self.reading() as connection:
            connection.execute(select(func.count()).select_from(select(users.c.id).limit(1).subquery()))

    def _one(self, chosen: Select[Any]) -> Row[Any] | None:
        with self.reading() as connection:
            return connection.execute(chosen).one_or_none()


def _name(connection: Connection, user_id: int) -> str | None:
    return connection.execute(select(users.c.name).where(users.c.id == user_id)).scalar()


def _user(row: Row[Any]) -> User:
    values = {column.name: row._mapping[column.name] for column in users.c}
    return User(**values | {"role": Role(values["role"])})


def _token(row: Row[Any]) -> Token:
    values = {column.name: row._mapping[f"token_{column.name}"] for column in tokens.c}
    return Token(**values | {"scopes": tuple(json.loads(values["scopes"]))})
