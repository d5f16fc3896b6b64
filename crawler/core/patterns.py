"""Regular expressions that people write: what they may ask for is limited, and so is the time of each match.

They run on texts from the web, where one that goes back and forth would never end, and everything else would wait.
"""

import math
import re
from functools import lru_cache

import regex

from crawler.core.errors import BadField, bad_pattern
from storage.said import Said

LONGEST = 500  # characters
MAX_COUNTS = 10_000  # the product of all {n,m} of a pattern: they are unrolled when it is compiled
SECONDS = 0.05  # for one match

_COUNT = re.compile(r"\{(\d*),?(\d*)\}")
_SPECIAL_GROUP = re.compile(r"(?<!\\)(?:\\\\)*\(\?(?!:)")


class TooSlow(BadField):
    """A pattern took longer than it may."""


def found(pattern: str, text: str, *, whole: bool = False, fold: bool = False) -> bool:
    """Whether the pattern is in the text, or (``whole``) fits all of it; ``fold``: letters in any case.

    Raises TooSlow, and BadField for a pattern that may not be used.
    """
    compiled = _compiled(pattern, fold)
    try:
        return (compiled.fullmatch if whole else compiled.search)(text, timeout=SECONDS) is not None
    except TimeoutError as error:
        raise TooSlow("pattern", Said("takes too long on «{text}»; make it simpler", text=text[:60])) from error


@lru_cache(maxsize=500)
def refusal(pattern: str) -> str | None:
    """Why a pattern may not be used; null when it may."""
    if not pattern.strip() or len(pattern) > LONGEST:
        return Said("give a regular expression of 1 to {most} characters", most=LONGEST)
    if _SPECIAL_GROUP.search(pattern):
        return Said("groups with (?, other than (?:, are not allowed")
    counts = [max(int(number[:9] or 1) for number in found.groups()) for found in _COUNT.finditer(pattern)]
    if math.prod(count or 1 for count in counts) > MAX_COUNTS:
        return Said("its {counts} ask for too much; use * or +", counts="{n,m}")
    try:
        regex.compile(pattern, regex.IGNORECASE)
    except (regex.error, RecursionError) as error:
        return bad_pattern(error)
    return None


@lru_cache(maxsize=500)
def _compiled(pattern: str, fold: bool) -> "regex.Pattern[str]":
    why = refusal(pattern)
    if why is not None:
        raise BadField("pattern", why)
    return regex.compile(pattern, regex.IGNORECASE if fold else 0)
