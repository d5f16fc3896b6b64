"""A page as it is read: its life, its versions, any two of them compared, its languages, its visits, watching it."""

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from crawler.core.subscriptions import concerns
from storage.records import ChangeKind, Page, PageState
from storage.records_accounts import Role
from tests.web.conftest import Client, Fetching, Site, enter

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.kept("demo")


@pytest.fixture
def reader(web: Site) -> Client:
    return web.login()


def edited(web: Site) -> Page:
    """A page of the demo with two versions: a number in it was edited."""
    change = next(one for one in web.archive.changes() if "number 4 600" in one.summary)
    return web.archive.pages_by_id([change.page_id])[change.page_id]


def several(web: Site) -> Page:
    """A page with three versions."""
    return next(page for page in web.archive.pages() if (page.version or 0) >= 3)


def test_the_answer_comes_first(web: Site, reader: Client) -> None:
    page = edited(web)
    html = reader.get(f"/pages/{page.id}").text
    says = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html[html.index('class="says"') :][:600]))
    assert "It is there. Its text stands as it is since" in says
    assert "2 versions are stored." in says


def test_the_versions_are_a_picture_and_a_table(web: Site, reader: Client) -> None:
    page = several(web)
    html = reader.get(f"/pages/{page.id}").text
    numbers = [row.number for row in web.archive.versions_of(page.id)]
    assert len(re.findall(r'<line class="version', html)) == len(numbers)
    for number in numbers:
        assert f'<a href="/pages/{page.id}/versions/{number}">{number}</a>' in html
        assert f'type="radio" name="from" value="{number}"' in html


def test_a_page_that_is_gone_says_since_when(web: Site, reader: Client) -> None:
    page = next(page for page in web.archive.pages(states=[PageState.GONE]) if page.version)
    html = reader.get(f"/pages/{page.id}").text
    assert "It is gone." in html
    assert "First seen missing:" in html
    assert "Its last text was seen from" in html
    assert '<rect class="gone"' in html


@pytest.mark.parametrize("prefix", ["", "/ru"], ids=["its own address", "another one of its addresses"])
def test_a_page_is_found_by_any_of_its_addresses(web: Site, reader: Client, prefix: str) -> None:
    page = edited(web)
    host, _, path = page.url.removeprefix("http://").partition("/")
    answer = reader.get("/pages", params={"url": f"http://{host}{prefix}/{path}"})
    assert (answer.status_code, answer.headers.get("location")) == (303, f"/pages/{page.id}")


@pytest.mark.parametrize(
    "url", ["https://elsewhere.example/x", "nonsense", "http://[", "javascript:alert(1)", "ftp://x/"]
)
def test_an_address_that_nobody_knows(reader: Client, url: str) -> None:
    answer = reader.get("/pages", params={"url": url})
    assert answer.status_code == 404
    assert "No page is known at this address." in answer.text


def test_an_alias_leads_to_its_page(web: Site, reader: Client) -> None:
    alias = next(page for page in web.archive.pages(states=[PageState.ALIAS]) if page.version is None)
    answer = reader.get(f"/pages/{alias.id}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/pages/{alias.alias_of}")


def test_two_versions_are_compared_under_an_address_that_stays(web: Site, reader: Client) -> None:
    page = several(web)
    answer = reader.get(f"/pages/{page.id}/compare", params={"from": "1", "to": "3"})
    assert answer.headers["location"] == f"/pages/{page.id}/compare/1..3"
    html = reader.get(answer.headers["location"]).text
    assert "Before: version 1" in html
    assert "After: version 3" in html
    assert html.count("<ins") > 1
    back = reader.get(f"/pages/{page.id}/compare/3..1").text
    assert (back.count("<ins"), back.count("<del")) != (0, 0)


def test_all_that_changed_since_a_moment_in_one_comparison(web: Site, reader: Client) -> None:
    page = several(web)
    second = web.archive.versions_of(page.id)[1]

    def since(text: str) -> str:
        return str(reader.get(f"/pages/{page.id}/compare", params={"since": text}).headers["location"])

    last = page.version
    assert since("2020-01-01") == f"/pages/{page.id}/compare/1..{last}"
    assert since((second.first_seen + timedelta(microseconds=1)).isoformat()) == f"/pages/{page.id}/compare/2..{last}"
    assert since("2999-01-01") == f"/pages/{page.id}/compare/{last}..{last}"
    assert "These two versions say the same." in reader.get(since("2999-01-01")).text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("compare/1..99", 404, id="no such version"),
        pytest.param("compare/0..1", 422, id="versions begin at 1"),
        pytest.param("compare?from=x&to=2", 422, id="no number"),
        pytest.param("compare?since=yesterday", 422, id="no day"),
        pytest.param("compare?since=0001-01-01", 303, id="the first day of the calendar"),
        pytest.param("versions/99", 404, id="no such text"),
        pytest.param("versions/1.exe", 404, id="no such form"),
        pytest.param("beside/1", 404, id="no translation"),
    ],
)
def test_what_is_not_there(web: Site, reader: Client, path: str, status: int) -> None:
    assert reader.get(f"/pages/{edited(web).id}/{path}").status_code == status
    assert reader.get("/pages/999999").status_code == 404


@pytest.mark.parametrize("form", ["txt", "md", "json"])
def test_a_version_is_taken_away(web: Site, reader: Client, form: str) -> None:
    page = edited(web)
    version = web.archive.version(page.id, 2)
    assert version
    answer = reader.get(f"/pages/{page.id}/versions/2.{form}")
    assert answer.headers["content-disposition"] == f'attachment; filename="replica-{page.id}-version-2.{form}"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    if form == "json":
        found = json.loads(answer.text)
        assert (found["text"], found["url"], found["version"]) == (version.document.text, page.url, 2)
    else:
        assert answer.text.startswith(version.document.text if form == "txt" else version.document.markdown)


def test_a_version_s_text_is_set_and_links_lead_nowhere_unasked(web: Site, reader: Client) -> None:
    """Of all pages with links in their text: the links are there, each without referrer and without a vote."""
    for page in [one for one in web.archive.pages() if one.version][:12]:
        html = reader.get(f"/pages/{page.id}/versions/{page.version}").text
        text = html[html.index('id="its-text"') :]
        links = re.findall(r'<a href="(http[^"]+)" rel="([^"]+)"', text)
        assert all("noopener" in rel and "noreferrer" in rel for _, rel in links)
        assert "<img" not in text
        plain = reader.get(f"/pages/{page.id}/versions/{page.version}?as=text").text
        assert '<pre class="text"' in plain


def test_languages_stand_side_by_side_with_their_lag(web: Site) -> None:
    """The Russian text of the demo's page was edited, the others were not; twelve days later that is told."""
    pages = web.archive.pages()
    groups = (web.archive.translations(page.id, web.clock.now) for page in pages if page.version)
    found = next(one for one in groups if len(one) > 1 and any(half.behind is not None for half in one))
    web.clock.on(days=12)
    reader = web.login()
    ahead, late = found[0], next(half for half in found if half.behind is not None)
    html = reader.get(f"/pages/{ahead.page_id}").text
    assert "not edited for 12 days since another language was" in html
    assert f'href="/pages/{ahead.page_id}/beside/{late.page_id}"' in html
    both = reader.get(f"/pages/{ahead.page_id}/beside/{late.page_id}").text
    assert both.count('<div class="text"') == 2
    assert "not edited for 12 days" in both


def test_the_next_visit_and_the_rate_are_told(web: Site, reader: Client) -> None:
    html = reader.get(f"/pages/{edited(web).id}").text
    assert re.search(r"[\d.]+ changes a month, with 90 % certainty between [\d.]+ and [\d.]+", html)
    assert "Next visit" in html


def test_fetching_it_now(web: Site) -> None:
    page = edited(web)
    vera = web.login("vera", Role.REVIEWER)
    answer = vera.submit(f"/pages/{page.id}", "/fetch", url=page.address)
    assert answer.status_code == 200
    assert isinstance(web.live, Fetching)
    assert web.live.asked == [(page.address, None, "vera")]
    assert "Fetch it now" not in web.login("rita").get(f"/pages/{page.id}").text


def test_watching_a_page_with_a_mistake_first(web: Site, reader: Client) -> None:
    """What was typed stays; the subscription is then for this page's changes and no others."""
    page = edited(web)
    path = f"/pages/{page.id}/watch"
    wrong = reader.submit(path, None, name="My page", channel="carrier pigeon", cron="")
    assert wrong.status_code == 422
    assert 'value="carrier pigeon"' in wrong.text
    assert "Where to:" in wrong.text
    done = reader.submit(path, None, name="My page", channel="mailto:anna@example.org", cron="")
    assert (done.status_code, done.headers["location"]) == (303, f"/pages/{page.id}")
    made = web.archive.subscription_named("My page")
    assert made
    assert (made.created_by, made.zone) == ("anna", "Europe/Minsk")
    assert {change.page_id for change in web.archive.changes() if concerns(made, change)} == {page.id}
    again = reader.submit(path, None, name="My page", channel="mailto:anna@example.org", cron="")
    assert again.status_code == 422


def test_tokens_watch_nothing(web: Site) -> None:
    web.user("tool")
    token = web.token("tool", "read", "admin")
    answer = web.client(Authorization=f"Bearer {token}").http.post("/pages/1/watch", data={"name": "x"})
    assert answer.status_code == 403


def test_problems_about_the_page_stand_with_it(web: Site, reader: Client) -> None:
    page = edited(web)
    web.archive.open_problem(page.site, "empty", page.url, "<i>no text</i>", web.clock.now)
    html = reader.get(f"/pages/{page.id}").text
    assert "&lt;i&gt;no text&lt;/i&gt;" in html


def test_a_moved_page_keeps_its_history(web: Site, reader: Client) -> None:
    change = next(one for one in web.archive.changes() if one.kind is ChangeKind.MOVED)
    answer = reader.get(f"/pages/{change.page_id}")
    assert answer.status_code == 200
    assert "What it leads to now" in answer.text


@pytest.mark.parametrize(
    "screen", [{"width": 1280, "height": 900}, {"width": 390, "height": 844}], ids=["desk", "phone"]
)
def test_comparing_two_versions_in_a_browser(web: Site, browser: "Browser", screen: Any) -> None:
    page = several(web)
    context = browser.new_context(base_url=web.url, viewport=screen)
    context.set_default_timeout(10_000)
    seen, said = context.new_page(), list[str]()
    seen.on("console", lambda message: said.append(message.text))
    enter(seen, web.login())
    seen.goto(f"/pages/{page.id}")
    assert seen.evaluate("document.documentElement.scrollWidth") <= screen["width"]
    seen.get_by_label("from version 1").check()
    seen.get_by_role("button", name="Compare").first.click()
    seen.wait_for_url(f"**/pages/{page.id}/compare/1..{page.version}")
    seen.keyboard.press("e")
    seen.wait_for_url("**all=1**")
    assert seen.get_by_role("link", name="Only what changed").is_visible()
    seen.get_by_label("From version").select_option("2")
    seen.get_by_role("button", name="Compare").click()
    seen.wait_for_url(f"**/compare/2..{page.version}")
    assert seen.evaluate("document.documentElement.scrollWidth") <= screen["width"]
    context.close()
    assert said == []
