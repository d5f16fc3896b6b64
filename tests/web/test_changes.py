"""The change list as reviewers work with it, in a real browser: by keyboard, on a phone, without scripts."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select

from storage.records_accounts import Role
from storage.records_outbox import Cadence
from storage.records_queue import ChangeFilter
from storage.records_review import ReviewState
from storage.tables import changes, pages, versions
from tests.web.conftest import Client, Clock, Site, enter
from tests.web.test_axe import barriers

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.kept("demo")

SCREENS = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
KEYS = {"r": "triaged", "c": "confirmed", "i": "insignificant", "n": "noise"}


class Ticking(Clock):
    """A clock that goes on with every look: no two decisions are made at the same moment."""

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


@pytest.fixture
def web_clock() -> Clock:
    return Ticking(now=datetime.now(UTC))


@pytest.fixture(params=list(SCREENS))
def seen(request: pytest.FixtureRequest, web: Site, browser: "Browser") -> Iterator["Page"]:
    """A reviewer's browser; whatever it complains about fails the test."""
    context = browser.new_context(base_url=web.url, viewport=SCREENS[request.param])  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    page, said = context.new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    enter(page, web.login("vera", Role.REVIEWER))
    yield page
    width = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert [line for line in said if "422" not in line] == []  # the browser's word for a form that was refused
    assert width <= SCREENS[request.param]["width"]


def states(web: Site) -> dict[int, ReviewState]:
    """What was decided so far, by change."""
    rows = web.archive.queue(ChangeFilter(hidden=True), limit=100).rows
    decided = {row.review.change_id: row.review.state for row in rows}
    return {change_id: state for change_id, state in decided.items() if state is not ReviewState.NEW}


def order(web: Site) -> list[int]:
    """Ids of the changes as the list has them."""
    return [row.review.change_id for row in web.archive.queue(ChangeFilter(), limit=100).rows]


def settled(page: "Page", change_id: int, word: str) -> None:
    page.locator(f"#change-{change_id} .state.{word}").wait_for()


def test_a_reviewer_works_by_keyboard(web: Site, seen: "Page") -> None:
    """Five are triaged, one of them is undone; two more are chosen and decided at once; a difference is looked at."""
    ids = order(web)
    seen.goto("/changes")
    seen.keyboard.press("j")
    for place, key in enumerate(["r", "c", "i", "n", "r"]):
        assert seen.evaluate("document.activeElement.closest('tr').dataset.change") == str(ids[place])
        seen.keyboard.press(key)  # and the next row is looked at
        settled(seen, ids[place], KEYS[key])
        seen.wait_for_function(f"document.activeElement.closest('tr')?.dataset.change === '{ids[place + 1]}'")
    words = [ReviewState(KEYS[key]) for key in "rcinr"]
    assert states(web) == dict(zip(ids[:5], words, strict=True))

    seen.keyboard.press("u")
    settled(seen, ids[4], "new")
    assert ids[4] not in states(web)
    seen.keyboard.press("u")  # and the one before
    settled(seen, ids[3], "new")
    assert list(states(web)) == ids[:3]

    seen.locator(f"#change-{ids[6]} th a").focus()
    seen.keyboard.press("x")
    seen.keyboard.press("j")
    seen.keyboard.press("x")
    seen.keyboard.press("c")
    settled(seen, ids[6], "confirmed")
    settled(seen, ids[7], "confirmed")
    seen.locator(f"#change-{ids[8]} th a").focus()
    seen.keyboard.press("a")
    seen.locator(f"#change-{ids[8]} .status", has_text="vera").wait_for()
    assert web.archive.review([ids[8]])[ids[8]].assignee == "vera"

    edited = web.archive.queue(ChangeFilter(words="1 260")).rows[0].review.change_id
    seen.locator(f"#change-{edited} th a").focus()
    seen.keyboard.press("d")
    assert seen.locator(f"#diff-{edited} ins").first.inner_text() == "1 280"
    seen.keyboard.press("d")
    assert not seen.locator(f"#diff-{edited}").is_visible()
    log = [(entry.action, entry.subject) for entry in web.archive.audit(actor="vera")]
    assert log.count(("change.state", f"change {ids[4]}")) == 2
    seen.keyboard.press("/")
    assert seen.evaluate("document.activeElement.name") == "words"


def test_a_row_that_is_opened_takes_notes_and_a_value(web: Site, seen: "Page") -> None:
    (one, *_) = order(web)
    seen.goto("/changes")
    seen.locator(f"#change-{one} .peek").click()
    panel = seen.locator(f"#diff-{one}")
    panel.get_by_role("textbox", name="Note").fill("<b>Ask</b> the department")
    panel.get_by_label("Significance, 0 to 1").fill("0,2")
    panel.get_by_role("button", name="Save").click()
    panel.get_by_text("<b>Ask</b> the department").wait_for()
    seen.locator(f"#change-{one}").get_by_text("0.20").wait_for()
    assert web.archive.notes(one)[0].author == "vera"
    panel.get_by_label("Significance, 0 to 1").fill("2")
    panel.get_by_role("button", name="Save").click()
    seen.locator(".flash.bad", has_text="from 0 to 1").wait_for()
    assert web.archive.review([one])[one].significance == 0.2


def test_a_noise_rule_is_made_from_a_change(web: Site, seen: "Page") -> None:
    """Its dry run warns of a confirmed change; narrowed it is tried again, kept, listed, ended."""
    edited = web.archive.queue(ChangeFilter(words="1 260")).rows[0].review.change_id
    other = web.archive.queue(ChangeFilter(words="4 600")).rows[0].review.change_id
    web.archive.decide([other], state=ReviewState.CONFIRMED, actor="boss", now=web.clock())
    seen.goto("/changes")
    seen.locator(f"#change-{edited} .act summary").click()
    seen.locator(f"#change-{edited}").get_by_role("link", name="make a noise rule").click()
    told = seen.locator("#dry")
    assert "1 of them confirmed" in told.inner_text()
    seen.get_by_label("the address has this in it").fill(web.archive.change(edited).url.rpartition("/")[2])  # type: ignore[union-attr]
    seen.get_by_role("button", name="Keep the rule").click()  # other conditions than the tried ones
    assert "none of them confirmed" in told.inner_text()
    assert web.archive.rules() == []
    seen.get_by_role("button", name="Keep the rule").click()
    seen.wait_for_url(f"{web.url}/rules")
    (rule,) = web.archive.rules()
    assert rule.created_by == "vera"
    assert web.archive.review([edited])[edited].state is ReviewState.NOISE
    assert web.archive.review([other])[other].state is ReviewState.CONFIRMED
    seen.get_by_role("button", name="End").click()
    seen.get_by_role("cell", name="ended").wait_for()
    assert web.archive.rules(active_only=True) == []
    assert {"rule.create", "rule.end"} <= {entry.action for entry in web.archive.audit(f"rule {rule.id}")}


def test_a_filter_is_saved_and_subscribed_to(web: Site, seen: "Page") -> None:
    """What is saved is what is shown, however the filter came about; it then stands above the list."""
    seen.goto("/changes?kind=removed")
    seen.get_by_label("Significance from").select_option("0.3")  # the list alone is loaded anew
    seen.wait_for_url("**min=0.3**")
    assert seen.locator("tr[data-change]").count() == 2
    seen.locator(".kept summary").click()
    seen.get_by_label("Save this filter as").fill("what is gone")
    seen.locator(".kept").get_by_role("button", name="Save").click()
    seen.locator(".flash", has_text="saved").wait_for()
    assert seen.locator(".kept [aria-current]").inner_text() == "what is gone"
    seen.goto("/filters")
    seen.get_by_role("link", name="Make it a subscription").click()
    seen.get_by_label("Where to").fill("carrier pigeon")
    seen.get_by_label("When").select_option(label="on working days at 9:00")
    seen.get_by_role("button", name="Subscribe").click()
    assert seen.get_by_role("alert").count() == 1
    assert seen.get_by_label("Where to").input_value() == "carrier pigeon"
    assert web.archive.subscriptions() == []
    seen.get_by_label("Where to").fill("mailto:vera@example.org")
    seen.get_by_role("button", name="Subscribe").click()
    seen.wait_for_url(f"{web.url}/filters")
    (one,) = web.archive.subscriptions()
    assert (one.name, one.kinds, one.min_significance) == ("what is gone", ("removed",), 0.3)
    assert (one.cadence, one.cron, one.zone, one.created_by) == (Cadence.DIGEST, "0 9 * * 1-5", "Europe/Minsk", "vera")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_barrier_with_changes_on_it(web: Site, browser: "Browser", scheme: Any) -> None:
    """Beside tests/web/test_axe.py, whose archive is empty."""
    client, (one, *_) = web.login("vera", Role.REVIEWER), order(web)
    kept = web.archive.save_filter("vera", "gone", "kind=removed", now=web.clock())
    decide(client, ids=str(one), state="confirmed", assignee="me", note="seen")
    context = browser.new_context(base_url=web.url, color_scheme=scheme, bypass_csp=True)
    page, found = context.new_page(), dict[str, list[str]]()
    enter(page, client)
    for path in ("/", "/filters", f"/filters/{kept.id}/subscribe", f"/changes/{one}/noise", "/rules"):
        page.goto(path)
        found[path] = barriers(page, scheme)
    page.goto("/changes?kind=edited&kind=removed")
    page.locator(f"#change-{one} .peek").click()
    page.locator(f"#diff-{one} .panel").wait_for()
    page.locator("tr[data-change]").nth(3).locator(".act summary").click()
    page.locator("tr[data-change]").nth(2).locator("input[type=checkbox]").check()
    found["/changes"] = barriers(page, scheme)
    context.close()
    assert {path: complaints for path, complaints in found.items() if complaints} == {}


def test_everything_goes_without_scripts(web: Site, browser: "Browser") -> None:
    client, ids = web.login("vera", Role.REVIEWER), order(web)
    context = browser.new_context(base_url=web.url, java_script_enabled=False)
    page = context.new_page()
    enter(page, client)
    page.goto("/changes?kind=edited")
    first, second = (page.locator("tr[data-change]").nth(n).get_attribute("data-change") for n in (0, 1))
    for one in (first, second):
        page.locator(f"#change-{one} input[type=checkbox]").check()
    page.get_by_role("button", name="confirmed", exact=True).first.click()
    assert page.locator(".flash").inner_text() == "2 changes: confirmed."
    assert page.url.endswith("/changes?kind=edited")
    assert set(states(web)) == {int(first or 0), int(second or 0)} <= set(ids)
    page.get_by_role("button", name="Undo my last decision").click()
    assert page.locator(".flash").inner_text() == "2 changes are as they were before."
    assert states(web) == {}
    context.close()


def repeated(web: Site, change_id: int, often: int) -> None:
    """The same edit on other pages: the page, its versions and the change are copied."""
    change = web.archive.change(change_id)
    assert change
    with web.archive.writing() as connection:
        for number in range(often):
            of_page = connection.execute(select(pages).where(pages.c.id == change.page_id)).mappings().one()
            url = f"{change.url}-{number}"
            made = insert(pages).values({**of_page, "id": None, "url": url}).returning(pages.c.id)
            page_id = connection.execute(made).scalar_one()
            for version in connection.execute(select(versions).where(versions.c.page_id == change.page_id)).mappings():
                connection.execute(insert(versions).values({**version, "id": None, "page_id": page_id}))
            row = connection.execute(select(changes).where(changes.c.id == change_id)).mappings().one()
            copied = {**row, "id": None, "page_id": page_id, "url": url, "summary": f"{row['summary']}{number}"}
            connection.execute(insert(changes).values(copied))


def test_identical_edits_are_one_row_and_decided_once(web: Site, seen: "Page") -> None:
    """The paragraph may be another one; another number is another edit."""
    one = web.archive.queue(ChangeFilter(words="1 260")).rows[0].review.change_id
    other = web.archive.queue(ChangeFilter(words="4 600")).rows[0].review.change_id
    repeated(web, one, 2)
    seen.goto("/changes?kind=edited")
    assert seen.locator("tr[data-change]").count() == 14
    row = seen.locator("tr[data-change]:has(strong)")
    assert row.locator("strong").inner_text() == "3 pages"
    row.locator("th a").focus()
    seen.keyboard.press("c")
    row.locator(".state.confirmed").wait_for()
    assert list(states(web).values()) == [ReviewState.CONFIRMED] * 3
    assert other not in states(web)
    assert seen.locator(".tabs a", has_text="confirmed").inner_text().split() == ["confirmed", "3"]
    seen.keyboard.press("u")
    row.locator(".state.new").wait_for()
    assert states(web) == {}


def decide(client: Client, **fields: Any) -> Any:
    return client.submit("/changes", "/changes/decide", **fields)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        pytest.param({"state": "confirmed"}, 422, id="no change is chosen"),
        pytest.param({"ids": "1"}, 422, id="nothing is decided"),
        pytest.param({"ids": "1", "state": "published"}, 422, id="only a report publishes"),
        pytest.param({"ids": "1", "state": "lost"}, 422, id="a state that there is not"),
        pytest.param({"ids": "1; drop", "state": "noise"}, 422, id="no number"),
        pytest.param({"ids": "9" * 30, "state": "noise"}, 422, id="a number beyond all ids"),
        pytest.param({"ids": "999999", "state": "noise"}, 404, id="a change that there is not"),
        pytest.param({"ids": "1", "significance": "nan"}, 422, id="a significance that is no number"),
        pytest.param({"ids": "1", "assignee": "nobody-of-us"}, 422, id="a user that there is not"),
        pytest.param({"ids": ",".join(map(str, range(1, 1_200))), "state": "noise"}, 422, id="too many at once"),
        pytest.param({"one": "confirmed 1", "next": "//evil.example"}, 303, id="never led elsewhere"),
    ],
)
def test_decisions_that_are_not_made(web: Site, fields: dict[str, str], status: int) -> None:
    answer = decide(web.login("vera", Role.REVIEWER), **fields)
    assert answer.status_code == status
    if status == 303:
        assert answer.headers["location"] == "/changes"
    else:
        assert [entry.action for entry in web.archive.audit(actor="vera")] == ["user.login"]


def test_readers_only_look(web: Site) -> None:
    reader, (one, *_) = web.login("rita"), order(web)
    assert reader.get("/changes").status_code == 200
    assert 'name="ids"' not in reader.get("/changes").text
    assert decide(reader, ids=str(one), state="noise").status_code == 403
    assert reader.submit("/changes", "/changes/undo").status_code == 403
    assert reader.get(f"/changes/{one}/noise").status_code == 403
    assert states(web) == {}


def test_rules_of_others_are_ended_by_administrators(web: Site) -> None:
    vera, oleg = web.login("vera", Role.REVIEWER), web.login("oleg", Role.REVIEWER)
    one = web.archive.queue(ChangeFilter(words="1 260")).rows[0].review.change_id
    answer = vera.submit(f"/changes/{one}/noise", url="[0-9]+", reason="r", do="try")
    seen = re.search(r'name="seen" value="(\w+)"', answer.text)
    assert seen
    vera.submit(f"/changes/{one}/noise", url="[0-9]+", reason="r", do="save", seen=seen[1])
    (rule,) = web.archive.rules()
    assert oleg.submit("/rules", f"/rules/{rule.id}/end").status_code == 403
    assert web.login("boss", Role.ADMIN).submit("/rules", f"/rules/{rule.id}/end").status_code == 303
    assert web.archive.rules(active_only=True) == []
    assert oleg.submit("/rules", "/rules/77/end").status_code == 404


@pytest.mark.parametrize(
    "pattern", ["(", "(a+)+$" * 100, "(?=x)", "a{1000}{1000}"], ids=["broken", "too long", "looks ahead", "unrolled"]
)
def test_patterns_that_may_not_be_used_are_told_beside_their_field(web: Site, pattern: str) -> None:
    (one, *_) = order(web)
    answer = web.login("vera", Role.REVIEWER).submit(f"/changes/{one}/noise", pattern=pattern, reason="r", do="save")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert web.archive.rules() == []


@pytest.mark.parametrize(
    ("query", "status", "rows"),
    [
        ("kind=edited&kind=moved", 200, 16),
        ("what=links&order=time", 200, 2),
        ("section=news&min=0.7", 200, 2),
        ("words=роуминга", 200, 1),
        ("state=confirmed", 200, 0),
        ("since=2031-01-01", 200, 0),
        ("kind=eaten", 422, 20),
        ("since=soon", 422, 20),
        ("after=nowhere", 422, 20),
        ("min=7", 422, 20),
    ],
)
def test_the_address_is_the_filter(web: Site, query: str, status: int, rows: int) -> None:
    answer = web.login().get(f"/changes?{query}")
    assert answer.status_code == status
    assert answer.text.count('<tr id="change-') == rows


def test_undo_leaves_alone_what_somebody_has_decided_since(web: Site) -> None:
    vera, (one, two, *_) = web.login("vera", Role.REVIEWER), order(web)
    decide(vera, ids=f"{one},{two}", state="noise", assignee="me")
    decide(web.login("oleg", Role.REVIEWER), ids=str(two), state="confirmed")
    vera.submit("/changes", "/changes/undo")
    assert states(web) == {two: ReviewState.CONFIRMED}
    assert [review.assignee for review in web.archive.review([one, two]).values()] == [None, None]
    vera.submit("/changes", "/changes/undo")
    assert states(web) == {two: ReviewState.CONFIRMED}


@pytest.mark.parametrize("shown", ["1,,2", "9" * 40, "٣", "<b>"])
def test_rows_that_no_list_has_are_refused(web: Site, shown: str) -> None:
    vera, (one, *_) = web.login("vera", Role.REVIEWER), order(web)
    decide(vera, ids=str(one), state="noise")
    loaded = vera.get("/changes").text
    token = re.search(r'name="csrf" value="([^"]+)"', loaded)
    assert token
    answer = vera.http.post("/changes/undo", data={"csrf": token[1], "shown": shown}, headers={"HX-Request": "true"})
    assert answer.status_code == 422


def test_no_word_of_a_page_becomes_markup(web: Site) -> None:
    """Titles, summaries, notes and names of filters are material."""
    evil = '"><script>alert(1)</script>'
    vera, (one, *_) = web.login("vera", Role.REVIEWER), order(web)
    decide(vera, ids=str(one), note=evil)
    vera.submit("/changes", "/filters", name=evil[:60], query="words=" + "%22%3E%3Cscript%3E")
    for path in ("/changes?words=%22%3E%3Cscript%3E", "/filters", "/changes?section=%22%3E%3Cscript%3E"):
        assert "<script>alert" not in vera.get(path).text
        assert '"><script>' not in vera.get(path).text
    assert "&lt;script&gt;alert" in vera.get(f"/changes/{one}/diff", headers={"HX-Request": "true"}).text
