"""Dates: as people and machines write them, and where a page says when it was published."""

from zoneinfo import ZoneInfo

import pytest
from lxml import html

from crawler.core.dates import read_moment, written_dates
from crawler.core.published import Clues, published
from crawler.core.selectors import Tree

MINSK = ZoneInfo("Europe/Minsk")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("16 августа 2024 г.", "2024-08-16"),
        ("1 мая 2019 года", "2019-05-01"),
        ("3-го марта 2020", "2020-03-03"),
        ("26 красавіка 2017 г.", "2017-04-26"),
        ("9 траўня 2021", "2021-05-09"),
        ("1 снежня 2022 года", "2022-12-01"),
        ("7 лютага 2020", "2020-02-07"),
        ("5 March 2024", "2024-03-05"),
        ("March 5, 2024", "2024-03-05"),
        ("Sept. 1, 2023", "2023-09-01"),
        ("21st of May 2020", "2020-05-21"),
        ("05.03.2024", "2024-03-05"),
        ("5.3.2024", "2024-03-05"),
        ("05/03/2024", "2024-03-05"),
        ("05-03-2024", "2024-03-05"),
        ("2024-03-05", "2024-03-05"),
        ("20240305", "2024-03-05"),
        ("29.04.2021 - 11:40", "2021-04-29T11:40:00+03:00"),
        ("16 августа 2024 г., 9:05", "2024-08-16T09:05:00+03:00"),
        ("5 March 2024 at 17:30", "2024-03-05T17:30:00+03:00"),
        ("2024-03-05T17:30:00Z", "2024-03-05T17:30:00+00:00"),
        ("2024-03-05T17:30:00+0300", "2024-03-05T17:30:00+03:00"),
        ("2024-03-05 17:30", "2024-03-05T17:30:00+03:00"),
        ("2024-03-05T17:30:00.123+03:00", "2024-03-05T17:30:00+03:00"),
        ("Опубликовано 5 июля 2021 в 10:00", "2021-07-05T10:00:00+03:00"),
        ("admin — 29.04.2021 - 11:40", "2021-04-29T11:40:00+03:00"),
        ("пт, 01.11.2024 - 25:99", "2024-11-01"),
        ("31.02.2024", None),
        ("32 мая 2024", None),
        ("мая 2024", None),
        ("2016-2022 годы", None),
        ("1.2.3", None),
        ("", None),
        ("тел. 8 (017) 287-87-06", None),
        ("2024-13-45", None),
        ("192.168.2024.1", None),
        ("12.05.2024.7", None),
        ("0001-01-01", None),
    ],
)
def test_read_moment(text: str, moment: str | None) -> None:
    assert read_moment(text, MINSK) == moment


def test_dates_in_a_text_with_their_places() -> None:
    text = "Указ от 01.02.2023 № 5 действует с 3 марта 2023 года, а до 31 декабря 2022 — прежний. Счёт 12.5.20231."
    assert [(str(day), text[start:end]) for day, start, end in written_dates(text)] == [
        ("2023-02-01", "01.02.2023"),
        ("2023-03-03", "3 марта 2023"),
        ("2022-12-31", "31 декабря 2022"),
    ]


def test_moscow_before_daylight_saving_ended() -> None:
    assert read_moment("01.07.2010 12:00", MINSK) == "2010-07-01T12:00:00+03:00"
    assert read_moment("01.01.2010 12:00", MINSK) == "2010-01-01T12:00:00+02:00"


def when(markup: str, *sources: str, text: str = "", url: str = "https://x.by/", news: bool = True) -> str | None:
    root = html.document_fromstring(f"<html><body>{markup}</body></html>")
    return published(Clues(tree=Tree(root), urls=(url,), text=text, zone=MINSK, news=news), sources)


def script(content: str) -> str:
    return f'<script type="application/ld+json">{content}</script>'


@pytest.mark.parametrize(
    ("markup", "source", "found"),
    [
        pytest.param(
            script('{"@type":"NewsArticle","datePublished":"2024-05-01"}'), "jsonld", "2024-05-01", id="article"
        ),
        pytest.param(
            script(
                '[{"@type":"WebSite","datePublished":"2001-01-01"},{"@type":["Article"],"dateCreated":"2024-05-01"}]'
            ),
            "jsonld",
            "2024-05-01",
            id="list",
        ),
        pytest.param(
            script(
                '{"@graph":[{"@type":"WebPage","datePublished":"2020-01-01"},{"@type":"Article","datePublished":"2024-05-01"}]}'
            ),
            "jsonld",
            "2024-05-01",
            id="article before page",
        ),
        pytest.param(script('{"@type":"Comment","datePublished":"2024-05-01"}'), "jsonld", None, id="comment"),
        pytest.param(script('{"@type":"Article","datePublished":17}'), "jsonld", None, id="no text"),
        pytest.param(script("[" * 5000), "jsonld", None, id="deep script"),
        pytest.param(script("{broken"), "jsonld", None, id="broken script"),
        pytest.param(
            '<meta property="article:published_time" content="2024-05-01T10:00:00">',
            "og",
            "2024-05-01T10:00:00+03:00",
            id="Open Graph without a zone",
        ),
        pytest.param(
            '<meta property="og:updated_time" content="2024-05-01">', "og", None, id="updated is not published"
        ),
        pytest.param('<meta name="DC.Date" content="2024-05-01">', "og", "2024-05-01", id="Dublin Core"),
        pytest.param(
            '<span property="dc:date dc:created" content="2024-05-01T10:00:00+03:00">x</span>',
            "rdfa",
            "2024-05-01T10:00:00+03:00",
            id="RDFa",
        ),
        pytest.param(
            '<time itemprop="datePublished" datetime="2024-05-01">x</time>', "rdfa", "2024-05-01", id="microdata"
        ),
        pytest.param(
            '<div class="comment"><span property="dc:date dc:created" content="2024-05-01">x</span></div>',
            "rdfa",
            None,
            id="a comment's date",
        ),
        pytest.param(
            '<span property="sioc:num_replies" content="2024-05-01">5</span>', "rdfa", None, id="another property"
        ),
        pytest.param(
            "<aside><time datetime=2020-01-01></time></aside><time datetime=2024-05-01></time>",
            "time",
            "2024-05-01",
            id="not the sidebar's clock",
        ),
        pytest.param("<footer><time datetime=2024-05-01></time></footer>", "time", None, id="not the footer's"),
        pytest.param(
            "<footer class=m><time datetime=2024-05-01></time></footer>",
            "time:.m",
            "2024-05-01",
            id="the named footer's",
        ),
        pytest.param(
            "<div class=node-teaser><time datetime=2024-05-01></time></div>", "time", None, id="not a teaser's"
        ),
        pytest.param("<p class=d>1 мая 2024, 10:00</p>", "css:.d", "2024-05-01T10:00:00+03:00", id="field"),
        pytest.param("<p class=d>Приказ от 01.05.2024</p>", "css:.d", None, id="a field that cites an act"),
        pytest.param(f"<p class=d>{'слово ' * 40} 01.05.2024</p>", "css:.d", None, id="a long field"),
        pytest.param("<p class=d>нет</p><p class=e>01.05.2024</p>", "css:.d, .e", "2024-05-01", id="second selector"),
        pytest.param("<time datetime=1970-01-01></time>", "time", None, id="the epoch is no date"),
        pytest.param("<time datetime=2024-05-01></time>", "nonsense", None, id="unknown source"),
    ],
)
def test_sources_on_the_page(markup: str, source: str, found: str | None) -> None:
    assert when(markup, source) == found


@pytest.mark.parametrize(
    ("url", "source", "found"),
    [
        ("https://x.by/news/26-04-2017-1910", "url:DD-MM-YYYY", "2017-04-26"),
        ("https://x.by/news/1910", "url:DD-MM-YYYY", None),
        ("https://x.by/?d=26-04-2017", "url:DD-MM-YYYY", None),
        ("https://x.by/2024/05/01/a", "url", "2024-05-01"),
        ("https://x.by/a-2024-05-01", "url:YYYY-MM-DD", "2024-05-01"),
        ("https://x.by/99-99-2017", "url:DD-MM-YYYY", None),
        ("https://x.by/tel-126-04-20171", "url:DD-MM-YYYY", None),
    ],
)
def test_source_in_the_address(url: str, source: str, found: str | None) -> None:
    assert when("", source, url=url) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("16 августа 2024 г. в Минске прошла встреча.", "2024-08-16", id="Russian"),
        pytest.param("Учора, 26 красавіка 2017 г., падпісаны мемарандум.", "2017-04-26", id="Belarusian"),
        pytest.param("Minsk, 5 March 2024. The ministry signed.", "2024-03-05", id="English"),
        pytest.param("14 августа 2025 года состоится выставка.", None, id="announced"),
        pytest.param(
            "Прямая линия пройдет 14 августа 2025 года. Звоните, ответим, она будет долгой.", None, id="announced after"
        ),
        pytest.param("Указ от 5 марта 2024 г. вступил в силу.", None, id="an act's date"),
        pytest.param("слово " * 40 + "16 августа 2024 г.", None, id="too far"),
        pytest.param("Программа на 2021-2025 годы.", None, id="years"),
    ],
)
def test_lead_of_news(text: str, found: str | None) -> None:
    assert when("", "lead", text=text) == found


def test_lead_is_for_news_alone() -> None:
    assert when("", "lead", text="16 августа 2024 г. основан отдел.", news=False) is None


def test_sources_in_their_order() -> None:
    markup = '<meta property="article:published_time" content="2024-01-01"><time datetime="2023-01-01">'
    assert when(markup, "time", "og") == "2023-01-01"
    assert when(markup, "jsonld", "og", "time") == "2024-01-01"
