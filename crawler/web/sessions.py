"""Sessions and cookies: made of 256 random bits, stored by digest, over after 12 idle hours or 14 days."""

import hashlib
import secrets
from datetime import datetime, timedelta

from fastapi import Request, Response

from crawler.web.context import Web
from storage.records_accounts import Session

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=14)
TOKEN_PREFIX = "letapis_"  # scanners for leaked secrets find it by this


def digest(secret: str) -> str:
    """What is stored of a cookie or token: enough to know it again, not enough to use it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_token() -> str:
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def begun(user_id: int, now: datetime) -> tuple[str, Session]:
    """A new session and the cookie's value."""
    value = secrets.token_urlsafe(32)
    session = Session(
        id=digest(value),
        user_id=user_id,
        csrf=secrets.token_urlsafe(32),
        created_at=now,
        seen_at=now,
        expires_at=now + LONGEST,
    )
    return value, session


def cookie(web: Web, name: str) -> str:
    """A cookie's full name: where TLS is sure, one that no other host and no plain connection can set."""
    return f"__Host-letapis_{name}" if web.secure else f"letapis_{name}"


def cookie_of(request: Request, web: Web, name: str) -> str | None:
    return request.cookies.get(cookie(web, name))


def set_cookie(response: Response, web: Web, name: str, value: str, age: timedelta | None = None) -> None:
    """Scripts can't read it. Lax, not Strict: who follows a link in a mail shall be logged in already."""
    response.set_cookie(
        cookie(web, name),
        value,
        max_age=int(age.total_seconds()) if age else None,
        httponly=True,
        secure=web.secure,
        samesite="lax",
    )


def drop_cookie(response: Response, web: Web, name: str) -> None:
    response.delete_cookie(cookie(web, name), httponly=True, secure=web.secure, samesite="lax")
