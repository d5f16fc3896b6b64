"""Words are found in whatever form they stand, in three languages; wildcards and phrases do what they say."""

import pytest

from crawler.core.belarusian import belarusian_stem, belarusian_stems
from crawler.core.stems import Searched, Stems


@pytest.mark.parametrize(
    "forms",
    [
        pytest.param("ліцэнзія ліцэнзіі ліцэнзію ліцэнзіяй ліцэнзій ліцэнзіям ліцэнзіямі ліцэнзіях", id="-ія"),
        pytest.param("камунікацыя камунікацыі камунікацыю камунікацыяй камунікацый", id="-ыя"),
        pytest.param("паслуга паслугі паслузе паслугай паслуг паслугам паслугамі паслугах", id="г before е is з"),
        pytest.param("палітыка палітыцы палітыку", id="к before ы is ц"),
        pytest.param("сайт сайта сайце сайты сайтаў", id="т before е is ц"),
        pytest.param("год года годзе", id="д before е is дз"),
        pytest.param("паверх паверсе паверхі", id="х before е is с"),
        pytest.param("сувязь сувязі сувяззю", id="a consonant doubled before ю"),
        pytest.param("забеспячэнне забеспячэння забеспячэннем", id="-нне"),
        pytest.param("суддзя суддзі суддзяў", id="-ддзя"),
        pytest.param("сродак сродку сродкі сродкаў", id="a fleeting а"),
        pytest.param("сетка сетцы сетак сетках", id="a fleeting а and к before ы"),
        pytest.param("спажывец спажыўца спажыўцы спажыўцоў", id="a fleeting е and в that becomes ў"),
        pytest.param("пастанова пастановы пастаноў пастановамі", id="в at the end is ў"),
        pytest.param("праграма праграм праграмам", id="a stem that ends as an ending does"),
        pytest.param("указ ўказу указе ўказамі", id="у after a vowel is ў"),
        pytest.param("новы новага новаму новай новую новыя новых новымі", id="an adjective"),
        pytest.param("дзяржаўны дзяржаўнага дзяржаўныя", id="an adjective with ў"),
        pytest.param("памяць памяці памяццю", id="a noun that looks like a verb"),
        pytest.param("аб'ём аб'ёму аб'ёмы", id="an apostrophe"),
    ],
)
def test_forms_of_a_belarusian_word_share_a_stem(forms: str) -> None:
    first, *others = forms.split()
    apart = [form for form in others if not belarusian_stems(first) & belarusian_stems(form)]
    assert apart == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("банк", "бант"),
        ("парк", "парта"),
        ("тарыф", "тара"),
        ("ліцэнзія", "ліцэнзаванне"),
        ("паслуга", "паслухаць"),
        ("сувязь", "сувой"),
        ("указ", "указанне"),
        ("мова", "умова"),
    ],
)
def test_different_belarusian_words_have_different_stems(one: str, other: str) -> None:
    assert not belarusian_stems(one) & belarusian_stems(other)


def test_one_stem_is_the_shortest_that_leaves_a_word() -> None:
    assert [belarusian_stem(word) for word in ("ліцэнзіямі", "дом", "воды")] == ["ліцэнз", "дом", "вод"]


RUSSIAN = "Министерство изменило порядок выдачи лицензий операторам электросвязи. Тариф составит 1 850,50 руб."
BELARUSIAN = "Змяніліся тарыфы на паслугі электрасувязі; аб гэтым сведчыць ўказ № 12 ад 5 сакавіка."
ENGLISH = "Operators' licences and access to universal services; see GSM-900."


@pytest.mark.parametrize(
    ("text", "asked", "is_there"),
    [
        pytest.param(RUSSIAN, "лицензия", True, id="Russian, another case and number"),
        pytest.param(RUSSIAN, "Оператор", True, id="capitals don't count"),
        pytest.param(RUSSIAN, "лицензирование", False, id="a derived word is another one"),
        pytest.param(RUSSIAN, "лиценз*", True, id="but has the same beginning"),
        pytest.param(RUSSIAN, "*связ*", True, id="a wildcard inside a word"),
        pytest.param(RUSSIAN, "*связ", False, id="a wildcard that ends the word too early"),
        pytest.param(RUSSIAN, '"операторы электросвязи"', True, id="a phrase in another case"),
        pytest.param(RUSSIAN, "«порядок лицензии»", False, id="words of a phrase stand side by side"),
        pytest.param(RUSSIAN, "электросвязь оператор", False, id="and in this order, quoted or not"),
        pytest.param(RUSSIAN, "выдача лиценз*", True, id="a wildcard in a phrase"),
        pytest.param(RUSSIAN, "1850,50", True, id="a number without its groups"),
        pytest.param(RUSSIAN, "850", False, id="a part of a number is none"),
        pytest.param(RUSSIAN, "тарыф", False, id="Belarusian is not Russian"),
        pytest.param(BELARUSIAN, "тарыф", True, id="Belarusian, plural"),
        pytest.param(BELARUSIAN, "паслуга электрасувязь", True, id="a Belarusian phrase"),
        pytest.param(BELARUSIAN, "указ", True, id="ў at the beginning"),
        pytest.param(BELARUSIAN, "ўка*", True, id="ў at the beginning of a wildcard"),
        pytest.param(BELARUSIAN, "сакавік", True, id="a month"),
        pytest.param(BELARUSIAN, "тариф", False, id="Russian is not Belarusian"),
        pytest.param(ENGLISH, "licence", True, id="English, plural"),
        pytest.param(ENGLISH, "accesses", True, id="a Latin word that could be Cyrillic by its looks"),
        pytest.param(ENGLISH, "acc*", True, id="and by wildcard"),
        pytest.param(ENGLISH, "аccess", True, id="with a Cyrillic а in it"),
        pytest.param(ENGLISH, '"universal service"', True, id="an English phrase"),
        pytest.param(ENGLISH, "gsm-900", True, id="a hyphen parts words"),
        pytest.param(ENGLISH, "operator", True, id="a possessive"),
        pytest.param(RUSSIAN + " " + BELARUSIAN, "паслугі", True, id="a page in two languages"),
        pytest.param("лице\u00adнзи\u0301я", "лицензии", True, id="soft hyphen and stress mark"),
    ],
)
def test_a_word_is_found(text: str, asked: str, is_there: bool) -> None:
    stems = Stems()
    assert Searched([text], stems).found([asked]) == ((asked,) if is_there else ())


def test_phrases_do_not_reach_into_the_next_text() -> None:
    assert Searched(["универсальные", "услуги"], Stems()).found(['"универсальные услуги"', "услуги"]) == ("услуги",)


@pytest.mark.parametrize("asked", ["", '""', " - ", "*", "a*", "«»"])
def test_what_names_no_word_is_refused(asked: str) -> None:
    with pytest.raises(ValueError, match=r"names no word|finds nearly everything"):
        Stems().wanted(asked)
