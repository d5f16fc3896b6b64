"""Characters that steer a terminal: taken out of text for people, escaped in JSON."""

import json
import re
from typing import Any

# Controls (line feed and tab aside) and the marks that turn the direction of text or break lines: what comes from the
# web must neither steer the terminal nor rearrange what stands around it.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """Text that can't steer a terminal.

    >>> plain("a\\x1b[31mred\\u202e")
    'a[31mred'
    """
    return _STEERING.sub("", text)


def as_json(value: Any) -> str:
    """One line of JSON: letters as they are, what could steer a terminal as \\u escapes.

    >>> as_json({"title": "Тариф\\u202e"})
    '{"title": "Тариф\\\\u202e"}'
    """
    line = json.dumps(value, ensure_ascii=False, default=str)
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", line)
