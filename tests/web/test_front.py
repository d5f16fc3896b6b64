"""The server in front of the pages: who says nothing, or says it slowly, keeps nobody else out."""

import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import pytest

from crawler.service.front import Prompt
from tests.web.conftest import Site

FORM = b"Host: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture
def open_sockets() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def connected(web: Site, stack: ExitStack) -> socket.socket:
    parts = urlsplit(web.url)
    made = stack.enter_context(socket.create_connection((str(parts.hostname), parts.port or 0), timeout=20))
    made.settimeout(20)
    return made


def closed(one: socket.socket) -> bool:
    """Waits until the server has closed the connection without an answer."""
    try:
        return one.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ",
        b"POST /login HTTP/1.1\r\n" + FORM + b"name=a",
        GET + b"GET /heal",
    ],
    ids=["nothing", "half a head", "half a body", "half of a second request"],
)
def test_who_does_not_end_a_request_is_not_waited_for(
    web: Site, open_sockets: ExitStack, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, said: bytes
) -> None:
    monkeypatch.setattr(Prompt, "whole", 0.3)
    one = connected(web, open_sockets)
    one.sendall(said)
    if said.startswith(GET):
        assert one.recv(9) == b"HTTP/1.1 "
        while not closed(one):
            pass
    assert closed(one)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_more_connections_than_there_is_room_for_are_closed_at_once(
    web: Site, open_sockets: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Prompt, "most", 3)
    kept = [connected(web, open_sockets) for _ in range(3)]
    assert closed(connected(web, open_sockets))
    kept[0].sendall(GET)
    assert kept[0].recv(12) == b"HTTP/1.1 200"


def test_heads_have_an_end(web: Site, open_sockets: ExitStack) -> None:
    one = connected(web, open_sockets)
    with suppress(ConnectionError):  # it is cut off while we still talk
        one.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X-Y: %s\r\n" % (b"a" * 1_000) * 2_000)
    with suppress(ConnectionError):
        assert one.recv(12) in (b"HTTP/1.1 400", b"")
