"""The piece of a text that a search result shows: around what was asked for, and what of it is marked."""

import pytest

from crawler.core.query import parsed, snippet

FILLER = "Почта приняла посылки и доставила письма в срок. " * 12  # about 590 characters


def shown(text: str, query: str) -> tuple[str, list[str]]:
    pieces = snippet(text, "ru", parsed(query))
    return "".join(piece.text for piece in pieces), [piece.text for piece in pieces if piece.hit]


@pytest.mark.parametrize("before", [0, 1, 12, 120])
def test_it_is_around_the_word_wherever_that_stands(before: int) -> None:
    text, hits = shown(FILLER * before + "Лицензии выдаёт комиссия. " + FILLER, "лицензия")
    assert hits == ["Лицензии"]
    assert "Лицензии выдаёт комиссия." in text
    assert len(text) < 300


def test_a_place_that_has_all_words_is_shown_though_one_stands_earlier() -> None:
    text, hits = shown(f"Лицензии отменены. {FILLER * 3}Комиссия выдаёт лицензии. {FILLER}", "лицензии комиссия")
    assert hits == ["Комиссия", "лицензии"]
    assert "Комиссия выдаёт лицензии." in text


@pytest.mark.parametrize("length", range(580, 600))
def test_no_word_is_cut_into_another(length: int) -> None:
    """Wherever reading stops, "газетныйразворот" is not taken for a form of "газета"."""
    text = f"Лицензии {'слово ' * 80}лицензии ".ljust(length, "я") + " газетныйразворот " + FILLER
    assert "газет" not in shown(text, "лицензии газета")[1]


def test_a_longer_word_with_the_stem_in_it_is_no_hit() -> None:
    assert shown(f"Сверхлицензионный сбор. {FILLER}Лицензии отменены. {FILLER}", "лицензия")[1] == ["Лицензии"]


def test_of_a_text_without_the_words_its_beginning_is_shown() -> None:
    text, hits = shown(FILLER, "лицензия")
    assert (text.startswith("Почта приняла"), hits) == (True, [])
