"""The address guard: which addresses may be connected to, and the only place where a connection is made.

A name is resolved once, each address is checked, and the connection goes to a checked address: there is no second
resolution between the check and the use. Every request of every kind comes through here.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import aiohttp
from aiohttp.abc import ResolveResult

from crawler.download.failures import AddressRefused, HostNotFound
from storage.said import Said

__all__ = ["AddressRefused", "Guard", "GuardedConnector", "is_public", "resolve_host", "tls_context"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
AddrInfoType = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]

_KEEP_SECONDS = 30.0  # that a connection waits for its next request
_MOST_ADDRESSES = 4  # of one name that are tried

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
            where = list(dict.fromkeys(found)) or Said("no address")
            raise AddressRefused(
                Said(
                    "{host}:{port} is not a public address ({where}); network.allow names exceptions",
                    host=host,
                    port=str(port),
                    where=where,
                )
            )
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
        raise HostNotFound(Said("no address is known for the host {host}", host=host)) from error
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


class GuardedConnector(aiohttp.TCPConnector):
    """Connects to checked addresses only: names, IP literals and whatever else a resolver takes for an address.

    ``_resolve_host`` is where aiohttp asks for addresses, literals included. ``_socket``, through which every socket
    is made, knows only the addresses that were checked there: should the first ever be passed by, nothing connects.
    """

    def __init__(self, guard: Guard, *, resolve: Resolve = resolve_host) -> None:
        super().__init__(limit=0, keepalive_timeout=_KEEP_SECONDS, socket_factory=self._socket)
        self._guard = guard
        self._ask = resolve
        self._checked: set[tuple[str, int]] = set()

    async def _resolve_host(self, host: str, port: int, traces: Sequence[object] | None = None) -> list[ResolveResult]:
        good = self._guard.check(host, port, await self._ask(host, port))[:_MOST_ADDRESSES]
        self._checked.update((address, port) for address in good)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=_family(address), proto=0, flags=0)
            for address in good
        ]

    def _socket(self, info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, (address, port, *_) = info
        if (address, port) not in self._checked:
            raise AddressRefused(Said("{address}:{port} was never checked", address=address, port=str(port)))
        return socket.socket(family, kind, protocol)


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET
