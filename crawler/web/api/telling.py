"""The API's description as people read it: calls by noun, each with what it takes and what it answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

Schema = Mapping[str, Any]
WORDS = {"integer": "whole number", "string": "text", "boolean": "true or false", "array": "list", "object": "object"}
FORMATS = {"date-time": "moment", "date": "day", "binary": "bytes"}
REF = "#/components/schemas/"


@dataclass(frozen=True, kw_only=True)
class Field:
    """Something that goes in or comes out."""

    name: str
    form: str  # "list of texts", "whole number, 1 to 200"
    values: tuple[str, ...] = ()  # all that there are, of a closed set
    nullable: bool = False  # not told of what may be left out
    default: str | None = None  # as it is written; null: there is none, or it is nothing
    required: bool = False
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Call:
    method: str
    path: str
    scope: str
    summary: str
    about: str
    asked: tuple[Field, ...]  # in the path and after the question mark
    sent: tuple[Field, ...]  # in the body
    answered: tuple[Field, ...]
    listed: bool  # whether it answers a list of these, and the address of what follows

    @property
    def name(self) -> str:
        """Of the call on its page."""
        return f"{self.method}-{self.path.strip('/').replace('/', '-')}".translate({ord("{"): None, ord("}"): None})


def calls_by_noun(description: Schema) -> list[tuple[str, list[Call]]]:
    """All calls of an OpenAPI 3.1 description under the noun that their path begins with, in the order of paths."""
    parts = description["components"]["schemas"]
    paths = sorted(description["paths"].items())
    calls = [_call(path, method, told, parts) for path, ways in paths for method, told in ways.items()]
    return [(noun, list(found)) for noun, found in groupby(calls, key=lambda one: one.path.split("/")[3])]


def _call(path: str, method: str, told: Schema, parts: Schema) -> Call:
    answer = _json(told["responses"].get("200") or told["responses"].get("201") or {}, parts)
    listing = (
        answer.get("properties", {}).get("items") if {"items", "next"} == set(answer.get("properties", ())) else None
    )
    return Call(
        method=method.upper(),
        path=path,
        scope=told.get("x-scope", ""),
        summary=told.get("summary", ""),
        about=told.get("description", ""),
        asked=tuple(
            _field(one["name"], one["schema"], one.get("required", False), parts, one.get("description", ""))
            for one in told.get("parameters", ())
        ),
        sent=tuple(_fields(_json(told.get("requestBody", {}), parts), parts)),
        answered=tuple(_fields(_whole(listing["items"], parts) if listing else answer, parts, answered=True)),
        listed=listing is not None,
    )


def _json(told: Schema, parts: Schema) -> Schema:
    """The schema of a body in JSON; empty where it is something else."""
    return _whole(told.get("content", {}).get("application/json", {}).get("schema", {}), parts)


def _whole(schema: Schema, parts: Schema) -> Schema:
    """What a reference leads to."""
    return parts[schema["$ref"].removeprefix(REF)] if "$ref" in schema else schema


def _fields(schema: Schema, parts: Schema, *, answered: bool = False) -> Iterator[Field]:
    required = schema.get("required", ())
    for name, one in schema.get("properties", {}).items():
        yield _field(name, one, answered or name in required, parts)


def _field(name: str, schema: Schema, required: bool, parts: Schema, about: str = "") -> Field:
    some = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    forms = [_form(one, parts) for one in some]
    default = schema.get("default")
    return Field(
        name=name,
        form=" or ".join(form for form, _ in forms),
        values=tuple(value for _, values in forms for value in values),
        nullable=required and len(some) < len(schema.get("anyOf", some)),
        default=None if default in (None, "", [], {}) else _written(default),
        required=required,
        about=about or schema.get("description", ""),
    )


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _form(schema: Schema, parts: Schema) -> tuple[str, tuple[str, ...]]:
    """In words, and the values of a closed set."""
    whole = _whole(schema, parts)
    if "enum" in whole:
        return "one of", tuple(str(value) for value in whole["enum"])
    if "const" in whole:
        return "always", (str(whole["const"]),)
    if whole.get("type") == "array":
        form, values = _form(whole.get("items", {}), parts)
        return f"list of {form}" if not values else "list of", values
    kind: str = whole.get("type", "anything")
    return FORMATS.get(whole.get("format", ""), WORDS.get(kind, kind)) + _bounds(whole), ()


def _bounds(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None and high < 10**12:
        return f", {low:g} to {high:g}"
    longest = schema.get("maxLength")
    return f", at most {longest} characters" if longest else f", from {low:g}" if low is not None else ""
