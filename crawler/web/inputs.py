"""What comes in from outside: types of path parts that the database can take, and text that nothing can store."""

from typing import Annotated

from fastapi import Path, Request
from starlette.datastructures import FormData

from crawler.web.errors import MESSAGES, Refused

Id = Annotated[int, Path(ge=1, lt=2**63)]  # of a row


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
