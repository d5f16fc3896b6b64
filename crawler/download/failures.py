"""What can go wrong with a request, as classes: told apart by type, never by the words of a message."""

import re
import socket
import ssl
import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from storage.said import saying

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class FailureKind(StrEnum):
    DNS = "dns"  # the host's name is not known
    REFUSED = "refused"  # the host does not take the connection
    UNREACHABLE = "unreachable"  # no way there
    RESET = "reset"  # the connection broke before the answer was whole
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    TRUNCATED = "truncated"
    BAD_HTTP = "bad_http"
    BAD_ENCODING = "bad_encoding"  # the body cannot be decompressed
    ADDRESS_REFUSED = "address_refused"  # we do not go there
    ROBOTS = "robots"
    RESTS = "rests"  # the host has asked for a pause that is longer than we wait
    SCHEME = "scheme"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Failure:
    kind: FailureKind
    message: str  # one line for people
    transient: bool  # worth another try soon


class FetchFailed(Exception):
    """A request that brought no whole answer back; ``str()`` says to people what happened."""

    kind: ClassVar[FailureKind] = FailureKind.OTHER
    transient: bool = False


class AddressRefused(FetchFailed):
    """The host's address is not public and no setting names it."""

    kind = FailureKind.ADDRESS_REFUSED


class UnsupportedAddress(FetchFailed):
    """Neither http nor https, or with a user name, or otherwise not an address that is fetched."""

    kind = FailureKind.SCHEME


class HostNotFound(FetchFailed):
    kind = FailureKind.DNS
    transient = True


class ConnectRefused(FetchFailed):
    kind = FailureKind.REFUSED
    transient = True


class Unreachable(FetchFailed):
    kind = FailureKind.UNREACHABLE
    transient = True


class ConnectionBroken(FetchFailed):
    kind = FailureKind.RESET
    transient = True


class TlsFailed(FetchFailed):
    kind = FailureKind.TLS


class DeadlinePassed(FetchFailed):
    kind = FailureKind.TIMEOUT
    transient = True


class TooLarge(FetchFailed):
    kind = FailureKind.TOO_LARGE


class Truncated(FetchFailed):
    """The connection ended before the body did."""

    kind = FailureKind.TRUNCATED
    transient = True


class BadHttp(FetchFailed):
    kind = FailureKind.BAD_HTTP


class BadEncoding(FetchFailed):
    kind = FailureKind.BAD_ENCODING


class Abandoned(FetchFailed):
    """The run stopped before the request was made."""


class HostRests(FetchFailed):
    """The host has asked for no requests until later, and whoever asks does not wait for so long."""

    kind = FailureKind.RESTS


class RobotsForbidden(FetchFailed):
    """robots.txt says no, or could not be had (``unreachable``), which means no for the time being."""

    kind = FailureKind.ROBOTS

    def __init__(self, message: str, *, unreachable: bool = False) -> None:
        super().__init__(message)
        self.unreachable = unreachable
        self.transient = unreachable


# Most particular first: the standard library's classes, should one get through unwrapped.
_STANDARD: tuple[tuple[type[BaseException], FailureKind, bool], ...] = (
    (TimeoutError, FailureKind.TIMEOUT, True),
    (ssl.SSLError, FailureKind.TLS, False),
    (socket.gaierror, FailureKind.DNS, True),
    (ConnectionRefusedError, FailureKind.REFUSED, True),
    (ConnectionError, FailureKind.RESET, True),
    (OSError, FailureKind.UNREACHABLE, True),
)


def failure_kind(exception: BaseException) -> Failure:
    """What happened, by the exception's class; what we do not know is OTHER with the class's name.

    >>> failure_kind(TooLarge("more than 32 MB")).kind
    <FailureKind.TOO_LARGE: 'too_large'>
    """
    if isinstance(exception, FetchFailed):
        return Failure(kind=exception.kind, message=one_line(saying(exception)), transient=exception.transient)
    for known, kind, transient in _STANDARD:
        if isinstance(exception, known):
            return Failure(kind=kind, message=one_line(_worded(exception)), transient=transient)
    return Failure(kind=_scrapy_kind(exception), message=one_line(_worded(exception)), transient=False)


def one_line(text: str, *, limit: int = 300) -> str:
    """Text that came from outside made fit for one line of a log or a table; a sentence that is fit stays one."""
    line = _CONTROL.sub(" ", text).strip()
    if line == text and len(line) <= limit:
        return text
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _worded(exception: BaseException) -> str:
    return f"{type(exception).__name__}: {exception}" if str(exception) else type(exception).__name__


def _scrapy_kind(exception: BaseException) -> FailureKind:
    scrapy = sys.modules.get("scrapy.exceptions")  # where it was not imported, this is none of its exceptions
    unsupported = scrapy and isinstance(exception, scrapy.NotSupported | scrapy.UnsupportedURLSchemeError)
    return FailureKind.SCHEME if unsupported else FailureKind.OTHER
