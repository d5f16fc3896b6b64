"""Raw captures: what came over the wire, in WARC 1.1 files, one gzip member a record."""

import fcntl
import os
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from storage.members import compressed
from storage.records import WarcPlace
from storage.stored import Entry, Stored, TooLarge, mend, read, records
from storage.wire import Exchange, Headers, RevisitOf, answer_and_request, warcinfo

__all__ = [
    "Entry",
    "Exchange",
    "Headers",
    "RevisitOf",
    "Stored",
    "TooLarge",
    "WarcWriter",
    "mend",
    "read",
    "records",
]


class WarcWriter:
    """Appends exchanges to files of its own, ``SITE-TIME-PID-SERIAL.warc.gz``, for one thread.

    The name stands from the first byte on, so that a place stays valid for ever; an exclusive lock on the file says
    that it is still being written, and goes with the process. A new file is begun once ``max_bytes`` are reached.

    Call ``sync()`` before the places of a batch are committed anywhere: only then are the bytes on the disk. When a
    write fails (disk full), the file is cut back to the last sync and the error raised: the batch was not kept.
    """

    def __init__(self, folder: Path, *, max_bytes: int, site: str, software: str) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._site = site
        self._software = software
        self._serial = 0
        self._file: FileIO | None = None
        self._synced = 0  # size at the last sync

    def __enter__(self) -> "WarcWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, exchange: Exchange) -> WarcPlace:
        """Appends response (or revisit) and request; returns the place of the former. ValueError without a zone."""
        members = [compressed(record) for record in answer_and_request(exchange)]
        out = self._open(exchange.at)
        offset = out.tell()
        self._append(out, b"".join(members))
        return WarcPlace(file=_name(out), offset=offset, length=len(members[0]))

    def sync(self) -> None:
        """Puts everything written so far onto the disk."""
        if self._file is None:
            return
        try:
            os.fsync(self._file.fileno())
        except OSError:
            self._cut_back(self._file)
            raise
        self._synced = self._file.tell()

    def close(self) -> None:
        """Syncs and ends the file; the next write begins another one."""
        if self._file is None:
            return
        self.sync()
        self._file.close()
        self._file = None

    def _open(self, at: datetime) -> FileIO:
        """The file to append to: the open one, or a new one where there is none or it is full."""
        if self._file is not None and self._file.tell() >= self._max_bytes:
            self.close()
        if self._file is None:
            self._file = self._create(at)
            opening = warcinfo(_name(self._file), at=at, site=self._site, software=self._software)
            self._append(self._file, compressed(opening))
        return self._file

    def _create(self, at: datetime) -> FileIO:
        self._folder.mkdir(parents=True, exist_ok=True)
        while True:
            self._serial += 1
            name = f"{self._site}-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}-{self._serial:04}.warc.gz"
            try:
                out = FileIO(self._folder / name, "xb")
            except FileExistsError:
                continue
            fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._synced = 0
            _sync_folder(self._folder)
            return out

    def _append(self, out: FileIO, content: bytes) -> None:
        rest = memoryview(content)
        try:
            while rest:
                rest = rest[out.write(rest) or 0 :]
        except OSError:
            self._cut_back(out)
            raise

    def _cut_back(self, out: FileIO) -> None:
        out.truncate(self._synced)
        out.close()
        self._file = None
        if not self._synced:
            Path(str(out.name)).unlink()


def _name(file: FileIO) -> str:
    return Path(str(file.name)).name


def _sync_folder(folder: Path) -> None:
    """Puts the new file's name onto the disk, not only its bytes."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
