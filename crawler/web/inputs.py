"""What comes in from outside: types of path parts that the database can take, and text that nothing can store."""

from typing import Annotated

from fastapi import Path, Request
from starlette.convertors import Convertor, register_url_convertor

from crawler.web.errors import MESSAGES, Refused

LAST_ID = 2**53 - 1  # the largest whole number that every reader of JSON can hold
Id = Annotated[int, Path(ge=1, le=LAST_ID)]  # of a row


class _Number(Convertor[int]):
    """The ``int`` of paths, of so many digits as a row's id may have: what is longer is no address of ours."""

    regex = "[0-9]{1,19}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("int", _Number())


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
