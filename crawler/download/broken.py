"""What aiohttp's errors mean in our own words."""

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from crawler.download.failures import (
    BadHttp,
    ConnectionBroken,
    ConnectRefused,
    DeadlinePassed,
    FetchFailed,
    TlsFailed,
    Truncated,
    Unreachable,
    UnsupportedAddress,
)


def failure_of(error: aiohttp.ClientError, ended: BaseException | None = None) -> FetchFailed:
    """Our name for what aiohttp met. ``ended``: how the connection ended, where it did."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return TlsFailed(f"the certificate of {error.host}:{error.port} is not valid: {error.certificate_error}")
        case aiohttp.ClientConnectorSSLError():
            return TlsFailed(f"no TLS with {error.host}:{error.port}: {error.os_error.strerror or error.os_error}")
        case aiohttp.ClientConnectorError():
            return _unconnected(error)
        case aiohttp.ConnectionTimeoutError():
            return DeadlinePassed("no connection in the time allowed")
        case aiohttp.ServerTimeoutError():
            return DeadlinePassed("the server kept us waiting for too long")
        case aiohttp.ServerDisconnectedError():
            if isinstance(error.message, str) or error.message is None:
                return ConnectionBroken("the server closed the connection without an answer")
            return Truncated("the connection ended within the headers")
        case aiohttp.ClientPayloadError():
            return _broken_body(ended)
        case aiohttp.ClientResponseError():
            return _not_http(error.message)
        case aiohttp.InvalidURL():
            return UnsupportedAddress(f"not an address: {error}")
    return ConnectionBroken("the connection broke off")


def _unconnected(error: aiohttp.ClientConnectorError) -> FetchFailed:
    where = f"{error.host}:{error.port}"
    match error.os_error:
        case ConnectionRefusedError():
            return ConnectRefused(f"{where} refuses the connection")
        case ConnectionError():
            return ConnectionBroken(f"{where} broke the connection off")
    return Unreachable(f"{where} cannot be reached: {error.os_error.strerror or error.os_error}")


def _not_http(message: str) -> FetchFailed:
    return BadHttp(f"not an HTTP answer: {message.partition(chr(10))[0].rstrip(':')}")


def _broken_body(ended: BaseException | None) -> FetchFailed:
    if isinstance(ended, HttpProcessingError):
        return _not_http(ended.message)
    if isinstance(ended, OSError):
        return ConnectionBroken("the connection broke off within the body")
    return Truncated("the connection ended before the body did")
