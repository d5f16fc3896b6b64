"""Every link that a reader or crawler is sent to, in order, once; and what raw hrefs amount to, remembered."""

from urllib.parse import urljoin

import pytest

from config.site import BUILT_IN, load_site
from crawler.core.links import (
    MAX_HREF,
    MAX_LINKS,
    Hrefs,
    LinkCache,
    hrefs,
    links,
    listing_links,
    next_page,
    parse,
)
from crawler.core.scope import targets

MPT = load_site(BUILT_IN / "mpt.toml")
ROOT = "https://mpt.gov.by"
BASE = f"{ROOT}/ru/news?page=2"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param('<a href="/ru/a">', ["/ru/a"], id="absolute path"),
        pytest.param('<a href="b/c">', ["/ru/b/c"], id="relative path"),
        pytest.param('<a href="?page=3">', ["/ru/news?page=3"], id="query only"),
        pytest.param('<a href="//mpt.gov.by/x">', ["/x"], id="no scheme"),
        pytest.param('<a href="https://mpt.gov.by/x">', ["/x"], id="whole URL"),
        pytest.param('<A HREF="/x">', ["/x"], id="capitals"),
        pytest.param('<map><area href="/x"></map>', ["/x"], id="image map"),
        pytest.param('<a rel="nofollow" href="/x">', ["/x"], id="nofollow"),
        pytest.param('<link rel="next" href="/x">', ["/x"], id="link next"),
        pytest.param('<link rel="alternate" hreflang="be" href="/be/x">', ["/be/x"], id="hreflang"),
        pytest.param('<link rel="alternate" type="application/rss+xml" href="/r">', ["/r"], id="feed"),
        pytest.param('<link rel="stylesheet" href="/x.css"><link rel="canonical" href="/y">', [], id="other link rels"),
        pytest.param('<meta http-equiv="Refresh" content="0; URL=\'/x\'">', ["/x"], id="meta refresh"),
        pytest.param('<meta http-equiv="refresh" content="5;/x">', ["/x"], id="meta refresh without url="),
        pytest.param('<meta http-equiv="refresh" content="300">', [], id="meta refresh of itself"),
        pytest.param('<meta http-equiv="X-UA-Compatible" content="IE=edge">', [], id="another meta"),
        pytest.param('<a href=" \n/x\t ">', ["/x"], id="blanks around"),
        pytest.param('<a href="/a\nb">', ["/ab"], id="newline inside"),
        pytest.param(
            '<a href="\\sites\\a.pdf?x=\\1">', ["/sites/a.pdf?x=%5C1"], id="backslashes as browsers read them"
        ),
        pytest.param('<a href="/x#top">', ["/x"], id="fragment off"),
        pytest.param('<a href="/x?a=1&amp;b=2">', ["/x?a=1&b=2"], id="character references"),
        pytest.param('<a href="#top"><a href=""><a href><a name="x">', [], id="nowhere else"),
        pytest.param('<a href="javascript:void(0)"><a href="java\nscript:x">', [], id="javascript"),
        pytest.param('<a href="mailto:a@b"><a href="TEL:1"><a href="data:,x"><a href="skype:x">', [], id="no servers"),
        pytest.param('<a href="http://[">', [], id="broken address"),
        pytest.param('<a href="/a"><a href="/b"><a href="/a">', ["/a", "/b"], id="order, each once"),
        pytest.param('<base href="/en/"><a href="x">', ["/en/x"], id="base"),
        pytest.param('<base href="javascript:x"><a href="x">', ["/ru/x"], id="base that is none"),
        pytest.param('<base href="/en/"><base href="/be/"><a href="x">', ["/en/x"], id="the first base counts"),
        pytest.param('<a href="/связь">', ["/связь"], id="Cyrillic as found"),
        pytest.param('<!-- <a href="/x"> --><script>"<a href=/y>"</script>', [], id="comments and scripts"),
        pytest.param('<iframe src="/x"></iframe><form action="/y"></form><img src="/z">', [], id="not links"),
    ],
)
def test_links(markup: str, expected: list[str]) -> None:
    found = links(markup, BASE)
    assert [url.removeprefix(ROOT) for url in found] == expected


@pytest.mark.parametrize("body", [b"", b"\x00\xff\xfe", "\ud800<a href=/x>", "<" * 5000, "<div>" * 30_000], ids=repr)
def test_any_input_is_read(body: str | bytes) -> None:
    assert set(links(body, BASE)) <= {f"{ROOT}/x"}


def test_a_page_of_links_is_cut_at_a_bound() -> None:
    page = "".join(f'<a href="/{n}">' for n in range(MAX_LINKS + 50)) + f'<a href="/{"x" * MAX_HREF}">'
    assert len(links(page, BASE)) == MAX_LINKS
    assert links(f'<a href="/{"x" * MAX_HREF}">', BASE) == ()


def test_a_hostile_backslash_address_is_what_a_browser_makes_of_it() -> None:
    assert links('<a href="http://internal\\@public.example/">', BASE) == ("http://internal/@public.example/",)


LISTING = """
<ul class="menu"><li><h2><a href="/menu">Меню</a></h2></li></ul>
<div class="node node-teaser"><h2><a href="/ru/news/1-1-2024-5">Первая</a></h2><a href="/ru/node/5">Далее</a></div>
<div class="node node-teaser"><h2><a href="/ru/vtoraya">Вторая</a></h2></div>
<div class="item-list"><ul class="pager"><li class="pager-next"><a href="/ru/news?page=3">следующая</a></li></ul></div>
"""


def test_a_listing_names_its_rows_and_its_next_page() -> None:
    tree = parse(LISTING)
    assert listing_links(tree, BASE, MPT) == (f"{ROOT}/ru/news/1-1-2024-5", f"{ROOT}/ru/vtoraya")
    assert next_page(tree, BASE, MPT) == f"{ROOT}/ru/news?page=3"


def test_a_listing_of_another_theme_is_read_by_its_links() -> None:
    page = '<div class="news-item-title"><a href="/a">А</a></div><div class="news-item-title"><a href="/b">Б</a></div>'
    assert listing_links(page, BASE, MPT) == (f"{ROOT}/a", f"{ROOT}/b")


def test_the_last_page_has_no_next_one() -> None:
    page = '<li class="pager-last"><a href="/ru/news">x</a></li>'
    assert next_page(page, BASE, MPT) is None
    assert listing_links(page, BASE, MPT) == ()
    assert next_page('<link rel="next" href="?page=9">', BASE, MPT) == f"{ROOT}/ru/news?page=9"


RAW = ("/ru/a", "b", "?page=3", "//mpt.gov.by/c", "https://mpt.gov.by/d", "/be/e", "/user/login", "http://x.example/")


@pytest.mark.parametrize(
    "base",
    [
        BASE,
        f"{ROOT}/ru/news",
        f"{ROOT}/be/",
        f"{ROOT}/a/b/c?x=/y/z",
        "http://www.mpt.gov.by/ru/news",
        "http://x.example/",
    ],
)
def test_the_cache_answers_as_the_function_does(base: str) -> None:
    cache = LinkCache(MPT)
    for other in (f"{ROOT}/ru/elsewhere/x", "http://x.example/", BASE):  # what was learnt on one page misleads on none
        cache.targets(Hrefs(base=other, raw=RAW))
    expected = {t.url: t for raw in RAW for t in targets(urljoin(base, raw), MPT)}
    found = cache.targets(Hrefs(base=base, raw=RAW))
    assert {t.url for t in found} == set(expected)
    assert cache.targets(Hrefs(base=base, raw=RAW)) == found


def test_the_cache_is_bounded() -> None:
    cache = LinkCache(MPT, size=100)
    cache.targets(Hrefs(base=BASE, raw=tuple(f"/a/{n}" for n in range(1000))))
    assert len(cache) == 100


def test_a_page_with_its_cache_yields_each_target_once() -> None:
    page = '<a href="/ru/a/"><a href="/a?special=1"><a href="/print/5"><a href="/node/5"><a href="/be/a">'
    found = LinkCache(MPT).targets(hrefs(page, BASE))
    assert [t.url.removeprefix(ROOT) for t in found] == ["/a", "/node/5", "/be/a"]
