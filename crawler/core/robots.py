"""What a robots.txt answer allows us (RFC 9309)."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from protego import Protego

from storage.said import Said

TOKEN: Final = "Letapis"  # our product token: what a robots.txt names to address us
MAX_BYTES: Final = 1024 * 1024  # RFC 9309 2.5: 500 KiB at least; what follows is not looked at
MAX_REDIRECTS: Final = 5  # RFC 9309 2.3.1.2
MAX_CRAWL_DELAY: Final = 60.0  # seconds; a longer wish is honoured up to here
FRESH_SECONDS: Final = 24 * 3600.0  # RFC 9309 2.4
ASK_AGAIN_SECONDS: Final = 300.0  # after an answer that could not be had


class Verdict(StrEnum):
    RULES = "rules"  # there is a file, and it decides
    ALL = "all"  # there is none: everything is allowed
    NOTHING = "nothing"  # it could not be had: nothing is allowed for the time being


@dataclass(frozen=True, kw_only=True)
class Robots:
    verdict: Verdict
    reason: str  # one line for people
    rules: Protego | None = None

    def allows(self, url: str) -> bool:
        """Whether we may fetch the address."""
        if self.rules is not None:
            return bool(self.rules.can_fetch(url, TOKEN))
        return self.verdict is Verdict.ALL

    @property
    def wished_delay(self) -> float | None:
        """Seconds between requests as the file wishes; null when it says nothing sensible."""
        wish = self.rules.crawl_delay(TOKEN) if self.rules is not None else None
        return wish if wish is not None and math.isfinite(wish) and wish >= 0 else None

    @property
    def crawl_delay(self) -> float | None:
        """Seconds between requests that we keep to: the wish, capped."""
        return None if self.wished_delay is None else min(self.wished_delay, MAX_CRAWL_DELAY)

    def stands_for(self, *, ask_again: float = ASK_AGAIN_SECONDS) -> float:
        """Seconds until it is asked for again."""
        return ask_again if self.verdict is Verdict.NOTHING else FRESH_SECONDS


def robots_from_answer(status: int, body: bytes) -> Robots:
    """Reads the final answer, redirects behind it: 2xx rules, 5xx and 429 nothing, all else everything.

    RFC 9309 2.3.1.3 would let 429 pass as "unavailable"; a server that asks for fewer requests is taken at its word.
    """
    if 200 <= status < 300:
        text = body[:MAX_BYTES].decode("utf-8-sig", errors="replace")
        return Robots(verdict=Verdict.RULES, reason="robots.txt", rules=Protego.parse(text))
    if status >= 500 or status == 429:
        return unreachable_robots(Said("robots.txt answers {status}", status=status))
    return Robots(verdict=Verdict.ALL, reason=f"no robots.txt ({status})")


def unreachable_robots(reason: str) -> Robots:
    """robots.txt could not be had, which forbids everything (RFC 9309 2.3.1.4)."""
    return Robots(verdict=Verdict.NOTHING, reason=reason)
