"""A reviewer's day in one walk: a real browser, on a desk and on a phone, a real fetcher, a real site."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from config.settings import Network, Settings
from config.site import Site as Profile
from config.site import load_site
from crawler.service.fetcher import Fetcher
from storage.records_accounts import Role
from storage.records_queue import ChangeFilter
from storage.records_review import ReviewState
from tests.site import Replica
from tests.web.conftest import PASSWORD, Clock, Site
from tests.web.test_fetch import Service, replica, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["replica", "served"]

pytestmark = pytest.mark.kept("demo")

SIZES = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
KEYS = {"r": "triaged", "c": "confirmed", "i": "insignificant", "n": "noise"}


@pytest.fixture
def web_settings(web_settings: Settings, replica: Replica) -> Settings:
    return web_settings.model_copy(update={"network": Network(allow=(replica.host,))})


@pytest.fixture
def web_clock() -> Clock:
    return Clock(now=datetime.now(UTC) + timedelta(minutes=1))


@pytest.fixture
def web_sites(web_sites: dict[str, Profile], replica: Replica, tmp_path: Path) -> dict[str, Profile]:
    """The demo's, whose server is gone, and one whose server is there."""
    path = tmp_path / "again.toml"
    path.write_text(replica.profile().replace('key = "replica"', 'key = "again"'), encoding="utf-8")
    return web_sites | {"again": load_site(path)}


@pytest.fixture
def web_live(web_settings: Settings, web_sites: dict[str, Profile]) -> Service:
    return Service(Fetcher(web_settings, web_sites))


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_a_day_of_a_reviewer(
    served: Site, replica: Replica, browser: "Browser", size: dict[str, int], tmp_path: Path
) -> None:
    served.user("vera", Role.REVIEWER)
    context = browser.new_context(base_url=served.url, viewport=size, accept_downloads=True)  # type: ignore[arg-type]
    context.set_default_timeout(20_000)
    page, said = context.new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto("/login")
    page.locator("main [name=name]").fill("vera")
    page.locator("main [name=password]").fill(PASSWORD)
    page.locator("main form button").click()
    page.get_by_role("heading", name="20 changes in the last seven days").wait_for()
    for step in (_triages_five, _makes_a_noise_rule, _compares_two_versions, _searches):
        step(page, served)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], step.__name__
    _fetches(page, replica)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    _reports(page, tmp_path)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.get_by_role("button", name="Русский").click()
    page.locator("html[lang=ru]").wait_for()
    page.goto("/")
    page.get_by_role("heading", name="изменен").first.wait_for()
    context.close()
    assert said == []


def _triages_five(page: "Page", web: Site) -> None:
    """By keyboard alone; the row that is looked at is on the screen, and seen to be."""
    ids = [row.review.change_id for row in web.archive.queue(ChangeFilter(), limit=10).rows]
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/changes")
    page.locator("tr[data-change]").first.wait_for()
    page.keyboard.press("j")
    for place, key in enumerate("rcinc"):
        here: Any = page.evaluate(
            "(() => { const at = document.activeElement, box = at.getBoundingClientRect();"
            " return [at.closest('tr').dataset.change, box.top >= 0 && box.bottom <= innerHeight,"
            " getComputedStyle(at).outlineStyle]; })()"
        )
        assert here == [str(ids[place]), True, "solid"]
        page.keyboard.press(key)
        page.locator(f"#change-{ids[place]} .state.{KEYS[key]}").wait_for()
        page.wait_for_function(f"document.activeElement.closest('tr')?.dataset.change === '{ids[place + 1]}'")
    decided = web.archive.review(ids[:5])
    assert [decided[number].state.value for number in ids[:5]] == [KEYS[key] for key in "rcinc"]


def _makes_a_noise_rule(page: "Page", web: Site) -> None:
    """Out of a change, after a dry run on what there was."""
    noisy = web.archive.queue(ChangeFilter(words="1 260")).rows[0].review.change_id
    page.goto(f"/changes/{noisy}")
    page.get_by_role("link", name="Make a noise rule").click()
    page.locator("#dry", has_text="It would have hidden").wait_for()
    assert web.archive.rules() == []
    page.get_by_role("button", name="Keep the rule").click()
    page.wait_for_url("**/rules")
    (rule,) = web.archive.rules()
    assert rule.created_by == "vera"
    assert web.archive.review([noisy])[noisy].state is ReviewState.NOISE


def _compares_two_versions(page: "Page", web: Site) -> None:
    """Of a page, chosen from its list; a number is not torn over two lines."""
    edited = web.archive.queue(ChangeFilter(words="1 260", hidden=True)).rows[0].change
    page.goto(f"/pages/{edited.page_id}")
    page.get_by_label("from version 1").check()
    page.get_by_label("to version 2").check()
    page.locator("form.choose").get_by_role("button", name="Compare").click()
    page.wait_for_url("**/compare/1..2")
    came = page.locator("ins:visible").first
    assert came.inner_text() == "1 280"
    assert came.evaluate("mark => mark.getClientRects().length") == 1


def _searches(page: "Page", web: Site) -> None:
    """No page has the words in this form."""
    page.goto("/search")
    page.get_by_label("Words or a “phrase in quotes”").fill("экстренною службою")
    page.keyboard.press("Enter")
    page.locator(".hit mark").first.wait_for()
    marked = {text.lower() for text in page.locator(".hit mark:visible").all_inner_texts()}
    assert all(text.startswith(("экстренн", "служб")) for text in marked), marked
    assert "still there" in page.locator(".hit").first.inner_text()


def _fetches(page: "Page", replica: Replica) -> None:
    """From the field that every page has: first its text, then what has changed."""
    (event,) = [one for one in replica.events() if one.name == "digit"]
    page.locator("#fetch-url").fill(event.url)
    page.keyboard.press("Enter")
    page.get_by_text("this is the first visit").wait_for()
    assert "1 260" in page.locator("pre.text").inner_text()
    replica.apply("digit")
    page.locator("#fetch-url").fill(event.url)
    page.keyboard.press("Enter")
    page.locator(".diff ins").first.wait_for()
    assert page.locator(".diff ins").all_inner_texts() == ["1 280"]


def _reports(page: "Page", folder: Path) -> None:
    """Of what was confirmed: drafted, looked at, taken away."""
    page.goto("/reports")
    page.get_by_role("link", name="Write a report of the confirmed changes").click()
    page.get_by_label("Title").fill("What was confirmed")
    page.get_by_role("button", name="Draft the memos").click()
    page.get_by_role("button", name="Save and look at it").click()
    assert page.get_by_role("article").count() == 2
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Markdown").click()
    waiting.value.save_as(folder / "report.md")
    assert (folder / "report.md").read_text(encoding="utf-8").startswith("# What was confirmed\n")
