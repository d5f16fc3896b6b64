"""What is said in other languages: nothing stale, nothing untranslated, plural forms and placeholders right."""

import re
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog
from docx import Document
from lxml import html

from crawler.core.phrases import ENGLISH, Catalogue, Phrases
from crawler.core.report import Entry, render_docx, render_html, render_markdown, summary_in
from crawler.core.report.tell import score_in
from crawler.i18n import LANGUAGES, catalogue
from docs.messages import _in_code, faults, stale
from storage.records import ChangeKind
from tests.core.test_report import EDIT, EVIL, MINSK, NOON, TEXT, entry, evil_entry
from tests.core.versions import version


def test_translations_are_complete_and_up_to_date() -> None:
    assert list(stale()) == []


@pytest.mark.parametrize(
    ("message", "told", "fault"),
    [
        ("{n} page", "{n} страница", None),
        ("{n} page", "", "untranslated"),
        ("{n} page", "{m} страница", "placeholders differ"),
        ("%(n)s page", "страница", "placeholders differ"),
        (("{n} page", "{n} pages"), ("{n} страница", "{n} страницы", "{n} страниц"), None),
        (("{n} page", "{n} pages"), ("{n} страница", "{n} страницы", ""), "untranslated"),
        (("{n} page", "{n} pages"), ("{n} страница", "страницы", "{n} страниц"), "placeholders differ"),
        ("{n:,} bytes", "{n} байт", None),
        ("Search", "Пoиск", "letters of two alphabets in 'Пoиск'"),
        ("HTML pages", "HTML-страницы", None),
        ("page", "старонкі", "'і' is no letter of this language"),
        ("say “yes”", "скажите «да»", None),
        ("say “yes”", 'скажите "да"', "quotes are «»"),
        ("say “yes”", "скажите “да”", "quotes are «»"),
        ('set a = "b"', 'задайте a = "b"', None),
        ("one - two", "один - два", "a hyphen stands for a dash"),
        ("{n}% sure", "уверенность {n} %", "a line may break before %"),
        ("{n}% sure", "уверенность {n}\u00a0%", None),
        ("found {at:%Y-%m-%d %H:%M}", "найдено {at:%d.%m.%Y %H:%M}", None),
        ("Saved.", "Сохранено", "it ends in another stop"),
        ("Saved.", " Сохранено.", "blanks at the ends differ"),
    ],
)
def test_faults_of_translations_are_found(
    message: str | tuple[str, str], told: str | tuple[str, ...], fault: str | None
) -> None:
    translations = Catalog(locale="ru")
    translations.add(message, told)
    found = list(faults(translations))
    assert len(found) == (fault is not None)
    assert all(str(fault) in one for one in found)


def test_russian_letters_in_belarusian_are_found() -> None:
    translations = Catalog(locale="be")
    translations.add("Search", "Поиск")
    assert list(faults(translations)) == ["be: 'и' is no letter of this language: 'Search'"]


def test_messages_are_found_wherever_code_says_them() -> None:
    code = "x = N_(\"a\"); voice.phrase(\"b\", n=1); f\"{voice.plural('{n} c', '{n} cs', 2)} {say('no')}\"; _(name)"
    assert list(_in_code(code)) == ["a", "b", ("{n} c", "{n} cs")]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", {1: "1 paragraph moved", 2: "2 paragraphs moved", 21: "21 paragraphs moved"}),
        (
            "ru",
            {
                1: "перемещён 1 абзац",
                3: "перемещено 3 абзаца",
                11: "перемещено 11 абзацев",
                21: "перемещён 21 абзац",
                114: "перемещено 114 абзацев",
            },
        ),
        ("be", {1: "перамешчаны 1 абзац", 22: "перамешчана 22 абзацы", 12: "перамешчана 12 абзацаў"}),
        ("be-BY", {5: "перамешчана 5 абзацаў"}),
        ("tt", {5: "5 paragraphs moved"}),
    ],
)
def test_numbers_take_their_plural_form(language: str, told: dict[int, str]) -> None:
    phrases = Phrases(catalogue(language))
    assert {n: phrases.moved(n) for n in told} == told


FILE = entry(version(TEXT), version(f"{TEXT} Ещё."), subject_url="https://mpt.gov.by/files/tarify.pdf")
GONE = entry(version(TEXT), None, kind=ChangeKind.REMOVED, summary="gone: the server answered 404")
RUSSIAN = {
    "an edit": (EDIT, "число 12,40 заменено на 13,90 в строке «Линия»; «обязан» заменено на «вправе» в абзаце 5"),
    "a file": (FILE, "вложение tarify.pdf: добавлено «Ещё.» в абзаце 9"),
    "a file with the same text": (
        replace(FILE, after=version(TEXT)),
        "вложение tarify.pdf: файл заменён, текст прежний",
    ),
    "an addition": (entry(None, version(TEXT), kind=ChangeKind.ADDED), "новая страница: «Тарифы»"),
    "a removal": (GONE, "страницы больше нет: сервер ответил 404"),
    "a removal for another reason": (
        replace(GONE, change=replace(GONE.change, summary="gone: redirects to the front page")),
        "страницы больше нет: redirects to the front page",
    ),
    "a return": (
        entry(version(TEXT), version(TEXT), kind=ChangeKind.RESTORED),
        "снова на месте, без изменений",
    ),
    "a move with edits": (
        entry(version("а 1"), version("а 2"), kind=ChangeKind.MOVED, moved_to="https://mpt.gov.by/x"),
        "перемещена на https://mpt.gov.by/x, с правками: число 1 заменено на 2 в абзаце 1",
    ),
    "an event of the whole site": (
        entry(version("Тел. 1"), version("Тел. 2"), count=23),
        "одна и та же правка на 23 страницах: число 1 заменено на 2",
    ),
    "a moved branch of the site": (
        entry(None, None, kind=ChangeKind.MOVED, moved_to="https://mpt.gov.by/be/tariffs", count=41),
        "41 страница перемещена с /ru/ на /be/",
    ),
    "versions that are not at hand": (replace(EDIT, before=None), EDIT.change.summary),
}


@pytest.mark.parametrize(("made", "told"), RUSSIAN.values(), ids=RUSSIAN)
def test_a_summary_is_told_anew_from_what_differs(made: Entry, told: str) -> None:
    assert summary_in(made, catalogue("ru")) == told
    assert summary_in(made, ENGLISH) == made.change.summary


def test_reasons_are_told_in_the_same_language_and_weigh_the_same() -> None:
    score = score_in(EDIT, catalogue("be"))
    assert score.value == EDIT.score.value
    assert [point.value for point in score.points] == [point.value for point in EDIT.score.points]
    assert score.points[0].reason == "абавязак ці права: обязан → вправе"


class Marking:
    """Says every message between angle quotes: what comes out without them was never looked up."""

    def gettext(self, message: str) -> str:
        return f"‹{message}›"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"‹{msgid1 if n == 1 else msgid2}›"


def outside(text: str) -> str:
    """What no message says: the text outside of the angle quotes, which may stand in each other."""
    while (shorter := re.sub("‹[^‹›]*›", "", text)) != text:
        text = shorter
    return text


def period(language: str, words: Catalogue) -> dict[str, object]:
    return {
        "since": NOON - timedelta(days=7),
        "until": None,
        "zone": MINSK,
        "generated_at": NOON,
        "language": language,
        "catalogue": words,
        "title": "‹t›",
    }


WHOLE = (
    EDIT,
    replace(EDIT, change=replace(EDIT.change, section=None, first_seen=NOON - timedelta(days=1))),
    FILE,
    GONE,
)


def test_a_report_says_nothing_past_the_catalogue() -> None:
    """Outside of the quotes stand only digits, the site's words and punctuation: no English."""
    text = html.document_fromstring(render_html(WHOLE, **period("en", Marking())))  # type: ignore[arg-type]
    for piece in text.xpath("//body//text()"):
        words = [word for word in outside(str(piece)).split() if word.isascii() and word.isalpha() and word != "Mar"]
        assert words == [], piece


@pytest.mark.parametrize("language", ["ru", "be"])
def test_reports_are_in_the_language_that_is_asked_for(language: str) -> None:
    given = period(language, catalogue(language))
    for text in (render_html(WHOLE, **given), render_markdown(WHOLE, **given)):  # type: ignore[arg-type]
        assert {"ru": "впервые в новом виде", "be": "упершыню ў новым выглядзе"}[language] in text
        assert {"ru": "Прочие страницы", "be": "Іншыя старонкі"}[language] in text
        assert {"ru": "12 мар. 2026", "be": "12 сакавіка 2026"}[language] in text
        assert "first seen" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_document_shows_what_went_and_came_without_colours_too(language: str) -> None:
    made = render_docx([*WHOLE, evil_entry()], **period(language, catalogue(language)))  # type: ignore[arg-type]
    document = Document(BytesIO(made))
    runs = [run for paragraph in document.paragraphs for run in paragraph.runs]
    struck = {run.text: str(run.font.color.rgb) for run in runs if run.font.strike}
    underlined = {run.text: str(run.font.color.rgb) for run in runs if run.underline}
    assert struck["12,40"] == "A3261F"
    assert underlined["13,90"] == "0B6B3A"
    assert any(EVIL in paragraph.text for paragraph in document.paragraphs)
    links = {link.address for paragraph in document.paragraphs for link in paragraph.hyperlinks}
    assert links == {"https://mpt.gov.by/ru/tariffs"}
    assert document.core_properties.created == NOON
