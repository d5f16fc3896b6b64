"""What comes in from outside: types of path parts that the database can take, and text that nothing can store."""

from typing import Annotated

from fastapi import Path, Request
from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import FormData

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


async def readable(request: Request) -> None:
    """Refuses NUL characters wherever they come: PostgreSQL stores none, and nobody means one."""
    found = "\0" in request.url.path or "%00" in request.url.query
    if request.method not in ("GET", "HEAD"):
        found = found or await _in_body(request)
    if found:
        raise Refused(400, MESSAGES[400])


async def _in_body(request: Request) -> bool:
    form = getattr(request, "_form", None)  # read already by who looked for the token; never read twice
    if isinstance(form, FormData):
        return any("\0" in key or (isinstance(value, str) and "\0" in value) for key, value in form.multi_items())
    if request.headers.get("content-type", "").startswith("application/json"):
        body = await request.body()
        return b"\0" in body or b"\\u0000" in body
    return False
