"""One run's process, as the service sees it: started warm, told how long it may go on, stopped, killed, outlived."""

import asyncio
import contextlib
import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from multiprocessing.context import ForkServerProcess
from typing import Any

from crawler.service.child import Task, main
from crawler.service.forking import context

PATIENCE = 10.0  # seconds from "stop" to the end by force


class Child:
    """The process of one run. It dies with the service, and when the service's right to schedule has run out.

    ``reason``: why it was stopped, in words for people; null while nobody has.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        self.reason: str | None = None
        self._ours, theirs = socket.socketpair()
        self._theirs: socket.socket | None = theirs
        self._process: ForkServerProcess = context().Process(target=main, args=(task, theirs), daemon=True)
        self._killing: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Returns when the process is there. Raises OSError where none can be made."""
        await asyncio.to_thread(self._process.start)
        if self._theirs is not None:
            self._theirs.close()
            self._theirs = None

    @property
    def pid(self) -> int | None:
        return self._process.pid

    async def lines(self) -> AsyncIterator[dict[str, Any]]:
        """What the process tells, until it is gone; what is no line of ours is passed over."""
        reader, writer = await asyncio.open_connection(sock=self._ours, limit=2**22)
        try:
            while line := await _line(reader):
                with contextlib.suppress(ValueError):
                    yield dict(json.loads(line))
        finally:
            writer.close()

    async def ended(self) -> int:
        """Waits for the end; the exit code, or minus the signal's number."""
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        sentinel = self._process.sentinel
        loop.add_reader(sentinel, over.set)
        try:
            await over.wait()
        finally:
            loop.remove_reader(sentinel)
            if self._killing:
                self._killing.cancel()
        await asyncio.to_thread(self._process.join)
        return self._process.exitcode or 0

    def extend(self, until: float) -> None:
        """Lets it go on up to then (boottime); called from any thread."""
        with contextlib.suppress(OSError):
            self._ours.send(json.dumps({"until": until}).encode() + b"\n")

    def stop(self, reason: str) -> None:
        """Asks it to end in good order; by force when it has not after ten seconds."""
        if self.reason is None:
            self.reason = reason
            self._signal(signal.SIGTERM)
            self._killing = asyncio.get_running_loop().call_later(PATIENCE, self._signal, signal.SIGKILL)

    def kill(self, reason: str) -> None:
        """Ends it at once."""
        self.reason = self.reason or reason
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.pid is not None and self._process.is_alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except (OSError, ValueError):  # the process was killed, or says something endless
        return b""
