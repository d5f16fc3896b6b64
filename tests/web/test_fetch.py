"""A URL fetched now by a real fetcher: its text at once, what has changed, and refusals with what to do."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from config.settings import Network, Settings
from config.site import Site as Profile
from config.site import load_site
from crawler.service.fetcher import Fetcher
from crawler.service.fetcher import FetchRefused as Refused
from crawler.web.live import FetchRefused
from storage.archive import Archive
from storage.records_accounts import Role
from tests.site import Replica
from tests.web.conftest import Fetching, Site, enter

if TYPE_CHECKING:
    from playwright.sync_api import Page


class Service(Fetching):
    """The running service with its real fetcher."""

    def __init__(self, fetcher: Fetcher) -> None:
        super().__init__()
        self.fetcher = fetcher
        self.loop: asyncio.AbstractEventLoop | None = None

    async def fetch(self, url: str, site: str | None, who: str) -> dict[str, Any]:
        self.loop = asyncio.get_running_loop()
        try:
            return await self.fetcher.fetch(url, site, who)
        except Refused as refused:
            raise FetchRefused(refused.message, refused.http_status) from refused


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica() as served:
        yield served


@pytest.fixture
def web_settings(tmp_path: Path, replica: Replica) -> Settings:
    return Settings(home=tmp_path / "home", network=Network(allow=(replica.host,)))


@pytest.fixture
def web_archive(web_settings: Settings) -> Iterator[Archive]:
    with Archive.open(web_settings.database_url) as opened:
        yield opened


@pytest.fixture
def web_sites(tmp_path: Path, replica: Replica) -> dict[str, Profile]:
    path = tmp_path / "replica.toml"
    path.write_text(replica.profile(), encoding="utf-8")
    site = load_site(path)
    return {site.key: site}


@pytest.fixture
def web_live(web_settings: Settings, web_sites: dict[str, Profile]) -> Service:
    return Service(Fetcher(web_settings, web_sites))


@pytest.fixture
def served(web: Site, web_live: Service) -> Iterator[Site]:
    """The site with its fetcher warm; that is ended before the site is."""
    web.user("warm", Role.REVIEWER)
    headers = {"Authorization": f"Bearer {web.token('warm', 'fetch')}"}
    warmed = httpx.post(f"{web.url}/api/v1/fetch", json={"url": "file:///"}, headers=headers, timeout=60)
    assert warmed.status_code == 400
    yield web
    if web_live.loop is not None:
        asyncio.run_coroutine_threadsafe(web_live.fetcher.stop(), web_live.loop).result(20)


def test_a_page_is_fetched_and_compared_with_last_time(served: Site, replica: Replica, browser_page: "Page") -> None:
    """From the field that every page has; the second fetch shows the one digit that has changed, refusals say why."""
    enter(browser_page, served.login("vera", Role.REVIEWER))
    (event,) = [one for one in replica.events() if one.name == "digit"]
    browser_page.goto("/search")
    browser_page.locator("#fetch-url").fill(event.url)
    browser_page.keyboard.press("Enter")
    browser_page.get_by_text("this is the first visit").wait_for()
    text = browser_page.locator("pre.text").inner_text()
    assert len(text) > 200
    browser_page.get_by_role("link", name="the page and its history").wait_for()

    replica.apply("digit")
    browser_page.locator("#fetch-url").fill(event.url)
    browser_page.keyboard.press("Enter")
    browser_page.locator(".diff ins").first.wait_for()
    (change,) = served.archive.changes()
    gone, came = (browser_page.locator(f".diff {tag}").all_inner_texts() for tag in ("del", "ins"))
    assert gone != came
    assert any(character.isdigit() for character in "".join(gone + came))
    assert browser_page.locator(f'a[href="/changes/{change.id}"]').count() == 1
    assert browser_page.locator("pre.text").inner_text() != text

    browser_page.locator("main input[name=url]").fill(event.url)
    browser_page.locator("main").get_by_role("button", name="Fetch").click()
    browser_page.get_by_text("Nothing.", exact=True).wait_for()
    assert len(served.archive.changes()) == 1


@pytest.mark.parametrize(
    ("url", "status", "told"),
    [
        pytest.param("file:///etc/passwd", 400, "Check the address", id="no http"),
        pytest.param("http://[::1", 400, "Check the address", id="no address"),
        pytest.param("http://10.0.0.1/", 200, "network.allow names exceptions", id="a private address"),
        pytest.param("{replica}/no-such-page", 200, "One look removes nothing", id="not there"),
        pytest.param("{replica}/user/login", 400, "Check the address", id="out of scope"),
    ],
)
def test_what_can_t_be_fetched_says_why_and_what_to_do(
    served: Site, replica: Replica, url: str, status: int, told: str
) -> None:
    url = url.replace("{replica}", replica.url)
    answer = served.login("vera", Role.REVIEWER).submit("/fetch", url=url)
    assert answer.status_code == status
    assert told in answer.text
    assert answer.text.count('role="alert"') == 1
    assert f'value="{url}"' in answer.text  # to be mended, not typed again


def test_too_many_fetches_are_told_when_to_go_on(web: Site) -> None:
    vera = web.login("vera", Role.REVIEWER)
    for _ in range(60):
        web.archive.attempt("fetch vera", web.clock.now)
    answer = vera.submit("/fetch", url="https://example.org/")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Try again in" in answer.text
    assert 'value="https://example.org/"' in answer.text


def test_readers_fetch_nothing(web: Site) -> None:
    assert web.login().get("/fetch").status_code == 403


class TestWithoutTheService:
    @pytest.fixture
    def web_live(self) -> None:
        return None

    def test_it_says_so_and_how_to_start_it(self, web: Site) -> None:
        vera = web.login("vera", Role.REVIEWER)
        assert "letapis up" in vera.get("/fetch").text
        answer = vera.submit("/fetch", url="https://example.org/")
        assert answer.status_code == 503
        assert "letapis fetch URL" in answer.text
