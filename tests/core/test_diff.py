"""Word-level differences: what a reader would mark with a pen."""

import random
import time

import pytest

from crawler.core.diff import Block, BlockKind, SpanKind, Unchanged, diff

SAME, ADDED, REMOVED, CHANGED, MOVED = BlockKind


def marked(block: Block) -> str:
    """A block in plain letters: [-gone-] {+new+}."""
    if not block.words:
        return block.after if block.after is not None else f"{block.before}"
    marks = {SpanKind.SAME: "{}", SpanKind.ADDED: "{{+{}+}}", SpanKind.REMOVED: "[-{}-]"}
    return "".join(marks[span.kind].format(span.text) for span in block.words)


def told(before: str, after: str) -> list[tuple[BlockKind, str]]:
    return [(block.kind, marked(block)) for block in diff(before, after).blocks]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("Тариф 12 рублей", "Тариф 15 рублей", "Тариф[- 12-]{+ 15+} рублей", id="one number"),
        pytest.param("Цена 1,5 за км", "Цена 1,6 за км", "Цена[- 1,5-]{+ 1,6+} за км", id="decimal comma"),
        pytest.param("Цена 1 850 за км", "Цена 1 950 за км", "Цена[- 1 850-]{+ 1 950+} за км", id="grouped digits"),
        pytest.param(
            "Срок до 5 марта 2024 г.",
            "Срок до 6 марта 2024 г.",
            "Срок до[- 5 марта 2024-]{+ 6 марта 2024+} г.",
            id="a date is one word",
        ),
        pytest.param("Услуга входит в пакет", "Услуга не входит в пакет", "Услуга{+ не+} входит в пакет", id="a not"),
        pytest.param("Абанент мае права", "Абанент не мае права", "Абанент{+ не+} мае права", id="Belarusian"),
        pytest.param("тел. 200-10-10, 3", "тел. 200-10-11, 3", "тел.[- 200-10-10-]{+ 200-10-11+}, 3", id="tel"),
        pytest.param("Минск\t12\t5", "Минск\t12\t6", "Минск\t12\t[-5-]{+6+}", id="cell of a row"),
        pytest.param("а, б и в", "а, б", "а, б[- и в-]", id="end cut off"),
    ],
)
def test_words_inside_a_changed_block(before: str, after: str, expected: str) -> None:
    assert told(before, after) == [(CHANGED, expected)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("«Белтелеком» — оператор", '"Белтелеком" - оператор', id="quotes and dashes"),
        pytest.param("1 850 рублей", "1\u00a0850 рублей", id="no-break space"),
        pytest.param("1 850 рублей", "1850 рублей", id="grouping of digits"),
        pytest.param("отчёт", "отчет", id="ё"),
        pytest.param("пере\u00adнос", "перенос", id="soft hyphen"),
        pytest.param("один\n\n\n\nдва", "один\n\nдва", id="blank lines"),
        pytest.param("", "", id="nothing at all"),
    ],
)
def test_typography_is_no_difference(before: str, after: str) -> None:
    assert diff(before, after).changes == ()


def test_what_is_shown_is_the_original() -> None:
    (block,) = diff("«А» — 1 850 рублей, 5 шт.", "«А» – 1\u00a0850 рублей, 6 шт.").blocks
    assert block.before == "«А» — 1 850 рублей, 5 шт."
    assert marked(block) == "«А» – 1\u00a0850 рублей,[- 5-]{+ 6+} шт."


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("раз\n\nдва\n\nтри", "раз\n\nтри", [(SAME, "раз"), (REMOVED, "два"), (SAME, "три")], id="removed"),
        pytest.param("раз\n\nтри", "раз\n\nдва\n\nтри", [(SAME, "раз"), (ADDED, "два"), (SAME, "три")], id="added"),
        pytest.param("", "первый", [(ADDED, "первый")], id="from nothing"),
        pytest.param("последний", "", [(REMOVED, "последний")], id="to nothing"),
        pytest.param(
            "первый абзац\n\nвторой абзац\n\nтретий абзац",
            "второй абзац\n\nтретий абзац\n\nпервый абзац",
            [(SAME, "второй абзац"), (SAME, "третий абзац"), (MOVED, "первый абзац")],
            id="moved to the end",
        ),
        pytest.param(
            "общие сведения об операторе\n\nлицензия выдаётся на пять лет",
            "лицензия выдаётся на десять лет",
            [(REMOVED, "общие сведения об операторе"), (CHANGED, "лицензия выдаётся на[- пять-]{+ десять+} лет")],
            id="the like one is the edited one",
        ),
        pytest.param(
            "совсем одно и то же предложение про почту",
            "никак не связанный с ним текст о цифровом телевидении",
            [
                (REMOVED, "совсем одно и то же предложение про почту"),
                (ADDED, "никак не связанный с ним текст о цифровом телевидении"),
            ],
            id="unlike paragraphs are not paired",
        ),
    ],
)
def test_blocks(before: str, after: str, expected: list[tuple[BlockKind, str]]) -> None:
    in_order = sorted(told(before, after), key=lambda block: block[1])
    assert in_order == sorted(expected, key=lambda block: block[1])


def test_a_block_moved_and_edited_is_told_as_both() -> None:
    long = "Оператор электросвязи обязан хранить сведения об абонентах в течение пяти лет со дня оказания услуги"
    rest = [f"Неизменный абзац номер {word} остаётся на своём месте" for word in ("раз", "два", "три", "четыре")]
    found = diff("\n\n".join([long, *rest]), "\n\n".join([*rest, long.replace("пяти", "трёх")]))
    (moved,) = found.changes
    assert (moved.kind, moved.before_index, moved.after_index) == (MOVED, 0, 4)
    assert "[- пяти-]{+ трёх+}" in marked(moved)


def test_indices_lead_back_to_the_texts() -> None:
    before, after = "а\nб\nв\nг", "а\nб2 б\nг\nд"
    for block in diff(before, after).blocks:
        if block.before_index is not None:
            assert before.split("\n")[block.before_index] == block.before
        if block.after_index is not None:
            assert after.split("\n")[block.after_index] == block.after


def test_a_rewritten_sentence_is_not_confetti() -> None:
    (block,) = diff(
        "В срок до конца года министерство готовит проект и план работ ведомства по сети",
        "В срок до конца года операторы строят новые узлы и вводят станции связи по сети",
    ).blocks
    assert [span.kind for span in block.words].count(SpanKind.REMOVED) == 1


def test_long_unchanged_runs_fold_with_their_length() -> None:
    lines = [f"абзац {number}" for number in range(20)]
    folded = diff("\n".join(lines), "\n".join([*lines[:10], "вставка", *lines[10:]])).folded(context=1)
    assert folded[0] == Unchanged(blocks=9, words=18)
    assert [block.kind for block in folded[1:4] if isinstance(block, Block)] == [SAME, ADDED, SAME]
    assert folded[4] == Unchanged(blocks=9, words=18)


def test_any_edit_can_be_read_back() -> None:
    """Same and added words are the text after to the letter; same and removed ones are the text before."""
    chance = random.Random(7)
    words = ["оператор", "услуга", "12", "5 марта 2024", "не", "и", ",", "Минск\t", "обязан", "1 850"]
    for _ in range(300):
        before = [chance.choice(words) for _ in range(chance.randint(1, 14))]
        after = [word for word in before if chance.random() > 0.2]
        after.insert(chance.randint(0, len(after)), chance.choice(words))
        for block in diff(" ".join(before), " ".join(after)).blocks:
            if block.words:
                assert "".join(span.text for span in block.words if span.kind is not SpanKind.REMOVED) == block.after
                old = "".join(span.text for span in block.words if span.kind is not SpanKind.ADDED)
                assert "".join(old.split()) == "".join((block.before or "").split())


def test_every_block_is_accounted_for_once() -> None:
    chance = random.Random(11)
    for _ in range(200):
        before = [
            f"абзац {chance.randint(0, 9)} про {chance.choice(['связь', 'почту'])}"
            for _ in range(chance.randint(0, 12))
        ]
        after = [*chance.sample(before, k=len(before)), f"новый {chance.randint(0, 9)}"]
        blocks = diff("\n\n".join(before), "\n\n".join(after)).blocks
        assert sorted(b.before_index for b in blocks if b.before_index is not None) == list(range(len(before)))
        assert [b.after_index for b in blocks if b.after_index is not None] == list(range(len(after)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("слово " * 400_000, "слог " * 450_000, id="one endless paragraph"),
        pytest.param("а\n" * 1_200_000, "б\n" * 1_200_000, id="a line a letter"),
        pytest.param("!?" * 190_000, "?!" * 190_000, id="nothing but punctuation"),
        pytest.param("1." * 190_000 + "а", "1." * 190_000 + "б", id="a number without end"),
        pytest.param("\t" * 300_000 + "а", "\t" * 300_001 + "б", id="empty cells"),
    ],
)
def test_hostile_texts_take_seconds_at_most(before: str, after: str) -> None:
    started = time.process_time()
    assert diff(before, after).changes
    assert time.process_time() - started < 15
