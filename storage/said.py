"""Sentences that know what they were made of: English to whoever wants a text, told otherwise where somebody reads."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

MARK = "\x1e"  # stands in a kept sentence between its text and what it was made of (ASCII: record separator)
# What is read back may have been made by others: fields of a message are names, and pad nothing out to a page.
_MESSAGE = re.compile(r"(?:[^{}]|\{\w+(?:![rs])?(?::[,.%\w :-]{0,20})?\})*")
_WIDE = re.compile(r"\{[^{}]*\d{4}")


class Said(str):
    """A sentence in English with its message and the values put into it; crawler.core.phrases.told translates it.

    Values are texts, numbers, moments in UTC, sentences, and sequences of these, which are joined by commas.

    >>> Said("{url}: {why}", url="https://a.by", why=Said("the server answered {status}", status=404))
    'https://a.by: the server answered 404'
    """

    message: str
    many: str | None  # the message for another count than one, where it has plural forms: by the value ``n``
    values: Mapping[str, Any]

    def __new__(cls, message: str, /, **values: Any) -> "Said":
        return cls._made(message, None, values)

    @classmethod
    def counted(cls, one: str, many: str, /, n: int, **values: Any) -> "Said":
        """A sentence that has another form where ``n`` is not one.

        >>> Said.counted("{n} page", "{n} pages", n=2)
        '2 pages'
        """
        return cls._made(one, many, {"n": n, **values})

    @classmethod
    def _made(cls, message: str, many: str | None, values: Mapping[str, Any]) -> "Said":
        chosen = message if many is None or values["n"] == 1 else many
        made = str.__new__(cls, chosen.format(**{name: _plain(value) for name, value in values.items()}))
        made.message, made.many, made.values = message, many, dict(values)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Said._made, (self.message, self.many, self.values)


def saying(error: BaseException) -> str:
    """What an exception says to people: its sentence where it was raised with one."""
    said = error.args[0] if error.args else None
    return said if isinstance(said, Said) else str(error)


def kept(text: str) -> str:
    """A text as one that a database or a channel can keep: a sentence with what it was made of behind it."""
    if isinstance(text, Said):
        return f"{text}{MARK}{json.dumps(_parts(text), ensure_ascii=False, separators=(',', ':'))}"
    return f"{text}{MARK}null" if MARK in text else text


def of_kept(text: str) -> str:
    """What ``kept`` was given; what was kept before there were sentences, or was altered, is its plain text."""
    plain, mark, made = text.rpartition(MARK)
    if not mark:
        return text
    try:
        said = _of_parts(json.loads(made))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        return plain
    return said if said == plain else plain


def _plain(value: Any) -> Any:
    return ", ".join(str(_plain(one)) for one in value) if isinstance(value, list | tuple) else value


def _parts(said: Said) -> list[Any]:
    return [said.message, said.many, {name: _kept_value(value) for name, value in said.values.items()}]


def _of_parts(parts: Any) -> Said:
    message, many, values = parts
    if any(not _MESSAGE.fullmatch(one) or _WIDE.search(one) for one in (message, many or "")):
        raise ValueError(message)
    return Said._made(message, many, {name: _value(value) for name, value in values.items()})


def _kept_value(value: Any) -> Any:
    match value:
        case Said():
            return {"said": _parts(value)}
        case datetime():
            return {"at": value.isoformat()}
        case list() | tuple():
            return [_kept_value(one) for one in value]
        case int() | float():
            return value
        case _:
            return str(value)


def _value(kept_value: Any) -> Any:
    match kept_value:
        case {"said": parts}:
            return _of_parts(parts)
        case {"at": moment}:
            return datetime.fromisoformat(moment).astimezone(UTC)
        case list():
            return [_value(one) for one in kept_value]
        case _:
            return kept_value
