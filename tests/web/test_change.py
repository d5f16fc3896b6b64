"""One change as it is read: what differs, in which form, what it was seen by, what is decided about it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from storage.records import Change, ChangeKind, What
from storage.records_accounts import Role
from storage.records_review import ReviewState
from storage.warc import read
from tests.web.conftest import Site, enter
from tests.web.test_axe import barriers

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.kept("demo")


def change_of(web: Site, kind: ChangeKind = ChangeKind.EDITED, what: What | None = None, words: str = "") -> Change:
    """A change of the demo with these traits."""
    return next(
        one
        for one in web.archive.changes(include_formatting=True)
        if one.kind is kind and (what is None or what in one.what) and words in one.summary
    )


def address(change: Change, query: str = "") -> str:
    return f"/changes/{change.id}{query}"


def words_in(tag: str, html: str) -> list[str]:
    return re.findall(rf"<{tag}[^>]*>([^<]*)</{tag}>", html)


def test_every_change_of_the_demo_is_told_in_every_form(web: Site) -> None:
    reader = web.login()
    changes = web.archive.changes(include_formatting=True)
    assert len(changes) == 20
    for change in changes:
        shown = {query: reader.get(address(change, query)) for query in ("", "?all=1", "?view=sides", "?view=inline")}
        assert {answer.status_code for answer in shown.values()} == {200}, change
        html = shown[""].text
        assert '<nav class="around own"' in html
        assert "first seen" in html
        assert re.findall(r'href="/captures/\d+"', html), change
        assert 'class="sides' not in shown["?view=inline"].text


def test_the_words_that_went_and_came_are_marked_in_their_paragraph(web: Site) -> None:
    change = change_of(web, words="number 4 600 became 4 700")
    html = web.login().get(address(change, "?view=sides")).text
    assert words_in("del", html) == ["600"] or words_in("del", html) == ["4 600"]
    assert words_in("ins", html) == [words_in("del", html)[0].replace("600", "700")]
    assert re.search(r"\d+ unchanged paragraphs?, \d+ words", html)
    whole = web.login("vera").get(address(change, "?view=sides&all=1")).text
    assert "unchanged paragraph" not in whole
    version = web.archive.version(change.page_id, change.to_version or 0)
    assert version
    assert version.document.text.rstrip().split("\n")[-1] in whole


def test_a_table_stays_a_table_and_is_told_once(web: Site) -> None:
    html = web.login().get(address(change_of(web, words="in row"))).text
    assert html.count("<del") == 1
    assert '<tr class="changed"><td class="mark">±</td>' in html


@pytest.mark.parametrize(
    ("what", "words", "expected"),
    [
        pytest.param(What.LINKS, "link target", "Links", id="a link led elsewhere"),
        pytest.param(What.IMAGES, "image", "Images", id="a picture was replaced"),
        pytest.param(What.ATTACHMENTS, "added", "Attachments", id="a file was attached"),
    ],
)
def test_links_pictures_and_files_stand_apart(web: Site, what: What, words: str, expected: str) -> None:
    html = web.login().get(address(change_of(web, what=what, words=words))).text
    assert f"<h3>{expected}</h3>" in html


def test_the_text_of_a_replaced_file_is_compared(web: Site) -> None:
    change = next(one for one in web.archive.changes() if one.subject_id is not None)
    html = web.login().get(address(change)).text
    assert "0,31" in "".join(words_in("del", html))
    assert f"/pages/{change.subject_id}" in html


@pytest.mark.parametrize(
    ("kind", "heading"),
    [
        pytest.param(ChangeKind.ADDED, "Its text as first seen", id="came"),
        pytest.param(ChangeKind.REMOVED, "Its text as last seen", id="went"),
    ],
)
def test_a_page_that_came_or_went_is_shown_with_its_text(web: Site, kind: ChangeKind, heading: str) -> None:
    change = change_of(web, kind)
    html = web.login().get(address(change)).text
    version = web.archive.version(change.page_id, change.to_version or change.from_version or 0)
    assert version
    assert heading in html
    assert version.document.text.split("\n")[0] in html


def test_times_when_we_could_not_see_are_told(web: Site) -> None:
    change = change_of(web)
    assert change.last_seen
    opened = change.last_seen + (change.first_seen - change.last_seen) / 3
    problem = web.archive.open_problem(change.site, "blocked", "replica", "403 everywhere", opened)
    web.archive.close_problem(problem.id or 0, opened + timedelta(seconds=1))
    html = web.login().get(address(change)).text
    assert "in between we could not see (access was blocked)" in html


def test_the_evidence_is_each_request_with_its_place_in_the_warc_files(web: Site) -> None:
    change = change_of(web, words="number 4 600")
    after = web.archive.version(change.page_id, change.to_version or 0)
    assert after
    assert after.capture_id
    capture = web.archive.capture(after.capture_id)
    assert capture
    assert capture.warc
    reader = web.login()
    html = reader.get(address(change)).text
    assert f"{capture.warc.offset}+{capture.warc.length}" in html
    assert capture.warc.file in html
    assert f"version {after.number} was read from it" in html
    alone = reader.get(f"/captures/{capture.id}").text
    record = read(web.settings.warc_folder, capture.warc)
    assert capture.digest
    assert capture.digest in alone
    for name, value in record.headers:
        assert f"{name.decode()}: {value.decode()}" in unescape(alone)
    assert 'sandbox title="' in alone


def test_a_stored_page_is_inert_and_other_files_are_downloads(web: Site) -> None:
    reader = web.login()
    captures = [one for one in web.archive.captures(site="replica") if one.warc and one.status == 200]
    page = next(one for one in captures if one.media_type == "text/html")
    file = next(one for one in captures if one.media_type == "application/pdf")
    shown = reader.get(f"/raw/{page.id}")
    assert page.warc
    assert shown.content == read(web.settings.warc_folder, page.warc).body
    assert shown.headers["content-security-policy"].startswith("sandbox; default-src 'none'; style-src 'unsafe-inline'")
    assert (shown.headers["x-content-type-options"], shown.headers["content-disposition"]) == ("nosniff", "inline")
    taken = reader.get(f"/raw/{file.id}")
    assert taken.headers["content-type"] == "application/pdf"
    assert taken.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert taken.content.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/changes/999999", 404, id="no such change"),
        pytest.param("/changes/99999999999999999999", 404, id="a number too large to be one"),
        pytest.param("/raw/999999", 404, id="no such capture"),
        pytest.param("/captures/999999", 404, id="no such capture's page"),
        pytest.param("/changes/1?view=%22%3E&all=yes&min=x", 200, id="a query that means nothing"),
    ],
)
def test_what_is_not_there(web: Site, path: str, status: int) -> None:
    assert web.login().get(path).status_code == status


def test_nobody_reads_without_logging_in(web: Site) -> None:
    stranger = web.client()
    for path in ("/changes/1", "/raw/1", "/captures/1", "/pages/1"):
        assert stranger.get(path).status_code == 303


def test_readers_see_no_decisions_to_make_and_reviewers_come_back_to_where_they_were(web: Site) -> None:
    change = change_of(web)
    where = address(change, "?kind=edited&order=time")
    assert "/changes/decide" not in web.login("rita", Role.READER).get(where).text
    vera = web.login("vera", Role.REVIEWER)
    answer = vera.submit(where, "/changes/decide", ids=str(change.id), do="confirmed", next=where)
    assert (answer.status_code, answer.headers["location"]) == (303, where)
    vera.submit(where, "/changes/decide", ids=str(change.id), note="<b>seen</b>", assignee="vera", next=where)
    review = web.archive.review([change.id or 0])[change.id or 0]
    assert (review.state, review.assignee) == (ReviewState.CONFIRMED, "vera")
    html = vera.get(where).text
    assert "&lt;b&gt;seen&lt;/b&gt;" in html
    assert "assigned to vera" in html
    assert "The state is “confirmed” now; it was “new”." in html  # who decided what


def test_neighbours_are_those_of_the_list_that_one_comes_from(web: Site) -> None:
    """Walking from the first change by "next" visits the whole filtered list in its order, and stops."""
    reader = web.login()
    query = "?kind=edited&order=time"
    edited = sorted(
        web.archive.changes(kinds=[ChangeKind.EDITED]), key=lambda one: (one.first_seen, one.id or 0), reverse=True
    )
    walked: list[int] = []
    at: str | None = address(edited[0], query)
    while at:
        walked.append(int(at.partition("?")[0].rpartition("/")[2]))
        html = reader.get(at).text
        assert f"?{at.partition('?')[2]}" == query.replace("&", "&")
        found = re.search(r'href="([^"]+)" rel="next"', html)
        at = found[1].replace("&amp;", "&") if found else None
    assert walked == [one.id for one in edited]


def test_it_is_told_in_the_reader_s_language(web: Site) -> None:
    change = change_of(web, words="number 4 600")
    html = web.login().get(address(change), headers={"Cookie": ""}).text  # the redirect of who is not logged in
    assert html == ""
    client = web.login("olga")
    client.submit("/settings", "/settings/language", language="ru")
    html = client.get(address(change)).text
    assert '<html lang="ru">' in html
    assert "число 4 600" in html


@pytest.fixture(params=["desk", "phone"])
def seen(request: pytest.FixtureRequest, web: Site, browser: "Browser") -> Iterator["Page"]:
    """A reviewer's browser; whatever it complains about fails the test."""
    viewport: Any = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}[request.param]
    context = browser.new_context(base_url=web.url, viewport=viewport)
    context.set_default_timeout(10_000)
    page, said = context.new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    enter(page, web.login("vera", Role.REVIEWER))
    yield page
    width = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert said == []
    assert width <= viewport["width"]


def test_reading_a_change_in_a_browser(web: Site, seen: "Page") -> None:
    """Opened, switched by mouse and key, all of it shown, decided about, and on to the next."""
    edited = sorted(
        web.archive.changes(kinds=[ChangeKind.EDITED]), key=lambda one: (one.first_seen, one.id or 0), reverse=True
    )
    change = change_of(web, words="number 4 600")
    phone = (seen.viewport_size or {}).get("width") == 390
    seen.goto(address(change, "?kind=edited&order=time"))
    assert seen.locator("table.sides").is_visible() is not phone
    assert seen.locator("div.diff").is_visible() is phone
    seen.get_by_role("link", name="Side by side").click()
    seen.wait_for_url("**view=sides**")
    assert seen.locator("table.sides").is_visible()
    seen.get_by_role("link", name="Inline").click()
    seen.wait_for_url("**view=inline**")
    assert seen.locator("table.sides").count() == 0
    seen.get_by_role("link", name="Show all").click()
    seen.wait_for_url("**all=1**")
    assert seen.locator("#difference .gap").count() == 0
    seen.reload()  # each form has its own address
    assert seen.get_by_role("link", name="Only what changed").is_visible()
    seen.keyboard.press("c")
    seen.get_by_text("1 change: confirmed.").wait_for()
    assert web.archive.review([change.id or 0])[change.id or 0].state is ReviewState.CONFIRMED
    seen.keyboard.press("n")
    following = edited[[one.id for one in edited].index(change.id) + 1]
    seen.wait_for_url(f"**/changes/{following.id}?**")
    seen.keyboard.press("p")
    seen.wait_for_url(f"**/changes/{change.id}?**")


def test_a_stored_answer_in_its_frame(web: Site, browser: "Browser") -> None:
    """The frame shows the page's words, and nothing of it runs or loads anything."""
    change = change_of(web, words="number 4 600")
    version = web.archive.version(change.page_id, change.to_version or 0)
    assert version
    context = browser.new_context(base_url=web.url)
    page, asked = context.new_page(), list[str]()
    page.on("requestfinished", lambda request: asked.append(request.url))  # what the policy forbids never is
    enter(page, web.login())
    page.goto(f"/captures/{version.capture_id}")
    frame = page.frame_locator("iframe.raw")
    frame.get_by_text("4 700").first.wait_for()
    context.close()
    assert {url for url in asked if "/static/" not in url} == {
        f"{web.url}/captures/{version.capture_id}",
        f"{web.url}/raw/{version.capture_id}",
    }


def test_no_barriers(web: Site, browser: "Browser") -> None:
    """In a difference of each form; all screens are walked through elsewhere."""
    change, table = change_of(web, words="number 4 600"), change_of(web, words="in row")
    context = browser.new_context(base_url=web.url, bypass_csp=True)
    page, found = context.new_page(), dict[str, list[str]]()
    enter(page, web.login("vera", Role.REVIEWER))
    for path in (address(change, "?view=sides&all=1"), address(table, "?view=sides"), address(change, "?view=inline")):
        page.goto(path)
        found[path] = barriers(page, "light")
    context.close()
    assert {path: complaints for path, complaints in found.items() if complaints} == {}


def test_on_paper_there_is_what_was_found_and_nothing_to_press(web: Site, browser: "Browser") -> None:
    """Address and exact times are printed, the difference without colours; a page's versions as a table."""
    change = change_of(web, words="number 1 260 became 1 280")
    context = browser.new_context(base_url=web.url, viewport={"width": 720, "height": 1000})
    page = context.new_page()
    enter(page, web.login("vera", Role.REVIEWER))
    page.emulate_media(media="print")
    for path in (address(change), f"/pages/{change.page_id}", "/changes"):
        page.goto(path)
        assert page.locator("button:visible, header.top:visible, select:visible").count() == 0, path
        assert page.evaluate("document.documentElement.scrollWidth") <= 720, path
    assert str(change.first_seen.year) in page.locator(".ago").first.evaluate(
        "at => getComputedStyle(at, '::after').content"
    )
    page.goto(f"/pages/{change.page_id}")
    assert page.locator("#version-list tbody tr:visible").count() == 2
    page.goto(address(change))
    assert page.get_by_text(change.url).first.is_visible()
    came, went = page.locator("ins:visible").first, page.locator("del:visible").first
    how = "mark => [getComputedStyle(mark).textDecorationLine, getComputedStyle(mark).color]"
    assert came.evaluate(how) == ["underline", "rgb(0, 0, 0)"]
    assert went.evaluate(how) == ["line-through", "rgb(0, 0, 0)"]
    context.close()
