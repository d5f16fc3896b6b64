"""Tasks for the workers' tests: good ones and all that a hostile page can make of one."""

import ctypes
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime

from storage.records import Link


def pid() -> int:
    return os.getpid()


def echo(value: object, *, times: int = 1) -> list[object]:
    return [value] * times


def size(body: bytes) -> int:
    return len(body)


def link(url: str) -> Link:
    return Link(url=url, text="a")


def moment() -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC)


def spin() -> None:
    """An endless loop that gives nobody a chance."""
    while True:
        pass


def nap(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def hog() -> int:
    pieces = []
    while True:
        pieces.append(bytearray(64 * 2**20))


def hog_unnoticed() -> str:
    """Runs out of memory and shrugs it off."""
    try:
        hog()
    except MemoryError:
        return "still here"
    return "never"


def abort() -> None:
    os.abort()


def crash() -> None:
    ctypes.string_at(0)


def leave() -> None:
    os._exit(3)


def stop() -> None:
    raise SystemExit("enough")


def fail(text: str) -> None:
    raise ValueError(text)


def recurse(depth: int = 0) -> int:
    return recurse(depth + 1)


def chatter() -> str:
    """Writes where a careless protocol would listen."""
    print("noise on standard output", flush=True)
    os.write(1, b"more noise")
    return "done"


def unpicklable() -> Callable[[], None]:
    return lambda: None


class Bomb:
    """Comes back as an order to run something."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("touch /tmp/a-worker-ran-code-in-its-parent",)


def bomb() -> Bomb:
    return Bomb()


def huge() -> bytes:
    return bytes(2 * 2**20)
