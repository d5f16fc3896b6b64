"""The review site as it is served: a real server on a free port, a real archive, a real browser."""

import asyncio
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from config.settings import Settings
from config.site import BUILT_IN, load_sites
from config.site import Site as Profile
from crawler.service.front import Front
from crawler.web import passwords
from crawler.web.app import create_app
from crawler.web.live import FetchRefused
from storage.archive import Archive
from storage.records_accounts import Role, User
from tests.fresh import open_fresh
from tests.web.demo import copied, demo_home
from tests.web.hostile import hostile_home
from tests.web.plain import Plain
from tests.web.troubled import troubled_home

__all__ = ["demo_home", "hostile_home", "troubled_home"]

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

SETUP = "setup"  # the actor of what tests have made before they look
PASSWORD = "correct horse battery"
HASHER = passwords._hasher  # what the program hashes with
CHROMIUM = Path("/usr/bin/chromium")
QUIET = (  # a browser that asks for nothing of its own accord
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@dataclass(kw_only=True)
class Clock:
    """A clock that tests turn."""

    now: datetime = field(default_factory=lambda: datetime(2026, 11, 20, 9, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def on(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass(kw_only=True)
class Fetching:
    """The running service, as far as the pages ask it."""

    asked: list[tuple[str, str | None, str]] = field(default_factory=list)

    async def fetch(self, url: str, site: str | None, who: str) -> dict[str, Any]:
        self.asked.append((url, site, who))
        if "private" in url:
            raise FetchRefused("The address is private.", 403)
        return {"url": url, "outcome": "new", "status": 200, "title": "<b>Order</b>", "markdown": "# Order <script>"}

    def metrics(self) -> bytes:
        return b"letapis_pages 3\n"

    def status(self) -> dict[str, Any]:
        return {"state": "active"}


@dataclass(kw_only=True)
class Client:
    """A browser without a screen: keeps cookies, and sends forms as the page has them."""

    http: httpx.Client

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.http.get(path, **more)

    def submit(self, page: str, action: str | None = None, /, **fields: Any) -> httpx.Response:
        """Loads a page, and posts the form on it that goes to ``action`` (its own address) with these fields."""
        loaded = self.get(page)
        token = re.search(r'name="csrf" value="([^"]+)"', loaded.text)
        assert token, loaded.text
        return self.http.post(action or page, data={"csrf": token[1], **fields}, headers={"Origin": self.origin})

    @property
    def origin(self) -> str:
        return str(self.http.base_url).rstrip("/")


@dataclass(kw_only=True)
class Site:
    """The served review site."""

    url: str
    app: FastAPI
    archive: Archive
    settings: Settings
    clock: Clock
    live: Fetching
    clients: list[httpx.Client] = field(default_factory=list)

    def user(self, name: str = "anna", role: Role = Role.READER, *, one_time: bool = False) -> User:
        """A user with the password PASSWORD."""
        made = self.archive.add_user(name, role, _hash(), self.clock.now, actor=SETUP, one_time=one_time)
        assert made
        return made

    def client(self, **headers: str) -> Client:
        """Somebody who is not logged in."""
        self.clients.append(httpx.Client(base_url=self.url, headers=headers, transport=Plain(), timeout=60))
        return Client(http=self.clients[-1])

    def login(self, name: str = "anna", role: Role = Role.READER, *, password: str = PASSWORD) -> Client:
        """Somebody who is; the user is made where there is none."""
        if self.archive.user(name) is None:
            self.user(name, role)
        client = self.client()
        answer = client.submit("/login", name=name, password=password)
        assert answer.status_code == 303, answer.text
        return client

    def token(self, name: str, *scopes: str) -> str:
        """A token of a user."""
        from crawler.web.sessions import digest, new_token

        user, secret = self.archive.user(name), new_token()
        assert user
        self.archive.add_token(user.id, "test", digest(secret), scopes, self.clock.now, actor=SETUP)
        return secret


LIGHT = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)  # checked quickly: a hash says how much work it is


@cache
def _hash() -> str:
    return LIGHT.hash(PASSWORD)


@pytest.fixture(autouse=True)
def light_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing is work on purpose; who tests that very work takes HASHER."""
    monkeypatch.setattr(passwords, "_hasher", LIGHT)


@pytest.fixture
def kept(request: pytest.FixtureRequest) -> Path | None:
    """The home folder that the test's mark names: ``pytest.mark.kept("demo")``, "hostile", "troubled"; null: none."""
    mark = request.node.get_closest_marker("kept")
    home: Path | None = request.getfixturevalue(f"{mark.args[0]}_home") if mark else None
    return home


@pytest.fixture
def web_settings(kept: Path | None, tmp_path: Path) -> Settings:
    """Of a copy of what is kept; the WARC files are shared. Overridden by tests of other settings."""
    home = tmp_path / "home"
    if kept:
        copied(kept, home)
    return Settings(home=home)


@pytest.fixture
def web_archive(kept: Path | None, web_settings: Settings, tmp_path: Path) -> Iterator[Archive]:
    """Overridden by tests that need an archive with something else in it."""
    with Archive.open(web_settings.database_url) if kept else open_fresh(tmp_path / "web") as opened:
        yield opened


@pytest.fixture
def web_clock(request: pytest.FixtureRequest) -> Clock:
    """Shows the real time where the archive is the demo's, which was made by it."""
    mark = request.node.get_closest_marker("kept")
    return Clock(now=datetime.now(UTC)) if mark and mark.args[0] == "demo" else Clock()


@cache
def _built_in() -> dict[str, Profile]:
    return load_sites(BUILT_IN)


@pytest.fixture
def web_sites(kept: Path | None) -> dict[str, Profile]:
    """The ministry's profile, and those of what is kept. Overridden by tests of other sites."""
    return _built_in() | (load_sites(kept / "sites") if kept else {})


@pytest.fixture
def web_live() -> Any:
    """The running service; overridden by tests that really fetch, or that have none (null)."""
    return Fetching()


@pytest.fixture
def web(
    web_settings: Settings, web_sites: dict[str, Profile], web_archive: Archive, web_clock: Clock, web_live: Any
) -> Iterator[Site]:
    """The site, served on a port of its own as the service serves it."""
    clock, live = web_clock, web_live
    app = create_app(web_settings, web_sites, web_archive, live, clock)
    front = Front(app, "127.0.0.1", 0)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="web")
    thread.start()
    loop.call_soon_threadsafe(front.start)
    site = Site(url=front.address, app=app, archive=web_archive, settings=web_settings, clock=clock, live=live)
    try:
        yield site
    finally:
        for client in site.clients:
            client.close()
        asyncio.run_coroutine_threadsafe(front.close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.fixture(scope="session")
def started_browser() -> Iterator[tuple["Browser", asyncio.AbstractEventLoop]]:
    """One browser for all tests of a process, and the loop that Playwright leaves running in this thread."""
    from playwright.sync_api import sync_playwright

    assert CHROMIUM.exists(), "tests of the pages need Debian's chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        loop = asyncio.get_running_loop()
        yield started, loop
        asyncio._set_running_loop(loop)
        started.close()


@pytest.fixture
def browser(started_browser: tuple["Browser", asyncio.AbstractEventLoop]) -> Iterator["Browser"]:
    """The browser. Its loop counts as running for this test alone: others of the process have loops of their own."""
    started, loop = started_browser
    asyncio._set_running_loop(loop)
    yield started
    asyncio._set_running_loop(None)


@pytest.fixture
def browser_context(web: Site, browser: "Browser") -> Iterator["BrowserContext"]:
    made = browser.new_context(base_url=web.url)
    made.set_default_timeout(10_000)
    yield made
    made.close()


@pytest.fixture
def browser_page(browser_context: "BrowserContext") -> "Page":
    """A page of the browser; relative addresses are the site's."""
    return browser_context.new_page()


def enter(page: "Page", client: Client) -> None:
    """The browser takes over who is logged in."""
    jar = client.http.cookies.jar
    page.context.add_cookies([{"name": one.name, "value": one.value or "", "url": client.origin} for one in jar])
