"""What the operator got wrong in a configuration file, said with file, line, key and remedy."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError


class ConfigError(Exception):
    """One line for people: where it is, what is wrong, what to do."""


def read_toml(path: Path) -> tuple[dict[str, Any], str]:
    """Returns a TOML file's tables and its text.

    Raises ConfigError when the file can't be read or is not TOML; the message names the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: can't be read ({error}); name an existing UTF-8 TOML file") from error
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}; mend that line") from error


def explain(error: ValidationError, *, path: Path | str, text: str) -> ConfigError:
    """Turns pydantic's first complaint into a ConfigError with file, line and key."""
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    line = line_of(text, first["loc"])
    where = f"{path}:{line}" if line else str(path)
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return ConfigError(f"{where}: {key}: {remedy(first)}{more}")


def remedy(complaint: Any) -> str:
    """What to do about one complaint of pydantic's, in words."""
    if complaint["type"] == "extra_forbidden":
        return "no such key; remove it or see docs/site-profiles.md for the keys there are"
    if complaint["type"] == "missing":
        return "is missing; add it"
    return f"{complaint['msg'].removeprefix('Value error, ')} (here: {complaint['input']!r:.80})"


def line_of(text: str, location: Sequence[str | int]) -> int | None:
    """The 1-based line where a key stands; of a table's last named part that is found, null if none is."""
    lines = text.splitlines()
    names = [part for part in location if isinstance(part, str)]
    index = next((part for part in location if isinstance(part, int)), 0)
    start = _table_start(lines, names, index)
    for number, line in enumerate(lines[start:], start + 1):
        if names and line.split("=")[0].strip() == names[-1]:
            return number
        if number > start + 1 and line.lstrip().startswith("[") and len(names) > 1:
            break
    return start or None


def _table_start(lines: Sequence[str], names: Sequence[str], index: int) -> int:
    if len(names) < 1:
        return 0
    heads = [
        n
        for n, line in enumerate(lines, 1)
        if line.strip().strip("[]").strip() in (names[0], ".".join(names[:-1])) and line.lstrip().startswith("[")
    ]
    return heads[min(index, len(heads) - 1)] if heads else 0
