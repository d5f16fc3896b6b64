"""The API's description (OpenAPI 3.1): who may call what, and how every call may be refused."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, Field

ABOUT = (
    "Read what was kept and what changed, decide about changes, fetch, write reports. A token goes with each call as "
    "`Authorization: Bearer letapis_...`; a browser's session counts too, with its form token in `X-CSRF-Token`. "
    "Moments are in UTC. Lists tell the address of what follows in `next`. Answers to GET have an ETag."
)
SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "made under Settings, or by letapis tokens new"},
    "session": {"type": "apiKey", "in": "cookie", "name": "letapis_session", "description": "who is logged in"},
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
    components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    needs = {(path, method): need.value for path, method, need in app.state.api}
    for path, methods in schema["paths"].items():
        for method, call in methods.items():
            _refusals(call, needs[path, method], reads=method == "get")
    return schema


def _refusals(call: dict[str, Any], need: str, *, reads: bool) -> None:
    """Every call may be refused in the same form; what is read may be known already."""
    told = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    call["responses"].pop("422", None)
    call["responses"]["4XX"] = {"description": "refused", "content": told}
    call["responses"]["503"] = {"description": "the service is not running", "content": told}
    if reads:
        call["responses"]["304"] = {"description": "as known by If-None-Match"}
    call["security"] = [{"token": []}, {"session": []}]
    call["x-scope"] = need
