"""The API's description (OpenAPI 3.1): who may call what, and how every call may be refused."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, Field

from crawler.web.api.routes import REFUSALS

ABOUT = (
    "Read what was kept and what changed, decide about changes, fetch, write reports. A token goes with each call as "
    "`Authorization: Bearer letapis_...`; a browser's session counts too, with its form token in `X-CSRF-Token`. "
    "Moments are in UTC. Lists tell the address of what follows in `next`. Answers to GET have an ETag."
)
SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "made under Settings, or by letapis tokens new"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "letapis_session",
        "description": "who is logged in; bound to TLS its name is __Host-letapis_session",
    },
    "form": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRF-Token",
        "description": "the session's form token: with a session, for calls that change something",
    },
}
REASONS = {
    400: ("Unreadable", "it can't be read"),
    401: ("Unknown", "no token, or one that is not valid"),
    403: ("Forbidden", "role or token do not allow it"),
    404: ("Missing", "there is no such thing"),
    409: ("Conflict", "not now: the name is taken, there is nothing to end, it had ended before"),
    413: ("TooLarge", "this is too much at once"),
    422: ("Senseless", "something is missing, has the wrong form, or makes no sense"),
    429: ("TooOften", "too many attempts"),
    500: ("Failed", "a mistake of ours; the log has more"),
    503: ("NotRunning", "the service is not running"),
    504: ("TooSlow", "the other server is too slow"),
}
HEADERS = {
    401: {"WWW-Authenticate": ("string", "how to say who asks")},
    429: {"Retry-After": ("integer", "seconds to wait")},
}
PARAMETERS = {  # what parameters of many calls are; those of one call say it themselves
    "page_id": "id of the page",
    "capture_id": "id of the capture",
    "change_id": "id of the change",
    "delivery_id": "id of the message",
    "filter_id": "id of the filter",
    "report_id": "id of the report",
    "rule_id": "id of the rule",
    "run_id": "id of the run",
    "subscription_id": "id of the subscription",
    "token_id": "id of the token",
    "user_id": "id of the user",
    "number": "number of the version, from 1",
    "site": "key of the site",
    "section": "name of the section; “-”: of none",
    "kind": "one of these; repeated, any of them",
    "state": "one of these; repeated, any of them",
    "language": "code of the language, as “be”; repeated, any of them",
    "what": "which data",
    "form": "form of the file",
    "order": "by weight, or by time",
    "subject": "what the entry is about",
    "actor": "name of the user",
    "subscription": "id of the subscription",
    "offset": "results that are left out: those that were answered before",
    "from": "number of the version before",
    "to": "number of the version after",
}


class Problem(BaseModel):
    """Why a call was refused (RFC 9457)."""

    type: str = Field("about:blank", description="about:blank: the status says what kind of problem it is")
    title: str = Field(description="the status in words")
    status: int
    detail: str = Field(description="what is wrong, and what to do")
    fields: list[str] = Field([], description="what in the request is missing or has the wrong form")
    number: str | None = Field(None, description="of the entry in our log, when the mistake is ours")


def described(app: FastAPI) -> dict[str, Any]:
    """The description; made once."""
    if app.openapi_schema is None:
        app.openapi_schema = _made(app)
    return app.openapi_schema


def _made(app: FastAPI) -> dict[str, Any]:
    schema = app.openapi()
    schema["info"] |= {"description": ABOUT, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}}
    components = schema.setdefault("components", {})
    components["securitySchemes"] = SCHEMES
    components["responses"] = {name: _refusal(status) for status, (name, _) in REASONS.items()}
    components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    needs = {(path, method): need.value for path, method, need in app.state.api}
    for path, methods in schema["paths"].items():
        for method, call in methods.items():
            call["operationId"] = _name(path, method, call, read="get" in methods)
            _told(call, path, method, needs[path, method])
    return schema


def _name(path: str, method: str, call: dict[str, Any], *, read: bool) -> str:
    """The path's words, and what is done: ``changes_get``, ``changes_notes_add``, ``sites_run``."""
    named = (word.removesuffix(".{form}") for word in path.removeprefix("/api/v1/").split("/"))
    words = [word for word in named if "{" not in word]
    words += ["export"] if "{form}" in path and "export" not in words else []
    of_one = path.endswith("}")
    answer = call["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
    lists = "Listing" in answer.get("$ref", "") or answer.get("$ref", "").endswith("ResultsOut")
    done = {
        "get": "get" if of_one or not lists else "list",
        "put": "replace",
        "delete": "delete",
        "post": "update" if of_one else "add" if read else "",
    }[method]
    return "_".join([*words, done] if done else words).replace("-", "_")


def _refusal(status: int) -> dict[str, Any]:
    told = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    headers = {
        name: {"schema": {"type": kind}, "description": words}
        for name, (kind, words) in HEADERS.get(status, {}).items()
    }
    return {"description": REASONS[status][1], "content": told} | ({"headers": headers} if headers else {})


def _told(call: dict[str, Any], path: str, method: str, need: str) -> None:
    """What FastAPI does not know: how the call is refused, who may make it, what its parameters mean."""
    answers, reads = call["responses"], method == "get"
    answers.pop("422", None)
    refused = {400, 401, 403, *call.pop(REFUSALS, ())}
    refused |= {404} if "{" in path else set()
    refused |= {422} if call.get("parameters") or "requestBody" in call else set()
    refused |= set() if reads else {404, 409, 413}
    for status in sorted(refused):
        answers[str(status)] = {"$ref": f"#/components/responses/{REASONS[status][0]}"}
    if reads and "application/json" in answers["200"].get("content", {}):
        answers["304"] = {"description": "it is as known by If-None-Match"}
        answers["200"]["headers"] = {
            "ETag": {"schema": {"type": "string"}, "description": "to be sent back as If-None-Match"},
            "Link": {"schema": {"type": "string"}, "description": 'of a list that goes on: rel="next"'},
        }
    for one in call.get("parameters", ()):
        if not one.get("description") and one["name"] in PARAMETERS:
            one["description"] = PARAMETERS[one["name"]]
    call["security"] = [{"token": []}, {"session": []} if reads else {"session": [], "form": []}]
    call["x-scope"] = need
