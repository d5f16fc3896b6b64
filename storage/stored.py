"""Reading raw captures back: one by its place, or a whole file with its digests verified; mending a torn tail."""

import base64
import fcntl
import hashlib
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storage.members import bounds, torn_tail, unpacked
from storage.packing import TooLarge, decoded
from storage.records import WarcPlace

MAX_BYTES = 256 * 2**20  # of one record or body in memory; what was fetched was smaller

__all__ = ["MAX_BYTES", "Entry", "Stored", "TooLarge", "mend", "read", "records"]


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A capture as it was kept."""

    url: str
    at: datetime
    status: int | None  # null when the first line is not HTTP's
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes  # decoded; empty for a revisit
    revisit: bool  # the body is the one of the capture at refers_to
    refers_to: tuple[str, datetime] | None = None  # URL and time of the original of a revisit
    truncated: str | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One record of a file, checked."""

    type: str  # "warcinfo", "response", "revisit", "request"; empty where the record can't be read
    url: str | None
    at: datetime | None
    place: WarcPlace
    problem: str | None  # what is wrong with it, for people; null when digests and form are right


@dataclass(frozen=True, kw_only=True)
class _Record:
    headers: dict[str, str]  # names in lower case
    block: bytes

    @property
    def payload(self) -> bytes:
        return self.block.partition(b"\r\n\r\n")[2]

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.headers["warc-date"])


def read(folder: Path, place: WarcPlace, *, max_bytes: int = MAX_BYTES) -> Stored:
    """Reads one capture, its body decoded (gzip, deflate, br where the module is installed).

    A body that is not what its Content-Encoding says is returned as it is. Raises ValueError for a place outside of
    the folder, or one where no whole response or revisit stands; FileNotFoundError; TooLarge over ``max_bytes``.
    """
    with _inside(folder, place.file).open("rb") as file:
        file.seek(place.offset)
        member = file.read(place.length)
    record = _parsed(unpacked(member, max_bytes))
    if record.headers.get("warc-type") not in ("response", "revisit"):
        raise ValueError(f"{place.file}: no capture at byte {place.offset}")
    try:
        return _stored(record, max_bytes)
    except KeyError as error:
        raise ValueError(f"{place.file}: the record at byte {place.offset} has no {error}") from error


def records(path: Path) -> Iterator[Entry]:
    """All records of a file in order, each with its digests verified; a torn tail is the last entry's problem."""
    end = 0
    for offset, length in bounds(path):
        end = offset + length
        with path.open("rb") as file:
            file.seek(offset)
            member = file.read(length)
        yield _checked(member, WarcPlace(file=path.name, offset=offset, length=length))
    left = path.stat().st_size - end
    if left:
        place = WarcPlace(file=path.name, offset=end, length=left)
        yield Entry(type="", url=None, at=None, place=place, problem=f"{left} bytes that are no whole record")


def mend(path: Path) -> int:
    """Cuts a torn tail, left by a crash while writing; returns how many bytes that were (0: nothing to mend).

    No committed capture is in a torn tail, for bytes are synced before places are committed. Raises BlockingIOError
    while a writer is at the file, and ValueError where whole records follow the broken place: that is damage.
    """
    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        torn = torn_tail(path)
        if torn:
            file.truncate(path.stat().st_size - torn)
            os.fsync(file.fileno())
    return torn


def _inside(folder: Path, name: str) -> Path:
    """The file of that name in the folder; ValueError for a way out of it, by dots, roots or links."""
    path = (folder / name).resolve()
    if "\x00" in name or not path.is_relative_to(folder.resolve()):
        raise ValueError(f"{name!r} is not in the WARC folder")
    return path


def _parsed(content: bytes) -> _Record:
    head, found, rest = content.partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "replace").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    length = headers.get("content-length", "")
    if not found or not lines[0].startswith("WARC/") or not length.isdecimal():
        raise ValueError("not a WARC record")
    if len(rest) != int(length) + 4 or not rest.endswith(b"\r\n\r\n"):
        raise ValueError("the record is not as long as it says")
    return _Record(headers=headers, block=rest[:-4])


def _stored(record: _Record, max_bytes: int) -> Stored:
    lines = record.block.partition(b"\r\n\r\n")[0].split(b"\r\n")
    headers = tuple((name, value.strip()) for name, _, value in (line.partition(b":") for line in lines[1:]))
    original = record.headers.get("warc-refers-to-date")
    refers_to = (record.headers["warc-refers-to-target-uri"], datetime.fromisoformat(original)) if original else None
    return Stored(
        url=record.headers["warc-target-uri"],
        at=record.at,
        status=_status(lines[0]),
        headers=headers,
        body=decoded(record.payload, headers, max_bytes),
        revisit=record.headers["warc-type"] == "revisit",
        refers_to=refers_to,
        truncated=record.headers.get("warc-truncated"),
    )


def _status(first_line: bytes) -> int | None:
    parts = first_line.split(b" ")
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() and len(parts[1]) == 3 else None


def _checked(member: bytes, place: WarcPlace) -> Entry:
    try:
        record = _parsed(unpacked(member, MAX_BYTES))
        at, kind = record.at, record.headers["warc-type"]
    except (ValueError, KeyError, zlib.error) as error:
        return Entry(type="", url=None, at=None, place=place, problem=f"unreadable: {error}")
    return Entry(
        type=kind, url=record.headers.get("warc-target-uri"), at=at, place=place, problem=_digest_problem(record)
    )


def _digest_problem(record: _Record) -> str | None:
    parts = {"warc-block-digest": record.block}
    if record.headers["warc-type"] != "revisit":  # whose payload digest is of what it does not hold
        parts["warc-payload-digest"] = record.payload
    for name, content in parts.items():
        claimed = record.headers.get(name)
        if claimed is not None and claimed != _digest(content):
            return f"{name} does not match"
    return None


def _digest(content: bytes) -> str:
    return "sha256:" + base64.b32encode(hashlib.sha256(content).digest()).decode()
