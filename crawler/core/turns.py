"""A host's line: when the next request to it may go, whoever of us makes it.

Moments are seconds of the wall clock, since processes that were started apart have no other clock in common. That
clock may be set back: what it can't have said is not believed (``believed``).
"""

import math
from dataclasses import astuple, dataclass, replace
from typing import Final

from crawler.core.pace import MAX_WAIT

MOST_AHEAD: Final = 16  # places in line that are believed; so many processes that ask one host at once are no plan
SLOW_FOR: Final = MAX_WAIT  # seconds that a host's wish for fewer requests holds for processes that did not hear it
_NEARLY: Final = 0.001  # seconds that are not worth a sleep


@dataclass(frozen=True, kw_only=True)
class Line:
    """What all processes know of one host."""

    went: float = 0.0  # when a request was last let go, or sent, whatever is later
    end: float = 0.0  # the next place in line that nobody has
    rests_until: float = 0.0  # the host has asked for no request before that
    slow: float = 0.0  # seconds between two requests that its pauses have led to
    slow_until: float = 0.0  # so long ``slow`` holds

    def gap(self, now: float, delay: float) -> float:
        """Seconds between two requests: the asker's own, or more where the host has asked for it."""
        return max(delay, self.slow) if now < self.slow_until else delay

    def clear_at(self, now: float, delay: float) -> float:
        """The moment from which a request may go."""
        return max(self.went + self.gap(now, delay), self.rests_until)


def enter(line: Line, *, now: float, delay: float) -> tuple[Line, float]:
    """Takes the next place in line; returns seconds to wait, 0 when the request may go and is held to have gone.

    >>> line, wait = enter(Line(), now=100.0, delay=1.0)
    >>> enter(line, now=100.25, delay=1.0)[1]
    0.75
    """
    line = believed(line, now=now, delay=delay)
    place = max(line.clear_at(now, delay), line.end)
    if place - now <= _NEARLY:
        return _gone(line, now=now, delay=delay), 0.0
    return replace(line, end=place + line.gap(now, delay)), place - now


def proceed(line: Line, *, now: float, delay: float) -> tuple[Line, float]:
    """Goes, now that the place in line is reached; returns seconds to wait on, where the host has come to rest
    meanwhile or another's request went late."""
    line = believed(line, now=now, delay=delay)
    wait = line.clear_at(now, delay) - now
    if wait <= _NEARLY:
        return _gone(line, now=now, delay=delay), 0.0
    return line, wait


def sent(line: Line, *, now: float, delay: float) -> Line:
    """The request that was let go is on its way only now: whoever comes next counts from here."""
    return replace(line, went=max(line.went, now))


def rest(line: Line, *, now: float, seconds: float) -> Line:
    """The host asks for no request within so many seconds; capped as Retry-After is."""
    line = believed(line, now=now, delay=0.0)
    return replace(line, rests_until=max(line.rests_until, now + min(seconds, MAX_WAIT)))


def slow(line: Line, *, now: float, delay: float) -> Line:
    """The host is asked that seldom from now on, by those too who did not hear it ask for a pause."""
    return replace(line, slow=delay, slow_until=now + SLOW_FOR)


def believed(line: Line, *, now: float, delay: float) -> Line:
    """The line without what no clock that runs forward has said, so that a jump of it holds nobody up for long."""
    if not all(map(math.isfinite, astuple(line))):
        return Line()
    slow_until = line.slow_until if line.slow_until <= now + SLOW_FOR else 0.0
    rests = line.rests_until if line.rests_until <= now + MAX_WAIT else 0.0
    kept = replace(line, went=min(line.went, now), rests_until=rests, slow_until=slow_until)
    furthest = max(now, rests) + MOST_AHEAD * max(kept.gap(now, delay), 1.0)
    return replace(kept, end=kept.end if kept.end <= furthest else 0.0)


def _gone(line: Line, *, now: float, delay: float) -> Line:
    return replace(line, went=now, end=max(line.end, now + line.gap(now, delay)))
