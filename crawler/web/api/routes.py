"""Routes of the API: typed in and out, ETags on what is read, lists that tell the address of what follows."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from hashlib import sha256
from inspect import signature
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Request, Response
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict

from crawler.web.access import Endpoint, Need, Screen
from crawler.web.errors import Refused
from crawler.web.inputs import LAST_ID

T = TypeVar("T")

PREFIX = "/api/v1"
REFUSALS = "x-refusals"  # statuses of a call that only it is refused by; the description takes them in


def _in_words(value: object) -> object:
    """A bare number is no moment: pydantic would count seconds."""
    if isinstance(value, int | float) or (isinstance(value, str) and value.strip().replace(".", "", 1).isdigit()):
        raise ValueError("not a moment")
    return value


def _in_utc(at: datetime) -> datetime:
    """A moment without a zone is one of UTC. Raises ValueError for one that UTC has no year for."""
    try:
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("not a moment of our time") from error


Moment = Annotated[datetime, BeforeValidator(_in_words), AfterValidator(_in_utc)]
RowId = Annotated[int, Field(ge=1, le=LAST_ID)]
Flag = Annotated[bool, Strict()]  # in a body: true or false
Short = Annotated[str, Field(max_length=200)]
Address = Annotated[str, Field(min_length=1, max_length=4_000)]


class In(BaseModel):
    """What comes in: a field that nobody knows is a mistake, and told as one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Out(BaseModel):
    """What goes out, made of a record or a dictionary."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


class Asked(In):
    """What every list may be asked."""

    limit: int = Field(50, ge=1, le=200, description="entries of one answer")


class Listing(Out, Generic[T]):
    """A part of a list."""

    items: list[T]
    next: str | None = Field(None, description="address of the part that follows; null: there is none")


class Api:
    """The routes of one noun. An endpoint's first parameter is the request; its annotated result is the answer.

    >>> api = Api("sites")
    >>> @api.get("/sites", need=Need.READ)
    ... def sites(request: Request) -> Listing[str]: ...
    """

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._screen = Screen()

    @property
    def routes(self) -> list[Any]:
        return list(self._screen.routes)

    def get(self, path: str, *, need: Need, **more: Any) -> Callable[[Endpoint], Endpoint]:
        """``refuses``: statuses by which this call is refused, besides those of its kind; the same for all four."""
        return self._route(self._screen.get, path, need, more)

    def post(self, path: str, *, need: Need, **more: Any) -> Callable[[Endpoint], Endpoint]:
        return self._route(self._screen.post, path, need, more)

    def put(self, path: str, *, need: Need, **more: Any) -> Callable[[Endpoint], Endpoint]:
        return self._route(self._screen.put, path, need, more)

    def delete(self, path: str, *, need: Need, **more: Any) -> Callable[[Endpoint], Endpoint]:
        return self._route(self._screen.delete, path, need, more)

    def _route(
        self, add: Callable[..., Callable[[Any], Any]], path: str, need: Need, more: dict[str, Any]
    ) -> Callable[[Endpoint], Endpoint]:
        def added(endpoint: Endpoint) -> Endpoint:
            model = signature(endpoint).return_annotation
            status = more.get("status_code", 200)
            typed = {} if model is Response else {"response_model": model}

            @wraps(endpoint)
            def answered(*args: Any, **kwargs: Any) -> Response:
                return _answer(kwargs["request"], endpoint(*args, **kwargs), status)

            extra = {"openapi_extra": {REFUSALS: list(more.pop("refuses", ()))}}
            settings = {"tags": [self._noun], "response_description": "as asked", **extra, **typed, **more}
            add(f"{PREFIX}{path}", need=need, **settings)(answered)
            return endpoint

        return added


def _answer(request: Request, value: Any, status: int) -> Response:
    """The value as JSON; to a program that has it already, 304 (RFC 9110, 13.1.2)."""
    if isinstance(value, Response):
        return value
    body = value.model_dump_json().encode()
    headers: dict[str, str] = {}
    if request.method == "GET":
        headers = {"ETag": f'"{sha256(body).hexdigest()[:32]}"', "Cache-Control": "private, no-cache"}
        headers["Vary"] = "Authorization, Cookie"
        if _known(request.headers.get("if-none-match", ""), headers["ETag"]):
            return Response(status_code=304, headers=headers)
    if isinstance(value, Listing) and value.next:
        headers["Link"] = f'<{value.next}>; rel="next"'
    return Response(body, status, headers, media_type="application/json")


def _known(header: str, tag: str) -> bool:
    tags = [one.strip().removeprefix("W/") for one in header[:4_000].split(",")]
    return tag in tags or "*" in tags


def onward(request: Request, **cursor: object) -> str:
    """The address of the same list, from the cursor on."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in cursor]
    return f"{request.url.path}?{urlencode([*kept, *((name, str(value)) for name, value in cursor.items())])}"


def found(value: T | None) -> T:
    """The value; Refused with 404 for null."""
    if value is None:
        raise Refused(404, "There is no such thing.")
    return value
