"""A host's line: when the next request to it may go, whoever of us makes it.

Moments are seconds of the wall clock, since processes that were started apart have no other clock in common. That
clock may be set back: what it can't have said is not believed (``believed``).
"""

import math
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Final

from crawler.core.pace import MAX_WAIT

MOST_AHEAD: Final = 16  # places in line that are believed; so many processes that ask one host at once are no plan
SLOW_FOR: Final = MAX_WAIT  # seconds that a host's wish for fewer requests holds for processes that did not hear it
WRITING: Final = 1.0  # seconds that a request may take to be written; longer only where its process is stopped or dead
_NEARLY: Final = 0.001  # seconds that are not worth a sleep


@dataclass(frozen=True, kw_only=True)
class Line:
    """What all processes know of one host."""

    sent: float = 0.0  # when a request was last sent: what the host's pause is counted from
    writing: float = 0.0  # one is just being written; believed until then
    let: float = 0.0  # when one was last let go, to connect where it has no connection
    end: float = 0.0  # the next place in line that nobody has
    rests_until: float = 0.0  # the host has asked for no request before that
    slow: float = 0.0  # seconds between two requests that its pauses have led to
    slow_until: float = 0.0  # so long ``slow`` holds

    def gap(self, now: float, delay: float) -> float:
        """Seconds between two requests: the asker's own, or more where the host has asked for it."""
        return max(delay, self.slow) if now < self.slow_until else delay

    def clear_at(self, now: float, delay: float) -> float:
        """The moment from which a request may be sent, as far as is known."""
        return max(self.sent + self.gap(now, delay), self.rests_until)

    def opens_at(self, now: float, delay: float) -> float:
        """The moment from which one may be let go."""
        return max(self.let + self.gap(now, delay), self.clear_at(now, delay))


NUMBERS: Final = tuple(field.name for field in fields(Line))
numbers: Final = attrgetter(*NUMBERS)  # of a line, in their order; astuple is slow


def enter(line: Line, *, now: float, delay: float) -> tuple[Line, float]:
    """Takes the next place in line; returns seconds to wait, 0 when the request is let go.

    >>> line, wait = enter(Line(), now=100.0, delay=1.0)
    >>> enter(line, now=100.25, delay=1.0)[1]
    0.75
    """
    line = believed(line, now=now, delay=delay)
    place = max(line.opens_at(now, delay), line.end)
    if place - now <= _NEARLY:
        return _let(line, now=now, delay=delay), 0.0
    return replace(line, end=place + line.gap(now, delay)), place - now


def proceed(line: Line, *, now: float, delay: float) -> tuple[Line, float]:
    """Is let go, now that the place in line is reached; returns seconds to wait on, where the host has come to rest
    meanwhile or another's request went late."""
    line = believed(line, now=now, delay=delay)
    wait = line.opens_at(now, delay) - now
    if wait <= _NEARLY:
        return _let(line, now=now, delay=delay), 0.0
    return line, wait


def send(line: Line, *, now: float, delay: float) -> tuple[Line, float]:
    """Is sent, now that it is let go and connected; returns seconds to wait on, where others that were
    let go later had connected sooner, or one of them is just being written."""
    line = believed(line, now=now, delay=delay)
    wait = line.clear_at(now, delay) - now
    if line.writing > now:  # it is sent after now, and our pause begins then
        wait = max(wait, min(line.gap(now, delay), line.writing - now))
    if wait > 0:
        return line, wait
    return replace(line, sent=now, writing=now + WRITING), 0.0


def sent(line: Line, *, now: float) -> Line:
    """The request is on its way: whoever comes next counts from here."""
    return replace(line, sent=max(line.sent, now), writing=0.0)


def rest(line: Line, *, now: float, seconds: float) -> Line:
    """The host asks for no request within so many seconds; capped as Retry-After is."""
    line = believed(line, now=now, delay=0.0)
    return replace(line, rests_until=max(line.rests_until, now + min(seconds, MAX_WAIT)))


def slow(line: Line, *, now: float, delay: float) -> Line:
    """The host is asked that seldom from now on, by those too who did not hear it ask for a pause."""
    return replace(line, slow=delay, slow_until=now + SLOW_FOR)


def believed(line: Line, *, now: float, delay: float) -> Line:
    """The line without what no clock that runs forward has said, so that a jump of it holds nobody up for long."""
    if not all(map(math.isfinite, numbers(line))):
        return Line()
    slow_until = line.slow_until if line.slow_until <= now + SLOW_FOR else 0.0
    rests = line.rests_until if line.rests_until <= now + MAX_WAIT else 0.0
    writing = line.writing if line.writing <= now + WRITING else 0.0
    sent, let = min(line.sent, now), min(line.let, now)
    kept = replace(line, sent=sent, writing=writing, let=let, rests_until=rests, slow_until=slow_until)
    furthest = max(now, rests) + MOST_AHEAD * max(kept.gap(now, delay), 1.0)
    return replace(kept, end=kept.end if kept.end <= furthest else 0.0)


def _let(line: Line, *, now: float, delay: float) -> Line:
    return replace(line, let=now, end=max(line.end, now + line.gap(now, delay)))
