"""The program that a worker process runs: answers tasks until its parent is gone.

It imports the standard library and what its tasks need, nothing else.
"""

import contextlib
import importlib
import os
import pickle
import resource
import signal
import socket
import struct
import sys
from typing import Any

from storage.said import Said, kept, saying

LENGTH = struct.Struct(">Q")  # goes before each pickle
MEMORY_EXIT = 86  # exit code after a task that had more memory than allowed
_ROOM = 64 * 2**20  # address space that a task gets even where the imports fill the limit


def _serve(channel: socket.socket, parent: int) -> None:
    """Answers messages until the parent closes the channel."""
    _die_with(parent)
    options = _receive(channel)
    try:
        for module in options["imports"]:
            importlib.import_module(module)
    except ImportError as error:
        _send(channel, ("error", f"{type(error).__name__}: {error}"))
        return
    _limit_memory(options["memory_mb"])
    _send(channel, ("ok", None))
    while True:
        function, args, kwargs = _receive(channel)
        try:
            reply = pickle.dumps(("ok", _find(function, options["allowed"])(*args, **kwargs)), protocol=5)
        except MemoryError:
            os._exit(MEMORY_EXIT)  # after this nothing in the process can be relied upon
        except Exception as error:
            reply = pickle.dumps(("error", _worded(error)), protocol=5)
        channel.sendall(LENGTH.pack(len(reply)) + reply)
        del function, args, kwargs, reply  # a page is large, and the next one may take a while


def _worded(error: Exception) -> str:
    """One line: a sentence where it was raised with one, else the error's class and what it says."""
    said = saying(error)
    return kept(said) if isinstance(said, Said) and len(said) <= 500 else f"{type(error).__name__}: {error}"[:500]


def _find(function: str, allowed: tuple[str, ...]) -> Any:
    if not function.startswith(allowed):
        raise ValueError(f"{function} is not among the functions that workers run")
    module, _, name = function.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _die_with(parent: int) -> None:
    """No orphan: the kernel kills this process when the parent dies, however busy it is (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    if os.getppid() != parent:  # died before we asked
        os._exit(1)


def _limit_memory(memory_mb: int) -> None:
    """The setting, but never less than what is in use and some room."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limit = max(memory_mb * 2**20, _address_space() + _ROOM)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _address_space() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _send(channel: socket.socket, message: Any) -> None:
    payload = pickle.dumps(message, protocol=5)
    channel.sendall(LENGTH.pack(len(payload)) + payload)


def _receive(channel: socket.socket) -> Any:
    (length,) = LENGTH.unpack(_exactly(channel, LENGTH.size))
    return pickle.loads(_exactly(channel, length))


def _exactly(channel: socket.socket, size: int) -> bytearray:
    got = bytearray(size)
    view = memoryview(got)
    while view:
        count = channel.recv_into(view)
        if not count:
            os._exit(0)  # the parent is gone or has closed
        view = view[count:]
    return got


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]))
