"""Passwords: hashed by argon2id, checked in the same time for known and unknown users; the first administrator."""

import re
import secrets
import threading
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from crawler.web.words import N_
from storage.archive import Archive
from storage.audit import SERVICE
from storage.records_accounts import Role

SHORTEST = 10  # characters; NIST SP 800-63B-4 asks for 8 beside a second factor and more without
LONGEST = 256  # characters: hashing must not be given megabytes

FIRST = "admin"

_NAME = re.compile(r"[^\W\d_][\w.@-]{0,39}")

_hasher = PasswordHasher()  # argon2id as RFC 9106 recommends for little memory: 64 MiB, 3 passes
_room = threading.BoundedSemaphore(2)  # hashes at a time: each takes 64 MiB


def hashed(password: str) -> str:
    """The hash to store."""
    with _room:
        return _hasher.hash(password)


def verified(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one's. Null (no such user) takes as long and is false."""
    with _room:
        try:
            return _hasher.verify(stored or _nobody(), password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def refused(password: str, name: str) -> str | None:
    """Why this can't be a password; null when it can. Length counts, not kinds of characters (NIST SP 800-63B-4)."""
    if len(password) < SHORTEST:
        return N_("A password has 10 characters or more.")
    if len(password) > LONGEST:
        return N_("A password has 256 characters at most.")
    if name.lower() in password.lower() or len(set(password)) < 5:
        return N_("This password is too easy to guess.")
    return None


def name_refused(name: str) -> str | None:
    """Why this can't be a user's name; null when it can."""
    return (
        None if _NAME.fullmatch(name) else N_("A name has 1 to 40 small letters, digits, dots, dashes; a letter first.")
    )


def one_time() -> str:
    """A password to be typed once: 80 random bits in groups, no letters that look alike."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def first_admin(archive: Archive, now: datetime) -> str | None:
    """Makes the user "admin" where there is no user yet; returns its one-time password, to be told once, or null."""
    if archive.users():
        return None
    password = one_time()
    made = archive.add_user(FIRST, Role.ADMIN, hashed(password), now, actor=SERVICE, one_time=True, first=True)
    return password if made else None


@cache
def _nobody() -> str:
    """A hash that no password has, made as all are."""
    return _hasher.hash(secrets.token_hex(32))
