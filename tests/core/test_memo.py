"""Memos: a title that fits and names the change, a body that claims no more than was seen, in three languages."""

from dataclasses import replace

import pytest

from crawler.core.report import Entry, memo
from crawler.i18n import LANGUAGES, catalogue
from storage.records import ChangeKind
from tests.core.test_report import EDIT, EVIL, MINSK, TEXT, entry, evil_entry
from tests.core.versions import version

MOVED = entry(version(TEXT), version(TEXT), kind=ChangeKind.MOVED, moved_to="https://mpt.gov.by/ru/new")
CASES = {
    "an edit": EDIT,
    "words added": entry(version("Оператор уведомляет."), version("Оператор уведомляет за 10 дней.")),
    "words removed": entry(version("Оператор уведомляет за 10 дней."), version("Оператор уведомляет.")),
    "a paragraph added": entry(version(TEXT), version(f"{TEXT}\n\nПять.")),
    "links only": entry(version(TEXT), version(TEXT, links=(("Портал", "https://a.by/"),))),
    "a file": entry(version(TEXT), version(f"{TEXT} Ещё."), subject_url="https://mpt.gov.by/files/tarify.pdf"),
    "an addition": entry(None, version(TEXT), kind=ChangeKind.ADDED),
    "a removal": entry(version(TEXT), None, kind=ChangeKind.REMOVED),
    "a return": entry(version(TEXT), version(TEXT), kind=ChangeKind.RESTORED),
    "a move": MOVED,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("made", CASES.values(), ids=CASES)
def test_a_memo_names_page_site_and_both_looks(made: Entry, language: str) -> None:
    found = memo(made, catalogue(language), language=language, zone=MINSK)
    assert len(found.title) <= 140
    assert "mpt.gov.by" in found.title
    assert "«Тарифы»" in found.body
    assert "12" in found.body  # of March: first seen as after
    assert ("11 " in found.body) == (made.change.last_seen is not None)
    start, end = found.verb
    assert 0 < start < end < len(found.body)
    assert not any(sign in found.body + found.title for sign in "[]{}")


def test_the_title_names_what_weighs_most_in_the_present_tense() -> None:
    assert memo(EDIT).title == "mpt.gov.by replaces «12,40» with «13,90» on «Тарифы»"
    assert memo(CASES["a removal"]).title == "mpt.gov.by no longer shows «Тарифы»"
    assert memo(CASES["a file"], catalogue("ru")).title == "mpt.gov.by заменяет файл «tarify.pdf» на странице «Тарифы»"


def test_a_duty_comes_before_a_word() -> None:
    edit = entry(version("Раздел о связи.\n\nОператор обязан."), version("Раздел о почте.\n\nОператор вправе."))
    assert "«обязан»" in memo(edit).title


def test_the_body_tells_the_interval_in_the_past_tense() -> None:
    found = memo(EDIT, zone=MINSK)
    assert found.body == (
        "The page «Тарифы» of mpt.gov.by was edited between 11 Mar 2026, 12:00 and 12 Mar 2026, 12:00: "
        "number 12,40 became 13,90 in row «Линия»; «обязан» became «вправе» in paragraph 5."
    )
    assert "was [edited](https://w.example/changes/7) between" in found.markdown("https://w.example/changes/7")
    assert "обязан → вправе" in found.context


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_title_is_too_long_or_hostile(language: str) -> None:
    long = replace(EDIT, change=replace(EDIT.change, title="Об утверждении порядка " * 50))
    for made in (long, evil_entry(), replace(evil_entry(), before=None)):
        found = memo(made, catalogue(language))
        assert len(found.title) <= 140
        assert "\n" not in found.title
    assert "<script>" in memo(evil_entry()).title or EVIL[:10] in memo(evil_entry()).body
