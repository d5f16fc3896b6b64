"""Pages to documents: titles, kinds, addresses, hostile bytes, the second opinion."""

import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.site import Extract, Kind, Policy, Scope, Site, When
from crawler.core.extract import ExtractionError, extract, second_opinion
from storage.records import Document, Extractor, PageKind

URL = "https://x.example/a"
HTML = {"content-type": "text/html; charset=utf-8"}


def site(**rules: object) -> Site:
    return Site(
        key="x",
        hosts=("x.example",),
        seeds=("https://x.example/",),
        policy=Policy(zone="Europe/Minsk"),
        scope=Scope(prefixes=("ru", "be"), default_prefix="ru"),
        extract=Extract(**{"content": (".c",), **rules}),
        kinds=(
            Kind(name="listing", when=When(url="^/news$")),
            Kind(name="news", when=When(url="^/news/", body_class=r"\barticle\b")),
            Kind(name="document", when=When(css=".act")),
            Kind(name="page", when=When(css="body")),
        ),
    )


def read(markup: str, *, url: str = URL, headers: dict[str, str] | None = None, **rules: object) -> Document:
    return extract(markup.encode(), url=url, headers=headers or HTML, site=site(**rules))


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        pytest.param("<h1>Заголовок</h1>", "Заголовок", id="heading"),
        pytest.param("<h1> Два <br>слова&nbsp;и <b>знак</b>&shy; </h1>", "Два слова и знак", id="marks and spaces"),
        pytest.param("<h1>Два<!-- x --> слова</h1>", "Два слова", id="comment in a heading"),
        pytest.param("<h1>и\u0306од</h1>", "йод", id="composed letters"),
        pytest.param("<div id=site-name><h1>Сайт</h1></div><h1>Статья</h1>", "Статья", id="not the site's name"),
        pytest.param("<h1 class=logo>Сайт</h1><h1>Статья</h1>", "Статья", id="not the logo"),
        pytest.param("<h1><a rel=home href=/>Сайт</a></h1><h1>Статья</h1>", "Статья", id="not the link home"),
        pytest.param("<aside><h1>Реклама</h1></aside><h1>Статья</h1>", "Статья", id="not the sidebar's"),
        pytest.param("<h1></h1><h1>Статья</h1>", "Статья", id="not an empty one"),
        pytest.param("<title>Статья | Сайт</title>", "Статья", id="head without the site's suffix"),
        pytest.param("<title>Сайт</title>", "Сайт", id="nothing but the site's name"),
        pytest.param(
            "<meta property=og:title content='Из разметки'><title>Нет</title>", "Из разметки", id="Open Graph"
        ),
        pytest.param(
            "<meta name=DC.Title content='Из Дублина'><title>Статья | Сайт</title>", "Из Дублина", id="Dublin Core"
        ),
        pytest.param("<span property='dc:title' content='Из узла'></span>", "Из узла", id="RDFa"),
        pytest.param(
            '<script type=application/ld+json>{"@type":"Article","headline":"Из описания"}</script>',
            "Из описания",
            id="JSON-LD",
        ),
        pytest.param("<svg><title>Значок</title></svg>", "Значок", id="a page of nothing but an icon"),
        pytest.param("<p>x", "", id="none"),
    ],
)
def test_titles(markup: str, title: str) -> None:
    assert read(f"{markup}<div class=c>т</div>", title_suffix=(r"\s+\|\s+[^|]+",)).title == title


def test_the_title_is_no_part_of_the_text() -> None:
    document = read("<div class=c><h1>Статья</h1><p>Текст</p></div>")
    assert (document.title, document.markdown, document.text) == ("Статья", "Текст", "Текст")


@pytest.mark.parametrize(
    ("url", "body", "kind"),
    [
        ("/news", "<body>", PageKind.LISTING),
        ("/ru/news/", "<body>", PageKind.LISTING),
        ("/be/news?utm_source=x", "<body>", PageKind.LISTING),
        ("/news/1", "<body class='node article'>", PageKind.NEWS),
        ("/news/1", "<body class=x>", PageKind.PAGE),
        ("/act/5", "<body><p class=act>", PageKind.DOCUMENT),
        ("/other", "<body>", PageKind.PAGE),
    ],
)
def test_kinds_by_the_profile(url: str, body: str, kind: PageKind) -> None:
    assert read(f"{body}<div class=c>т</div>", url="https://x.example" + url).kind is kind


def test_kind_by_the_declared_address() -> None:
    markup = "<link rel=canonical href=/ru/news/5><body class=article><div class=c>т</div>"
    assert read(markup, url="https://x.example/node/5").kind is PageKind.NEWS


def test_a_listing_has_no_date() -> None:
    markup = "<time datetime=2024-05-01></time><div class=c>т</div>"
    assert read(markup).published == "2024-05-01"
    assert read(markup, url="https://x.example/news").published is None


def test_declared_addresses() -> None:
    headers = {**HTML, "link": '<https://x.example/k>; rel="canonical", </node/5>; rel="shortlink", </x>; rel=next'}
    document = read("<div class=c>т</div>", headers=headers)
    assert (document.canonical, document.shortlink) == ("https://x.example/k", "https://x.example/node/5")
    document = read("<link rel=canonical href=/html><div class=c>т</div>", headers=headers)
    assert document.canonical == "https://x.example/html"


def test_translations() -> None:
    markup = (
        "<link rel=alternate hreflang=be-BY href=/be/a><link rel=alternate hreflang=x-default href=/>"
        "<ul class=language-switcher-locale-url><li class='en first'><a class=language-link href=/en/a>En</a></li></ul>"
        "<a hreflang=be href=/other>x</a><div class=c>т</div>"
    )
    assert read(markup).translations == (("be", "https://x.example/be/a"), ("en", "https://x.example/en/a"))


def test_root_and_its_fallbacks() -> None:
    markup = "<div class=b>второе</div><div class=c>третье</div>"
    document = read(markup, content=(".a", ".b", ".c"))
    assert (document.root, document.text, document.extractor) == (".b", "второе", Extractor.PROFILE)


def test_an_empty_root_is_no_reason_to_look_elsewhere() -> None:
    document = read("<div class=c> </div><p>" + "Соседний абзац, который к статье не относится. " * 20)
    assert (document.root, document.text) == (".c", "")


def test_drop_and_labels() -> None:
    markup = "<p>да</p><p class='x y'>нет</p><i id=z>нет</i><b class=l>Файл:</b><ul><li class=o>нет<li>и да</ul>"
    document = read(f"<div class=c>{markup}</div>", drop=("p.x", "#z", "ul > .o"), labels=(".l",))
    assert document.text == "да\n\nи да"


def test_no_profile_matches() -> None:
    paragraph = "Музей открыт каждый день, кроме понедельника, и показывает аппараты прошлого века всем желающим. "
    document = read(f"<nav>Меню</nav><main><h1>Музей</h1><p>{paragraph * 3}<p>{paragraph * 2}</main>")
    assert (document.extractor, document.root) == (Extractor.TRAFILATURA, None)
    assert document.text.count("понедельника") == 5
    assert "Меню" not in document.text


@pytest.mark.parametrize(
    ("body", "headers", "message"),
    [
        pytest.param(b"", HTML, "empty", id="nothing"),
        pytest.param(b" \r\n\x00", HTML, "empty", id="blanks"),
        pytest.param(b"<!-- only a comment -->", HTML, "nothing in it", id="a comment"),
        pytest.param(b"%PDF-1.7 ...", HTML, "not HTML", id="PDF named HTML"),
        pytest.param(b"\x89PNG\r\n", {}, "not HTML", id="image without a type"),
        pytest.param(b"<p>x", {"content-type": "application/pdf"}, "not HTML: application/pdf", id="PDF by header"),
        pytest.param(b"<p>x", {"content-type": "image/svg+xml\n; x"}, "not HTML: image/svg", id="image by header"),
        pytest.param(b"just words", {"content-type": "text/plain"}, "no markup", id="plain text"),
        pytest.param(
            b"<?xml version='1.0'?><rss><channel/></rss>", {"content-type": "application/xml"}, "no markup", id="a feed"
        ),
        pytest.param(b"<div>" * 10_000 + b"x", HTML, "too deep", id="10,000 deep"),
        pytest.param(b"<html>" + bytes(range(128, 256)) * 90, HTML, "charset", id="no encoding"),
    ],
)
def test_what_is_no_page_is_an_error_of_one_line(body: bytes, headers: dict[str, str], message: str) -> None:
    with pytest.raises(ExtractionError, match=message) as caught:
        extract(body, url=URL, headers=headers, site=None)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param("<div class=c>т" + "</div>" * 5000, id="ends without starts"),
        pytest.param("<title>" + "ы" * 5_000_000 + "</title><div class=c>т</div>", id="a long title"),
        pytest.param("<div class=c>т" + "<a href=x>" * 100_000, id="100,000 links"),
        pytest.param("<div class=c>т</div>" + "<div class=d></div>" * 200_000, id="200,000 elements"),
        pytest.param("<div class=c>т" + "<b x=" + "y" * 1_000_000, id="an endless attribute"),
        pytest.param("<div class=c>т</div><!--" + "-" * 1_000_000, id="an endless comment"),
        pytest.param("<base href='http://[bad'><div class=c>т<a href=x>", id="a base that is no address"),
        pytest.param("<link rel=canonical href='http://[bad'><div class=c>т", id="a canonical that is no address"),
        pytest.param(
            "<div class=c>т&#1;&#xD800;&#99999999999;&#x110000;\x00\x0b\ufffe\U0001f600</div>",
            id="forbidden characters",
        ),
        pytest.param("<div class='c " + "k " * 200_000 + "'>т", id="200,000 classes"),
        pytest.param("<script type=application/ld+json>" + "[" * 100_000 + "</script><div class=c>т", id="deep JSON"),
        pytest.param("<meta charset=utf-7><div class=c>т", id="a dangerous charset"),
        pytest.param("<div class=c>т" + "<time datetime=" + "2" * 100_000 + "></time>", id="a long date"),
        pytest.param("<time>" + "1 " * 200_000 + "</time><div class=c>т", id="a date of many numbers"),
    ],
)
def test_hostile_pages_give_their_text(markup: str) -> None:
    started = time.process_time()
    assert read(markup).text.startswith("т")
    assert time.process_time() - started < 15


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([HTML, {}, {"content-type": "text/html; charset=windows-1251"}]))
def test_any_bytes_give_a_document_or_an_error(body: bytes, headers: dict[str, str]) -> None:
    try:
        document = extract(b"<div class=c>" + body, url=URL, headers=headers, site=site())
    except ExtractionError:
        return
    document.text.encode()
    document.markdown.encode()


def test_second_opinion() -> None:
    paragraph = "Музей открыт каждый день, кроме понедельника, и показывает аппараты прошлого века всем желающим. "
    content = f"<main><div class=c><p>{paragraph * 3}</p><p>{paragraph * 2}</p></div></main>"
    markup = f"{content}<div class=d>{'чужие слова ' * 5}</div>"
    right = read(markup)
    assert second_opinion(markup.encode(), URL, right) > 0.9
    drifted = read(markup, content=(".d",))
    assert second_opinion(markup.encode(), URL, drifted) < 0.3


def test_a_document_without_words() -> None:
    paragraph = "Музей открыт каждый день, кроме понедельника, и показывает аппараты прошлого века всем желающим. "
    full, bare = f"<main><p>{paragraph * 5}</p></main><div class=c></div>", "<div class=c></div>"
    assert second_opinion(full.encode(), URL, read(full)) == 0.0
    assert second_opinion(bare.encode(), URL, read(bare)) == 1.0


def test_trafilatura_is_not_imported_before_it_is_needed() -> None:
    program = (
        "import sys, crawler.core.extract, crawler.core.region;"
        "print(*(name in sys.modules for name in ('trafilatura', 'py3langid')))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]
