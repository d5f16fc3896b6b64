"""What the operator got wrong in a configuration file, said with file, line, key and remedy."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import ValidationError

_HEAD = re.compile(r"\[\[?([^\[\]=]+)\]\]?\s*(?:#.*)?")


class ConfigError(Exception):
    """One line for people: where it is, what is wrong, what to do."""


def read_toml(path: Path) -> tuple[dict[str, Any], str]:
    """Returns a TOML file's tables and its text.

    Raises ConfigError when the file can't be read or is not TOML; the message names the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # editors on Windows put a byte order mark first
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: can't be read ({error}); name an existing UTF-8 TOML file") from error
    try:
        return tomllib.loads(text), text
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}; mend that line") from error


def explain(error: "ValidationError", *, sources: Sequence[tuple[Path | str, str]]) -> ConfigError:
    """Turns pydantic's first complaint into a ConfigError with file, line and key.

    ``sources``: (where, text), the one that overrides the others first; the one that holds the key is named, or else
    the one that holds the innermost table around it.
    """
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"]) or "profile"
    places = [(where, *_found(text, first["loc"])) for where, text in sources]
    where, _, line = max(places, key=lambda place: place[1])  # of equals the first
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return ConfigError(
        f"{where}:{line}: {key}: {remedy(first)}{more}" if line else f"{where}: {key}: {remedy(first)}{more}"
    )


def remedy(complaint: Any) -> str:
    """What to do about one complaint of pydantic's, in words."""
    if complaint["type"] == "extra_forbidden":
        return "no such key; remove it or see docs/site-profiles.md for the keys there are"
    if complaint["type"] == "missing":
        return "is missing; add it"
    return f"{complaint['msg'].removeprefix('Value error, ')} (here: {complaint['input']!r:.80})"


def line_of(text: str, location: Sequence[str | int]) -> int | None:
    """The 1-based line where a key stands, or the nearest table or key around it; null if none does."""
    return _found(text, location)[1]


def _found(text: str, location: Sequence[str | int]) -> tuple[int, int | None]:
    """How many of a location's names are found in a text, and the line of the last of them."""
    lines = text.splitlines()
    names = [part for part in location if isinstance(part, str)]
    index = next((part for part in location if isinstance(part, int)), 0)
    for length in range(len(names), 0, -1):
        line = _key_line(lines, names[:length], index) or _head_line(lines, names[:length], index)
        if line:
            return length, line
    return 0, None


def _key_line(lines: Sequence[str], names: Sequence[str], index: int) -> int | None:
    """Line of ``key = ...`` in the table that the names before it make, or of a dotted key."""
    start = _head_line(lines, names[:-1], index) if len(names) > 1 else 0
    if start is None:
        return None
    for number, line in enumerate(lines[start:], start + 1):
        if _HEAD.fullmatch(line.strip()):
            return None
        if line.split("=")[0].strip().strip("\"'") == names[-1] and "=" in line:
            return number
    return None


def _head_line(lines: Sequence[str], names: Sequence[str], index: int) -> int | None:
    """Line of ``[a.b]``, or of the index-th ``[[a]]``."""
    wanted = ".".join(names)
    heads = [n for n, line in enumerate(lines, 1) if (m := _HEAD.fullmatch(line.strip())) and m[1].strip() == wanted]
    return heads[min(index, len(heads) - 1)] if heads and wanted else None
