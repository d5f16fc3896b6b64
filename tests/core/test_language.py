"""Languages: the text decides, the page's own word only where there is too little text."""

import pytest

from crawler.core.language import language_of, primary


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Министерство объявило конкурс", "ru"),
        ("Міністэрства абвясціла конкурс", "be"),
        ("The ministry announced", "en"),
        ("Новости отрасли связи за неделю", "ru"),
        ("Навіны галіны сувязі за тыдзень", "be"),
        ("Аб’ём паслуг вырас", "be"),
        ("У Мінску адкрылася пошта", "be"),
        ("В Минске открылась почта", "ru"),
        ("Съезд связистов", "ru"),
        ("Ўся пошта тут", "be"),
        ("Договор № 5 «Belpost Express» о доставке", "ru"),
        ("Праект «Smart City» пачаўся ў Гродне", "be"),
        ("Read more about the post of Минск and its history", "en"),
        ("Закон о связи, статья «Аб сувязі»: новая редакция и пояснения", "ru"),
        ("Київ і область, її пошта, є зв'язок", "uk"),
    ],
)
def test_text_decides(text: str, language: str) -> None:
    for lie in ("ru", "be", "en"):
        assert language_of(text, declared=(lie,)) == language


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        pytest.param("", ("be-BY",), "be", id="empty"),
        pytest.param("2024: 5,5 %", ("ru",), "ru", id="numbers"),
        pytest.param("PDF", ("ru", "en"), "ru", id="abbreviation"),
        pytest.param("", (), None, id="nothing at all"),
        pytest.param("Почта", (), None, id="a word of both languages"),
        pytest.param("Пошта і сувязь", (), "be", id="short, but clear"),
        pytest.param("", ("x-default!", "EN"), "en", id="nonsense declared"),
        pytest.param("https://example.com/long/address/of/a/page/in/latin", ("be",), "be", id="an address is no text"),
        pytest.param(
            "Das Ministerium hat eine neue Leitung angekündigt und baut sie", ("de",), "de", id="declared German"
        ),
        pytest.param(
            "The ministry announced a new line and builds it", ("de",), "en", id="declared German, is English"
        ),
    ],
)
def test_the_pages_word(text: str, declared: tuple[str, ...], language: str | None) -> None:
    assert language_of(text, declared=declared) == language


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("be-BY", "be"),
        ("RU", "ru"),
        ("by", "be"),
        ("ua", "uk"),
        ("en_US", "en"),
        ("", None),
        ("x-default", None),
        ("русский", None),
    ],
)
def test_language_tags(tag: str, code: str | None) -> None:
    assert primary(tag) == code
