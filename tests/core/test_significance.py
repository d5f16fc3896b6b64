"""How much a change matters, and why."""

import time

import pytest

from crawler.core.compare import compare, compare_files
from crawler.core.mentions import Mention, mentions
from crawler.core.significance import Weights, of_comparison, of_removal, significance
from storage.records import ChangeKind
from tests.core.versions import version

BODY = (
    "Оператор обязан хранить сведения.\n\nАбонентская плата 12 рублей.\n\nТелефон +375 17 200-10-10.\n\n"
    "Постановление № 12 от 05.03.2024 действует.\n\nСрок до 5 марта 2024 г.\n\nМощность 40 единиц.\n\n"
    "Услуга входит в пакет."
)


def reasons(after: str, **parts: object) -> list[str]:
    score = of_comparison(compare(version(BODY), version(after, **parts)))  # type: ignore[arg-type]
    return [point.reason for point in score.points]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        pytest.param("№ 12 от", "№ 13 от", "name of an act: постановление № 12 от 05.03.2024 → ", id="act"),
        pytest.param("12 рублей", "15 рублей", "sum of money: 12 рублей → 15 рублей", id="money"),
        pytest.param("обязан", "вправе", "obligation: обязан → вправе", id="obligation"),
        pytest.param("входит", "не входит", "negation: ∅ → не", id="negation"),
        pytest.param("200-10-10", "200-10-11", "phone number: +375 17 200-10-10 → +375 17 200-10-11", id="phone"),
        pytest.param("5 марта", "6 марта", "date: 5 марта 2024 → 6 марта 2024", id="date"),
        pytest.param("40 единиц", "41 единиц", "number: 40 → 41", id="number"),
        pytest.param("Услуга входит в пакет.", "", "paragraphs removed: 1", id="removal"),
    ],
)
def test_each_thing_of_weight_is_a_point_with_its_reason(old: str, new: str, reason: str) -> None:
    assert any(found.startswith(reason) for found in reasons(BODY.replace(old, new)))


def test_a_date_in_the_title_is_a_point_too() -> None:
    comparison = compare(version(BODY, title="Ярмарка 3 августа"), version(BODY, title="Ярмарка 10 августа"))
    assert "date: 3 августа → 10 августа" in [point.reason for point in of_comparison(comparison).points]


def test_a_number_inside_an_act_or_a_phone_is_not_counted_twice() -> None:
    assert not any(found.startswith(("number", "date")) for found in reasons(BODY.replace("№ 12 от", "№ 13 от")))
    assert not any(found.startswith("number") for found in reasons(BODY.replace("200-10-10", "200-10-11")))


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        pytest.param({"title": "Новые тарифы"}, "title: Новые тарифы", id="title"),
        pytest.param({"attachments": (("Форма", "https://a.by/1.docx"),)}, "attachment", id="attachment"),
        pytest.param({"links": (("Портал", "https://a.by/"),)}, "links added: 1", id="link"),
        pytest.param({"images": (("Схема", "https://a.by/1.png"),)}, "images", id="image"),
        pytest.param({"published": "2024-03-06"}, "date of publication: 2024-03-06", id="publication"),
    ],
)
def test_parts_beside_the_text(parts: dict[str, object], reason: str) -> None:
    assert reasons(BODY, **parts) == [reason]


def test_formatting_weighs_nothing() -> None:
    score = of_comparison(compare(version(BODY), version(BODY, markdown="**x**")))
    assert (score.value, score.points) == (0.0, ())


def test_one_changed_digit_outweighs_a_changed_word() -> None:
    digit = of_comparison(compare(version(BODY), version(BODY.replace("40", "41"))))
    word = of_comparison(compare(version(BODY), version(BODY.replace("входит", "включена"))))
    assert digit.value > word.value > 0


def test_the_value_is_the_sum_of_the_points_cut_at_one() -> None:
    small = of_comparison(compare(version(BODY), version(BODY.replace("40", "41"))))
    assert small.value == pytest.approx(sum(point.value for point in small.points))
    large = of_comparison(
        compare(version(BODY), version("Всё иначе: 99 рублей, Указ № 7 от 01.02.2025.", title="Новое"))
    )
    assert large.value == 1.0 < sum(point.value for point in large.points)
    assert [point.value for point in large.points] == sorted((p.value for p in large.points), reverse=True)


def test_a_regenerated_file_weighs_little_and_a_rewritten_one_much() -> None:
    before, same, other = version("Плата 12"), version("Плата 12", markdown="x"), version("Плата 15")
    assert of_comparison(compare_files(before, same)).value == Weights().attachment_same_text
    assert of_comparison(compare_files(before, other)).value >= Weights().attachment + Weights().number


@pytest.mark.parametrize("kind", ChangeKind)
def test_every_kind_of_change_has_a_score(kind: ChangeKind) -> None:
    comparison = compare(version(BODY), version(BODY.replace("40", "41")))
    score = significance(kind, comparison)
    assert 0 < score.value <= 1
    assert score == significance(kind, comparison)


def test_weights_are_the_profiles_to_choose() -> None:
    comparison = compare(version(BODY), version(BODY.replace("40", "41")))
    assert of_comparison(comparison, Weights(number=0.9)).points[0].value == 0.9
    assert of_removal(Weights(page_removed=0.2)).value == 0.2


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        pytest.param(
            Mention.ACT,
            "Указ Президента Республики Беларусь от 5 марта 2024 г. № 60",
            "указ президента республики беларусь от 5 марта 2024 г. № 60",
            id="decree ru",
        ),
        pytest.param(
            Mention.ACT,
            "Закон Республики Беларусь «Об электросвязи»",
            "закон республики беларусь «об электросвязи»",
            id="law by name",
        ),
        pytest.param(
            Mention.ACT,
            "пастанова Савета Міністраў ад 05.03.2024 № 155",
            "пастанова савета міністраў ад 05.03.2024 № 155",
            id="resolution be",
        ),
        pytest.param(Mention.ACT, "загад № 15-а", "загад № 15-а", id="order be"),
        pytest.param(Mention.ACT, "Resolution No. 12 of 5 March 2024", "resolution no. 12 of 5 march 2024", id="en"),
        pytest.param(Mention.MONEY, "штраф 1 850,50 руб.", "1 850,50 руб.", id="roubles"),
        pytest.param(Mention.MONEY, "30 базовых величин", "30 базовых величин", id="base units"),
        pytest.param(Mention.MONEY, "2 млн рублёў", "2 млн рублёў", id="millions be"),
        pytest.param(Mention.OBLIGATION, "оператор не вправе", "вправе", id="may ru"),
        pytest.param(Mention.OBLIGATION, "аператар павінен", "павінен", id="must be"),
        pytest.param(Mention.OBLIGATION, "забараняецца", "забараняецца", id="forbidden be"),
        pytest.param(Mention.OBLIGATION, "operators shall", "shall", id="shall en"),
        pytest.param(Mention.PHONE, "тел. 8 (017) 200-10-10", "8 (017) 200-10-10", id="phone"),
        pytest.param(Mention.DATE, "з 5 сакавіка 2024", "5 сакавіка 2024", id="date be"),
        pytest.param(Mention.NUMBER, "около 1 850 точек", "1 850", id="grouped number"),
    ],
)
def test_mentions(kind: Mention, text: str, found: str) -> None:
    assert list(mentions(text)[kind]) == [found]


@pytest.mark.parametrize(
    "text", ["закон " * 50_000, "1 " * 200_000, "указ" + " х" * 200_000, "+375" * 100_000], ids=lambda text: text[:8]
)
def test_mentions_of_hostile_texts_end_soon(text: str) -> None:
    started = time.process_time()
    mentions(text)
    assert time.process_time() - started < 10
