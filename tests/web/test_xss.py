"""What the web has put into titles, texts, names and addresses stands on every page as text, and nothing else."""

import csv
import io
import json
import re
from typing import Any
from zoneinfo import ZoneInfo

import feedparser
import httpx
import pytest
from docx import Document
from lxml import etree, html

from crawler.core.report import Entry, render_csv, render_docx, render_html, render_json, render_markdown
from crawler.entries import entries_of
from storage.archive import Archive
from storage.records_accounts import Role
from tests.web import hostile
from tests.web.conftest import Site, enter
from tests.web.walk import addresses, screens

pytestmark = pytest.mark.kept("hostile")

FREE = (
    "q",
    "words",
    "url",
    "next",
    "site",
    "section",
    "sort",
    "since",
    "name",
    "title",
    "query",
    "cursor",
    "on",
    "kind",
)
INERT = r"status of 404|Blocked script execution in '[^']*/raw/|\"img-src data:\""  # what a frame's own policy stops
SCHEMES = re.compile(r"(https?://|mailto:|/|#|\?|$)")
LOOKED = """() => {
  for (const one of document.querySelectorAll("main details")) one.open = true;
  for (const one of document.querySelectorAll("[autofocus], #main a")) one.dispatchEvent(new MouseEvent("mouseover"));
  const planted = document.querySelectorAll("planted-mark, #planted, main script, main style").length;
  return [window.owned ?? "", planted, document.documentElement.scrollWidth];
}"""
FORMULA = re.compile(r"[=+\-@\t\r]")


@pytest.fixture
def entries(web_archive: Archive) -> list[Entry]:
    return list(entries_of(web_archive, web_archive.changes(limit=100)))


def planted(page: Any) -> list[str]:
    """What stands in a page that only an attack can have put there."""
    found = [
        element.tag
        for element in page.xpath("//planted-mark | //*[@id='planted'] | //svg[use] | //meta[@http-equiv='refresh']")
    ]
    found += [f"{one.getparent().tag}@{one.attrname}" for one in page.xpath("//@*[starts-with(name(), 'on')]")]
    found += [one for one in page.xpath("//@href | //@src | //@action") if not SCHEMES.match(one)]
    return found + [one for one in page.xpath("//script/@src | //img/@src | //link/@href") if "://" in one]


def faults(answer: httpx.Response, path: str = "") -> list[str]:
    """What is wrong with an answer, whatever it is."""
    told = [f"status {answer.status_code}"] if answer.status_code >= 500 else []
    told += ["a header"] if "bcc" in answer.headers or "owned" in answer.headers.get("set-cookie", "") else []
    told += ["the server counted"] if hostile.SUM in answer.text else []
    kind = answer.headers.get("content-type", "")
    if "sandbox" in answer.headers["content-security-policy"]:
        return told + ([] if answer.headers["x-content-type-options"] == "nosniff" else ["may be sniffed"])
    if kind.startswith("text/html"):
        page: Any = html.document_fromstring(answer.text.replace("\0", "\ufffd"))
        own = "//script" if answer.headers.get("content-disposition") else "//style | //script[not(@src)]"
        scripts = page.xpath(own)  # a downloaded report brings its own style along
        return told + planted(page) + [one.tag for one in scripts]
    if "+xml" in kind or "opml" in kind:
        etree.fromstring(answer.content)
    if "json" in kind:
        [json.loads(line) for line in (answer.text.splitlines() if path.endswith(".jsonl") else [answer.text])]
    if "csv" in kind:
        told += [f"formula {cell}" for cell in formulas(answer.text)]
    return told


def formulas(text: str) -> list[str]:
    """Cells that a spreadsheet would run."""
    csv.field_size_limit(10**6)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    return [cell for row in rows for cell in row if FORMULA.match(cell) and not cell.removeprefix("-").isdigit()]


def test_no_answer_holds_what_an_attack_would_have_made(web: Site) -> None:
    boss = web.login("boss", Role.ADMIN)
    walked = addresses(web)
    asked = walked + [f"/changes/{change.id}" for change in web.archive.changes(limit=100)]
    found = {path: faults(boss.get(path), path) for path in asked}
    assert {path: told for path, told in found.items() if told} == {}


def test_what_is_asked_comes_back_as_text(web: Site) -> None:
    boss = web.login("boss", Role.ADMIN)
    found = {}
    for path in screens(web, kinds=False):
        lists = path.count("/") == 1  # pages with conditions
        for asked in [{name: hostile.EVIL} for name in FREE] if lists else []:
            found[path, *asked] = faults(boss.get(path, params=asked))
        for attack in (hostile.EVIL, hostile.ATTACKS["template of the server"]):
            found[path, attack] = faults(boss.get(path, params=dict.fromkeys(FREE, attack)))
    assert {path: told for path, told in found.items() if told} == {}


@pytest.mark.parametrize("width", [1280, 360], ids=["desk", "phone"])
def test_nothing_happens_in_a_browser(web: Site, browser: Any, width: int) -> None:
    """No dialog, no word on the console, no request to elsewhere, no element, and no page wider than the screen."""
    client = web.login("boss", Role.ADMIN)
    context = browser.new_context(base_url=web.url, viewport={"width": width, "height": 800})
    page = context.new_page()
    said: list[str] = []
    page.on("dialog", lambda one: said.append(f"dialog {one.message}"))
    page.on("console", lambda one: said.append(f"{page.url}: {one.text}"))
    page.on("pageerror", lambda one: said.append(f"{page.url}: {one}"))
    page.on(
        "requestfinished",
        lambda one: None if one.url.startswith((web.url, "data:")) else said.append(f"asked {one.url}"),
    )
    enter(page, client)
    for path in screens(web):
        page.goto(path)
        told = page.evaluate(LOOKED)
        if told[:2] != ["", 0] or told[2] > width:
            said.append(f"{path}: {told}")
    context.close()
    said = [line for line in said if not re.search(INERT, line)]
    assert not said, "\n".join(said)


def test_a_stored_page_is_inert_in_a_browser(web: Site, browser_page: Any) -> None:
    enter(browser_page, web.login("boss", Role.ADMIN))
    refused: dict[str, str | None] = {}
    browser_page.on("requestfailed", lambda one: refused.setdefault(one.url, one.failure))
    asked: list[str] = []
    browser_page.on("request", lambda one: asked.append(one.url))
    browser_page.goto("/raw/1")
    assert browser_page.evaluate("window.owned ?? null") is None
    assert browser_page.title() == "T"  # it is the page itself
    assert [url for url in asked if not url.startswith(web.url) and refused.get(url) != "csp"] == []


@pytest.mark.parametrize("attack", hostile.told_exactly().values(), ids=hostile.told_exactly())
def test_the_very_words_are_read(web: Site, attack: str) -> None:
    (change,) = [one for one in web.archive.changes(limit=100) if one.title == attack]
    page: Any = html.fromstring(web.login().get(f"/changes/{change.id}").text)
    assert " ".join(attack.split()) in " ".join(page.xpath("string(//main)").split())


def test_feeds_hold_the_words_themselves(web: Site) -> None:
    found = feedparser.parse(web.login().get("/feeds/hostile.atom").content)
    assert found.bozo is False
    assert len(found.entries) == len(hostile.ATTACKS)
    titles = " ".join(str(html.fromstring(f"<main>{one.title}</main>").xpath("string()")) for one in found.entries)
    assert all(attack in titles for attack in hostile.told_exactly().values() if "<" not in attack)
    for one in found.entries:
        assert planted(html.document_fromstring(f"<main>{one.content[0].value}</main>")) == []


def test_reports_in_every_form(entries: list[Entry]) -> None:
    given: dict[str, Any] = {"title": hostile.EVIL, "since": None, "until": hostile.NOW, "zone": ZoneInfo("UTC")}
    page = html.document_fromstring(render_html(entries, **given, generated_at=hostile.NOW))
    assert planted(page) == []
    assert page.xpath("//script") == []
    assert formulas(render_csv(entries)) == []
    assert {one["title"] for one in json.loads(render_json(entries))} == {
        one.replace("\0", "\ufffd") for one in hostile.ATTACKS.values()
    }
    word = Document(io.BytesIO(render_docx(entries, **given, generated_at=hostile.NOW)))
    text = "\n".join(paragraph.text for paragraph in word.paragraphs)
    assert all(attack in text for attack in hostile.told_exactly().values())
    targets = [one.target_ref for one in word.part.rels.values() if one.is_external]
    assert all(target.startswith(("http://", "https://")) for target in targets)
    markdown = render_markdown(entries, **given, generated_at=hostile.NOW)
    assert "](javascript:" not in markdown.replace("\\](", "")
