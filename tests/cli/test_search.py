"""``letapis search`` over a crawled and edited replica."""

import pytest

from tests.cli.conftest import Cli, Watched


def words_of(watched: Watched) -> tuple[str, str]:
    """A word of some page, and the page's address."""
    versions = watched.cli("export", "versions").lines
    found = next(line for line in versions if line["kind"] == "news" and len(line["text"].split()) > 20)
    word = max(found["title"].split(), key=len).strip("«»\"'.,:;()")
    return word, found["url"]


def test_a_word_of_a_title_finds_its_page(watched: Watched) -> None:
    word, url = words_of(watched)
    found = watched.cli("search", f"title:{word.upper()}", "--json", "--limit", 500)
    assert found.code == 0, found.error
    (hit,) = [line for line in found.lines if line["url"] == url]
    assert hit["found"]
    assert hit["first_seen"] <= hit["last_seen"]
    assert hit["versions"] == sorted(hit["versions"])


def test_what_an_edit_took_away_is_found_but_does_not_stand_there_any_more(watched: Watched) -> None:
    edits = watched.cli("changes", "--kind", "edited", "--what", "text", "--json").lines
    versions = {(line["url"], line["version"]): line for line in watched.cli("export", "versions").lines}
    lost = [
        (edit["url"], word)
        for edit in edits
        if (edit["url"], 2) in versions
        for word in versions[edit["url"], 1]["text"].split()
        if word.isalpha() and len(word) > 5 and word[:5] not in versions[edit["url"], 2]["text"]
    ]
    assert lost
    url, word = lost[0]
    (hit,) = [line for line in watched.cli("search", word, "--json", "--limit", 500).lines if line["url"] == url]
    assert (hit["versions"], hit["still_there"]) == ([1], False)
    current = watched.cli("search", word, "--current", "--json", "--limit", 500).lines
    assert url not in [line["url"] for line in current]


def test_results_are_told_for_people_with_what_to_do_next(watched: Watched) -> None:
    word, _ = words_of(watched)
    shown = watched.cli("search", word, "--limit", "1")
    assert shown.code == 0
    assert "first seen" in shown.out
    assert "letapis history URL" in shown.out


@pytest.mark.parametrize(
    "words", [["невідомаеслова"], ['"'], ["--", "-связь-нигде"]], ids=["nowhere", "signs", "minus"]
)
def test_nothing_found_is_said(watched: Watched, words: list[str]) -> None:
    shown = watched.cli("search", *words)
    assert (shown.code, shown.error) == (0, "")
    assert "No page has these words" in shown.out


def test_an_empty_archive_answers_too(letapis: Cli) -> None:
    assert letapis("search", "слова").out.startswith("No page has these words")
    assert letapis("search", "слова", "--since", "once").complaint.startswith('"once" is not a time')
