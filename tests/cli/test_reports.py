"""``letapis report``: its forms and languages, on what the program itself has collected."""

from pathlib import Path

import feedparser
from docx import Document
from lxml import etree

from tests.cli.conftest import Watched


def test_the_report_as_a_feed_of_all_that_happened(watched: Watched) -> None:
    ended = watched.cli("report", "--format", "atom", "--site", "replica", "--language", "be")
    assert (ended.code, ended.error) == (0, "")
    found = feedparser.parse(ended.out.encode())
    assert found.bozo is False
    related = [link.href for entry in found.entries for link in entry.links if link.rel == "related"]
    assert sorted(related) == sorted(event.url for event in watched.events)
    assert {entry.title.partition(":")[0] for entry in found.entries} <= {
        "дададзена", "зменена", "выдалена", "адноўлена", "перамешчана",
    }  # fmt: skip


def test_the_report_of_a_section_has_its_changes_alone(watched: Watched) -> None:
    everything = watched.cli("report", "--format", "json").json
    (news,) = {one["section"] for one in everything} & {"news"}
    told = watched.cli("report", "--format", "json", "--section", news).json
    assert told == [one for one in everything if one["section"] == news]
    assert 0 < len(told) < len(everything)


def test_the_report_speaks_russian_to_its_last_word_of_summary(watched: Watched) -> None:
    text = watched.cli("report", "--format", "md", "--language", "ru").out
    assert text.startswith("# Изменения\n")
    for word in ("became", "removed", "added", "first seen", "new page", "moved to", "Significance", "Other pages"):
        assert word not in text


def test_the_report_as_a_document(watched: Watched, tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "report.docx"
    ended = watched.cli("report", "--format", "docx", "-o", target)
    assert ended.out == f"{len(watched.events)} changes written to {target}\n"
    headings = [one.text for one in Document(str(target)).paragraphs if one.style.name == "Heading 2"]
    assert 0 < len(headings) <= len(watched.events)


def test_the_list_of_feeds(watched: Watched) -> None:
    document = etree.fromstring(watched.cli("report", "--format", "opml", "--site", "replica").out.encode())
    addresses = document.xpath("//outline/@xmlUrl")
    assert "http://127.0.0.1:8756/feeds/replica.atom" in addresses
    assert all("/feeds/replica" in address or address.endswith("/feeds/all.atom") for address in addresses)
