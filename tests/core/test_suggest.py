"""Suggested profiles: always valid, and saying what the pages show."""

import tomllib
from pathlib import Path

import pytest

from config.site import Site, load_site
from crawler.core.suggest import suggest

TEXTS = (
    "Дежурный по шлюзу",
    "Начальник порта",
    "Смотритель маяка",
    "Диспетчер парома",
    "Капитан буксира",
    "Лоцман канала",
)
DOES = (
    "осмотрел причал",
    "подписал журнал",
    "закрыл движение",
    "принял смену",
    "проверил огни",
    "обновил расписание",
    "вызвал ремонт",
)


def sentence(number: int) -> str:
    return (
        f"{TEXTS[number % 6]} {DOES[number % 7]} в {number} день навигации, о чём сделана запись {number * 37 % 1009}."
    )


def article(number: int, language: str) -> bytes:
    thing = f'{{"@type": "NewsArticle", "datePublished": "2017-03-{number % 28 + 1:02}"}}'
    schema = f'<script type="application/ld+json">{thing}</script>'
    return f"""<html lang="{language}"><head><title>{sentence(number)[:30]} | Порт "Южный"</title>{schema}
<link rel="alternate" type="application/atom+xml" href="/{language}/atom.xml">
<link rel="alternate" hreflang="be" href="https://www.port.by/be/news/{number}"></head><body class="page-news">
<div id="head"><a href="https://port.by/">Порт</a></div><div class="wrap"><div id="story">
<h1>{sentence(number)[:30]}</h1>
<p>{sentence(number)}</p><p>{sentence(number + 500)}</p><div class="share">Поделиться записью</div></div></div>
<div id="foot">Порт «Южный», все права у порта</div></body></html>""".encode()


def listing(number: int, language: str) -> bytes:
    items = "".join(
        f'<div class="item"><h3><a href="/{language}/news/{n}">{sentence(n)}</a></h3>'
        f'<span class="day">0{n % 9 + 1}.03.2017</span></div>'
        for n in range(number * 5, number * 5 + 6)
    )
    return f"""<html lang="{language}"><head><title>Новости | Порт "Южный"</title></head><body><div id="head">
<a href="https://port.by/">Порт</a></div><div class="wrap"><h1>Новости</h1>{items}
<div class="pages"><a class="forward" href="?page={number + 1}">Следующая ›</a></div></div>
<div id="foot">Порт «Южный», все права у порта</div></body></html>""".encode()


def port() -> list[tuple[str, bytes]]:
    found = []
    for language in ("ru", "be"):
        found += [(f"https://www.port.by/{language}/news/{n}", article(n, language)) for n in range(15)]
        found += [(f"https://www.port.by/{language}/news?page={n}", listing(n, language)) for n in range(3)]
    return found


def loaded(toml: str, folder: Path) -> Site:
    target = folder / "suggested.toml"
    target.write_text(toml, encoding="utf-8")
    return load_site(target)


def test_what_the_pages_show_is_in_the_profile(tmp_path: Path) -> None:
    suggestion = suggest(port())
    site = loaded(suggestion.profile_toml, tmp_path)
    assert (site.key, site.hosts, site.policy.zone) == ("port-by", ("www.port.by", "port.by"), "Europe/Minsk")
    assert site.title == 'Порт "Южный"'
    assert set(site.scope.prefixes) == {"ru", "be"}
    assert site.extract.content == ("#story",)
    assert site.extract.drop == (".share",)
    assert site.extract.date == ("jsonld",)
    assert (site.listing.row, site.listing.link, site.listing.date) == ((".item",), ("h3 a",), (".day",))
    assert site.listing.next == (".forward",)
    assert [kind.name for kind in site.kinds] == ["listing", "news", "page"]
    assert "https://www.port.by/ru/atom.xml" in site.seeds
    assert "# " in suggestion.profile_toml
    assert suggestion.samples[0].startswith("https://www.port.by/ru/news/0\n  #story: ")
    assert sentence(0) in suggestion.samples[0]
    assert "Поделиться" not in "".join(suggestion.samples)


@pytest.mark.parametrize(
    "title",
    [
        'a"""b',
        "it's | x'y",
        "back\\slash",
        "new\nline",
        "'''",
        "tab\there | \x7f",
        "# comment | ] = [",
        "\u202eright to left",
    ],
    ids=[
        "triple quotes",
        "apostrophes",
        "backslash",
        "line end",
        "triple apostrophes",
        "control",
        "TOML signs",
        "bidi",
    ],
)
def test_whatever_a_site_calls_itself_the_profile_is_valid(title: str, tmp_path: Path) -> None:
    pages = [(url, body.replace('Порт "Южный"'.encode(), title.encode())) for url, body in port()]
    toml = suggest(pages).profile_toml
    assert tomllib.loads(toml)["key"] == "port-by"
    assert loaded(toml, tmp_path).extract.content == ("#story",)


def test_few_pages_give_a_profile_that_warns(tmp_path: Path) -> None:
    suggestion = suggest(port()[:1])
    assert "Fewer than 10 pages" in suggestion.profile_toml
    assert loaded(suggestion.profile_toml, tmp_path).seeds == (
        "https://www.port.by/",
        "https://www.port.by/ru/atom.xml",
    )


def test_no_page_at_all_is_an_error() -> None:
    with pytest.raises(ValueError, match="none of the pages"):
        suggest([("https://port.by/a", b"%PDF-1.4"), ("https://port.by/b", b"")])
