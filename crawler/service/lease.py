"""The right to schedule: one service on a database has it, and proves it every few seconds.

A holder that can't renew in time has ended all its work before another one can take over: what depends on the right
asks ``held``, and the runs' processes carry a timer of their own, which only a renewal winds up again.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from secrets import token_hex

from storage.archive import Archive

log = logging.getLogger(__name__)

RIGHT = "scheduler"
RENEWALS = 5  # in the time that the right lasts
TRUSTED = 0.8  # the part of that time in which the holder may rely on it
LOOK = 1.0  # seconds between two looks at a right that somebody else has


def boottime() -> float:
    """Seconds on the clock that all processes of this machine share, that nobody sets and that runs in sleep too."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def holder_name() -> str:
    """Who we are: machine, process, and a number that no other process has, should the process id come again."""
    return f"{socket.gethostname()} {os.getpid()} {token_hex(4)}"


class Lease:
    """Takes the right when it is free and renews it, in a thread: a busy event loop must not lose it.

    ``extend`` is called from that thread with the moment (``boottime``) up to which the right can be relied upon.
    """

    def __init__(
        self,
        archive: Archive,
        *,
        holder: str,
        seconds: float,
        clock: Callable[[], datetime],
        extend: Callable[[float], None],
    ) -> None:
        self.holder = holder
        self._archive, self._seconds, self._clock, self._extend = archive, seconds, clock, extend
        self._until = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def until(self) -> float:
        """The moment (``boottime``) up to which the right can be relied upon."""
        return self._until

    @property
    def held(self) -> bool:
        return boottime() < self._until

    def release(self) -> None:
        """Gives the right back, so that another takes over at once; whatever needed it has ended by then."""
        self._stopped.set()
        self._thread.join(timeout=self._seconds)
        had, self._until = self._until, 0.0
        if had:
            self._archive.release_lease(RIGHT, self.holder)

    def _keep(self) -> None:
        while not self._stopped.is_set():
            self._renew()
            self._stopped.wait(self._seconds / RENEWALS if self.held else LOOK)

    def _renew(self) -> None:
        begun, now = boottime(), self._clock()
        try:
            known = self._archive.lease(RIGHT)
            if known and known.holder != self.holder and known.until > now:
                return
            taken = self._archive.take_lease(RIGHT, self.holder, now + timedelta(seconds=self._seconds), now)
        except Exception:  # a database that does not answer: what we have lasts as long as it lasts
            log.exception("the right to schedule could not be renewed")
            return
        if taken and not self._stopped.is_set():
            self._until = begun + TRUSTED * self._seconds
            self._extend(self._until)
