"""What differs between two versions, and how it is told in one line."""

import gettext

import pytest

from crawler.core.compare import compare, compare_files, similarity
from storage.records import What
from tests.core.versions import edited, version

TITLE, TEXT, NUMBERS, DATES, LINKS, IMAGES, ATTACHMENTS, FORMATTING = What

FIRST = "Общие положения об услугах электросвязи."
SECOND = "Абонентская плата составляет 12 рублей в месяц."
THIRD = "Заявления принимаются до 5 марта 2024 г. включительно."
BODY = "\n\n".join([FIRST, SECOND, THIRD])


@pytest.mark.parametrize(
    ("after", "what", "summary"),
    [
        pytest.param(
            BODY.replace("12", "15"),
            (TEXT, NUMBERS),
            "number 12 became 15 in paragraph 2",
            id="a number",
        ),
        pytest.param(
            BODY.replace("5 марта", "6 марта"),
            (TEXT, NUMBERS, DATES),
            "date 5 марта 2024 became 6 марта 2024 in paragraph 3",
            id="a date",
        ),
        pytest.param(
            BODY.replace("составляет", "не составляет"),
            (TEXT,),
            "«не» added in paragraph 2",
            id="a not",
        ),
        pytest.param(
            BODY.replace("включительно", "по почте"),
            (TEXT,),
            "«включительно» became «по почте» in paragraph 3",
            id="a word",
        ),
        pytest.param(
            f"{BODY}\n\nПлата вносится авансом.",
            (TEXT,),
            "paragraph 4 added: «Плата вносится авансом.»",
            id="a paragraph more",
        ),
        pytest.param(
            f"{FIRST}\n\n{THIRD}",
            (TEXT, NUMBERS),
            f"paragraph 2 removed: «{SECOND}»",
            id="a paragraph less",
        ),
        pytest.param(
            FIRST,
            (TEXT, NUMBERS, DATES),
            f"2 paragraphs removed: «{SECOND}»",
            id="two paragraphs less",
        ),
        pytest.param(
            "\n\n".join([SECOND, THIRD, FIRST]),
            (TEXT,),
            "1 paragraph moved",
            id="a paragraph moved",
        ),
        pytest.param(
            BODY.replace("12", "15")
            .replace("5 марта", "6 марта")
            .replace("Общие", "Новые")
            .replace("Заявления", "Жалобы")
            .replace("месяц", "год"),
            (TEXT, NUMBERS, DATES),
            "number 12 became 15 in paragraph 2; date 5 марта 2024 became 6 марта 2024 in paragraph 3; "
            "«Общие» became «Новые» in paragraph 1; and 2 more",
            id="more than three edits",
        ),
    ],
)
def test_text(after: str, what: tuple[What, ...], summary: str) -> None:
    found = compare(version(BODY), version(after))
    assert (found.what, found.summary) == (what, summary)


def test_a_phone_number_is_told_whole() -> None:
    found = compare(version("Тел. +375 17 200-10-10, доб. 12"), version("Тел. +375 17 200-10-11, доб. 12"))
    assert found.summary == "phone number +375 17 200-10-10 became +375 17 200-10-11 in paragraph 1"


def test_every_word_of_a_summary_can_be_translated() -> None:
    class Half(gettext.NullTranslations):
        def gettext(self, message: str) -> str:
            return message.replace("became", "стал").replace("in paragraph", "в абзаце")

    found = compare(version(BODY), version(BODY.replace("12", "15")), catalogue=Half())
    assert found.summary == "number 12 стал 15 в абзаце 2"


def test_the_same_edit_in_many_places_is_told_once() -> None:
    before = "\n".join(f"Тариф {name}: 12 рублей" for name in ("первый", "второй", "третий"))
    assert compare(version(before), version(before.replace("12", "15"))).summary == "number 12 became 15 in 3 places"


def test_a_cell_is_told_by_its_row() -> None:
    before = "Город\tПлата\nМинск\t12\nГомель\t10"
    found = compare(version(before), version(before.replace("12", "15")))
    assert found.summary == "number 12 became 15 in row «Минск»"


@pytest.mark.parametrize(
    ("before", "after", "what", "summary"),
    [
        pytest.param(
            version(BODY, title="О тарифах"),
            version(BODY, title="О плате"),
            (TITLE,),
            "title: «О тарифах» became «О плате»",
            id="title",
        ),
        pytest.param(
            version(BODY, published="2024-03-05"),
            version(BODY, published="2024-03-06"),
            (DATES,),
            "date of publication 2024-03-05 became 2024-03-06",
            id="date of publication",
        ),
        pytest.param(
            version(BODY, links=(("Портал", "https://a.by/x"),)),
            version(BODY, links=(("Портал", "https://a.by/y"),)),
            (LINKS,),
            "link target of «Портал» became https://a.by/y",
            id="link target",
        ),
        pytest.param(
            version(BODY, links=(("Портал", "https://a.by/x"),)),
            version(BODY),
            (LINKS,),
            "link «Портал» removed",
            id="link removed",
        ),
        pytest.param(
            version(BODY),
            version(BODY, links=(("", "https://a.by/x/y.html"),)),
            (LINKS,),
            "link «y.html» added: https://a.by/x/y.html",
            id="link without words added",
        ),
        pytest.param(
            version(BODY, images=(("Схема", "https://a.by/1.png"),)),
            version(BODY, images=(("Схема", "https://a.by/2.png"),)),
            (IMAGES,),
            "image «Схема» replaced",
            id="image",
        ),
        pytest.param(
            version(BODY, images=(("Схема", "https://a.by/1.png"),)),
            version(BODY, images=(("План", "https://a.by/1.png"), ("Вид", "https://a.by/2.png"))),
            (IMAGES,),
            "image «Вид» added; description of image «Схема» became «План»",
            id="an image more, another described otherwise",
        ),
        pytest.param(
            version(BODY, attachments=(("Форма", "https://a.by/1.docx"),)),
            version(BODY, attachments=(("Форма", "https://a.by/2.docx"),)),
            (ATTACHMENTS,),
            "attachment «Форма» replaced",
            id="attachment under another address",
        ),
        pytest.param(
            version(BODY),
            version(BODY, attachments=(("Форма", "https://a.by/1.docx"),)),
            (ATTACHMENTS,),
            "attachment «Форма» added",
            id="attachment added",
        ),
        pytest.param(
            version(BODY, markdown=BODY),
            version(BODY, markdown=f"**{BODY}**"),
            (FORMATTING,),
            "formatting only",
            id="formatting",
        ),
        pytest.param(version(BODY), version(BODY), (), "nothing changed", id="nothing"),
    ],
)
def test_parts(before: object, after: object, what: tuple[What, ...], summary: str) -> None:
    found = compare(before, after)  # type: ignore[arg-type]
    assert (found.what, found.summary) == (what, summary)


def test_formatting_is_not_named_beside_a_real_edit() -> None:
    before = version(BODY)
    found = compare(before, edited(before, text=BODY.replace("12", "15"), markdown="**другое**"))
    assert FORMATTING not in found.what


def test_links_that_swap_targets_are_told_by_their_words() -> None:
    before = version(BODY, links=(("Портал", "https://a.by/x"), ("Реестр", "https://a.by/y")))
    after = version(BODY, links=(("Портал", "https://a.by/y"), ("Реестр", "https://a.by/x")))
    assert compare(before, after).clauses == (
        "link target of «Портал» became https://a.by/y",
        "link target of «Реестр» became https://a.by/x",
    )


def test_links_in_another_order_are_told_without_details() -> None:
    one, two = ("Портал", "https://a.by/x"), ("Реестр", "https://a.by/y")
    assert compare(version(BODY, links=(one, two)), version(BODY, links=(two, one))).summary == "links edited"


def test_the_summary_is_one_line_however_long_the_texts() -> None:
    found = compare(version("слово " * 500, title="т" * 900), version("иное\n\n" * 500, title="у\n" * 900))
    assert "\n" not in found.summary
    assert len(found.summary) < 600


@pytest.mark.parametrize(
    ("before", "after", "summary"),
    [
        pytest.param(
            version("Плата 12", title="Т"),
            version("Плата 15", title="Т"),
            "attachment tariffs.pdf: number 12 became 15 in paragraph 1",
            id="another number",
        ),
        pytest.param(
            version("Плата 12", title="Т"),
            version("Плата 12", title="Т", markdown="# Плата 12"),
            "attachment tariffs.pdf: file replaced, text the same",
            id="regenerated",
        ),
        pytest.param(
            version("", title="Т", notice="needs_ocr"),
            version("", title="Т", notice="needs_ocr"),
            "attachment tariffs.pdf: file replaced, its text cannot be read (needs_ocr)",
            id="scanned",
        ),
    ],
)
def test_files(before: object, after: object, summary: str) -> None:
    found = compare_files(before, after, name="tariffs.pdf")  # type: ignore[arg-type]
    assert found.summary == summary
    assert ATTACHMENTS in found.what


@pytest.mark.parametrize(
    ("before", "after", "least", "most"),
    [
        pytest.param("", "", 1, 1, id="both empty"),
        pytest.param("связь и почта", "связь и почта", 1, 1, id="same"),
        pytest.param("«связь» – почта", '"связь" - почта', 1, 1, id="same but for typography"),
        pytest.param("связь", "", 0, 0, id="one empty"),
        pytest.param(BODY, BODY.replace("12", "15"), 0.9, 0.99, id="one number"),
        pytest.param("связь и почта", "дороги и мосты", 0.2, 0.5, id="another thing"),
        pytest.param("слово " * 60_000, "слово " * 59_000, 0.9, 1, id="very long"),
    ],
)
def test_similarity(before: str, after: str, least: float, most: float) -> None:
    assert least <= similarity(before, after) <= most
