"""The text index: the same answers on both databases, whatever is interrupted, repeated or done twice at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from crawler.core.query import STEMMER, parsed
from crawler.search import bring_up_to_date, search
from storage.archive import Archive
from storage.records import Outcome, PageKind, PageState, Settlement
from storage.records_search import Places, Stemmed
from tests.storage.making import DAY, NOON, address, capture, found, live, started, version, visit


def put(archive: Archive, path: str, *texts: str, language: str = "ru", **fields: object) -> int:
    """A page whose text was each of these in turn, a day apart."""
    (page,) = found(archive, path, **fields)
    run_id = started(archive)
    for number, text in enumerate(texts, start=1):
        title, _, body = text.rpartition("|")
        made = version(page, number, title=title or "Тытул", text=body, first_seen=NOON + (number - 1) * DAY)
        made = replace(made, document=replace(made.document, language=language))
        seen = NOON + (number - 1) * DAY
        now = live(page, number, last_seen=seen, language=language)
        archive.record([Settlement(pages=(now,), captures=(capture(page, run_id, fetched_at=seen),), versions=(made,))])
    return page.id


def urls(archive: Archive, words: str, places: Places | None = None) -> list[str]:
    found_now = search(archive, words, places)
    assert found_now.total == len(found_now.results)
    return [result.hit.url.removeprefix(address("")) for result in found_now.results]


def test_any_form_of_a_word_finds_any_other(archive: Archive) -> None:
    put(archive, "/ru", "Лицензия на услуги электросвязи выдана оператору")
    put(archive, "/be", "Ліцэнзіі на паслугі сувязі", language="be")
    put(archive, "/en", "Licences for telecom operators", language="en")
    put(archive, "/mixed", "Перечень: паслугі паштовай сувязі", language="ru")
    assert urls(archive, "лицензии") == ["/ru"]
    assert urls(archive, "ЛИЦЕНЗИЮ оператора") == ["/ru"]
    assert urls(archive, "ліцэнзія") == ["/be"]
    assert urls(archive, "паслугамі") == ["/mixed", "/be"]
    assert urls(archive, "operator licence") == ["/en"]


STORY = [
    "О тарифах|Тарифы на почтовые услуги с 1 850 рублей",
    "Об услугах|Почтовая связь и тарифы",
    "Приказ № 12|Связь почтовая не меняется",
]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("тариф", "01", id="a word, in titles first"),
        pytest.param("почтовый тариф", "01", id="several words, all of them"),
        pytest.param('"почтовая связь"', "1", id="a phrase in its order"),
        pytest.param("«почтовой связи»", "1", id="a phrase in other quotes and another form"),
        pytest.param("связь -тариф", "2", id="without a word"),
        pytest.param('тариф -"почтовая связь"', "0", id="without a phrase"),
        pytest.param("title:тарифы", "0", id="in the title only"),
        pytest.param('title:"приказ 12"', "2", id="a phrase in the title"),
        pytest.param("title:связь", "", id="in no title"),
        pytest.param("заголовок:услуга", "1", id="the title by its Russian name"),
        pytest.param("1850", "0", id="a number with blanks in it"),
        pytest.param('"тарифах тарифы"', "", id="a phrase that would span title and text"),
        pytest.param("-тариф", "01", id="a minus alone is taken as a word"),
        pytest.param('"почтовая связь', "1", id="a quote that is never closed"),
        pytest.param("тариф AND (NEAR OR ) ^ * :", "", id="operators of other languages are words"),
        pytest.param('"" - title: () && !', "", id="signs only, and a word that is nowhere"),
        pytest.param("title", "", id="a keyword alone is a word"),
        pytest.param("тариф\\ тариф' \x00", "01", id="signs that a database would mind"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_the_query_language(archive: Archive, query: str, expected: str) -> None:
    for number, text in enumerate(STORY):
        put(archive, f"/{number}", text)
    assert sorted(urls(archive, query)) == [f"/{number}" for number in expected]


def test_a_phrase_is_told_with_the_versions_that_have_it_and_when_they_were_seen(archive: Archive) -> None:
    page_id = put(archive, "/a", "пошлина 5 рублей", "пошлина 6 рублей", "пошлина 6 рублей и более", "сбор отменён")
    (result,) = search(archive, '"пошлина 6"').results
    assert result.hit.page_id == page_id
    assert result.hit.numbers == (2, 3)
    assert result.hit.version == 3
    assert result.hit.first_seen == NOON + DAY
    assert result.hit.last_seen == NOON + 2 * DAY
    assert not result.hit.still
    (still,) = search(archive, "отменить").results
    assert (still.hit.numbers, still.hit.still, still.hit.last_seen) == ((4,), True, NOON + 3 * DAY)


def test_the_last_look_before_the_next_version_counts_as_seen(archive: Archive) -> None:
    (page,) = found(archive, "/a")
    run_id = started(archive)
    archive.record([visit(page, run_id, 1, "пошлина")])
    seen = [
        capture(page, run_id, fetched_at=NOON + 5 * DAY, outcome=Outcome.NOT_MODIFIED, status=304),
        capture(page, run_id, fetched_at=NOON + 6 * DAY, outcome=Outcome.BLOCKED, status=403),
    ]
    archive.record([Settlement(pages=(), captures=tuple(seen))])
    later = version(page, 2, text="сбор", first_seen=NOON + 9 * DAY)
    archive.record(
        [visit(page, run_id, 2, versions=(later,), captures=(capture(page, run_id, fetched_at=NOON + 9 * DAY),))]
    )
    (result,) = search(archive, "пошлина").results
    assert result.hit.last_seen == NOON + 5 * DAY


def test_a_page_that_is_gone_has_nothing_still_there(archive: Archive) -> None:
    page_id = put(archive, "/a", "пошлина")
    page = archive.pages_by_id([page_id])[page_id]
    archive.record([Settlement(pages=(replace(page, state=PageState.GONE),), captures=())])
    (result,) = search(archive, "пошлина").results
    assert (result.hit.still, result.hit.state) == (False, PageState.GONE)
    assert urls(archive, "пошлина", Places(current=True)) == []


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        pytest.param(Places(site="mpt"), ["/be", "/doc", "/news"], id="site"),
        pytest.param(Places(site="other"), ["/other"], id="another site"),
        pytest.param(Places(section="новости"), ["/news"], id="section"),
        pytest.param(Places(languages=("be",)), ["/be"], id="language"),
        pytest.param(Places(kinds=(PageKind.DOCUMENT,)), ["/doc"], id="kind"),
        pytest.param(Places(current=True), ["/be", "/doc", "/other"], id="what stands there now"),
        pytest.param(Places(until=NOON + DAY / 2, section="новости"), ["/news"], id="stood before the edit"),
        pytest.param(Places(since=NOON + 2 * DAY, section="новости"), [], id="stood no more"),
        pytest.param(Places(since=NOON + 2 * DAY, section="документы"), ["/doc"], id="stands to this day"),
        pytest.param(Places(until=NOON), [], id="nothing was seen before the first look"),
    ],
)
def test_filters(archive: Archive, places: Places, expected: list[str]) -> None:
    put(archive, "/news", "тариф", "иное", section="новости")
    put(archive, "/doc", "тариф", "тариф и пошлина", section="документы", kind=PageKind.DOCUMENT)
    put(archive, "/be", "тариф", language="be")
    put(archive, "/other", "тариф", site="other")
    assert sorted(urls(archive, "тариф", places)) == expected


def test_titles_come_first_and_lists_last(archive: Archive) -> None:
    put(archive, "/in-title", "О тарифах|Новый порядок")
    put(archive, "/news", "тариф на письма", kind=PageKind.LISTING)
    put(archive, "/old", "тариф")
    put(archive, "/all-tariffs", "Тарифы|Список", kind=PageKind.LISTING)
    put(archive, "/new", "Порядок|тариф")
    assert urls(archive, "тариф") == ["/all-tariffs", "/in-title", "/new", "/old", "/news"]
    assert urls(archive, "тариф -список") == ["/in-title", "/new", "/old", "/news"]
    assert urls(archive, "порядок тариф") == ["/new", "/in-title"]
    assert [one.hit.version for one in search(archive, "тариф", offset=1, limit=2).results] == [1, 1]


def test_pages_of_results_follow_each_other(archive: Archive) -> None:
    pages = found(archive, *(f"/{n}" for n in range(30)))
    run_id = started(archive)
    archive.record([visit(page, run_id, text="тариф") for page in pages])
    shown = [search(archive, "тариф", offset=offset, limit=12) for offset in (0, 12, 24, 36)]
    assert [one.total for one in shown] == [30] * 4
    assert [one.hit.page_id for part in shown for one in part.results] == [page.id for page in reversed(pages)]


def test_the_snippet_shows_the_words_where_most_of_them_stand_together(archive: Archive) -> None:
    put(archive, "/a", "Тарифы. " + "Пустое место. " * 60 + "Новые тарифы\nна  доставку писем. " + "Конец. " * 60)
    (result,) = search(archive, "тариф доставка").results
    text = "".join(piece.text for piece in result.snippet)
    assert "тарифы на доставку писем" in text
    assert text.startswith("… ")
    assert text.endswith(" …")
    assert len(text) < 300
    assert [piece.text for piece in result.snippet if piece.hit] == ["тарифы", "доставку"]


def test_the_snippet_of_a_long_text_shows_words_that_stand_late_in_it(archive: Archive) -> None:
    put(archive, "/a", "Тарифы. " + "Пустое место. " * 5_000 + "Доставка писем. " + "Конец. " * 60)
    (result,) = search(archive, "доставка").results
    assert [piece.text for piece in result.snippet if piece.hit] == ["Доставка"]


def test_indexing_is_resumed_where_it_was_interrupted(archive: Archive) -> None:
    pages = found(archive, *(f"/{n}" for n in range(7)))
    run_id = started(archive)
    archive.record([visit(page, run_id, text=f"тариф {page.id}") for page in pages])
    assert bring_up_to_date(archive, most=3) == 3
    assert [row.page_id for row in archive.unindexed(STEMMER, 2)] == [pages[3].id, pages[4].id]
    assert search(archive, "тариф", most=0).total == 3
    part = search(archive, "тариф", most=2)
    assert (part.total, part.waiting) == (5, True)
    whole = search(archive, "тариф")
    assert (whole.total, whole.waiting) == (7, False)
    assert bring_up_to_date(archive) == 0


def test_the_same_rows_again_change_nothing(archive: Archive) -> None:
    put(archive, "/a", "тариф", "тариф и сбор")
    rows = [Stemmed(id=row.id, page_id=row.page_id, number=row.number, title="", text="тариф") for row in
            archive.unindexed(STEMMER)]  # fmt: skip
    assert archive.index(STEMMER, rows) == 2
    assert archive.index(STEMMER, rows) == 0
    assert search(archive, "тариф", most=0).results[0].hit.numbers == (1, 2)


def test_rows_that_leave_a_gap_wait(archive: Archive) -> None:
    """A mark beyond a version that is not in the index would lose it for ever."""
    put(archive, "/a", "тариф", "сбор", "пошлина")
    first, _, third = (
        Stemmed(id=row.id, page_id=row.page_id, number=row.number, title="", text=row.text)
        for row in archive.unindexed(STEMMER)
    )
    assert archive.index(STEMMER, [first, third]) == 1
    assert [row.text for row in archive.unindexed(STEMMER)] == ["сбор", "пошлина"]


def test_several_processes_may_index_at_once(archive: Archive) -> None:
    pages = found(archive, *(f"/{n}" for n in range(40)))
    run_id = started(archive)
    archive.record([visit(page, run_id, text="тариф") for page in pages])
    with ThreadPoolExecutor(4) as threads:
        taken = list(threads.map(lambda _: bring_up_to_date(archive), range(4)))
    assert sum(taken) == 40
    assert search(archive, "тариф", limit=50, most=0).total == 40


def test_another_stemmer_begins_anew(archive: Archive) -> None:
    put(archive, "/a", "тариф")
    bring_up_to_date(archive)
    (row,) = archive.unindexed("2")
    archive.index("2", [Stemmed(id=row.id, page_id=row.page_id, number=1, title="", text="иное")])
    assert archive.search(parsed("тариф")).total == 0
    assert archive.search(parsed("иное")).total == 1


def test_a_text_too_large_for_one_index_row_is_found_by_its_beginning(archive: Archive) -> None:
    words = " ".join(f"слово{number}" for number in range(120_000))
    put(archive, "/a", f"начало {words}")
    assert urls(archive, "начало") == ["/a"]
    assert urls(archive, '"слово5 слово6"') == ["/a"]
