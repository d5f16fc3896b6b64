"""Reports: memos drafted, written, seen, downloaded, published; on a phone and without scripts."""

import json
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docx
import pytest

from storage.records_accounts import Role
from storage.records_review import ReviewState
from tests.web.conftest import Client, Site, enter
from tests.web.test_axe import barriers

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.kept("demo")


@pytest.fixture
def reviewer(web: Site) -> Client:
    return web.login("rita", Role.REVIEWER)


def edited(web: Site) -> list[int]:
    """Ids of edits with a text that differs, the weightiest first."""
    found = [one for one in web.archive.changes(site="replica") if one.kind.value == "edited" and "text" in one.what]
    return [one.id or 0 for one in sorted(found, key=lambda one: -one.significance)]


def made(web: Site, reviewer: Client, ids: list[int], title: str = "What changed this week") -> int:
    answer = reviewer.submit("/reports/new?site=replica", "/reports", title=title, ids=[str(one) for one in ids])
    assert answer.status_code == 303, answer.text
    return web.archive.reports()[0].id or 0


def test_memos_are_drafted_in_the_order_of_choice(web: Site, reviewer: Client) -> None:
    ids = edited(web)[:3]
    report = web.archive.report(made(web, reviewer, ids))
    assert report
    assert [entry.change_id for entry in report.entries] == ids
    assert all(0 < len(entry.title) <= 140 for entry in report.entries)
    assert all(entry.body.count("[") == 1 for entry in report.entries)
    assert all("Section:" in entry.context for entry in report.entries)


def test_the_drafts_are_in_the_writer_s_language(web: Site, reviewer: Client) -> None:
    reviewer.submit("/settings", "/settings/language", language="ru")
    report = web.archive.report(made(web, reviewer, edited(web)[:1]))
    assert report
    assert "Раздел:" in report.entries[0].context


def form_of(web: Site, number: int, **other: str) -> dict[str, Any]:
    """The fields of the edit form as the page has them."""
    report = web.archive.report(number)
    assert report
    fields: dict[str, Any] = {"title": report.title, "lead": report.lead, "seen": report.updated_at.isoformat()}
    fields["entry"] = [str(entry.change_id) for entry in report.entries]
    for place, entry in enumerate(report.entries, start=1):
        named = {"title": entry.title, "body": entry.body, "context": entry.context, "place": str(place)}
        fields |= {f"{name}-{entry.change_id}": value for name, value in named.items()}
    return fields | other


@pytest.mark.parametrize(
    ("do", "order"),
    [
        ("up {2}", [0, 2, 1]),
        ("down {0}", [1, 0, 2]),
        ("drop {1}", [0, 2]),
        ("up {0}", [0, 1, 2]),
        ("down {2}", [0, 1, 2]),
        ("save", [0, 1, 2]),
    ],
)
def test_entries_are_ordered_by_buttons(web: Site, reviewer: Client, do: str, order: list[int]) -> None:
    ids = edited(web)[:3]
    number = made(web, reviewer, ids)
    reviewer.submit(f"/reports/{number}/edit", None, **form_of(web, number, do=do.format(*ids)))
    report = web.archive.report(number)
    assert report
    assert [entry.change_id for entry in report.entries] == [ids[index] for index in order]


def test_entries_are_ordered_by_the_places_that_are_typed(web: Site, reviewer: Client) -> None:
    ids = edited(web)[:3]
    number = made(web, reviewer, ids)
    typed = {f"place-{ids[0]}": "9", f"title-{ids[1]}": "A title of mine"}
    reviewer.submit(f"/reports/{number}/edit", None, **form_of(web, number, lead="One.\r\n\r\nTwo.", **typed))
    report = web.archive.report(number)
    assert report
    assert [entry.change_id for entry in report.entries] == [ids[1], ids[2], ids[0]]
    assert (report.entries[0].title, report.lead) == ("A title of mine", "One.\n\nTwo.")


@pytest.mark.parametrize(
    ("other", "status", "says"),
    [
        ({"title": ""}, 422, "Give the report a title."),
        ({"do": "add", "add": "999999"}, 422, "There is no such change."),
        ({"seen": "2020-01-01T00:00:00+00:00"}, 409, "Somebody has saved this report meanwhile"),
    ],
    ids=["no title", "no such change", "somebody was faster"],
)
def test_what_was_typed_is_kept_when_it_can_t_be_saved(
    web: Site, reviewer: Client, other: dict[str, str], status: int, says: str
) -> None:
    number = made(web, reviewer, edited(web)[:1])
    before = web.archive.report(number)
    answer = reviewer.submit(f"/reports/{number}/edit", None, **form_of(web, number, lead="Typed <b>", **other))
    assert answer.status_code == status
    assert says in answer.text
    assert "Typed &lt;b&gt;" in answer.text
    assert web.archive.report(number) == before


def test_publishing_marks_the_changes_and_says_who_did_it(web: Site, reviewer: Client) -> None:
    ids = edited(web)[:2]
    number = made(web, reviewer, ids)
    web.clock.on(minutes=1)
    assert reviewer.submit(f"/reports/{number}", f"/reports/{number}/publish").status_code == 303
    assert {review.state for review in web.archive.review(ids).values()} == {ReviewState.PUBLISHED}
    entry = next(one for one in web.archive.audit() if one.action == "report.publish")
    assert (entry.actor, entry.subject, entry.at) == ("rita", f"report {number}", web.clock.now)
    assert "published" in reviewer.get("/reports").text


def test_a_reader_looks_and_does_not_write(web: Site, reviewer: Client) -> None:
    number = made(web, reviewer, edited(web)[:1])
    reader = web.login("lena")
    assert reader.get(f"/reports/{number}").status_code == 200
    assert reader.get(f"/reports/{number}/export.md").status_code == 200
    assert reader.get(f"/reports/{number}/edit").status_code == 403
    assert reader.submit("/settings", f"/reports/{number}/publish").status_code == 403


HOSTILE = "<script>alert(1)</script> [x](javascript:alert(1)) | `a` *b*"


@pytest.mark.parametrize("form", ["html", "md", "docx", "json"])
def test_every_form_tells_the_same_and_runs_nothing(web: Site, reviewer: Client, form: str) -> None:
    ids = edited(web)[:2]
    number = made(web, reviewer, ids)
    typed = {f"title-{ids[0]}": HOSTILE, "lead": HOSTILE}
    typed[f"body-{ids[0]}"] = "The tariff was [raised] between two looks."
    reviewer.submit(f"/reports/{number}/edit", None, **form_of(web, number, **typed))
    answer = reviewer.get(f"/reports/{number}/export.{form}")
    link = f"{web.settings.public_url}/changes/{ids[0]}"
    assert answer.headers["content-disposition"] == f'attachment; filename="report-{number}.{form}"'
    if form == "json":
        told = json.loads(answer.text)
        assert [entry["change"]["id"] for entry in told["entries"]] == ids
        assert told["entries"][0]["body"] == "The tariff was raised between two looks."
        assert told["entries"][0]["difference"] == link
        assert told["entries"][1]["change"]["diff"]
    elif form == "docx":
        document = docx.Document(BytesIO(answer.content))
        headings = (one.text for one in document.paragraphs if one.style and one.style.name == "Heading 1")
        assert next(headings) == HOSTILE
        assert link in {one.target_ref for one in document.part.rels.values() if one.is_external}
        assert not any("javascript" in one.target_ref for one in document.part.rels.values() if one.is_external)
    elif form == "md":
        assert f"was [raised](<{link}>) between" in answer.text
        assert "<script>" not in answer.text
        assert "](javascript" not in answer.text
    else:
        assert f'was <a href="{link}">raised</a> between' in answer.text
        assert "<script" not in answer.text
        assert 'href="javascript' not in answer.text
        assert "default-src &#39;none&#39;" in answer.text or "default-src 'none'" in answer.text


def test_a_report_is_built_and_downloaded_on_a_phone_without_scripts(
    web: Site, browser: "Browser", tmp_path: Path
) -> None:
    """Confirm, choose, write, reorder, look, download, publish; nothing is wider than the phone."""
    ids = edited(web)[:3]
    client = web.login("rita", Role.REVIEWER)
    web.archive.decide(ids, state=ReviewState.CONFIRMED, actor="rita", now=web.clock.now)
    size: Any = {"width": 360, "height": 740}
    context = browser.new_context(base_url=web.url, viewport=size, java_script_enabled=False, accept_downloads=True)
    context.set_default_timeout(20_000)
    page = context.new_page()
    enter(page, client)
    page.goto("/reports")
    page.get_by_role("link", name="Write a report of the confirmed changes").click()
    assert page.get_by_role("checkbox").count() >= 2
    page.get_by_label("Title").fill("Tariffs and acts")
    page.get_by_role("button", name="Draft the memos").click()
    page.get_by_label("Lead").fill("Two things happened.")
    first = page.get_by_label("Title of the memo").first.input_value()
    page.get_by_role("button", name="Down 1").click()
    assert page.get_by_label("Title of the memo").nth(1).input_value() == first
    page.get_by_role("button", name="Save and look at it").click()
    assert page.get_by_text("Two things happened.").is_visible()
    assert page.get_by_role("article").count() >= 2
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Markdown").click()
    waiting.value.save_as(tmp_path / "report.md")
    assert (tmp_path / "report.md").read_text(encoding="utf-8").startswith("# Tariffs and acts\n\nTwo things")
    page.get_by_role("button", name="Mark as published").click()
    assert page.get_by_text("Its changes are published.").is_visible()
    context.close()


def test_no_page_of_reports_has_a_barrier_or_is_wider_than_a_phone(web: Site, browser: "Browser") -> None:
    client = web.login("rita", Role.REVIEWER)
    number = made(web, client, edited(web)[:4])
    size: Any = {"width": 360, "height": 740}
    context = browser.new_context(base_url=web.url, viewport=size, bypass_csp=True)
    page = context.new_page()
    enter(page, client)
    for path in ("/reports", "/reports/new?site=replica", f"/reports/{number}", f"/reports/{number}/edit"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        assert barriers(page, "light") == [], path
    page.emulate_media(color_scheme="dark")
    for path in (f"/reports/{number}", f"/reports/{number}/edit"):
        page.goto(path)
        assert barriers(page, "dark") == [], path
    context.close()


def test_the_list_of_changes_leads_to_a_report_of_them(web: Site, reviewer: Client) -> None:
    """The filter goes along: what is offered is what the list shows."""
    page = reviewer.get("/changes?kind=removed&site=replica").text
    assert 'href="/reports/new?site=replica&amp;kind=removed"' in page
    offered = reviewer.get("/reports/new?site=replica&kind=removed").text
    removed = {one.id for one in web.archive.changes() if one.kind.value == "removed"}
    assert {int(one) for one in re.findall(r'name="ids" value="(\d+)"', offered)} == removed
    assert "no such change to tell of" in reviewer.get("/reports/new?state=noise").text
    assert reviewer.get("/reports/new?min=much").status_code == 422


def test_the_exported_page_opens_by_itself_without_a_barrier(web: Site, browser: "Browser", tmp_path: Path) -> None:
    client = web.login("rita", Role.REVIEWER)
    number = made(web, client, edited(web)[:4])
    file = tmp_path / "report.html"
    file.write_bytes(client.get(f"/reports/{number}/export.html").content)
    context = browser.new_context(bypass_csp=True, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert barriers(page, "light") == []
    context.close()


def test_memos_of_a_report_that_was_saved_later_are_told_as_of_then(web: Site, reviewer: Client) -> None:
    number = made(web, reviewer, edited(web)[:1])
    web.clock.now += timedelta(hours=1)
    reviewer.submit(f"/reports/{number}/edit", None, **form_of(web, number, lead="Later."))
    report = web.archive.report(number)
    assert report
    assert json.loads(reviewer.get(f"/reports/{number}/export.json").text)["made"] == web.clock.now.isoformat()
