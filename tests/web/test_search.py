"""Search as people use it: words in any case form, what they find, when it came, what to do when nothing is found."""

import re

import pytest

from storage.records import ChangeKind
from tests.web.conftest import Site

pytestmark = pytest.mark.kept("demo")


def test_a_hit_leads_to_the_change_that_brought_it(web: Site) -> None:
    reader = web.login()
    added = [one for one in web.archive.changes(kinds=[ChangeKind.ADDED]) if one.page_kind.value == "news"]
    assert added
    for change in added:
        found = reader.get("/search", params={"q": f'title:"{change.title}"'}).text
        assert f'href="/changes/{change.id}"' in found
        assert f'href="/pages/{change.page_id}/versions/' in found


def test_further_pages_of_a_list_stand_under_the_first(web: Site) -> None:
    """The same news on five pages of three lists don't crowd out what else was found."""
    found = web.login().get("/search", params={"q": "связи"}).text
    assert "more pages of this list" in found
    assert found.count('class="hit"') + found.count("<li><a href=") >= 20
    titles = re.findall(r'<h2 lang="[^"]*"><a [^>]*>(.*?)</a></h2>', found)
    assert titles.count("News") <= 1


def test_words_that_went_are_found_with_when_they_were_last_seen(web: Site) -> None:
    (gone, *_) = web.archive.changes(kinds=[ChangeKind.REMOVED])
    found = web.login().get("/search", params={"q": f'title:"{gone.title}"'}).text
    assert "last seen" in found
    now = web.login().get("/search", params={"q": f'title:"{gone.title}"', "current": "1"}).text
    assert f"/pages/{gone.page_id}/versions/" not in now


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        pytest.param({"q": '"нетакогослова вовсе"'}, "leave the quotes out", id="a phrase"),
        pytest.param({"q": "нетакогослова вовсе"}, "fewer words find more", id="several words"),
        pytest.param({"q": "связи", "section": "nothing"}, "Search everywhere", id="narrowed"),
        pytest.param({"q": "связи", "until": "2001-01-01"}, "Search everywhere", id="before everything"),
    ],
)
def test_nothing_found_says_what_to_do(web: Site, asked: dict[str, str], told: str) -> None:
    answer = web.login().get("/search", params=asked)
    assert answer.status_code == 200
    assert "No version of any page has these words." in answer.text
    assert told in answer.text


def test_conditions_narrow_and_pages_follow_each_other(web: Site) -> None:
    reader = web.login()
    first = reader.get("/search", params={"q": "связи"}).text
    second = reader.get("/search", params={"q": "связи", "page": "2"}).text
    assert "/search?q=%D1%81%D0%B2%D1%8F%D0%B7%D0%B8&amp;page=2" in first
    assert "21 to" in second
    assert "There are not so many pages" in reader.get("/search", params={"q": "связи", "page": "77"}).text
    news = reader.get("/search", params={"q": "связи", "kind": "news", "language": "ru"}).text
    assert 0 < total(news) < total(first)


def total(page: str) -> int:
    """How many pages were found."""
    told = re.search(r"of (\d+) pages", page)
    assert told
    return int(told[1])


@pytest.mark.parametrize(
    "asked", [{"q": "a", "since": "tomorrow"}, {"q": "a", "kind": "x"}, {"q": "a", "until": "9999-12-31"}], ids=str
)
def test_conditions_that_can_t_be_keep_what_was_typed(web: Site, asked: dict[str, str]) -> None:
    answer = web.login().get("/search", params=asked)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert all(f'value="{value}"' in answer.text for name, value in asked.items() if name != "kind")


def test_words_are_shown_as_text(web: Site) -> None:
    answer = web.login().get("/search", params={"q": '<script>alert(1)</script> "'}).text
    assert "<script>alert" not in answer
    assert "&lt;script&gt;alert(1)" in answer
