"""What belongs to the ministry's site, and that a run of limited length reaches every article and file of it."""

import heapq
from datetime import UTC, datetime
from itertools import count

import pytest

from config.site import BUILT_IN, Scope, Site, load_site
from crawler.core.links import Hrefs, LinkCache
from crawler.core.schedule import PageClass
from crawler.core.scope import discover, discovery, judge, kind_by_url, page_class, priority, section
from crawler.core.traps import Novelty, is_fertile
from crawler.core.urls import canonical, place
from storage.records import PageKind

MPT = load_site(BUILT_IN / "mpt.toml")
ROOT = "https://mpt.gov.by"
NOW = datetime(2024, 5, 6, 7, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/", id="front page"),
        pytest.param("/ru/news/26-04-2017-1910", id="article"),
        pytest.param("/be/news?page=3", id="another language's list"),
        pytest.param("/node/19", id="page without a name"),
        pytest.param("/sites/default/files/Plan.PDF", id="attachment"),
        pytest.param("/rss.xml", id="feed"),
        pytest.param("/ru/obrashcheniya-grazhdan", id="static page"),
        pytest.param("/ru/kontakty", id="contacts page is not the contact form"),
        pytest.param("/user-guide", id="begins like a denied word"),
        pytest.param("/?q=node/5", id="path in the query"),
        pytest.param("/news/2024-05-06", id="a date is not a calendar"),
    ],
)
def test_in_scope(path: str) -> None:
    assert judge(canonical(ROOT + path, MPT), MPT).in_scope


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        pytest.param("/ru/comment/reply/1551", "denied", id="comment form that robots.txt misses"),
        pytest.param("/ru/comment/337#comment-337", "denied", id="comment"),
        pytest.param("/ru/user/login", "denied", id="login that robots.txt misses"),
        pytest.param("/be/user/register?destination=node/1", "denied", id="registration"),
        pytest.param("/?q=user/password", "denied", id="login by q"),
        pytest.param("/USER/login", "denied", id="login in capitals"),
        pytest.param("/ru//user//login", "denied", id="login with double slashes"),
        pytest.param("/ru/search/node/telecom", "denied", id="search"),
        pytest.param("/filter/tips", "denied", id="filter tips"),
        pytest.param("/ru/banner/click/4?t=1795176088", "denied", id="banner"),
        pytest.param("/ru/calendar", "denied", id="calendar"),
        pytest.param("/ru/calendar/2031-02", "calendar", id="calendar's month"),
        pytest.param("/node/19/edit", "denied", id="edit form"),
        pytest.param("/themes/bartik/logo.png", "denied", id="theme"),
        pytest.param("/sites/default/files/photo.JPG", "denied", id="picture"),
        pytest.param("/a/b/a/b/a/b/a/b", "segment", id="path that repeats itself"),
        pytest.param("/" + "/".join(map(str, range(31))), "segments", id="path that grows"),
        pytest.param("/x?y=" + "z" * 2000, "longer", id="endless query"),
        pytest.param("/s/0123456789abcdef0123456789abcdef/a", "session", id="session id in the path"),
    ],
)
def test_out_of_scope(path: str, reason: str) -> None:
    verdict = judge(canonical(ROOT + path, MPT), MPT)
    assert not verdict.in_scope
    assert reason in verdict.reason


def test_another_host_is_out_of_scope() -> None:
    assert not judge("https://mpt.gov.by.evil.example/", MPT).in_scope
    assert not judge("https://mpt.gov.by:8443/", MPT).in_scope


def test_allow_patterns_narrow_the_site_and_deny_wins() -> None:
    site = MPT.model_copy(update={"scope": Scope(allow=("^/news",), deny=("archive",))})
    assert judge(f"{ROOT}/news/1", site).in_scope
    assert not judge(f"{ROOT}/news/archive", site).in_scope
    assert judge(f"{ROOT}/o-ministerstve", site).reason == "not in [scope] allow"


@pytest.mark.parametrize(
    ("path", "kind", "part", "wanted"),
    [
        ("/ru/rss.xml", PageKind.FEED, None, 0),
        ("/", PageKind.LISTING, None, 1),
        ("/ru/news", PageKind.LISTING, "news", 1),
        ("/rubrika/it", PageKind.LISTING, None, 1),
        ("/news/26-04-2017-1910", PageKind.NEWS, "news", 2),
        ("/sites/default/files/Doc.docx", PageKind.DOCUMENT, "documents", 3),
        ("/news?page=7", PageKind.LISTING, "news", 4),
        ("/node?page=7", PageKind.LISTING, None, 4),
        ("/dokumenty", None, "documents", 5),
        ("/be/news/26-04-2017-1910", PageKind.NEWS, "news", 6),
        ("/be/news", PageKind.LISTING, "news", 6),
        ("/en/news?page=7", PageKind.LISTING, "news", 7),
        ("/node/1910", None, None, 8),
        ("/news?view=x", PageKind.LISTING, "news", 8),
        ("/en/node/1910", None, None, 8),
        ("/archive/2031-02", None, None, 8),
        ("/sobytiya?date=2031-02-03", None, None, 8),
    ],
)
def test_kind_section_and_priority(path: str, kind: PageKind | None, part: str | None, wanted: int) -> None:
    url = canonical(ROOT + path, MPT)
    assert kind_by_url(url, MPT) == kind
    assert section(url, MPT) == part
    assert priority(url, MPT, kind or PageKind.OTHER, depth=3) == wanted


def test_where_a_page_was_found_tells_what_it_may_be() -> None:
    article, node = f"{ROOT}/v-minske-otkryt-tsentr", f"{ROOT}/node/19"
    assert priority(article, MPT, PageKind.OTHER, depth=9, on_list=True) == 2
    assert priority(article, MPT, PageKind.OTHER, depth=4) == 5
    assert priority(article, MPT, PageKind.OTHER, depth=5) == 8
    assert priority(node, MPT, PageKind.OTHER, depth=1) == 5, "a menu's /node/19 is no duplicate"
    assert priority(node, MPT, PageKind.OTHER, depth=2) == 8


@pytest.mark.parametrize(
    ("kind", "further", "expected"),
    [
        (PageKind.LISTING, False, PageClass.LISTING),
        (PageKind.LISTING, True, PageClass.LISTING_TAIL),
        (PageKind.FEED, False, PageClass.FEED),
        (PageKind.NEWS, False, PageClass.NEWS),
        (PageKind.DOCUMENT, False, PageClass.DOCUMENT),
        (PageKind.PAGE, False, PageClass.STATIC),
        (PageKind.OTHER, False, PageClass.STATIC),
    ],
)
def test_page_class(kind: PageKind, further: bool, expected: PageClass) -> None:
    assert page_class(kind, further=further) is expected


def test_a_link_becomes_a_page_to_be() -> None:
    (found,) = discovery(
        "../News/26-04-2017-1910/?special=1#c",
        base=f"{ROOT}/ru/news/",
        site=MPT,
        now=NOW,
        depth=1,
        found_on=f"{ROOT}/news",
        baseline=True,
    )
    assert found.url == found.group == f"{ROOT}/news/26-04-2017-1910"
    assert found.address == f"{ROOT}/ru/News/26-04-2017-1910/"
    assert (found.kind, found.section, found.priority, found.depth) == (PageKind.NEWS, "news", 2, 2)
    assert (found.site, found.found_on, found.baseline, found.next_visit) == ("mpt", f"{ROOT}/news", True, NOW)
    assert found.revisit.page_class == PageClass.NEWS
    assert found.revisit.last_visit is None


@pytest.mark.parametrize(
    ("href", "asked"),
    [
        pytest.param("/ru/print/5", "/node/5", id="a print view is asked for as the page that it prints"),
        pytest.param("/?q=node/5", "/?q=node/5", id="a site without clean URLs knows its own addresses only"),
        pytest.param("/X/?b=1&PHPSESSID=8f14e45fce&a=2&utm_source=x", "/X/?b=1&a=2", id="another visitor's session"),
        pytest.param("/ru/x;jsessionid=8F14E45F?special=1", "/ru/x", id="session in the path"),
    ],
)
def test_the_address_that_is_asked(href: str, asked: str) -> None:
    assert _found(href)[0].address == ROOT + asked


def test_another_languages_address_brings_its_home_along_first() -> None:
    home, variant = _found("/be/naviny-tydnya")
    assert (home.url, home.group, home.address) == (f"{ROOT}/naviny-tydnya",) * 3
    assert (variant.url, variant.group) == (f"{ROOT}/be/naviny-tydnya", f"{ROOT}/naviny-tydnya")
    assert home.priority < variant.priority


@pytest.mark.parametrize("href", ["/user/login", "https://evil.example/", "mailto:a@mpt.gov.by", "http://[", "/a\x00b"])
def test_no_page_comes_of_it(href: str) -> None:
    assert _found(href) == ()


def test_turning_a_lists_leaves_is_no_click() -> None:
    assert _found("/news?page=4", depth=30, found_on=f"{ROOT}/news?page=3")[0].depth == 30
    assert _found("/news/1-1-2024-5", depth=30, found_on=f"{ROOT}/news?page=3") == ()
    assert _found("/rubrika/it?page=4", depth=3, found_on=f"{ROOT}/news?page=3")[0].depth == 4


def test_a_seed_is_no_click_away() -> None:
    (seed,) = discovery(MPT.seeds[3], base=ROOT, site=MPT, now=NOW, depth=0, found_on=None, baseline=True)
    assert (seed.depth, seed.priority, seed.found_on) == (0, 2, None)


def _found(href: str, *, depth: int = 3, found_on: str = f"{ROOT}/dokumenty", site: Site = MPT):  # type: ignore[no-untyped-def]
    return discovery(href, base=found_on, site=site, now=NOW, depth=depth, found_on=found_on, baseline=False)


class Labyrinth:
    """A ministry's site as naive crawlers meet it: 420 articles by two kinds of names, 29 files, 3 languages, each
    article at a dozen addresses, and five traps: growing paths, generated words, facets, days, an endless list."""

    def __init__(self) -> None:
        self.articles = [
            f"/news/{n % 28 + 1:02}-{n % 12 + 1:02}-{2012 + n // 42}-{1000 + n}" if n % 2 else f"/o-svyazi-nomer-{n}"
            for n in range(420)
        ]
        self.files = [f"/sites/default/files/Akt_{n}.pdf" for n in range(29)]
        self.menu = ["", "/news", "/o-ministerstve", "/dokumenty", "/fotogalereya", "/node/19", "/calendar/2024-05"]

    def links(self, url: str) -> list[str]:
        where = place(url, MPT)
        path, _, query = where.partition("?")
        prefix = url.removeprefix(ROOT).removesuffix(where) if where != "/" else url.removeprefix(ROOT).rstrip("/")
        here = [f"/{p}{path}".rstrip("/") for p in ("ru", "be", "en")]
        return here + [f"{prefix or '/ru'}{link}" for link in (*self.menu, *self._body(path, query))]

    def _body(self, path: str, query: str) -> list[str]:
        page = int(query.removeprefix("page=")) if query.startswith("page=") else 0
        if path in ("/", "/node", "/news"):
            return self._list("/node" if path == "/" else path, page, 15 if path == "/news" else 10)
        if path == "/fotogalereya":
            return [f"{path}?page={page + 1}", f"{path}?page={page + 2}"]
        if path.startswith("/tema"):
            return [f"{path}/slovo-{chr(97 + page % 26)}{len(path)}{n}" for n in range(5)] + [f"{path}{path}"]
        if path in self.articles:
            return self._article(self.articles.index(path))
        return [f"{path}/dalshe", "/tema", f"{path}?view=a&cut={len(query)}"]

    def _list(self, path: str, page: int, size: int) -> list[str]:
        last = (len(self.articles) - 1) // size
        pages = [f"{path}?page={n}" for n in (page - 1, page + 1, page + 2, last) if 0 <= n <= last]
        return self.articles[page * size : (page + 1) * size] + pages + [f"{path}?sort=asc&page={page}"]

    def _article(self, n: int) -> list[str]:
        files = [self.files[n // 14]] if n % 14 == 0 and n // 14 < 29 else []
        name, node = self.articles[n], 1000 + n
        copies = [f"/print/{node}", f"/node/{node}", f"?q=node/{node}", f"{name}?special=1", f"{name}?view=x&r={n}"]
        ways_out = [f"/comment/reply/{node}", f"/comment/{n}", f"/banner/click/{n}?t={n * 77}", f"/tema/{name[1:9]}"]
        return copies + ways_out + files + [self.articles[n * 7 % 420], f"/calendar/{2000 + n}-01", f"{name}/"]


def crawled(site: Labyrinth, budget: int) -> list[str]:
    """Addresses in the order of visiting: by priority, then first come first served."""
    novelty, cache, order, known = Novelty(site=MPT), LinkCache(MPT), count(), {f"{ROOT}/"}
    queue = [(0, 0, f"{ROOT}/", 0)]
    visited: list[str] = []
    texts: set[str] = set()
    while queue and len(visited) < budget:
        _, _, url, depth = heapq.heappop(queue)
        if novelty.refusal(url):
            continue
        visited.append(url)
        fresh: list[str] = []
        for target in cache.targets(Hrefs(base=url, raw=tuple(site.links(url)))):
            page = target.url not in known and discover(
                target, site=MPT, now=NOW, depth=depth, found_on=url, baseline=True
            )
            if page:
                known.add(page.url)
                fresh.append(page.url)
                heapq.heappush(queue, (page.priority, next(order), page.url, page.depth))
        text, is_list = place(url, MPT), kind_by_url(url, MPT) is PageKind.LISTING
        novelty.visited(url, fertile=is_fertile(url, new_text=text not in texts, new_links=fresh, is_list=is_list))
        texts.add(text)
    return visited


def test_2500_requests_reach_every_article_and_file_of_a_labyrinth() -> None:
    site = Labyrinth()
    visited = crawled(site, 2500)
    wanted = {ROOT + path for path in (*site.articles, *site.files, "/o-ministerstve", "/dokumenty", "/node/19")}
    assert wanted <= set(visited)
    reached = max(visited.index(url) for url in wanted)
    assert reached < 1000, "honest pages come first"
    variants = {url for url in visited if url.startswith((f"{ROOT}/be/news/", f"{ROOT}/en/news/"))}
    assert len(variants) == 420, "and translations before generated words"
    assert len(visited) == 2500, "the traps alone would go on"


def test_a_short_run_reads_the_newest_articles_first() -> None:
    site = Labyrinth()
    visited = crawled(site, 60)
    assert {ROOT + path for path in site.articles[:25]} <= set(visited)
