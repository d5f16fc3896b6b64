"""Turns: all processes of one home folder ask a host one after the other, by a small file for each host.

The file holds the host's line (``crawler.core.turns``) and is read and written under ``flock``, for microseconds: what
dies while holding it leaves no lock behind. Within a process one request at a time stands in a host's line, so that
somebody who waits for a single page has one request of a crawl before it at most, and those that are connecting. A
process that shares no files keeps its lines itself.
"""

import asyncio
import fcntl
import hashlib
import logging
import os
import struct
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler

from crawler.core import turns
from crawler.core.turns import Line
from crawler.download.failures import Abandoned, HostRests
from storage.said import Said

log = logging.getLogger(__name__)

FREE_DELAY: Final = 0.001  # seconds; with no more than that between two requests only a rest is heeded
_SHAPE: Final = struct.Struct(f"<{len(turns.NUMBERS)}d")

Step = Callable[[Line, float], tuple[Line, float]]


class Turns:
    """One process's part in the lines of all hosts.

    ``folder``: where the files are; null: this process is alone. ``patience``: longest rest of a host, in seconds,
    that is waited for; null: any.

        await turns.take("mpt.gov.by", delay=1.0)   # returns when the request is let go: to connect, if it has to
        await turns.come("mpt.gov.by", delay=1.0)   # returns when it may be sent: at once
        turns.sent("mpt.gov.by")                    # it is on its way
    """

    def __init__(
        self, folder: Path | None, *, patience: float | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._folder = folder
        self._patience = patience
        self._clock = clock
        self._paths: dict[str, Path] = {}
        self._files: dict[str, int] = {}  # host -> descriptor
        self._alone: dict[str, Line] = {}  # the lines of a process that shares none
        self._freely: dict[str, float] = {}  # when a host's last request was sent that needed no turn
        self._within: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._abandoned = asyncio.Event()

    async def take(self, host: str, delay: float) -> None:
        """Waits for the host's turn, ``delay`` seconds after the request before it, and takes it.

        Raises HostRests when the host rests for longer than our patience, Abandoned when the run stops meanwhile. Who
        is cancelled while waiting leaves an empty place in line, which holds the others up for one turn at most.
        """
        if delay <= FREE_DELAY and not self._exists(host):
            return
        if (at := self._freely.pop(host, None)) is not None:  # its robots.txt has asked for a pause
            self._step(host, lambda line, now: (turns.sent(line, now=at), 0.0))
        async with self._within[host]:
            wait = self._step(host, lambda line, now: turns.enter(line, now=now, delay=delay))
            while wait > 0:
                self._check_rest(host)
                await self._sleep(wait)
                wait = self._step(host, lambda line, now: turns.proceed(line, now=now, delay=delay))

    async def come(self, host: str, delay: float) -> None:
        """Waits until a request that had its turn, and is connected, may be sent: now.

        That is ``delay`` seconds after the one before it was sent, whoever of us did, however long connecting took.
        Nobody else sends until ``sent`` says that it is on its way. Raises as ``take`` does.
        """
        if delay <= FREE_DELAY and not self._keeps(host):
            return
        while (wait := self._step(host, lambda line, now: turns.send(line, now=now, delay=delay))) > 0:
            self._check_rest(host)
            await self._sleep(wait)

    def sent(self, host: str) -> None:
        """The request is on its way, or has failed to be."""
        if self._keeps(host):
            self._step(host, lambda line, now: (turns.sent(line, now=now), 0.0))
        else:
            self._freely[host] = self._clock()

    def rest(self, host: str, seconds: float, *, delay: float) -> None:
        """Nobody asks the host within so many seconds, and afterwards only every ``delay`` seconds."""
        self._step(
            host, lambda line, now: (turns.slow(turns.rest(line, now=now, seconds=seconds), now=now, delay=delay), 0.0)
        )

    def waits_for(self, seconds: float) -> bool:
        """Whether a rest of so many seconds is waited for."""
        return self._patience is None or seconds <= self._patience

    def abandon(self) -> None:
        """Fails whoever waits for a turn, now or later, with Abandoned."""
        self._abandoned.set()

    def close(self) -> None:
        """Closes the files."""
        for handle in self._files.values():
            os.close(handle)
        self._files.clear()

    def _check_rest(self, host: str) -> None:
        now = self._clock()
        until = (_read(self._handle(host)) if self._folder else self._alone[host]).rests_until
        if until > now and not self.waits_for(until - now):
            when = datetime.fromtimestamp(until, UTC)
            raise HostRests(
                Said(
                    "{host} has asked us to wait: no request before {moment:%Y-%m-%d %H:%M:%S} UTC",
                    host=host,
                    moment=when,
                )
            )

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._abandoned.wait()
        except TimeoutError:
            return
        raise Abandoned(Said("the run was stopped before this was fetched"))

    def _step(self, host: str, step: Step) -> float:
        """Reads the host's line, takes a step, writes it back: nobody else does meanwhile. Returns seconds to wait."""
        if self._folder is not None:
            try:
                return self._locked_step(self._handle(host), step)
            except OSError as error:
                log.warning("no turns between processes: %s (%s)", self._folder, error.strerror)
                self._folder = None  # each process is left with the pauses that it makes by itself
        self._alone[host], wait = step(self._alone.get(host, Line()), self._clock())
        return wait

    def _locked_step(self, handle: int, step: Step) -> float:
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            line, wait = step(_read(handle), self._clock())
            os.pwrite(handle, _SHAPE.pack(*turns.numbers(line)), 0)
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)
        return wait

    def _keeps(self, host: str) -> bool:
        """Whether we have had to do with the host's line."""
        return host in self._files or host in self._alone

    def _exists(self, host: str) -> bool:
        """Whether anybody has."""
        return self._keeps(host) or (self._folder is not None and self._path(self._folder, host).exists())

    def _handle(self, host: str) -> int:
        if host not in self._files:
            assert self._folder is not None
            path = self._path(self._folder, host)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._files[host] = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._files[host]

    def _path(self, folder: Path, host: str) -> Path:
        if host not in self._paths:
            self._paths[host] = folder / hashlib.sha256(host.encode()).hexdigest()[:32]
        return self._paths[host]


def _read(handle: int) -> Line:
    """What the file says; nothing where it is new, or not ours."""
    content = os.pread(handle, _SHAPE.size, 0)
    if len(content) != _SHAPE.size:
        return Line()
    return Line(**dict(zip(turns.NUMBERS, _SHAPE.unpack(content), strict=True)))


_OF: WeakKeyDictionary[Crawler, Turns] = WeakKeyDictionary()


def turns_of(crawler: Crawler) -> Turns:
    """The turns that one Scrapy crawler takes: its handler, its middlewares and its spider share them."""
    if crawler not in _OF:
        folder = crawler.settings["LETAPIS_PACE_FOLDER"]
        patience = crawler.settings["LETAPIS_HASTE"].patience
        _OF[crawler] = Turns(Path(folder) if folder else None, patience=patience)
    return _OF[crawler]
