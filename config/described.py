"""Every setting as people read it: key, variable, meaning, default, and what it is set to. Secrets are masked."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from config.settings import Settings

_PASSWORD = re.compile(r"(?<=://)([^/@:\s]*):[^@\s]*@")  # of who asks, in a URL
_PARAMETER = re.compile(r"(?i)(\w*(?:pass|secret|token|key)\w*)=[^&\s]*")


class Source(StrEnum):
    """What has set a value."""

    DEFAULT = "default"
    FILE = "file"  # letapis.toml, or an option of the command line
    ENVIRONMENT = "environment"


@dataclass(frozen=True, kw_only=True)
class Described:
    key: str  # as in letapis.toml: "network.allow"
    variable: str  # of the environment
    meaning: str
    default: str  # empty: none
    secret: bool


@dataclass(frozen=True, kw_only=True)
class Effective:
    setting: Described
    value: str  # empty: none; of a secret no more than that there is one
    source: Source


def described() -> list[Described]:
    """All settings, in the order of the code."""
    return list(_described(Settings, ()))


def effective(settings: Settings) -> list[Effective]:
    """What each setting is, and what has set it."""
    return [_effective(settings, one) for one in described()]


def masked(text: str) -> str:
    """The text without the passwords that stand in it.

    >>> masked("postgresql://letapis:secret@db/letapis?sslpassword=s"), masked("smtps://who@mail.example")
    ('postgresql://letapis:…@db/letapis?sslpassword=…', 'smtps://who@mail.example')
    """
    return _PARAMETER.sub(r"\1=…", _PASSWORD.sub(r"\1:…@", text))


def _described(model: type[BaseModel], above: tuple[str, ...]) -> Iterator[Described]:
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from _described(info.annotation, (*above, name))
        else:
            yield Described(
                key=".".join((*above, name)),
                variable="LETAPIS_" + "_".join((*above, name)).upper(),
                meaning=info.description or "",
                default=_default(info, name),
                secret=not info.repr,
            )


def _default(info: FieldInfo, name: str) -> str:
    return "~/.local/share/letapis" if name == "home" else _text(info.default)


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else "" if value is None else str(value)


def _effective(settings: Settings, one: Described) -> Effective:
    value: Any = settings
    usual: Any = Settings.model_construct()
    for name in one.key.split("."):
        value, usual = getattr(value, name), getattr(usual, name)
    set_here = any(name.upper() == one.variable for name in os.environ)
    source = Source.ENVIRONMENT if set_here else Source.DEFAULT if value == usual else Source.FILE
    text = _text(value)
    return Effective(setting=one, value=("…" if text else "") if one.secret else masked(text), source=source)
