"""Taking content codings (gzip, deflate, br, zstd) off a body, within limits and only when whole."""

import sys
import zlib
from collections.abc import Callable
from typing import Any

import brotli  # type: ignore[import-untyped]

from crawler.download.failures import BadEncoding, TooLarge, Truncated
from storage.said import Said

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPTED = "gzip, deflate, br, zstd"
MAX_CODINGS = 3
MAX_RATIO = 300  # decompressed to compressed; the most repetitive real tables reach about 100
_RATIO_FROM = 4 * 2**20  # decompressed bytes from which the ratio counts
_STEP = 256 * 1024
_ZSTD_WINDOW = 23  # RFC 9659: 8 MB at most
_MAX_MEMBERS = 1000  # each costs a copy of the rest


def decode(body: bytes, codings: list[str], *, limit: int, cut: bool = False) -> bytes:
    """The body without its content codings, which are given in the order of the header (RFC 9110 8.4).

    Never makes more than ``limit`` bytes and one step. Raises TooLarge (limit or ratio), Truncated (the stream has no
    end; forgiven with ``cut``, for a body that was cut on purpose), BadEncoding.
    """
    named = [coding for coding in codings if coding != "identity"]
    if not body or not named:
        return body
    if len(named) > MAX_CODINGS:
        raise BadEncoding(Said("{n} content codings one over the other", n=len(named)))
    for coding in reversed(named):
        body = _decode(body, coding, limit=limit, cut=cut)
    return body


def _decode(body: bytes, coding: str, *, limit: int, cut: bool) -> bytes:
    stream = _STREAMS.get(coding)
    if stream is None:
        raise BadEncoding(Said("unknown content coding {coding}", coding=coding[:40]))
    try:
        out, whole = stream(body, _Out(limit=limit, source=len(body)))
    except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
        raise BadEncoding(Said("the body is not valid {coding}", coding=coding)) from error
    if not whole and not cut:
        raise Truncated(Said("the {coding} stream ends before its end", coding=coding))
    return out


class _Out:
    """What has been decompressed so far; says no when it is too much."""

    def __init__(self, *, limit: int, source: int) -> None:
        self.body = bytearray()
        self._limit, self._source = limit, source

    def add(self, piece: bytes) -> None:
        self.body += piece
        size = len(self.body)
        if size > self._limit:
            raise TooLarge(Said("more than {most:,} bytes when decompressed", most=self._limit))
        if size > _RATIO_FROM and size > MAX_RATIO * self._source:
            raise TooLarge(
                Said("{size:,} bytes decompress to more than {ratio} times as many", size=self._source, ratio=MAX_RATIO)
            )


def _zlib(body: bytes, out: _Out, *, bits: int, members: int) -> tuple[bytes, bool]:
    """Members one after the other; what follows the last and is none (zeros, mostly) is padding."""
    for _ in range(members):
        stream = zlib.decompressobj(wbits=bits)
        out.add(stream.decompress(body, _STEP))
        while stream.unconsumed_tail and not stream.eof:
            out.add(stream.decompress(stream.unconsumed_tail, _STEP))
        if not stream.eof:
            out.add(stream.flush(_STEP))
        body = stream.unused_data
        if not (stream.eof and body.startswith(b"\x1f\x8b")):
            return bytes(out.body), stream.eof
    if members > 1:
        raise BadEncoding(Said("more than {most} gzip members", most=members))
    return bytes(out.body), True


def _gzip(body: bytes, out: _Out) -> tuple[bytes, bool]:
    return _zlib(body, out, bits=31, members=_MAX_MEMBERS)


def _deflate(body: bytes, out: _Out) -> tuple[bytes, bool]:
    """RFC 9110 means zlib; some servers send it raw."""
    zlib_head = len(body) >= 2 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    return _zlib(body, out, bits=15 if zlib_head else -15, members=1)


def _brotli(body: bytes, out: _Out) -> tuple[bytes, bool]:
    stream = brotli.Decompressor()
    out.add(stream.process(body, output_buffer_limit=_STEP))
    while not stream.is_finished():
        piece = stream.process(b"", output_buffer_limit=_STEP)
        if not piece:
            break
        out.add(piece)
    return bytes(out.body), bool(stream.is_finished())


def _zstd(body: bytes, out: _Out) -> tuple[bytes, bool]:
    for _ in range(_MAX_MEMBERS):
        stream: Any = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW})
        out.add(stream.decompress(body, _STEP))
        while not stream.eof and not stream.needs_input:
            out.add(stream.decompress(b"", _STEP))
        body = stream.unused_data
        if not (stream.eof and body):
            return bytes(out.body), stream.eof
    raise BadEncoding(Said("more than {most} zstd frames", most=_MAX_MEMBERS))


_STREAMS: dict[str, Callable[[bytes, _Out], tuple[bytes, bool]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
