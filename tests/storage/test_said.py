"""Sentences with what they were made of: plain English to all, kept whole, never believed where they were altered."""

import copy
import pickle
from datetime import UTC, datetime

import pytest

from crawler.core.phrases import ENGLISH, speaks, told
from crawler.i18n import catalogue
from storage.archive import Archive
from storage.records import Outcome, RunState, Settlement
from storage.said import Said, kept, of_kept, saying
from tests.storage.making import NOON, SITE, capture, found, started, visit

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
WHY = Said("the server answered {status}", status=503)
SENTENCES = {
    "plain": WHY,
    "nested": Said("not fetched: {why}, which forbids all for now", why=WHY),
    "counted": Said.counted("{n} page is due, the first since {since}; is budget_per_day too small?",
                            "{n} pages are due, the first of them since {since}; is budget_per_day too small?",
                            n=21, since=Said("{moment:%Y-%m-%d %H:%M} UTC", moment=AT)),
    "a list": Said("there are: {names}", names=["news", Said("none")]),
    "numbers": Said("{size:,} bytes announced, {most:,} allowed", size=1_234_567, most=1_000),
}  # fmt: skip


@pytest.mark.parametrize("said", SENTENCES.values(), ids=SENTENCES)
def test_a_sentence_comes_back_as_it_was_kept(said: Said) -> None:
    for again in (of_kept(kept(said)), pickle.loads(pickle.dumps(said)), copy.deepcopy(said)):
        assert isinstance(again, Said)
        assert (again, again.message, again.values) == (said, said.message, said.values)


@pytest.mark.parametrize(
    ("name", "english", "russian", "belarusian"),
    [
        ("nested", "not fetched: the server answered 503, which forbids all for now",
         "не загружено: сервер ответил 503, что пока запрещает всё",
         "не загружана: сервер адказаў 503, што пакуль забараняе ўсё"),
        ("counted", "21 pages are due, the first of them since 2026-11-20 09:00 UTC; is budget_per_day too small?",
         "21 страница ждёт посещения, с 20.11.2026 09:00 UTC; не слишком ли мал budget_per_day?",
         "21 старонка чакае наведвання, з 20.11.2026 09:00 UTC; ці не замалы budget_per_day?"),
        ("a list", "there are: news, none", "есть: news, не указана", "ёсць: news, не пазначана"),
        ("numbers", "1,234,567 bytes announced, 1,000 allowed",
         "объявлено байтов: 1\u00a0234\u00a0567; допускается 1\u00a0000",
         "абвешчана байтаў: 1\u00a0234\u00a0567; дапускаецца 1\u00a0000"),
    ],
)  # fmt: skip
def test_it_is_told_in_each_language(name: str, english: str, russian: str, belarusian: str) -> None:
    said = SENTENCES[name]
    assert said == told(said, ENGLISH) == english
    assert told(said, catalogue("ru")) == russian
    assert told(said, catalogue("be")) == belarusian


def test_a_decimal_has_a_comma() -> None:
    said = Said("no answer within {seconds:g} s", seconds=2.5)
    assert (str(said), told(said, catalogue("ru"))) == ("no answer within 2.5 s", "нет ответа за 2,5 с")


@pytest.mark.parametrize(
    "text",
    ["", "disk full", "mark \x1e in it", 'forged\x1e["{x}",null,{"x":1}]', "\x1enull", kept(WHY)],
)
def test_a_plain_text_stays_what_it_is(text: str) -> None:
    again = of_kept(kept(text))
    assert again == text
    assert not isinstance(again, Said)


@pytest.mark.parametrize(
    "made",
    [
        '["{x.__class__}",null,{"x":1}]',
        '["{x[0]}",null,{"x":"a"}]',
        '["{x:99999999}",null,{"x":1}]',
        '["{x}",null,{}]',
        '["other words",null,{}]',
        '["{x!a}",null,{"x":1}]',
        "[]",
        "{",
        "[" * 100_000,
    ],
)
def test_what_was_altered_is_plain_text(made: str) -> None:
    again = of_kept(f"the server answered 503\x1e{made}")
    assert again == "the server answered 503"
    assert not isinstance(again, Said)


def test_an_exception_says_its_sentence() -> None:
    assert saying(ValueError(WHY)) is WHY
    assert saying(ValueError("a", "b")) == "('a', 'b')"


def test_the_archive_keeps_sentences_and_old_texts(archive: Archive) -> None:
    run = started(archive)
    (page,) = found(archive, "/a")
    archive.record([visit(page, run)])
    for error in (WHY, "as older versions wrote it"):
        lost = capture(page, run, error=error, status=503, outcome=Outcome.ERROR)
        archive.record([Settlement(pages=(), captures=(lost,))])
    archive.open_problem(SITE, "down", "site", SENTENCES["nested"], NOON)
    done = archive.finish_run(run, RunState.FAILED, {}, NOON, error=WHY)
    errors = [one.error for one in archive.failures(run, limit=10)]
    assert {str(error): isinstance(error, Said) for error in errors} == {WHY: True, "as older versions wrote it": False}
    assert isinstance(done.error, Said)
    (problem,) = archive.problems()
    assert told(problem.evidence, catalogue("ru")).startswith("не загружено")
    assert speaks(problem.evidence, catalogue("ru"))
    assert not speaks("as older versions wrote it", catalogue("ru"))
    assert list(archive.broken_links(SITE)) == []
