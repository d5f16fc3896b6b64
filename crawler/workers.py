"""Worker processes that can be killed: what reads hostile pages runs here, within limits of time and memory.

A worker is a program of its own (``python -m crawler.worker``), so that the parent's ``__main__`` is never
imported again and only what a task needs is loaded. Tasks and results travel as pickles over a socket pair. The
parent unpickles plain values and the vocabulary's classes only: a worker that a page has taken over cannot run code
in it.
"""

import asyncio
import io
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from time import monotonic
from typing import Any

from crawler.worker import LENGTH, MEMORY_EXIT
from storage.said import Said, of_kept

ALLOWED = ("crawler.core.",)  # a task's dotted name begins with one of these
_BUILTIN_VALUES = {("datetime", name) for name in ("datetime", "date", "time", "timedelta", "timezone")} | {
    ("builtins", name) for name in ("set", "frozenset", "bytearray", "complex", "range", "slice")
}
_START_SECONDS = 60.0

Timed = Callable[[str, float], None]  # (what was done, seconds)


class WorkerFailure(StrEnum):
    TIMEOUT = "timeout"  # killed after the time allowed
    MEMORY = "memory"  # more memory than allowed
    CRASHED = "crashed"  # the process ended or was ended by a signal
    ERROR = "error"  # the task raised
    RESULT = "result"  # the result is too large or not made of plain values


class WorkerFailed(Exception):
    """A task brought no result; ``message`` is one line for people."""

    def __init__(self, kind: WorkerFailure, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class WorkerPool:
    """At most ``count`` tasks at a time, each in a process of its own that serves many tasks one after the other.

    ``seconds`` and ``memory_mb`` (address space) hold for one task. Processes start when first needed and import
    ``imports`` at once. ``allowed``: prefixes of the names of functions that may be run. A result
    larger than ``max_result_mb`` is refused. ``timed`` is told each task's name and seconds.

        async with WorkerPool(count=2, seconds=20, memory_mb=1024, imports=["crawler.core.extract"]) as pool:
            document = await pool.run("crawler.core.extract.extract", body, url=url)
    """

    def __init__(
        self,
        *,
        count: int = 1,
        seconds: float = 20.0,
        memory_mb: int = 1024,
        imports: Sequence[str] = (),
        allowed: Sequence[str] = ALLOWED,
        max_result_mb: int = 64,
        timed: Timed | None = None,
    ) -> None:
        self._seconds = seconds
        self._timed = timed
        self._options = {"memory_mb": memory_mb, "imports": tuple(imports), "allowed": tuple(allowed)}
        self._max_result = max_result_mb * 2**20
        self._allowed = tuple(allowed)
        self._places = asyncio.Semaphore(count)
        self._count = count
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._closed = False

    async def __aenter__(self) -> "WorkerPool":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def run(self, function: str, /, *args: Any, **kwargs: Any) -> Any:
        """Calls the function named by its dotted path in a worker. Raises WorkerFailed; ValueError for other names."""
        if not function.startswith(self._allowed):
            raise ValueError(f"{function} is not among the functions that workers run")
        async with self._places:
            worker = await self._worker()
            begun = monotonic()
            try:
                ok, value = await worker.call((function, args, kwargs), seconds=self._seconds)
            except BaseException:  # cancelled ones too: its answer would be the next task's
                await self._drop(worker)
                raise
            self._idle.append(worker)
        if self._timed is not None:
            self._timed(function.rpartition(".")[2], monotonic() - begun)
        if not ok:
            raise WorkerFailed(WorkerFailure.ERROR, of_kept(str(value)))
        return value

    async def warm(self) -> None:
        """Starts all processes now, imports included, so that the first tasks need not wait."""
        await asyncio.gather(*(self._warm_one() for _ in range(self._count)))

    async def _warm_one(self) -> None:
        async with self._places:
            if len(self._all) < self._count:
                self._idle.append(await self._start())

    async def close(self) -> None:
        """Ends the processes; a task under way fails as crashed."""
        self._closed = True
        for worker in tuple(self._all):
            await self._drop(worker)

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the workers alive."""
        return tuple(worker.pid for worker in self._all)

    async def _worker(self) -> "_Worker":
        if self._closed:
            raise WorkerFailed(WorkerFailure.CRASHED, "the pool is closed")
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            await self._drop(worker)
        return await self._start()

    async def _start(self) -> "_Worker":
        worker = _Worker(self._options, max_result=self._max_result)
        self._all.add(worker)
        try:
            await worker.ready()
        except BaseException:
            await self._drop(worker)
            raise
        return worker

    async def _drop(self, worker: "_Worker") -> None:
        self._all.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        await worker.kill()


class _Worker:
    """The parent's end of one process."""

    def __init__(self, options: dict[str, Any], *, max_result: int) -> None:
        ours, theirs = socket.socketpair()
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "MALLOC_ARENA_MAX": "2",  # threads' arenas and BLAS buffers would eat the address space allowed
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "crawler.worker", str(theirs.fileno()), str(os.getpid())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=environment,
            )
        self._socket = ours
        self._options = options
        self._max_result = max_result
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    async def ready(self) -> None:
        """Waits until the imports are done. Raises WorkerFailed when they fail."""
        self._streams = await asyncio.open_connection(sock=self._socket)
        ok, value = await self.call(self._options, seconds=_START_SECONDS)
        if not ok:
            raise WorkerFailed(WorkerFailure.ERROR, Said("the worker does not start: {error}", error=str(value)))

    async def call(self, message: Any, *, seconds: float) -> tuple[bool, Any]:
        """Sends a message and returns (whether it went well, result or error line)."""
        try:
            async with asyncio.timeout(seconds):
                return await self._call(message)
        except TimeoutError as error:
            raise WorkerFailed(WorkerFailure.TIMEOUT, Said("not done within {seconds:g} s", seconds=seconds)) from error
        except (EOFError, OSError) as error:
            raise WorkerFailed(*await self._ended()) from error

    async def _call(self, message: Any) -> tuple[bool, Any]:
        assert self._streams is not None
        reader, writer = self._streams
        payload = pickle.dumps(message, protocol=5)
        writer.write(LENGTH.pack(len(payload)))
        writer.write(payload)
        await writer.drain()
        (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
        if length > self._max_result:
            raise WorkerFailed(WorkerFailure.RESULT, Said("a result of {size:,} bytes", size=length))
        return _read_result(await reader.readexactly(length))

    async def _ended(self) -> tuple[WorkerFailure, str]:
        code = await asyncio.to_thread(self._process.wait, 10)
        if code == MEMORY_EXIT:
            return WorkerFailure.MEMORY, Said("more memory than allowed")
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return WorkerFailure.CRASHED, Said("the process ended with {signal}", signal=name)

    async def kill(self) -> None:
        """Ends the process for good and frees what it held."""
        self._process.kill()
        if self._streams is not None:
            self._streams[1].transport.abort()
        else:
            self._socket.close()
        await asyncio.to_thread(self._process.wait)


class _PlainUnpickler(pickle.Unpickler):
    """Reads plain values and the vocabulary's classes, nothing that could act."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _BUILTIN_VALUES:
            return super().find_class(module, name)
        if _ours(module) and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and _ours(found.__module__):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} does not come back from a worker")


def _ours(module: str) -> bool:
    return module == "storage.records" or module.startswith("crawler.core.")


def _read_result(payload: bytes) -> tuple[bool, Any]:
    try:
        kind, value = _PlainUnpickler(io.BytesIO(payload)).load()
    except Exception as error:  # whatever a hostile pickle provokes
        raise WorkerFailed(
            WorkerFailure.RESULT, Said("the result cannot be read: {error}", error=str(error))
        ) from error
    if kind == "memory":
        raise WorkerFailed(WorkerFailure.MEMORY, Said("more memory than allowed"))
    return kind == "ok", value
