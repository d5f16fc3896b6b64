"""The address guard: by table, by property, and against real sockets."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from crawler.download.client import Answer, Client, Question
from crawler.download.failures import AddressRefused, ConnectRefused, FailureKind
from crawler.download.guard import Guard, GuardedConnector, is_public
from tests.crawl.visits import visit
from tests.hostile import HostileServer, answer
from tests.hostile.certificates import certificate
from tests.hostile.routes import redirect


@pytest.mark.parametrize(
    ("address", "public"),
    [
        pytest.param("93.184.215.14", True, id="ordinary IPv4"),
        pytest.param("2a02:6b8::feed:ff", True, id="ordinary IPv6"),
        pytest.param("127.0.0.1", False, id="loopback"),
        pytest.param("127.255.255.254", False, id="loopback's far end"),
        pytest.param("10.1.2.3", False, id="private 10"),
        pytest.param("172.31.255.255", False, id="private 172"),
        pytest.param("192.168.0.1", False, id="private 192"),
        pytest.param("169.254.169.254", False, id="cloud metadata, link-local"),
        pytest.param("100.64.0.1", False, id="carrier-grade NAT, first"),
        pytest.param("100.127.255.255", False, id="carrier-grade NAT, last"),
        pytest.param("100.128.0.1", True, id="just after carrier-grade NAT"),
        pytest.param("0.0.0.0", False, id="unspecified"),
        pytest.param("0.1.2.3", False, id="this network"),
        pytest.param("224.0.0.1", False, id="multicast"),
        pytest.param("233.252.0.1", False, id="multicast that is global"),
        pytest.param("240.0.0.1", False, id="reserved"),
        pytest.param("255.255.255.255", False, id="broadcast"),
        pytest.param("192.0.2.1", False, id="documentation"),
        pytest.param("198.18.0.1", False, id="benchmarking"),
        pytest.param("192.88.99.1", False, id="6to4 relay"),
        pytest.param("::", False, id="IPv6 unspecified"),
        pytest.param("::1", False, id="IPv6 loopback"),
        pytest.param("::127.0.0.1", False, id="IPv4-compatible"),
        pytest.param("::ffff:127.0.0.1", False, id="mapped loopback"),
        pytest.param("::ffff:8.8.8.8", True, id="mapped public"),
        pytest.param("2002:7f00:1::", False, id="6to4 loopback"),
        pytest.param("2002:a9fe:a9fe::1", False, id="6to4 metadata"),
        pytest.param("64:ff9b::10.0.0.1", False, id="NAT64 private"),
        pytest.param("64:ff9b:1::8.8.8.8", False, id="NAT64 of one's own"),
        pytest.param("2001:0:53aa:64c:0:7bff:80ff:fffe", False, id="Teredo"),
        pytest.param("fe80::1", False, id="IPv6 link-local"),
        pytest.param("fe80::1%eth0", False, id="IPv6 link-local with zone"),
        pytest.param("fc00::1", False, id="unique local"),
        pytest.param("fec0::1", False, id="site-local"),
        pytest.param("ff02::1", False, id="IPv6 multicast"),
        pytest.param("2001:db8::1", False, id="IPv6 documentation"),
        pytest.param("3fff::1", False, id="IPv6 documentation, new"),
        pytest.param("5f00::1", False, id="segment routing"),
        pytest.param("not an address", False, id="nonsense"),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_in_disguise_counts_as_itself(ip: ipaddress.IPv4Address) -> None:
    number = int(ip)
    disguises = [0xFFFF << 32 | number, 0x2002 << 112 | number << 80, 0x64FF9B << 96 | number]
    verdicts = {is_public(str(ipaddress.IPv6Address(value))) for value in disguises}
    assert verdicts == {is_public(str(ip))}


def test_private_addresses_are_left_out_where_public_ones_remain() -> None:
    assert Guard().check("mixed.test", 443, ["10.0.0.1", "93.184.215.14", "::1"]) == ["93.184.215.14"]


@pytest.mark.parametrize(
    ("allow", "host", "port"),
    [
        pytest.param("127.0.0.1:8080", "127.0.0.1", 8081, id="another port"),
        pytest.param("127.0.0.1:8080", "rebound.test", 8080, id="another name for the same address"),
        pytest.param("intranet.test:80", "sub.intranet.test", 80, id="a name below"),
        pytest.param("intranet.test:80", "intranet.test.evil.test", 80, id="a name that begins alike"),
    ],
)
def test_an_exception_holds_for_nothing_but_itself(allow: str, host: str, port: int) -> None:
    with pytest.raises(AddressRefused, match="not a public address"):
        Guard([allow]).check(host, port, ["127.0.0.1"])


@pytest.mark.parametrize(
    ("allow", "host"),
    [("127.0.0.1:80", "127.0.0.1"), ("Intranet.Test:80", "intranet.test."), ("[::1]:80", "::1"), ("::1:80", "::1")],
)
def test_an_exception_holds_for_the_host_however_it_is_written(allow: str, host: str) -> None:
    assert Guard([allow]).check(host, 80, ["10.9.8.7"]) == ["10.9.8.7"]


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer({"/": answer(b"<p>inside</p>")}) as running:
        yield running


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]", "0"],
)
def test_however_loopback_is_written_nothing_reaches_it(server: HostileServer, host: str) -> None:
    url = server.url("/", host=host)
    visits = visit([url])
    assert [failure.kind for failure in visits.failures.values()] == [FailureKind.ADDRESS_REFUSED]
    assert server.requests == []


def test_an_allowed_pair_is_fetched_and_its_neighbour_is_not(server: HostileServer) -> None:
    with HostileServer({"/": redirect(server.url("/"))}) as open_server:
        visits = visit([open_server.url("/"), server.url("/")], allow=[open_server.pair])
    assert visits.responses[open_server.url("/")].status == 302  # handed over, not followed
    assert visits.failures[server.url("/")].kind is FailureKind.ADDRESS_REFUSED
    assert server.requests == []


def test_robots_txt_goes_through_the_guard_too(server: HostileServer) -> None:
    with HostileServer({"/robots.txt": redirect(server.url("/robots.txt")), "/": answer(b"ok")}) as open_server:
        visits = visit([open_server.url("/")], allow=[open_server.pair], policy={"respect_robots": True})
    assert visits.failures[open_server.url("/")].kind is FailureKind.ROBOTS
    assert server.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "data:text/html,hello",
        "http://public@127.0.0.1/",
        "http://user:word@hostile.test/",
        "gopher://127.0.0.1:70/",
    ],
)
def test_other_schemes_and_user_names_are_not_fetched(url: str) -> None:
    assert [failure.kind for failure in visit([url]).failures.values()] == [FailureKind.SCHEME]


def ask(host: str, port: int, *answers: list[str]) -> tuple[Answer, int]:
    """What a client gets from a host that is allowed by name and whose name has these addresses, one list after the
    other; and how often the name was looked up."""
    waiting = list(answers)

    async def resolve(name: str, _: int) -> list[str]:
        assert name == host
        return waiting.pop(0)

    async def run() -> Answer:
        client = Client(Guard([f"named.test:{port}"]), resolve=resolve)
        question = Question(method="GET", url=URL.build(scheme="http", host=host, port=port, path="/"), headers=())
        try:
            return await client.ask(question, limit=lambda _: 1000)
        finally:
            await client.close()

    return asyncio.run(run()), len(answers) - len(waiting)


def test_a_name_is_resolved_once_and_the_checked_address_is_used(server: HostileServer) -> None:
    answered, lookups = ask("named.test", server.port, ["127.0.0.1"], ["127.0.0.9"])
    assert answered.peer == "127.0.0.1"
    assert lookups == 1


def test_a_name_that_turns_to_an_inner_address_is_refused(server: HostileServer) -> None:
    with pytest.raises(AddressRefused):
        ask("rebound.test", server.port, ["127.0.0.1"])
    assert server.requests == []


def test_only_the_public_ones_among_the_addresses_are_tried(server: HostileServer) -> None:
    asked: list[tuple[str, int]] = []

    class Noting(GuardedConnector):
        def _socket(self, info: Any) -> socket.socket:
            asked.append(info[4][:2])
            raise ConnectionRefusedError

    async def resolve(*_: object) -> list[str]:
        return ["127.0.0.1", "93.184.215.14", "10.0.0.1"]

    async def run() -> None:
        async with aiohttp.ClientSession(connector=Noting(Guard(), resolve=resolve)) as session:
            await session.get(f"http://mixed.test:{server.port}/")

    with pytest.raises(aiohttp.ClientConnectorError):
        asyncio.run(run())
    assert asked == [("93.184.215.14", server.port)]


def test_a_connection_that_was_not_checked_is_not_made(server: HostileServer) -> None:
    async def run() -> None:
        connector = GuardedConnector(Guard([server.pair]))
        # As if aiohttp had found an address without asking the guard.
        connector._resolve_host = partial(aiohttp.TCPConnector._resolve_host, connector)  # type: ignore[method-assign]
        async with aiohttp.ClientSession(connector=connector) as session:
            await session.get(server.url("/"))

    with pytest.raises(AddressRefused, match="never checked"):
        asyncio.run(run())
    assert server.requests == []


def test_the_next_address_is_tried_where_one_refuses(server: HostileServer) -> None:
    answered, _ = ask("named.test", server.port, ["127.0.0.2", "127.0.0.1"])
    assert answered.peer == "127.0.0.1"


def test_a_refused_connection_is_named_as_such() -> None:
    with pytest.raises(ConnectRefused, match=r"named\.test:1 refuses"):
        ask("named.test", 1, ["127.0.0.1", "127.0.0.2"])


@pytest.mark.parametrize(
    "host", ["no-such-host.invalid", "a..b", "x" * 64 + ".test"], ids=["unknown", "empty label", "long label"]
)
def test_names_that_lead_nowhere_are_dns_failures(host: str) -> None:
    assert [failure.kind for failure in visit([f"http://{host}/"]).failures.values()] == [FailureKind.DNS]


# ---- TLS


@pytest.mark.parametrize(
    ("named", "trusted", "kind"),
    [
        pytest.param("localhost", True, None, id="trusted and for this host"),
        pytest.param("localhost", False, FailureKind.TLS, id="nobody vouches for it"),
        pytest.param("elsewhere.test", True, FailureKind.TLS, id="for another host"),
    ],
)
def test_certificates_are_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, trusted: bool, kind: FailureKind | None
) -> None:
    public, context = certificate(tmp_path, named)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(public))
    with HostileServer({"/": answer(b"<p>secret</p>")}, tls=context) as server:
        url = server.url("/", host="localhost")
        visits = visit([url], allow=[f"localhost:{server.port}"])
    assert (visits.failures[url].kind if url in visits.failures else None) == kind
    assert len(server.requests) == (0 if kind else 1)


def test_plain_http_on_a_tls_port_is_a_tls_failure() -> None:
    with HostileServer({"/": answer(b"plain")}) as server:
        url = server.url("/").replace("http:", "https:")
        visits = visit([url], allow=[server.pair], network={"connect_timeout": 0.5})
    assert visits.failures[url].kind in (FailureKind.TLS, FailureKind.TIMEOUT)
