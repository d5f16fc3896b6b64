"""The log: one file in the home folder, everything from WARNING on; ours from INFO on.

All processes of a home folder write to the same file: each line is one write, and who finds the file full turns it,
under a lock, while the others notice that it was turned.
"""

import contextlib
import fcntl
import json
import logging
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from pathlib import Path
from types import MappingProxyType
from typing import Any

MOST_BYTES = 5 * 2**20  # of one file
KEPT = 9  # full files that are kept

_CONTROL = dict.fromkeys([*range(32), *range(127, 160), 0x2028, 0x2029], " ")  # C1 steers terminals, too
_ABOUT: ContextVar[Mapping[str, Any]] = ContextVar("about", default=MappingProxyType({}))


@contextlib.contextmanager
def about(**fields: Any) -> Iterator[None]:
    """What is logged within is about this: ``site``, ``run`` and ``page`` (their ids) stand in each line.

    >>> with about(site="mpt", run=7):
    ...     logging.getLogger("crawler").info("read")
    """
    token = _ABOUT.set({**_ABOUT.get(), **fields})
    try:
        yield
    finally:
        _ABOUT.reset(token)


def log_to(home: Path, *, form: str = "text") -> None:
    """Sends the log to HOME/logs/letapis.log, ten files of 5 MB at most; ``form``: "text" or "json" lines."""
    folder = home / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    handler = SharedFile(folder / "letapis.log")
    handler.setFormatter(_Json() if form == "json" else _Text("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("crawler").setLevel(logging.INFO)
    logging.captureWarnings(capture=True)


class SharedFile(WatchedFileHandler):
    """A file that many processes append to; ``letapis.log.1`` is the one that was full last."""

    def __init__(self, path: Path, *, most_bytes: int = MOST_BYTES, kept: int = KEPT) -> None:
        super().__init__(path, encoding="utf-8", delay=True)
        self._path, self._most, self._kept = path, most_bytes, kept

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(OSError):  # a log that can't be turned grows; that must not stop the work
            if self._path.stat().st_size >= self._most:
                self._turn()
        super().emit(record)

    def _turn(self) -> None:
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self._path.stat().st_size < self._most:
                return  # another process was quicker
            for number in range(self._kept - 1, 0, -1):
                with contextlib.suppress(FileNotFoundError):
                    self._numbered(number).rename(self._numbered(number + 1))
            self._path.rename(self._numbered(1))

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")


class _Text(logging.Formatter):
    """Text from the web must not forge log lines."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{name}={value}" for name, value in _ABOUT.get().items())
        text = record.getMessage()
        record.msg, record.args = (f"[{fields}] {text}" if fields else text).translate(_CONTROL), None
        return super().format(record)


class _Json(logging.Formatter):
    """One object a line, for machines that read logs."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "process": record.process,
            **_ABOUT.get(),
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
