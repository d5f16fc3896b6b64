"""From the form and from the API to the real process that fetches: nobody makes it ask what stands inside."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from config.settings import Network, Settings
from crawler.service.fetcher import Fetcher
from crawler.service.fetcher import FetchRefused as Refused
from crawler.web.live import FetchRefused
from storage.records_accounts import Role
from tests.hostile import HostileServer, answer
from tests.hostile.routes import redirect
from tests.web.conftest import Site

INSIDE = ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]",
          "public.example\\@127.0.0.1", "public.example@127.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1"]  # fmt: skip


class Real:
    """The service's fetcher, as the pages ask it."""

    def __init__(self, settings: Settings) -> None:
        self.fetcher = Fetcher(settings, {})
        self.loop: asyncio.AbstractEventLoop | None = None

    async def fetch(self, url: str, site: str | None, who: str) -> dict[str, Any]:
        self.loop = asyncio.get_running_loop()
        try:
            return await self.fetcher.fetch(url, site, who)
        except Refused as refused:
            raise FetchRefused(refused.message, refused.http_status) from refused

    def stop(self) -> None:
        assert self.loop
        asyncio.run_coroutine_threadsafe(self.fetcher.stop(), self.loop).result(30)


@pytest.fixture
def inside() -> Iterator[HostileServer]:
    """What nobody outside may see."""
    with HostileServer({"/": answer(b"<p>the key of the house</p>", headers=["Content-Type: text/html"])}) as running:
        yield running


@pytest.fixture
def outside(inside: HostileServer) -> Iterator[HostileServer]:
    """What may be asked, and leads inside."""
    meta = f'<meta http-equiv="refresh" content="0;url={inside.url("/")}"><p>x</p>'.encode()
    routes = {"/redirect": redirect(inside.url("/")), "/meta": answer(meta, headers=["Content-Type: text/html"])}
    with HostileServer(routes) as running:
        yield running


@pytest.fixture
def web_settings(tmp_path: Path, outside: HostileServer) -> Settings:
    return Settings(home=tmp_path / "web", network=Network(allow=(outside.pair,)))


@pytest.fixture
def web_live(web_settings: Settings) -> Real:
    return Real(web_settings)


def test_nobody_makes_the_fetcher_ask_what_stands_inside(
    web: Site, web_live: Real, inside: HostileServer, outside: HostileServer
) -> None:
    client = web.login("anna", Role.REVIEWER)
    client.http.timeout = httpx.Timeout(120)
    http = web.client(Authorization=f"Bearer {web.token('anna', 'fetch')}").http
    http.timeout = httpx.Timeout(120)
    try:
        urls = [inside.url("/", host=host) for host in INSIDE]
        urls += [
            outside.url("/redirect"),
            outside.url("/meta"),
            f"file://{__file__}",
            "gopher://127.0.0.1/",
            "//127.0.0.1/",
        ]
        for number, url in enumerate(urls):
            told = client.submit("/fetch", url=url) if number % 2 else http.post("/api/v1/fetch", json={"url": url})
            assert told.status_code < 500, url
            assert "the key of the house" not in told.text, url
        assert outside.requests  # it does fetch what it may
        assert inside.requests == []
    finally:
        web_live.stop()
