"""Sites, their pages on any day, runs, schedule, and problems with what to do about each kind."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crawler.core.attendance import Trouble
from crawler.core.health import ProblemKind
from crawler.i18n import LANGUAGES, catalogue
from crawler.notify.troubles import DELIVERY, TEMPLATE
from crawler.service.crawls import TROUBLE
from crawler.web.advice import ADVICE
from storage.archive import Archive
from storage.records import ChangeKind, Outcome, PageKind, PageState, RunKind, RunState, Settlement
from storage.records_accounts import Role
from tests.fresh import open_fresh
from tests.storage.making import DAY, NOON, SITE, address, capture, change, found, live, started, version
from tests.web.conftest import Clock, Site, enter

if TYPE_CHECKING:
    from playwright.sync_api import Browser

KINDS = [*ProblemKind, *Trouble, DELIVERY, TEMPLATE, TROUBLE]


@pytest.fixture
def web_archive(tmp_path: Path) -> Iterator[Archive]:
    """A site of three documents: one edited on the fifth day, one removed on the seventh, one added on the ninth."""
    with open_fresh(tmp_path) as archive:
        run_id = started(archive)
        fees, rules, late = found(archive, "/fees", "/rules", "/late", section="documents", kind=PageKind.DOCUMENT)
        _seen(archive, run_id, fees, 1, 0, "=1+1")
        _seen(archive, run_id, rules, 1, 0, "Правила")
        archive.finish_run(run_id, RunState.DONE, {"new": 2, "changes": 0}, NOON + timedelta(minutes=3))
        archive.finish_baseline(SITE, NOON + timedelta(minutes=3))
        second = archive.begin_run(SITE, RunKind.CRAWL, NOON + 5 * DAY).id
        _seen(archive, second, fees, 2, 5, "Тарифы")
        gone = change(rules, second, ChangeKind.REMOVED, first_seen=NOON + 7 * DAY, title="Правила", to_version=None)
        failed = capture(rules, second, outcome=Outcome.BLOCKED, status=403, error="a challenge <page>")
        archive.record(
            [
                Settlement(
                    pages=(replace(live(rules, 1, title="Правила"), state=PageState.GONE),),
                    captures=(failed,),
                    changes=(gone,),
                )
            ]
        )
        archive.finish_run(second, RunState.FAILED, {"blocked": 1, "changes": 1}, NOON + 6 * DAY, error="it broke")
        third = archive.begin_run(SITE, RunKind.CRAWL, NOON + 9 * DAY).id
        _seen(archive, third, late, 1, 9, "Позднее")
        archive.finish_run(third, RunState.DONE, {"new": 1}, NOON + 9 * DAY)
        yield archive


def _seen(archive: Archive, run_id: int, page: Any, number: int, day: int, title: str) -> None:
    at = NOON + day * DAY
    made = version(page, number, title, text=f"{title} {number}", first_seen=at)
    now = live(page, number, last_seen=at, title=title, language="be", next_visit=NOON + 11 * DAY)
    archive.record([Settlement(pages=(now,), captures=(capture(page, run_id, fetched_at=at),), versions=(made,))])


@pytest.fixture
def web_clock() -> Clock:
    return Clock(now=NOON + 10 * DAY)


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_sites_are_told_in_a_few_figures(web: Site) -> None:
    reader = web.login()
    listed = reader.get("/sites").text
    assert f'href="/sites/{SITE}"' in listed
    whole = reader.get(f"/sites/{SITE}").text
    assert "Watched since" in whole
    assert f'href="/sites/{SITE}/pages?section=documents"' in whole
    assert 'name="reason"' not in whole  # readers look
    assert reader.get("/sites/nothing").status_code == 404


def test_administrators_let_a_site_rest_go_on_and_run_now(web: Site) -> None:
    boss, there = web.login("boss", Role.ADMIN), f"/sites/{SITE}"
    assert boss.submit(there, f"{there}/pause", reason="a <move>").status_code == 303
    assert "a &lt;move&gt;" in boss.get(there).text
    assert web.archive.pauses()[SITE].reason == "a <move>"
    assert boss.submit(there, f"{there}/resume").status_code == 303
    assert web.archive.pauses() == {}
    assert boss.submit(there, f"{there}/run").status_code == 303
    assert len(web.archive.open_orders()) == 1
    actions = [entry.action for entry in web.archive.audit(f"site {SITE}", "boss")]
    assert actions == ["site.run", "site.resume", "site.pause"]
    for role in (Role.READER, Role.REVIEWER):
        someone = web.login(role.value, role)
        for what in ("pause", "resume", "run"):
            assert someone.submit("/sites", f"{there}/{what}").status_code == 403
    assert boss.submit("/sites", "/sites/nothing/run").status_code == 404


@pytest.mark.parametrize(
    ("day", "titles"),
    [
        pytest.param(0, {"=1+1": 1, "Правила": 1}, id="the day of the baseline"),
        pytest.param(4, {"=1+1": 1, "Правила": 1}, id="before the edit"),
        pytest.param(5, {"Тарифы": 2, "Правила": 1}, id="the day of the edit"),
        pytest.param(7, {"Тарифы": 2}, id="after one was removed"),
        pytest.param(9, {"Тарифы": 2, "Позднее": 1}, id="the day of a new one"),
    ],
)
def test_the_list_of_documents_as_on_a_day(web: Site, day: int, titles: dict[str, int]) -> None:
    """On the screen each leads to the version of that day; the file holds the same, formulas made text."""
    reader, on = web.login(), (NOON + day * DAY).date().isoformat()
    shown = reader.get(f"/sites/{SITE}/pages?on={on}").text
    pages = web.archive.pages_by_url(SITE, [address(path) for path in ("/fees", "/rules", "/late")])
    expected = {
        f'href="/pages/{page.id}/versions/{number}"'
        for page in pages.values()
        for title, number in titles.items()
        if {"Тарифы": "/fees", "=1+1": "/fees", "Правила": "/rules", "Позднее": "/late"}[title] in page.url
    }
    assert all(one in shown for one in expected)
    assert shown.count("/versions/") == len(expected)
    answer = reader.get(f"/sites/{SITE}/pages.csv?on={on}")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="letapis-{SITE}-{on}.csv"'
    header, *rows = cells(answer.text)
    assert {row[header.index("title")].removeprefix("'"): int(row[header.index("version")]) for row in rows} == titles
    assert all(not cell.startswith("=") for row in rows for cell in row)


def test_a_day_before_the_baseline_says_so(web: Site) -> None:
    told = web.login().get(f"/sites/{SITE}/pages?on={(NOON - DAY).date().isoformat()}").text
    assert "Watching began later" in told
    assert "No page is known to have stood then." in told
    assert "/versions/" not in told


def test_pages_are_listed_by_conditions(web: Site) -> None:
    reader, there = web.login(), f"/sites/{SITE}/pages"
    everything, gone = reader.get(there).text, reader.get(f"{there}?state=gone").text
    assert all(title in everything for title in ("Тарифы", "Правила", "Позднее"))
    assert "Правила" in gone
    assert "Тарифы" not in gone
    assert "No page has all of this." in reader.get(f"{there}?kind=news").text
    assert "Позднее" in reader.get(f"{there}?words=позднее").text
    assert len(cells(reader.get(f"{there}.csv?state=gone").text)) == 2
    for wrong in ("on=soon", "kind=x", "state=x", "on=9999-12-31"):
        assert reader.get(f"{there}?{wrong}").status_code == 422, wrong
        assert reader.get(f"{there}.csv?{wrong}").status_code == 422, wrong


def test_long_lists_go_on(web: Site) -> None:
    found(web.archive, *(f"/more/{number}" for number in range(70)))
    reader, there = web.login(), f"/sites/{SITE}/pages?state=new"
    first = reader.get(there).text
    after = first.split("after=")[1].split('"')[0]
    second = reader.get(f"{there}&after={after}").text
    assert (first.count('class="address"'), second.count('class="address"')) == (50, 20)
    assert "To the beginning" in second
    assert len(cells(reader.get(there.replace("/pages", "/pages.csv")).text)) == 71


def test_a_run_tells_what_failed_and_why(web: Site) -> None:
    reader = web.login()
    listed = reader.get("/runs").text
    ids = [run.id for run in web.archive.runs()]
    assert all(f'href="/runs/{number}"' in listed for number in ids)
    assert [f'href="/runs/{number}"' in reader.get("/runs?state=failed").text for number in ids] == [False, True, False]
    told = reader.get(f"/runs/{ids[1]}").text
    assert "a challenge &lt;page&gt;" in told
    assert "HTTP 403" in told
    assert "it broke" in told
    (removed,) = web.archive.changes(run_id=ids[1])
    assert f'href="/changes/{removed.id}"' in told
    assert "Nothing failed." in reader.get(f"/runs/{ids[0]}").text
    assert "baseline" in reader.get(f"/runs/{ids[2]}").text
    assert reader.get("/runs/99").status_code == 404


def test_the_schedule_tells_what_comes_next_and_how_late_visits_are(web: Site) -> None:
    web.clock.on(days=3)
    told = web.login().get(f"/sites/{SITE}/schedule").text
    assert "3 visits are late." in told
    assert "Attainable gain" in told
    assert "late by more than a day" in told
    assert told.count('class="late"') == 4
    assert "nothing is known of this site yet" not in told


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_each_kind_of_problem_is_told_with_what_to_do(web: Site, kind: str) -> None:
    """In plain words: what it means, what to do, when it is over; the evidence, and nothing run of what it quotes."""
    web.archive.open_problem(SITE, kind, "site", "seen <script>x</script>", web.clock.now)
    told = web.login().get("/problems").text
    words = ADVICE[kind]
    said = [words.title, words.meaning, words.todo, words.heals]
    assert all(text.replace("'", "&#39;") in told for text in said), kind
    assert all(len(text) > 20 for text in said[1:])
    assert "seen &lt;script&gt;x&lt;/script&gt;" in told


def test_every_kind_of_problem_has_words_of_its_own() -> None:
    assert set(ADVICE) == {str(kind) for kind in KINDS}
    for part in ("title", "meaning", "todo"):
        assert len({getattr(one, part) for one in ADVICE.values()}) == len(KINDS)


def test_problems_that_are_over_stand_behind_the_open_ones(web: Site) -> None:
    first = web.archive.open_problem(SITE, "blocked", "site", "turned away", web.clock.now)
    reader = web.login()
    assert reader.get("/problems").text.count("problem open") == 1
    web.archive.close_problem(first.id or 0, web.clock.now + timedelta(hours=1))
    web.archive.open_problem("*", "disk", "home", "1 % is free", web.clock.now)
    told = reader.get("/problems").text
    assert told.index("The disk is nearly full") < told.index('id="healed-list"') < told.index("turned away")
    assert "Letapis itself" in told
    assert "We are blocked" not in reader.get("/problems?kind=disk").text.split('id="list"')[1]
    assert "Nothing here needs anybody now." in reader.get("/problems?kind=blocked").text


PATHS = (f"/sites/{SITE}", f"/sites/{SITE}/pages?on=2026-03-04", f"/sites/{SITE}/schedule", "/runs", "/problems")


def test_a_phone_has_room_for_all_of_it_in_every_language(web: Site, browser: "Browser") -> None:
    web.archive.open_problem(SITE, "drift", "content root", "matched 1 of 9", web.clock.now)
    context = browser.new_context(base_url=web.url, viewport={"width": 360, "height": 740})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    enter(page, web.login("boss", Role.ADMIN))
    for language in LANGUAGES:
        page.goto("/sites")
        page.locator(f'.languages button[value="{language}"]').click()
        for path in PATHS:
            page.goto(path)
            assert page.locator("html").get_attribute("lang") == language
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, (language, path)
        assert page.locator("h1").inner_text() == catalogue(language).gettext("Problems")
    context.close()
    assert said == []


def test_conditions_replace_the_list_alone(web: Site, browser: "Browser") -> None:
    """Choosing a state asks by htmx, and the address can be shared."""
    context = browser.new_context(base_url=web.url)
    context.set_default_timeout(10_000)
    page = context.new_page()
    enter(page, web.login())
    page.goto(f"/sites/{SITE}/pages")
    page.evaluate("document.querySelector('h1').dataset.kept = 'yes'")
    page.get_by_label("State").select_option("gone")
    page.wait_for_url("**state=gone**")
    assert page.locator("#page-list tbody tr").count() == 1
    assert page.locator("h1").get_attribute("data-kept") == "yes"
    context.close()
