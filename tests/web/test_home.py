"""Home as it greets: before the first crawl, after one, with changes since the last look, with trouble."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, update

from config.site import Site as Profile
from crawler.web.screens.home import looked_until
from storage.records import Run, RunKind, RunState
from storage.records_accounts import Role
from storage.records_queue import ChangeFilter
from storage.records_review import ReviewState
from storage.tables import changes
from storage.tables_service import jobs
from tests.fresh import open_fresh
from tests.web.conftest import Clock, Site, enter

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.kept("demo")

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


@pytest.fixture
def web_clock() -> Clock:
    return Clock(now=datetime.now(UTC) + timedelta(minutes=1))


def headline(text: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", text)
    assert found
    return found[1]


def test_changes_since_the_last_look_stand_first_until_they_are_looked_at(web: Site, browser: "Browser") -> None:
    """Grouped by section, the weightiest first; the mark is set by the button alone."""
    context = browser.new_context(base_url=web.url, viewport={"width": 390, "height": 844})
    page = context.new_page()
    enter(page, web.login("vera", Role.REVIEWER))
    page.goto("/")
    assert page.locator("h1").inner_text() == "20 changes in the last seven days"
    ids = [link.rpartition("/")[2] for link in page.locator(".calm a").evaluate_all("all => all.map(a => a.href)")]
    queue = web.archive.queue(ChangeFilter(), limit=100).rows
    weights = {str(row.review.change_id): row.significance for row in queue}
    assert set(ids) == set(weights)
    first = [page.locator(".calm").nth(n).locator("a").first.get_attribute("href") or "" for n in range(2)]
    assert weights[first[0].rpartition("/")[2]] >= weights[first[1].rpartition("/")[2]]
    page.goto("/")
    assert page.locator(".calm li").count() == 20
    page.get_by_role("button", name="Mark as looked at").click()
    assert page.locator("h1").inner_text() == "Nothing new since you last looked"
    user = web.archive.user("vera")
    assert user
    assert user.looked_at == web.clock.now
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
    assert headline(web.login("rita").get("/").text) == "20 changes in the last seven days"


def test_what_was_judged_noise_is_not_told_again(web: Site) -> None:
    (one, two, *_) = [row.review.change_id for row in web.archive.queue(ChangeFilter()).rows]
    web.archive.decide([one], state=ReviewState.NOISE, actor="vera", now=web.clock.now)
    web.archive.decide([two], state=ReviewState.CONFIRMED, actor="vera", now=web.clock.now)
    text = web.login().get("/").text
    assert headline(text) == "19 changes in the last seven days"
    assert f'href="/changes/{one}"' not in text
    rest = re.search(r'href="(/changes\?since=[^"]+)"', text)
    assert rest
    assert web.login("rita").get(rest[1].replace("&amp;", "&")).text.count('<tr id="change-') == 19


def test_health_problems_and_what_runs(web: Site) -> None:
    now = web.clock.now
    web.archive.open_problem("replica", "blocked", "http://127.0.0.1/<b>", "status 403 on 9 of 10", now)
    run = web.archive.begin_run("replica", RunKind.CRAWL, now - timedelta(minutes=4))
    web.archive.note_progress(run.id, {"visits": 1_234})
    text = web.login().get("/").text
    assert "1 open problem" in text
    assert "http://127.0.0.1/&lt;b&gt;" in text
    assert "1,234 visits" in text
    assert "paused" in text  # as the demo leaves its site
    assert "troubled" in text  # the word at a glance: a problem outweighs that it rests
    web.archive.resume("replica", web.clock.now, actor="boss")
    with web.archive.writing() as connection:
        due = (now + timedelta(hours=3)).timestamp()
        connection.execute(insert(jobs).values(id="run replica", next_run_time=due, job_state=b""))
    assert "in 3 hours" in web.login("rita").get("/").text
    assert "<svg" not in text  # all changes are of one day: a chart of one bar tells nothing
    assert "from the second day on" in text


def test_changes_of_several_days_are_drawn_and_told_in_numbers(web: Site, browser: "Browser") -> None:
    with web.archive.writing() as connection:
        for row in web.archive.queue(ChangeFilter(), limit=100).rows:
            number = row.review.change_id
            earlier = row.change.first_seen - timedelta(days=number % 9)
            connection.execute(update(changes).where(changes.c.id == number).values(first_seen=earlier))
    context = browser.new_context(base_url=web.url)
    page = context.new_page()
    enter(page, web.login())
    page.goto("/")
    assert page.locator("figure.chart svg[role=img] rect[fill]").count() >= 9
    filled = page.locator("figure.chart svg[role=img] > rect").first.evaluate("one => getComputedStyle(one).fill")
    assert "series-" in filled  # by pattern too, not by colour alone
    page.locator("figure.chart summary").click()
    told = page.locator("figure.chart tbody tr td:last-child").all_inner_texts()
    assert sum(int(one) for one in told) == 20
    context.close()


@pytest.mark.parametrize(
    ("at", "status"),
    [("", 422), ("yesterday", 422), ("2026-03-05", 422), ("2026-03-05T12:00:00+00:00", 303), ("9999-01-01", 422)],
)
def test_the_mark_is_a_moment_and_never_goes_back(web: Site, at: str, status: int) -> None:
    vera = web.login("vera")
    user = web.archive.user("vera")
    assert user
    web.archive.set_looked(user.id, web.clock.now)
    assert vera.submit("/", "/looked", at=at).status_code == status
    user = web.archive.user("vera")
    assert user
    assert user.looked_at == web.clock.now


RUN = Run(id=1, site="mpt", kind=RunKind.CRAWL, state=RunState.RUNNING, started_at=NOON - timedelta(minutes=5))


@pytest.mark.parametrize(
    ("started", "until"),
    [
        pytest.param([], NOON, id="nothing runs"),
        pytest.param([NOON - timedelta(minutes=5)], NOON - timedelta(minutes=5), id="what a run has seen comes later"),
        pytest.param([NOON - timedelta(days=2)], NOON, id="a run that hangs keeps nothing back"),
        pytest.param([NOON + timedelta(minutes=5)], NOON, id="a run that began after the page was made"),
    ],
)
def test_up_to_when_a_list_was_complete(started: list[datetime], until: datetime) -> None:
    from dataclasses import replace

    assert looked_until(NOON, [replace(RUN, started_at=at) for at in started]) == until


class TestBeforeTheFirstCrawl:
    """An empty archive."""

    @pytest.fixture
    def web_archive(self, tmp_path: Any) -> Any:
        with open_fresh(tmp_path / "empty") as opened:
            yield opened

    @pytest.fixture
    def web_sites(self, web_sites: dict[str, Profile]) -> dict[str, Profile]:
        return {"mpt": web_sites["mpt"]}

    def test_it_says_what_to_do_next(self, web: Site) -> None:
        boss = web.login("boss", Role.ADMIN)
        text = boss.get("/").text
        assert headline(text) == "Welcome to Letapis"
        assert "letapis crawl mpt" in text
        assert boss.submit("/", "/crawl", site="mpt").status_code == 303
        assert "begins within seconds" in boss.get("/").text
        assert [order.site for order in web.archive.claim_orders(web.clock.now)] == ["mpt"]
        assert web.archive.audit("site mpt")[0].actor == "boss"

    def test_only_administrators_order_and_only_sites_that_there_are(self, web: Site) -> None:
        assert web.login("vera", Role.REVIEWER).submit("/", "/crawl", site="mpt").status_code == 403
        assert web.login("boss", Role.ADMIN).submit("/", "/crawl", site="nowhere").status_code == 404
        assert 'action="/crawl"' not in web.login("vera").get("/").text

    def test_the_list_of_changes_says_why_it_is_empty(self, web: Site) -> None:
        assert "its baseline" in web.login().get("/changes").text
        assert "fits this filter" in web.login("rita").get("/changes?kind=added").text


class TestWithoutSites(TestBeforeTheFirstCrawl):
    @pytest.fixture
    def web_sites(self) -> dict[str, Profile]:
        return {}

    @pytest.fixture
    def web_live(self) -> None:
        return None

    def test_it_says_what_to_do_next(self, web: Site) -> None:
        assert "letapis sites new" in web.login().get("/").text

    def test_only_administrators_order_and_only_sites_that_there_are(self, web: Site) -> None:
        assert web.login("boss", Role.ADMIN).submit("/", "/crawl", site="mpt").status_code == 404
