"""The address guard: which addresses may be connected to, and the only place where a connection is made.

A name is resolved once, each address is checked, and the connection goes to a checked address: there is no second
resolution between the check and the use. Every request of every kind comes through here.
"""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from crawler.download.failures import (
    AddressRefused,
    ConnectionBroken,
    ConnectRefused,
    DeadlinePassed,
    HostNotFound,
    TlsFailed,
    Unreachable,
)
from crawler.download.wire import Wire

__all__ = ["AddressRefused", "Connector", "Guard", "is_public", "resolve_host", "tls_context"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # RFC 4291: the only IPv6 space handed out for global unicast
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052
_REFUSED = tuple(
    ipaddress.ip_network(text)
    for text in (
        "100.64.0.0/10",  # carrier-grade NAT, RFC 6598
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "2001::/23",  # IETF protocol assignments, Teredo (2001::/32) among them
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation, RFC 9637
    )
)


def is_public(address: str) -> bool:
    """Whether an address is global unicast. IPv4 addresses carried inside IPv6 ones count as what they carry.

    >>> is_public("93.184.215.14"), is_public("::ffff:127.0.0.1"), is_public("100.64.0.1")
    (True, False, False)
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    carried = _carried(ip)
    if carried is not None:
        return is_public(str(carried))
    if any(ip.version == net.version and ip in net for net in _REFUSED):
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        return ip in _GLOBAL_UNICAST and ip.is_global
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _carried(ip: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside an IPv4-mapped, 6to4 or NAT64 one."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


class Guard:
    """Public addresses only, but for the pairs of host and port that the operator names.

    An exception holds for the host as the URL names it: a name elsewhere that resolves to the same address is refused.
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._allow = frozenset(map(_pair, allow))

    def check(self, host: str, port: int, addresses: Iterable[str]) -> list[str]:
        """The addresses that may be connected to, in the order given. Raises AddressRefused when there is none."""
        found = list(addresses)
        if (_plain(host), port) in self._allow:
            return found
        good = [address for address in found if is_public(address)]
        if not good:
            where = ", ".join(dict.fromkeys(found)) or "no address"
            raise AddressRefused(f"{host}:{port} is not a public address ({where}); network.allow names exceptions")
        return good


def _pair(entry: str) -> tuple[str, int]:
    host, _, port = entry.rpartition(":")
    return _plain(host), int(port)


def _plain(host: str) -> str:
    return host.strip("[]").rstrip(".").lower()


async def resolve_host(host: str, port: int) -> list[str]:
    """The system's answer for a name, or the address itself for a literal. Raises HostNotFound."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError, ValueError) as error:  # labels too long, NUL bytes: no such name either
        raise HostNotFound(f"no address is known for the host {host}") from error
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def tls_context() -> ssl.SSLContext:
    """Certificates are verified, by the system's trust; by certifi's where the system brings none."""
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not paths.cafile and not paths.capath:
        import certifi

        context.load_verify_locations(certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context


@dataclass(kw_only=True)
class Connector:
    """Makes guarded connections. ``timeout``: seconds for name, connection and TLS together."""

    guard: Guard
    timeout: float = 20.0
    resolve: Resolve = resolve_host
    _tls: ssl.SSLContext | None = field(default=None, init=False)

    async def connect(self, host: str, port: int, *, tls: bool) -> Wire:
        """A connection to a checked address of the host. Raises a FetchFailed of the kind that it was."""
        try:
            async with asyncio.timeout(self.timeout):
                addresses = self.guard.check(host, port, await self.resolve(host, port))
                return await self._first(host, port, addresses, tls=tls)
        except TimeoutError as error:
            raise DeadlinePassed(f"no connection to {host}:{port} within {self.timeout:g} s") from error

    async def _first(self, host: str, port: int, addresses: Sequence[str], *, tls: bool) -> Wire:
        """Tries one address after the other; each but the last gets only its share of the time."""
        *others, last = addresses[:4]
        share = self.timeout / (len(others) + 1)
        for address in others:
            with contextlib.suppress(TimeoutError, ConnectRefused, Unreachable):
                async with asyncio.timeout(share):
                    return await self._one(host, port, address, tls=tls)
        return await self._one(host, port, last, tls=tls)

    async def _one(self, host: str, port: int, address: str, *, tls: bool) -> Wire:
        loop = asyncio.get_running_loop()
        context = self._context() if tls else None
        name = _plain(host) if tls else None
        try:
            _, wire = await loop.create_connection(Wire, address, port, ssl=context, server_hostname=name)
        except ssl.SSLCertVerificationError as error:
            raise TlsFailed(f"the certificate of {host}:{port} is not valid: {error.verify_message}") from error
        except ssl.SSLError as error:
            raise TlsFailed(f"no TLS with {host}:{port}: {error.reason or error}") from error
        except ConnectionRefusedError as error:
            raise ConnectRefused(f"{host}:{port} refuses the connection") from error
        except ConnectionError as error:
            raise ConnectionBroken(f"{host}:{port} broke the connection off") from error
        except TimeoutError:
            raise
        except OSError as error:
            raise Unreachable(f"{host}:{port} cannot be reached: {error.strerror or error}") from error
        return wire

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = tls_context()
        return self._tls
