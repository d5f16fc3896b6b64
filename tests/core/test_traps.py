"""Addresses that go on for ever, and honest ones that look a little like them."""

import pytest

from config.site import BUILT_IN, Budget, load_site
from crawler.core.traps import (
    PATIENCE,
    Novelty,
    Pattern,
    calendar_like,
    dated_list,
    is_fertile,
    learnt,
    repeats,
    session_like,
    should_follow,
    signature,
)

MPT = load_site(BUILT_IN / "mpt.toml")
ROOT = "https://mpt.gov.by"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("/", "/", id="front page"),
        pytest.param("/news", "/w", id="one word"),
        pytest.param("/news/26-04-2017-1910", "/news/#-#-#-#", id="article"),
        pytest.param("/be/news/26-04-2017-1910", "/be/news/#-#-#-#", id="another language is a pattern of its own"),
        pytest.param("/v-minske-otkryt-uzel", "/w", id="article by name"),
        pytest.param("/node/5", "/node/#", id="node"),
        pytest.param("/tema/slovo/drugoe", "/tema/w/w", id="words"),
        pytest.param("/files/0a1b2c3d4e/Plan.pdf", "/files/#/w.pdf", id="hex, and a file's ending"),
        pytest.param("/news?page=5", "/news?page", id="an endless list is not all lists"),
        pytest.param("/rubrika/it?page=5", "/rubrika/it?page", id="nor all headings"),
        pytest.param("/news?b=1&a=2&a=3", "/w?a&b", id="query keys"),
        pytest.param("/%D1%81%D0%B2%D1%8F%D0%B7%D1%8C/1", "/связь/#", id="Cyrillic"),
    ],
)
def test_signature(path: str, expected: str) -> None:
    assert signature(ROOT + path, MPT) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("/a/b/c", False, id="all different"),
        pytest.param("/a/a/a", False, id="three times"),
        pytest.param("/a/a/a/a", True, id="four times"),
        pytest.param("/a/b/a/b/a/b/a/b", True, id="by turns"),
        pytest.param("/", False, id="nothing"),
    ],
)
def test_repeats(path: str, expected: bool) -> None:
    assert repeats(path, 3) is expected


@pytest.mark.parametrize(
    "path",
    [
        "/s/0123456789abcdef0123456789abcdef/page",
        "/page/sessionid=8f14e45fceea167a5a36",
        "/0cc175b9c0f1b6a831c399e269772661/a",
        "/a?phpsessid=8f14e45fceea167a5a36dedd4bea2543",
    ],
)
def test_session_like(path: str) -> None:
    assert session_like(ROOT + path)


@pytest.mark.parametrize(
    "path",
    [
        "/news/26-04-2017-1910",
        "/sessiya-parlamentskogo-sobraniya-2024",
        "/s/minskaya-oblast",
        "/segodnya-ministerstvo-obrazovaniya-respubliki-belarus-i-mts-podpisali-soglashenie-o-realizacii",
        "/node/12345678901234567890123456789012",
        "/sites/default/files/0cc175b9c0f1b6a831c399e269772661.pdf",
        "/informaciya/rassmotrenie-obrashcheniy",
    ],
)
def test_not_session_like(path: str) -> None:
    assert not session_like(ROOT + path)


@pytest.mark.parametrize("path", ["/calendar/2024-05", "/kalendar/2024/05/06", "/calendar/month/2031-01"])
def test_calendar_like(path: str) -> None:
    assert calendar_like(ROOT + path)


@pytest.mark.parametrize(
    "path", ["/archive/2031/1", "/events/2024-05-06?a=1", "/x?date=2024-05-06", "/x?year=31&month=2"]
)
def test_dated_list(path: str) -> None:
    assert dated_list(ROOT + path)
    assert not calendar_like(ROOT + path), "an archive may be worth reading"


@pytest.mark.parametrize(
    "path",
    [
        "/news/2024-05-06",
        "/news/26-04-2017-1910",
        "/itogi-2024",
        "/events/forum-2024",
        "/news/2024/05/06/x",
        "/x?page=2024",
    ],
)
def test_a_date_in_an_address_is_no_calendar(path: str) -> None:
    assert not calendar_like(ROOT + path)
    assert not dated_list(ROOT + path)


def test_days_that_lead_to_days_bring_nothing() -> None:
    assert not is_fertile(f"{ROOT}/x?day=5", new_text=True, new_links=[f"{ROOT}/x?day=6"], is_list=False)
    assert is_fertile(f"{ROOT}/x?day=5", new_text=False, new_links=[f"{ROOT}/novyi-uzel"], is_list=False)


def test_a_barren_pattern_is_left_and_a_fertile_visit_brings_patience_back() -> None:
    pattern = Pattern()
    for _ in range(PATIENCE):
        assert should_follow(pattern)
        pattern = learnt(pattern, fertile=False)
    assert not should_follow(pattern)
    assert should_follow(learnt(pattern, fertile=True))


def test_a_pattern_that_was_fertile_is_given_longer() -> None:
    pattern = Pattern(visited=400, fertile=400)
    for _ in range(PATIENCE * 5):
        assert should_follow(pattern)
        pattern = learnt(pattern, fertile=False)
    assert not should_follow(pattern), "but not for ever"


@pytest.mark.parametrize(
    ("new_text", "new_links", "is_list", "expected"),
    [
        pytest.param(True, [], False, True, id="an article with a text of its own"),
        pytest.param(False, [], False, False, id="a copy"),
        pytest.param(False, ["/a"], False, True, id="a copy with new links"),
        pytest.param(True, ["/foto?page=8", "/foto?page=9"], True, False, id="a list that leads to itself"),
        pytest.param(True, ["/foto?page=8", "/a"], True, True, id="a list that leads to an article"),
        pytest.param(True, [], True, False, id="a list's own text is nothing"),
    ],
)
def test_is_fertile(new_text: bool, new_links: list[str], is_list: bool, expected: bool) -> None:
    links = [ROOT + link for link in new_links]
    assert is_fertile(f"{ROOT}/foto?page=7", new_text=new_text, new_links=links, is_list=is_list) is expected


def test_a_run_leaves_one_pattern_and_follows_the_others() -> None:
    novelty = Novelty(site=MPT)
    for n in range(PATIENCE):
        assert novelty.refusal(f"{ROOT}/foto?page={n}") is None
        novelty.visited(f"{ROOT}/foto?page={n}", fertile=False)
    assert "/foto?page" in (novelty.refusal(f"{ROOT}/foto?page=1000") or "")
    assert novelty.refusal(f"{ROOT}/news?page=1000") is None
    assert novelty.refusal(f"{ROOT}/foto") is None


def test_a_budget_of_the_profile_is_spent_by_visits() -> None:
    scope = MPT.scope.model_copy(update={"budgets": (Budget(match=r"^/shop", pages=3), Budget(match=r"\?", pages=5))})
    novelty = Novelty(site=MPT.model_copy(update={"scope": scope}))
    for n in range(3):
        assert novelty.refusal(f"{ROOT}/be/shop/{n}") is None
        novelty.visited(f"{ROOT}/be/shop/{n}", fertile=True)
    assert novelty.refusal(f"{ROOT}/shop/9") == "the budget of 3 pages for ^/shop is spent"
    assert novelty.refusal(f"{ROOT}/news/9?x=1") is None
