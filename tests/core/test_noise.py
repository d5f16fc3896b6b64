"""Noise rules: what they mean, what is suggested, what a dry run warns of, and patterns that would run away."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from crawler.core.compare import Comparison, compare
from crawler.core.noise import Case, checked, dry_run, hidden, matches, passages, suggest
from storage.records import Change, ChangeKind, PageKind, What
from storage.records_review import NoiseRule, ReviewState
from tests.core.versions import edited, version

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

CHANGE = Change(
    id=1,
    site="mpt",
    page_id=1,
    url="https://mpt.example/ru/tariffs/12",
    kind=ChangeKind.EDITED,
    title="Тарифы",
    page_kind=PageKind.PAGE,
    section="тарифы",
    last_seen=NOW,
    first_seen=NOW,
    significance=0.3,
    what=(What.TEXT, What.NUMBERS),
    summary="number 120 became 121",
    run_id=1,
)
RULE = NoiseRule(site="mpt", section="тарифы", reason="счётчик просмотров", created_at=NOW, created_by="anna")


def compared(before: str, after: str) -> Comparison:
    first = version(before)
    return compare(first, edited(first, text=after))


COUNTER = compared("Текст страницы.\n\nПросмотров: 120", "Текст страницы.\n\nПросмотров: 121")
PRICE = compared("Цена: 120 рублей за письмо", "Цена: 130 копеек за письмо")


@pytest.mark.parametrize(
    ("conditions", "comparison", "holds"),
    [
        pytest.param({}, COUNTER, True, id="section"),
        pytest.param({"section": "новости"}, COUNTER, False, id="another section"),
        pytest.param({"site": "other"}, COUNTER, False, id="another site"),
        pytest.param({"active": False}, COUNTER, False, id="ended"),
        pytest.param({"what": ("text", "numbers", "dates")}, COUNTER, True, id="nothing but these parts"),
        pytest.param({"what": ("numbers",)}, COUNTER, False, id="another part changed too"),
        pytest.param({"url": r"/tariffs/\d+$"}, COUNTER, True, id="address"),
        pytest.param({"url": "^/tariffs"}, COUNTER, False, id="another address"),
        pytest.param({"pattern": r"\d+"}, COUNTER, True, id="every passage fits"),
        pytest.param({"pattern": r"\d+"}, PRICE, False, id="one passage does not"),
        pytest.param({"pattern": r"\d+|РУБЛЕЙ|копеек|\d+ (?:рублей|копеек)"}, PRICE, True, id="in any case"),
        pytest.param({"pattern": "1"}, COUNTER, False, id="a part of a passage is not enough"),
        pytest.param({"pattern": ".*"}, None, False, id="nothing to compare"),
        pytest.param({"pattern": ".*"}, compared("то же", "то же"), False, id="no passage changed"),
    ],
)
def test_a_rule_means_changes_of_which_all_conditions_hold(
    conditions: dict[str, object], comparison: Comparison | None, holds: bool
) -> None:
    rule = replace(RULE, **conditions)  # type: ignore[arg-type]
    assert matches(rule, CHANGE, passages(comparison) if comparison else ()) is holds
    assert (hidden([replace(RULE, site="other"), rule], CHANGE, comparison) == rule) is holds


def test_a_change_without_parts_is_of_no_part() -> None:
    assert not matches(replace(RULE, what=("text",)), replace(CHANGE, what=()), ())


def test_the_rule_that_is_suggested_hides_its_like_and_nothing_else() -> None:
    rule = checked(suggest(CHANGE, COUNTER, by="anna", now=NOW))
    assert (rule.section, rule.what, rule.created_by) == ("тарифы", ("text", "numbers"), "anna")
    assert matches(rule, CHANGE, passages(COUNTER))
    assert matches(rule, CHANGE, passages(compared("Просмотров: 9", "Просмотров: 12345")))
    assert not matches(rule, CHANGE, passages(PRICE))
    assert not matches(rule, CHANGE, passages(compared("Просмотров: 9", "Просмотров: 12345\n\nПриказ отменён")))


def test_titles_links_and_attachments_are_passages_too() -> None:
    first = version("Текст", links=(("Старая ссылка", "https://x.example/1"),))
    second = version("Текст", title="Новое имя", links=(("Другая ссылка", "https://x.example/2"),), number=2)
    told = set(passages(compare(first, second)))
    assert {"Тарифы на услуги связи", "Новое имя", "Старая ссылка", "Другая ссылка"} <= told


def test_a_rewritten_page_suggests_no_pattern() -> None:
    before = "\n".join(f"слово{n} раз {n}" for n in range(40))
    assert suggest(CHANGE, compared(before, before.replace("раз", "два ка")), by="a", now=NOW).pattern is not None
    letters = "\n".join(chr(ord("а") + n) * 9 for n in range(30))
    assert suggest(CHANGE, compared(letters, letters.upper()[::-1]), by="anna", now=NOW).pattern is None


def test_a_dry_run_warns_of_what_people_have_confirmed() -> None:
    cases = [
        Case(change=replace(CHANGE, id=n), passages=passages(COUNTER if n % 2 else PRICE), state=state)
        for n, state in enumerate([ReviewState.NEW, ReviewState.NEW, ReviewState.NEW, ReviewState.CONFIRMED] * 3)
    ]
    run = dry_run(replace(RULE, pattern=r"\d+"), cases, among=40)
    assert run.hidden == (1, 3, 5, 7, 9, 11)
    assert run.confirmed_hidden == (3, 7, 11)
    assert run.untouched == 3
    assert [change.id for change in run.examples] == [3, 7, 11, 1, 5]
    assert run.summary == "would have hidden 6 of 40 changes, 3 of them confirmed"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param({"section": None}, "needs a condition", id="no condition"),
        pytest.param({"reason": " "}, "^reason: ", id="no reason"),
        pytest.param({"pattern": "("}, "^pattern: not a regular expression", id="broken"),
        pytest.param({"url": "[a"}, "^url: not a regular expression", id="broken address"),
        pytest.param({"pattern": " "}, "^pattern: give a regular expression", id="empty"),
        pytest.param({"pattern": "a" * 501}, "^pattern: give a regular expression", id="too long"),
        pytest.param({"pattern": "a{999999999}"}, "ask for too much", id="a count that fills the memory"),
        pytest.param({"pattern": "((a{99}){99}){99}"}, "ask for too much", id="counts in counts"),
        pytest.param({"pattern": "(?=a)a"}, "not allowed", id="look-ahead"),
        pytest.param({"pattern": "(?R)?a"}, "not allowed", id="recursion"),
    ],
)
def test_a_rule_that_may_not_be_used_is_refused_by_field(fields: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        checked(replace(RULE, **fields))  # type: ignore[arg-type]


@pytest.mark.parametrize("pattern", [r"(a|aa)+b", r"(a*)*b", r"(?:a|a?)+b", r"(\w+\s?)*:", "a?" * 60 + "a" * 60])
def test_a_pattern_that_runs_away_is_stopped_and_hides_nothing(pattern: str) -> None:
    rule = replace(RULE, pattern=pattern)
    comparison = compared("начало", "a" * 900 + "!")
    began = time.process_time()
    assert not matches(rule, CHANGE, passages(comparison) if comparison else ())
    assert time.process_time() - began < 5
