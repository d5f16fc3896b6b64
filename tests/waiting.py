"""Waiting for what another process or thread does, without keeping a processor from doing it."""

from collections.abc import Callable
from threading import Event
from time import monotonic

LOOK = 0.02  # seconds between two looks


def until(holds: Callable[[], object], *, seconds: float = 240, every: float = LOOK, words: str = "") -> None:
    """Returns as soon as that holds. AssertionError when it does not within so many seconds."""
    deadline = monotonic() + seconds
    while not holds():
        assert monotonic() < deadline, words
        Event().wait(every)
