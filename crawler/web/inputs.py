"""What comes in from outside: types of path parts that the database can take, and text that nothing can store."""

from typing import Annotated

from fastapi import Path, Request

from crawler.web.errors import MESSAGES, Refused

Id = Annotated[int, Path(ge=1, lt=2**63)]  # of a row


def plain(request: Request) -> None:
    """Refuses forms in parts: none of ours brings files, and who sends one may name any codec of Python's for it."""
    if "multipart" in request.headers.get("content-type", "").lower():
        raise Refused(415, MESSAGES[415])


async def readable(request: Request) -> None:
    """Refuses NUL characters wherever they come: PostgreSQL stores none, and nobody means one."""
    found = "\0" in request.url.path or "%00" in request.url.query
    if request.method not in ("GET", "HEAD"):
        body = await request.body()
        form = "urlencoded" in request.headers.get("content-type", "").lower()
        found = found or b"\0" in body or (b"%00" if form else b"\\u0000") in body
    if found:
        raise Refused(400, MESSAGES[400])
