"""Content codings: a body unpacked as its Content-Encoding says, within a limit."""

import importlib
import zlib
from typing import Any

_MAX_LAYERS = 5


class TooLarge(ValueError):
    """A record or body is larger than the caller wants in memory."""


def decoded(body: bytes, headers: tuple[tuple[bytes, bytes], ...], max_bytes: int) -> bytes:
    """The body without its codings (gzip, deflate, br; RFC 9110, 8.4). What can't be decoded stays as it is:
    servers that name a coding and send plain text are common. Of a body cut short, what there is.

    Raises TooLarge.

    >>> decoded(zlib.compress("да".encode()), ((b"Content-Encoding", b"deflate"),), 100).decode()
    'да'
    """
    names = b",".join(value for name, value in headers if name.lower() == b"content-encoding").lower().split(b",")
    for name in [name.strip() for name in names if name.strip()][::-1][:_MAX_LAYERS]:
        plain = _unpack(name, body, max_bytes)
        if plain is None:
            return body
        body = plain
    return body


def _unpack(coding: bytes, body: bytes, max_bytes: int) -> bytes | None:
    """One coding less; null when the coding is unknown or the body is not of it."""
    match coding:
        case b"identity":
            return body
        case b"gzip" | b"x-gzip":
            return _inflate(body, zlib.MAX_WBITS + 16, max_bytes)
        case b"deflate":  # zlib's format by the RFC, the bare stream by some servers
            plain = _inflate(body, zlib.MAX_WBITS, max_bytes)
            return plain if plain is not None else _inflate(body, -zlib.MAX_WBITS, max_bytes)
        case b"br":
            return _brotli(body, max_bytes)
    return None


def _inflate(body: bytes, window: int, max_bytes: int) -> bytes | None:
    """Unpacks, one gzip member after the other."""
    out = bytearray()
    while body:
        unpacker = zlib.decompressobj(window)
        try:
            out += unpacker.decompress(body, max_bytes - len(out) + 1)
        except zlib.error:
            return bytes(out) if out else None  # rubbish after the end is no reason to lose the rest
        if len(out) > max_bytes:
            raise TooLarge(f"the body has more than {max_bytes} bytes when it is unpacked")
        body = unpacker.unused_data
    return bytes(out)


def _brotli(body: bytes, max_bytes: int) -> bytes | None:
    try:
        brotli: Any = importlib.import_module("brotli")
    except ImportError:
        return None
    unpacker, out, piece = brotli.Decompressor(), bytearray(), body
    try:
        while not unpacker.is_finished():
            step = unpacker.process(piece, output_buffer_limit=1 << 20)
            out, piece = out + step, b""
            if len(out) > max_bytes:
                raise TooLarge(f"the body has more than {max_bytes} bytes when it is unpacked")
            if not step and unpacker.can_accept_more_data():
                break
    except brotli.error:
        return bytes(out) if out else None
    return bytes(out)
