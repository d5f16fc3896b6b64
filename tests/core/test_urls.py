"""One page, one canonical URL, whatever address leads to it; and what is refused before anybody parses it."""

import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.site import BUILT_IN, Rewrite, Site, load_site
from crawler.core.urls import (
    BadUrl,
    address,
    canonical,
    display,
    group,
    host_of,
    place,
    readable,
    rewritten,
    same_site,
    variant_language,
)

MPT = load_site(BUILT_IN / "mpt.toml")
LOCAL = MPT.model_copy(update={"hosts": ("127.0.0.1:8765", "localhost:8765"), "seeds": ("http://127.0.0.1:8765/",)})
PLAIN = Site(key="plain", hosts=("example.org", "www.example.org"), seeds=("https://example.org/",))
ARTICLE = "https://mpt.gov.by/news/26-04-2017-1910"
NODE = "https://mpt.gov.by/node/1910"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param("https://mpt.gov.by/news/26-04-2017-1910", ARTICLE, id="as it is"),
        pytest.param("https://mpt.gov.by/ru/news/26-04-2017-1910", ARTICLE, id="default language prefix"),
        pytest.param("https://mpt.gov.by/ru/ru/news/26-04-2017-1910", ARTICLE, id="default prefix twice"),
        pytest.param("http://mpt.gov.by/news/26-04-2017-1910", ARTICLE, id="http"),
        pytest.param("https://www.mpt.gov.by/news/26-04-2017-1910", ARTICLE, id="www"),
        pytest.param("https://MPT.GOV.BY/news/26-04-2017-1910", ARTICLE, id="host in capitals"),
        pytest.param("https://mpt.gov.by./news/26-04-2017-1910", ARTICLE, id="host with a final dot"),
        pytest.param("https://mpt.gov.by:443/news/26-04-2017-1910", ARTICLE, id="default port"),
        pytest.param("http://mpt.gov.by:80/news/26-04-2017-1910", ARTICLE, id="default port of http"),
        pytest.param("https://mpt.gov.by/news/26-04-2017-1910/", ARTICLE, id="trailing slash"),
        pytest.param("https://mpt.gov.by//news///26-04-2017-1910", ARTICLE, id="double slashes"),
        pytest.param("https://mpt.gov.by/NEWS/26-04-2017-1910", ARTICLE, id="upper case"),
        pytest.param("https://mpt.gov.by/RU/News/26-04-2017-1910", ARTICLE, id="prefix in capitals"),
        pytest.param("https://mpt.gov.by/news/./x/../26-04-2017-1910", ARTICLE, id="dot segments"),
        pytest.param("https://mpt.gov.by/news/%2e%2e/news/26-04-2017-1910", ARTICLE, id="encoded dot segments"),
        pytest.param("https://mpt.gov.by/n%65ws/26%2D04-2017-1910", ARTICLE, id="encoded plain letters"),
        pytest.param("https://mpt.gov.by/news/26-04-2017-1910#comment-12", ARTICLE, id="fragment"),
        pytest.param("https://mpt.gov.by/news/26-04-2017-1910?", ARTICLE, id="empty query"),
        pytest.param("https://mpt.gov.by/news/26-04-2017-1910?special=1", ARTICLE, id="visually impaired version"),
        pytest.param("https://mpt.gov.by/be/news/../../news/26-04-2017-1910?special=1&page=0", ARTICLE, id="mixed"),
        pytest.param("https://mpt.gov.by/news/26-04-2017-1910?page=3", ARTICLE, id="page of its comments"),
        pytest.param("https://mpt.gov.by/news/26-04-2017-1910?utm_source=tg&utm_medium=a", ARTICLE, id="utm"),
        pytest.param("https://mpt.gov.by/news/26-04-2017-1910?fbclid=1&gclid=2&yclid=3&_ga=4", ARTICLE, id="ad keys"),
        pytest.param("https://mpt.gov.by/news/26-04-2017-1910?PHPSESSID=0a1b2c3d", ARTICLE, id="PHP session"),
        pytest.param("https://mpt.gov.by/news/26-04-2017-1910?SESS0a1b=x&sid=9", ARTICLE, id="Drupal session"),
        pytest.param("https://mpt.gov.by/news/26-04-2017-1910;jsessionid=0A1B", ARTICLE, id="jsessionid in the path"),
        pytest.param("https://mpt.gov.by/news/26-04-2017-1910?destination=node/5", ARTICLE, id="destination"),
        pytest.param("https://mpt.gov.by/print/news/26-04-2017-1910", ARTICLE, id="print view by name"),
        pytest.param("https://mpt.gov.by/?q=news/26-04-2017-1910", ARTICLE, id="q with the name"),
        pytest.param("https://mpt.gov.by/index.php?q=ru/news/26-04-2017-1910", ARTICLE, id="index.php and q"),
        pytest.param("https://mpt.gov.by/node/1910", NODE, id="node"),
        pytest.param("https://mpt.gov.by/ru/node/1910", NODE, id="node with prefix"),
        pytest.param("https://mpt.gov.by/?q=node/1910", NODE, id="q"),
        pytest.param("https://mpt.gov.by/?q=node%2F1910", NODE, id="q encoded"),
        pytest.param("https://mpt.gov.by/ru?q=/ru/node/1910/&special=1", NODE, id="q with slashes and prefix"),
        pytest.param("https://mpt.gov.by/print/1910", NODE, id="print view"),
        pytest.param("https://mpt.gov.by/ru/print/1910?page=0", NODE, id="print view with prefix and query"),
        pytest.param("https://mpt.gov.by/print/print/1910", NODE, id="print view of the print view"),
        pytest.param("https://mpt.gov.by/print/ru/node/1910", NODE, id="prefix behind print"),
        pytest.param(
            "https://mpt.gov.by/be/print/1910", "https://mpt.gov.by/be/node/1910", id="another language's print"
        ),
        pytest.param("https://mpt.gov.by/be/X", "https://mpt.gov.by/be/x", id="another language keeps its prefix"),
        pytest.param("https://mpt.gov.by/en/", "https://mpt.gov.by/en", id="English front page"),
        pytest.param("https://mpt.gov.by", "https://mpt.gov.by/", id="front page bare"),
        pytest.param("https://mpt.gov.by/ru", "https://mpt.gov.by/", id="front page by prefix"),
        pytest.param("https://mpt.gov.by/ru/?special=1", "https://mpt.gov.by/", id="front page for impaired readers"),
        pytest.param("https://mpt.gov.by/index.php", "https://mpt.gov.by/", id="front page by file name"),
        pytest.param("https://mpt.gov.by/?q=", "https://mpt.gov.by/", id="front page with an empty q"),
        pytest.param("https://mpt.gov.by/russia", "https://mpt.gov.by/russia", id="a name that begins like a prefix"),
        pytest.param("https://mpt.gov.by/ru/news?page=0", "https://mpt.gov.by/news", id="first page of a list"),
        pytest.param("https://mpt.gov.by/ru/news?page=2", "https://mpt.gov.by/news?page=2", id="third page of a list"),
        pytest.param("https://mpt.gov.by/news?page=10", "https://mpt.gov.by/news?page=10", id="page 10 is not page 1"),
        pytest.param("https://mpt.gov.by/a?f[0]=x&f%5B1%5D=y&b=1", "https://mpt.gov.by/a?b=1", id="facets dropped"),
        pytest.param("https://mpt.gov.by/get?file=a", "https://mpt.gov.by/get?file=a", id="file is not a facet"),
        pytest.param("https://mpt.gov.by/a?c=3&b=2&a=1", "https://mpt.gov.by/a?a=1&b=2&c=3", id="query sorted"),
        pytest.param("https://mpt.gov.by/a?x=1&x=1&&=", "https://mpt.gov.by/a?x=1", id="repeated and empty pairs"),
        pytest.param(
            "https://mpt.gov.by/a?x=2&x=1", "https://mpt.gov.by/a?x=2&x=1", id="order of one key's values kept"
        ),
        pytest.param("https://mpt.gov.by/a?x=b+c%2fd", "https://mpt.gov.by/a?x=b%20c/d", id="one spelling of a value"),
        pytest.param("https://mpt.gov.by/a?x=", "https://mpt.gov.by/a?x", id="key without value"),
        pytest.param(
            "https://mpt.gov.by/Связь", "https://mpt.gov.by/%D1%81%D0%B2%D1%8F%D0%B7%D1%8C", id="raw Cyrillic"
        ),
        pytest.param(
            "https://mpt.gov.by/%d0%a1%d0%92%d1%8f%d0%b7%d1%8c",
            "https://mpt.gov.by/%D1%81%D0%B2%D1%8F%D0%B7%D1%8C",
            id="encoded Cyrillic",
        ),
        pytest.param("https://mpt.gov.by/%f1%e2", "https://mpt.gov.by/%F1%E2", id="windows-1251 stays as it is"),
        pytest.param("https://mpt.gov.by/a b%20c", "https://mpt.gov.by/a%20b%20c", id="spaces"),
        pytest.param("https://mpt.gov.by/100%", "https://mpt.gov.by/100%25", id="broken escape"),
        pytest.param("https://mpt.gov.by/a%2Fb", "https://mpt.gov.by/a%2Fb", id="an encoded slash is no slash"),
        pytest.param(
            "https://mpt.gov.by/sites/default/files/Plan_2024.PDF",
            "https://mpt.gov.by/sites/default/files/Plan_2024.PDF",
            id="files know case",
        ),
        pytest.param(
            "https://pravo.example/Document/?guid=3871&utm_source=mpt",
            "https://pravo.example/Document?guid=3871",
            id="another host: general rules only",
        ),
        pytest.param("https://pravo.example/ru/?q=node/5", "https://pravo.example/ru?q=node/5", id="not the profile's"),
    ],
)
def test_canonical(found: str, expected: str) -> None:
    assert canonical(found, MPT) == expected
    assert canonical(expected, MPT) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param("http://localhost:8765/ru/?q=node/1910", "http://127.0.0.1:8765/node/1910", id="other host folds"),
        pytest.param("https://127.0.0.1:8765/ru", "http://127.0.0.1:8765/", id="scheme of the seeds"),
        pytest.param("http://127.0.0.1:8766/ru", "http://127.0.0.1:8766/ru", id="another port is another site"),
    ],
)
def test_hosts_laid_over_the_profile(found: str, expected: str) -> None:
    assert canonical(found, LOCAL) == expected


def test_a_site_without_rules_keeps_case_and_prefixes() -> None:
    assert canonical("http://www.example.org/RU/A/?q=x&B=1", PLAIN) == "https://example.org/RU/A?B=1&q=x"


def test_only_the_query_keys_to_keep_stay() -> None:
    site = PLAIN.model_copy(update={"scope": PLAIN.scope.model_copy(update={"keep_query": ("page", "id*")})})
    assert canonical("https://example.org/a?page=1&x=2&id7=3", site) == "https://example.org/a?id7=3&page=1"


def test_a_host_in_cyrillic_is_the_same_in_punycode() -> None:
    site = Site(key="idn", hosts=("связь.бел",), seeds=("https://связь.бел/",))
    found = canonical("http://СВЯЗЬ.бел", site)
    assert found == canonical(found, site) == f"https://{'связь.бел'.encode('idna').decode()}/"
    assert same_site("http://связь。бел/x", site), "the ideographic full stop is a dot (RFC 3490)"


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://internal\\@public.example/", id="backslash before @"),
        pytest.param("http:\\\\mpt.gov.by\\a", id="backslashes for slashes"),
        pytest.param("https://user:secret@mpt.gov.by/", id="user and password"),
        pytest.param("https://mpt.gov.by@evil.example/", id="our host as a user name"),
        pytest.param("https://mpt.gov.by/a\nHost: x", id="newline"),
        pytest.param("https://mpt.gov.by/a\tb", id="tab"),
        pytest.param("https://mpt.gov.by/\x00", id="NUL"),
        pytest.param("https://mpt.gov.by/\x9b31m", id="terminal escape"),
        pytest.param(" https://mpt.gov.by/", id="blank before"),
        pytest.param("https://mpt.gov.by/\ud800", id="half a surrogate pair"),
        pytest.param("file:///etc/passwd", id="file"),
        pytest.param("ftp://mpt.gov.by/a", id="ftp"),
        pytest.param("javascript:alert(1)", id="javascript"),
        pytest.param("/news", id="relative"),
        pytest.param("mpt.gov.by/news", id="no scheme"),
        pytest.param("https:///news", id="no host"),
        pytest.param("https:mpt.gov.by", id="no slashes"),
        pytest.param("https://mpt.gov.by:port/", id="port in letters"),
        pytest.param("https://mpt.gov.by:99999/", id="port too high"),
        pytest.param("https://[::1/", id="half an IPv6 address"),
        pytest.param("https://mpt%2egov.by/", id="encoded host"),
        pytest.param("https://mpt.gov.by\u2100evil/", id="host that normalises to a slash"),
        pytest.param("https://mpt..gov.by/", id="empty label"),
        pytest.param("https://" + "ы" * 80 + ".by/", id="label too long for punycode"),
        pytest.param("https://a b/", id="space in the host"),
        pytest.param("https://mpt.gov.by/" + "a" * 30_000, id="endless"),
        pytest.param("https://mpt.gov.by" + "/print" * 200 + "/1", id="rewritten without end"),
    ],
)
def test_refused(url: str) -> None:
    with pytest.raises(BadUrl) as caught:
        canonical(url, MPT)
    message = str(caught.value)
    assert "\n" not in message
    assert message.isprintable()
    assert ";" in message, "a remedy follows what is wrong"
    assert len(message) < 500


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param("https://MPT.gov.by:443/RU//N/?b=1&a=2#x", "https://mpt.gov.by/RU//N/?b=1&a=2", id="as found"),
        pytest.param("http://mpt.gov.by", "http://mpt.gov.by/", id="a path at least"),
        pytest.param("https://mpt.gov.by/С?q=й%", "https://mpt.gov.by/%D0%A1?q=%D0%B9%25", id="made valid"),
        pytest.param("https://mpt.gov.by/a/../b/.", "https://mpt.gov.by/b/", id="dots as clients resolve them"),
        pytest.param("https://mpt.gov.by/a/%2e%2E/..", "https://mpt.gov.by/", id="encoded dots too"),
        pytest.param("https://mpt.gov.by/%7ea", "https://mpt.gov.by/%7ea", id="escapes as found"),
    ],
)
def test_address(found: str, expected: str) -> None:
    assert address(found) == expected
    assert address(expected) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://mpt.gov.by/be/news?page=2", "https://mpt.gov.by/news?page=2", id="Belarusian list"),
        pytest.param("https://mpt.gov.by/en", "https://mpt.gov.by/", id="English front page"),
        pytest.param(ARTICLE, ARTICLE, id="no prefix"),
        pytest.param("https://pravo.example/be/x", "https://pravo.example/be/x", id="another site"),
    ],
)
def test_group(url: str, expected: str) -> None:
    assert group(url, MPT) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://mpt.gov.by/be/x", "be", id="Belarusian"),
        pytest.param("https://mpt.gov.by/EN", "en", id="capitals"),
        pytest.param("https://mpt.gov.by/ru/x", "ru", id="default prefix, spelled out"),
        pytest.param("https://mpt.gov.by/x", None, id="none"),
        pytest.param("https://mpt.gov.by/bereg", None, id="begins like one"),
    ],
)
def test_variant_language(url: str, expected: str | None) -> None:
    assert variant_language(url, MPT) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://WWW.mpt.gov.by:443/x", True, id="www, default port"),
        pytest.param("https://mpt.gov.by:8443/x", False, id="another port"),
        pytest.param("https://mpt.gov.by.evil.example/", False, id="our name as a label"),
        pytest.param("https://evil.example/https://mpt.gov.by/", False, id="our name in the path"),
        pytest.param("https://notmpt.gov.by/", False, id="our name as an ending"),
        pytest.param("http://mpt.gov.by\\@evil.example/", False, id="unreadable"),
    ],
)
def test_same_site(url: str, expected: bool) -> None:
    assert same_site(url, MPT) is expected


def test_host_of_names_a_port_that_is_not_the_schemes() -> None:
    assert host_of("http://LOCALHOST:8765/a") == "localhost:8765"
    assert host_of("http://[::1]:80/a") == "[::1]"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://mpt.gov.by/%D0%B0%20b", "https://mpt.gov.by/а%20b", id="letters yes, spaces no"),
        pytest.param("https://xn--90ais.xn--90ais/", "https://бел.бел/", id="punycode"),
        pytest.param("https://xn--80ak6aa92e.com/", "https://аррӏе.com/", id="one script throughout"),
        pytest.param("https://xn--pple-43d.com/", "https://xn--pple-43d.com/", id="look-alike label stays punycode"),
        pytest.param("https://xn--\x1b[31m", "https://xn--%1B[31m", id="broken punycode with a terminal escape"),
        pytest.param("https://mpt.gov.by/%E2%80%AEfdp", "https://mpt.gov.by/%E2%80%AEfdp", id="direction override"),
        pytest.param("https://mpt.gov.by/\u202efdp", "https://mpt.gov.by/%E2%80%AEfdp", id="raw direction override"),
        pytest.param("https://mpt.gov.by/%F1%E2", "https://mpt.gov.by/%F1%E2", id="not UTF-8"),
        pytest.param("no address\n", "no address%0A", id="no address at all"),
    ],
)
def test_display(url: str, expected: str) -> None:
    assert display(url) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/ru/print/5", True), ("/news?page=0", True), ("/ru/news/1-1-2024-5/?special=1", False), ("/?q=node/5", False)],
)
def test_rewritten(path: str, expected: bool) -> None:
    assert rewritten(f"https://mpt.gov.by{path}", MPT) is expected


def test_place_is_what_profile_patterns_search_in() -> None:
    assert place("https://mpt.gov.by/be/%D0%B0%D0%B1?page=2", MPT) == "/аб?page=2"


def test_patterns_and_rewrites_may_be_written_in_cyrillic() -> None:
    scope = MPT.scope.model_copy(update={"rewrite": (Rewrite(match="^/главная$", to="/"),)})
    site = MPT.model_copy(update={"scope": scope})
    assert canonical("https://mpt.gov.by/be/Главная", site) == "https://mpt.gov.by/be"


_words = st.text(alphabet=string.ascii_letters + "0123456789-._~%/;:@+ абЫІў?&=[]()'\"<>", max_size=60)
_FORMS = ["", "ru", "be", "RU", "print", "node", "1910", "news", "..", ".", "%2e%2E", "index.php", "%D0%AB", "%f1"]
_ENDS = ["?q=ru/node/5", "?page=0", "&special=1", "k%CE%A3", "26-04-2017-1910", ";jsessionid=1", "A.PDF"]
_pieces = st.sampled_from([*_FORMS, *_ENDS])
_paths = st.lists(_pieces | _words, max_size=8).map("/".join)
_urls = st.builds(
    "{}://{}/{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["mpt.gov.by", "WWW.mpt.gov.by:443", "other.example", "бел.бел"]),
    _paths | st.text(max_size=30),
)


@given(_urls)
def test_canonical_is_idempotent_and_printable(url: str) -> None:
    try:
        once = canonical(url, MPT)
    except BadUrl:
        return
    assert canonical(once, MPT) == once
    assert once.isascii()
    assert once.isprintable()
    assert " " not in once
    assert canonical(address(url), MPT) == canonical(address(url, MPT), MPT) == once
    home = group(once, MPT)
    assert group(home, MPT) == home


@given(st.text(max_size=60))
def test_nothing_but_bad_url_is_raised(text: str) -> None:
    with suppress(BadUrl):
        canonical(text, MPT)
    with suppress(BadUrl):
        address(text)
    assert display(text).isprintable()
    assert readable(text).count("%") <= text.count("%")
