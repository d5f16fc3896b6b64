"""Feeds: valid Atom by the RFC's own schema, read by a feed reader, hostile words stay words; the list of feeds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import etree, html

from config.site import BUILT_IN, load_site
from crawler.core.phrases import ENGLISH
from crawler.core.report import Entry, feeds_of, render_atom, render_opml
from crawler.i18n import catalogue
from storage.records import ChangeKind
from storage.records_outbox import Subscription
from tests.core.test_report import EVIL, MINSK, NOON, TEXT, entry, evil_entry
from tests.core.versions import version

SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).with_name("atom.rng")))
EDIT = entry(version(TEXT), version(TEXT.replace("12,40", "13,90")), first_seen=NOON - timedelta(hours=2))
ADDED = entry(None, version(TEXT), kind=ChangeKind.ADDED, id=8)
SITE = "https://watch.example/letapis"


def feed(*entries: Entry, language: str = "en", **more: Any) -> str:
    text = render_atom(
        entries,
        title=more.pop("title", "Что изменилось"),
        self_url=f"{SITE}/feeds/mpt.atom",
        site_url=SITE,
        updated=NOON,
        zone=MINSK,
        language=language,
        catalogue=catalogue(language),
        **more,
    )
    assert SCHEMA.validate(etree.fromstring(text.encode())), SCHEMA.error_log
    return text


def read(text: str) -> Any:
    found = feedparser.parse(text.encode(), sanitize_html=False)
    assert found.bozo is False
    return found


def test_the_schema_refuses_what_the_rfc_refuses() -> None:
    text = feed(EDIT)
    for good, bad in (("<updated>", "<updated>tomorrow "), ("<author>", "<author><age/>"), ("<title>", "<name>")):
        spoiled = text.replace(good, bad).replace("</title>" if bad == "<name>" else "\0", "</name>")
        assert not SCHEMA.validate(etree.fromstring(spoiled.encode(), etree.XMLParser(recover=True)))


def test_an_entry_tells_who_what_when_and_where() -> None:
    found = read(feed(ADDED, EDIT, next_url=f"{SITE}/feeds/mpt.atom?page=2"))
    assert (found.version, found.feed.title, found.feed.updated) == ("atom10", "Что изменилось", "2026-03-12T09:00:00Z")
    assert [link.href for link in found.feed.links if link.rel == "next"] == [f"{SITE}/feeds/mpt.atom?page=2"]
    told = found.entries[1]
    assert (told.id, told.updated, told.author) == ("tag:watch.example,2026:change:7", "2026-03-12T07:00:00Z", "mpt")
    assert told.title == "edited: Тарифы"
    assert {(link.rel, link.href) for link in told.links} == {
        ("alternate", f"{SITE}/changes/7"),
        ("related", "https://mpt.gov.by/ru/tariffs"),
    }
    assert [tag.term for tag in told.tags] == ["kind:edited", "section:Документы"]
    assert told.summary == EDIT.change.summary
    assert "<del>12,40</del> <ins>13,90</ins>" in told.content[0].value


def test_ids_outlive_scheme_port_and_title() -> None:
    moved = render_atom(
        [replace(EDIT, change=replace(EDIT.change, title="Иначе"))],
        title="t",
        self_url="http://watch.example:8080/feeds/mpt.atom",
        site_url="http://watch.example:8080",
        updated=NOON,
        zone=UTC,
    )
    assert read(moved).entries[0].id == read(feed(EDIT)).entries[0].id


def test_a_feed_without_entries_is_whole() -> None:
    found = read(feed())
    assert (found.entries, found.feed.updated) == ([], "2026-03-12T09:00:00Z")


def test_a_feed_speaks_the_language_that_is_asked_for() -> None:
    told = read(feed(EDIT, language="ru")).entries[0]
    assert told.title == "изменено: Тарифы"
    assert told.summary == "число 12,40 заменено на 13,90 в строке «Линия»"
    assert "впервые в новом виде" in told.content[0].value


@pytest.mark.parametrize("made", [evil_entry(), replace(evil_entry(), before=None), replace(evil_entry(), after=None)])
def test_hostile_words_stay_words(made: Entry) -> None:
    text = feed(made, title=EVIL)
    told = read(text)
    assert told.feed.title == EVIL
    assert told.entries[0].title == f"edited: {EVIL}"
    assert [link.rel for link in told.entries[0].links] == ["alternate"]
    content = html.fragment_fromstring(told.entries[0].content[0].value, create_parent="div")
    assert not list(content.iter("script", "img", "iframe", "style"))
    assert not content.xpath(".//@*[starts-with(name(), 'on')]")
    assert all(link.get("href").startswith("https://") for link in content.iter("a"))


@pytest.mark.parametrize("text", ["\x00\x08\x1b[2J", "\ud800", "\ufffe\uffff", "]]>&amp;<![CDATA[", "\u202eтекст"])
def test_what_xml_has_no_place_for_is_left_out(text: str) -> None:
    made = entry(version("а"), version(f"б {text} в"), title=f"До {text} после", summary=text)
    title = read(feed(made, title=text)).entries[0].title
    assert title.startswith("edited: До ")
    assert title.endswith(" после")


def test_the_list_of_feeds_has_every_site_section_and_subscription() -> None:
    one = Subscription(id=5, name=EVIL, channel="mailto:a@example.org", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    site = load_site(BUILT_IN / "mpt.toml")
    feeds = list(feeds_of([site], [one], SITE, ENGLISH))
    assert [found.url.removeprefix(f"{SITE}/feeds/") for found in feeds] == [
        "all.atom",
        "mpt.atom",
        *(f"mpt/{part.name}.atom" for part in site.sections),
        "subscription/5.atom",
    ]
    document = etree.fromstring(render_opml(feeds, title="Изменения", made=NOON).encode())
    assert (document.tag, document.get("version")) == ("opml", "2.0")
    assert document.findtext("head/title") == "Изменения"
    outlines = document.xpath("body/outline/outline")
    assert [(found.get("xmlUrl"), found.get("type")) for found in outlines] == [(one.url, "rss") for one in feeds]
    assert outlines[-1].get("text") == EVIL
    assert len(etree.fromstring(render_opml([], title="t", made=NOON).encode()).xpath("body/outline")) == 1
