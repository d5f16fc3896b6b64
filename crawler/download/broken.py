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
from storage.said import Said


def failure_of(error: aiohttp.ClientError, ended: BaseException | None = None) -> FetchFailed:
    """Our name for what aiohttp met. ``ended``: how the connection ended, where it did."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return TlsFailed(
                Said(
                    "the certificate of {where} is not valid: {error}",
                    where=f"{error.host}:{error.port}",
                    error=str(error.certificate_error),
                )
            )
        case aiohttp.ClientConnectorSSLError():
            return TlsFailed(
                Said(
                    "no TLS with {where}: {error}",
                    where=f"{error.host}:{error.port}",
                    error=str(error.os_error.strerror or error.os_error),
                )
            )
        case aiohttp.ClientConnectorError():
            return _unconnected(error)
        case aiohttp.ConnectionTimeoutError():
            return DeadlinePassed(Said("no connection in the time allowed"))
        case aiohttp.ServerTimeoutError():
            return DeadlinePassed(Said("the server kept us waiting for too long"))
        case aiohttp.ServerDisconnectedError():
            if isinstance(error.message, str) or error.message is None:
                return ConnectionBroken(Said("the server closed the connection without an answer"))
            return Truncated(Said("the connection ended within the headers"))
        case aiohttp.ClientPayloadError():
            return _broken_body(ended)
        case aiohttp.ClientResponseError():
            return _not_http(error.message)
        case aiohttp.InvalidURL():
            return UnsupportedAddress(Said("not an address: {error}", error=str(error)))
    return ConnectionBroken(Said("the connection broke off"))


def _unconnected(error: aiohttp.ClientConnectorError) -> FetchFailed:
    where = f"{error.host}:{error.port}"
    match error.os_error:
        case ConnectionRefusedError():
            return ConnectRefused(Said("{where} refuses the connection", where=where))
        case ConnectionError():
            return ConnectionBroken(Said("{where} broke the connection off", where=where))
    return Unreachable(
        Said("{where} cannot be reached: {error}", where=where, error=str(error.os_error.strerror or error.os_error))
    )


def _not_http(message: str) -> FetchFailed:
    return BadHttp(Said("not an HTTP answer: {error}", error=message.partition("\n")[0].rstrip(":")))


def _broken_body(ended: BaseException | None) -> FetchFailed:
    if isinstance(ended, HttpProcessingError):
        return _not_http(ended.message)
    if isinstance(ended, OSError):
        return ConnectionBroken(Said("the connection broke off within the body"))
    return Truncated(Said("the connection ended before the body did"))
