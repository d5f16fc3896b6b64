"""Compound files (MS-CFB), the container of Office 97 to 2003: its named streams, read within bounds."""

import struct

from crawler.core.files.reading import NoTextError

_END = 0xFFFFFFFA  # sector numbers from here on are no sectors
_NONE = 0xFFFFFFFF


class CompoundFile:
    """The streams of one file. Raises NoTextError(broken) wherever its tables are at fault."""

    def __init__(self, body: bytes) -> None:
        try:
            self._read_header(body)
        except (struct.error, IndexError) as error:
            raise NoTextError("broken") from error

    def stream(self, name: str) -> bytes | None:
        """A stream's bytes; None when there is none of that name."""
        place = self._places.get(name)
        if place is None:
            return None
        start, size = place
        if size >= self._cutoff:
            return self._chained(start)[:size]
        return b"".join(self._small[n * 64 : n * 64 + 64] for n in self._chain(start, self._small_fat))[:size]

    def _read_header(self, body: bytes) -> None:
        self._body = body
        shift, _ = struct.unpack_from("<HH", body, 30)
        if shift not in (9, 12):
            raise NoTextError("broken")
        self._size = 1 << shift
        directory, _, self._cutoff, small_fat, _ = struct.unpack_from("<IIIII", body, 48)
        self._fat = self._numbers(self._fat_sectors())
        entries = self._chained(directory)
        self._places: dict[str, tuple[int, int]] = {}
        root = (_NONE, 0)
        for offset in range(0, len(entries) - 127, 128):
            length, kind = struct.unpack_from("<HB", entries, offset + 64)
            place = struct.unpack_from("<II", entries, offset + 116)
            name = entries[offset : offset + max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
            if kind == 2:
                self._places.setdefault(name, place)
            elif kind == 5:
                root = place
        self._small = self._chained(root[0]) if root[0] < _END else b""
        chained = self._chained(small_fat) if small_fat < _END else b""
        self._small_fat = list(struct.unpack(f"<{len(chained) // 4}I", chained))

    def _fat_sectors(self) -> list[int]:
        """The sectors of the allocation table: 109 named in the header, the rest in a chain of their own."""
        sectors = list(struct.unpack_from("<109I", self._body, 76))
        following, count = struct.unpack_from("<II", self._body, 68)
        for _ in range(min(count, len(self._body) // self._size)):
            if following >= _END:
                break
            more = self._numbers([following])
            sectors += more[:-1]
            following = more[-1]
        return [sector for sector in sectors if sector < _END]

    def _numbers(self, sectors: list[int]) -> list[int]:
        content = b"".join(self._sector(sector) for sector in sectors)
        return list(struct.unpack(f"<{len(content) // 4}I", content))

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        if start >= len(self._body):
            raise NoTextError("broken")
        return self._body[start : start + self._size].ljust(self._size, b"\0")

    def _chained(self, start: int) -> bytes:
        return b"".join(self._sector(sector) for sector in self._chain(start, self._fat))

    def _chain(self, start: int, table: list[int]) -> list[int]:
        """The sectors of a chain; one that comes back to itself is broken."""
        chain: list[int] = []
        while start < _END:
            if start >= len(table) or len(chain) > len(table):
                raise NoTextError("broken")
            chain.append(start)
            start = table[start]
        return chain
