"""``letapis users`` and ``letapis tokens``: who may use the review pages and the API."""

import argparse
from datetime import datetime

from rich.table import Table

from crawler.commands import DONE, UsageError
from crawler.commands.context import actor, archive_of, clock, console, emit, plain, say, settings_of
from crawler.web import passwords
from crawler.web.sessions import digest
from crawler.web.sessions import new_token as made_token
from storage.archive import Archive
from storage.records_accounts import Role, Token, User

LAST = "{name} is the last who administers; make another admin first (letapis users role NAME admin)"


def add_user(asked: argparse.Namespace) -> int:
    """Makes a user with a one-time password."""
    name, password = asked.name.strip().lower(), passwords.one_time()
    if wrong := passwords.name_refused(name):
        raise UsageError(f'"{plain(asked.name)}" can\'t be a name. {wrong}')
    with archive_of(settings_of(asked)) as archive:
        stored, role = passwords.hashed(password), Role(asked.role)
        if archive.add_user(name, role, stored, clock(), actor=actor(), one_time=True) is None:
            raise UsageError(f"there is a user {name} already (letapis users list)")
    say(f"{name} may come in as {asked.role}. One-time password, to be changed at the first login:\n{password}")
    return DONE


def list_users(asked: argparse.Namespace) -> int:
    with archive_of(settings_of(asked)) as archive:
        found = archive.users()
    if asked.json:
        for user in found:
            emit(_user_json(user))
        return DONE
    if not found:
        say("There is no user yet; letapis up makes the first one, or: letapis users add NAME --role admin")
        return DONE
    table = Table("name", "role", "state", "since")
    for user in found:
        table.add_row(user.name, user.role.value, _state(user), _day(user.created_at))
    console().print(table)
    return DONE


def set_role(asked: argparse.Namespace) -> int:
    with archive_of(settings_of(asked)) as archive:
        user = _named(archive, asked.name)
        if not archive.set_role(user.id, Role(asked.role), clock(), actor=actor()):
            raise UsageError(LAST.format(name=user.name))
    say(f"{user.name} is {asked.role} now.")
    return DONE


def disable(asked: argparse.Namespace) -> int:
    with archive_of(settings_of(asked)) as archive:
        user = _named(archive, asked.name)
        if not archive.disable(user.id, clock(), actor=actor()):
            raise UsageError(LAST.format(name=user.name))
    say(f"{user.name} is locked out: sessions are ended, tokens do nothing (letapis users enable {user.name}).")
    return DONE


def enable(asked: argparse.Namespace) -> int:
    with archive_of(settings_of(asked)) as archive:
        user = _named(archive, asked.name)
        archive.enable(user.id, clock(), actor=actor())
    say(f"{user.name} may come in again.")
    return DONE


def reset_password(asked: argparse.Namespace) -> int:
    """Also lets in who has failed too often."""
    password = passwords.one_time()
    with archive_of(settings_of(asked)) as archive:
        user = _named(archive, asked.name)
        archive.set_password(user.id, passwords.hashed(password), clock(), actor=actor(), one_time=True)
        archive.take_back(what=f"login {user.name}")
    say(f"New one-time password of {user.name}, to be changed at the next login:\n{password}")
    return DONE


def new_token(asked: argparse.Namespace) -> int:
    secret, scopes = made_token(), sorted(set(asked.scope or ["read"]))
    with archive_of(settings_of(asked)) as archive:
        user = _named(archive, asked.user)
        token = archive.add_token(user.id, asked.name, digest(secret), scopes, clock(), actor=actor())
    say(f"Token {token.id} of {user.name} ({', '.join(scopes)}); it is shown this once:\n{secret}")
    return DONE


def list_tokens(asked: argparse.Namespace) -> int:
    with archive_of(settings_of(asked)) as archive:
        of = _named(archive, asked.user).id if asked.user else None
        found = [token for token in archive.tokens(of) if asked.all or token.revoked_at is None]
        owners = {user.id: user.name for user in archive.users()}
    if asked.json:
        for token in found:
            emit(_token_json(token, owners[token.user_id]))
        return DONE
    if not found:
        say("There is no token; letapis tokens new NAME --user USER makes one.")
        return DONE
    table = Table("id", "name", "user", "may", "made", "last used", "revoked")
    for token in found:
        used, revoked = (_day(at) if at else "" for at in (token.used_at, token.revoked_at))
        scopes, made = ", ".join(token.scopes), _day(token.created_at)
        table.add_row(str(token.id), plain(token.name), owners[token.user_id], scopes, made, used, revoked)
    console().print(table)
    return DONE


def revoke_token(asked: argparse.Namespace) -> int:
    with archive_of(settings_of(asked)) as archive:
        if not archive.revoke_token(asked.id, clock(), actor=actor()):
            raise UsageError(f"there is no valid token {asked.id} (letapis tokens list)")
    say(f"Token {asked.id} is revoked.")
    return DONE


def _named(archive: Archive, name: str) -> User:
    user = archive.user(name.strip().lower())
    if user is None:
        raise UsageError(f'there is no user "{plain(name)}" (letapis users list)')
    return user


def _state(user: User) -> str:
    return "locked out" if user.disabled_at else "one-time password" if user.one_time else "active"


def _day(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")


def _user_json(user: User) -> dict[str, object]:
    """Never the hash."""
    return {
        "name": user.name,
        "role": user.role.value,
        "one_time": user.one_time,
        "language": user.language,
        "created_at": user.created_at.isoformat(),
        "disabled_at": user.disabled_at.isoformat() if user.disabled_at else None,
    }


def _token_json(token: Token, owner: str) -> dict[str, object]:
    return {
        "id": token.id,
        "name": token.name,
        "user": owner,
        "scopes": list(token.scopes),
        "created_at": token.created_at.isoformat(),
        "used_at": token.used_at.isoformat() if token.used_at else None,
        "revoked_at": token.revoked_at.isoformat() if token.revoked_at else None,
    }
