"""Mentions are looked for where they can begin only: nothing is missed by that."""

import random
from collections import Counter

import pytest

from crawler.core.mentions import _COMPILED, Mention, Mentions, mentions

PIECES = (
    *("постановление от 5 марта 2024 г. № 12", "Закон «О связи»", "Law No. 5", "order of 5 may 2020 no. 7", "УКАЗ"),
    *("100 рублей", "1 234 567,50 руб.", "$5", "12,40 коп.", "5 базовых величин", "№", "N 5 тыс.", "7 млн рублей"),
    *("8 (017) 200-35-29", "+375291234567", "200-35-29", "12.05.2024", "2024-01-02", "May 5, 2020", "16 жніўня"),
    *("не допускается", "Должны", "абавязкова", "ня", "must", "имеет право", "подлежат", "запрещено"),
    *("5не", "3x", "a3", "C22300510", "12345 678", "1234 567 рублей", "слово", ";", "(", "«", "»", "İ", "-"),
)


def _at_each_character(text: str) -> Mentions:
    """The same patterns, left to look for themselves."""
    rest, found = " ".join(text.split()).casefold(), {}
    for kind in Mention:
        found[kind] = Counter(match[0] for match in _COMPILED[kind].finditer(rest))
        rest = _COMPILED[kind].sub(lambda match: " " * len(match[0]), rest)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_missed(seed: int) -> None:
    chance = random.Random(seed)
    text = "".join(piece + chance.choice((" ", "\n", ", ", ". ")) for piece in chance.choices(PIECES, k=200))
    assert mentions(text) == _at_each_character(text)


@pytest.mark.parametrize(
    ("text", "kind", "named"),
    [
        ("ПОСТАНОВЛЕНИЕ от 05.03.2024 № 12", Mention.ACT, "постановление от 05.03.2024 № 12"),
        ("Штраф  100\nрублей", Mention.MONEY, "100 рублей"),
        ("До 16 жніўня 2024", Mention.DATE, "16 жніўня 2024"),
        ("Курение НЕ допускается", Mention.OBLIGATION, "не допускается"),
        ("приказ C22300510", Mention.NUMBER, "22300510"),
    ],
)
def test_told_in_lower_case_with_single_blanks(text: str, kind: Mention, named: str) -> None:
    assert mentions(text)[kind] == Counter({named: 1})
