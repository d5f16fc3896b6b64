"""robots.txt: what it allows by table, and how it is asked for by a real server."""

from itertools import pairwise
from typing import Any

import pytest

from crawler.core.robots import MAX_CRAWL_DELAY, TOKEN, Verdict, robots_from_answer, unreachable_robots
from crawler.download.failures import FailureKind, RobotsForbidden
from crawler.download.robots import RobotsMiddleware
from tests.crawl.visits import Visits, visit
from tests.hostile import HostileServer, answer
from tests.hostile import routes as hostile
from tests.hostile.server import Talk

PAGE = answer(b"<p>page</p>")
FORBID = b"User-agent: *\nDisallow: /\n"


def crawl(robots: Any, *paths: str, more: dict[str, Any] | None = None, **kwargs: Any) -> tuple[HostileServer, Visits]:
    """Pages of a server with this robots.txt."""
    routes = {"/robots.txt": robots, **{path.partition("?")[0]: PAGE for path in paths}, **(more or {})}
    with HostileServer(routes) as server:
        policy = {"respect_robots": True, **kwargs.pop("policy", {})}
        visits = visit(map(server.url, paths), allow=[server.pair], policy=policy, **kwargs)
    return server, visits


def allowed(server: HostileServer) -> list[str]:
    return [path for path in server.paths() if not path.startswith("/robots.txt")]


# ---- the file


@pytest.mark.parametrize(
    ("text", "path", "allows"),
    [
        pytest.param("", "/a", True, id="empty file"),
        pytest.param("User-agent: *\nDisallow:", "/a", True, id="empty rule"),
        pytest.param("User-agent: *\nDisallow: /a", "/abc", False, id="prefix"),
        pytest.param("User-agent: *\nDisallow: /a$", "/abc", True, id="end mark"),
        pytest.param("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", False, id="star"),
        pytest.param("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True, id="the longer rule wins"),
        pytest.param("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True, id="a draw allows"),
        pytest.param(
            f"User-agent: {TOKEN}\nDisallow: /a\n\nUser-agent: *\nDisallow: /", "/b", True, id="our own group"
        ),
        pytest.param("User-agent: LETAPIS\nDisallow: /", "/b", False, id="our name in capitals"),
        pytest.param("User-agent: Yandex\nDisallow: /", "/b", True, id="somebody else's group"),
        pytest.param("User-agent: Yandex\nUser-agent: letapis\nDisallow: /", "/b", False, id="a shared group"),
        pytest.param("User-agent: *\r\nDisallow: /a\r\n", "/a", False, id="CR LF"),
        pytest.param("\ufeffUser-agent: *\nDisallow: /a", "/a", False, id="byte order mark"),
        pytest.param("User-agent: *\nDisallow: /навіны", "/%D0%BD%D0%B0%D0%B2%D1%96%D0%BD%D1%8B", False, id="Cyrillic"),
        pytest.param("User-agent: *\nDisallow: /?q=user", "/?q=user/login", False, id="query"),
        pytest.param("User-agent: *\nDisallow: /robots.txt", "/robots.txt", True, id="the file itself"),
        pytest.param("<html><body>not a robots file</body></html>", "/a", True, id="a page in its place"),
    ],
)
def test_rules(text: str, path: str, allows: bool) -> None:
    assert robots_from_answer(200, text.encode()).allows(f"https://example.test{path}") is allows


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        *((status, Verdict.RULES) for status in (200, 206)),
        *((status, Verdict.ALL) for status in (400, 401, 403, 404, 410, 499)),
        *((status, Verdict.NOTHING) for status in (429, 500, 503, 599)),
    ],
)
def test_what_a_status_means(status: int, verdict: Verdict) -> None:
    robots = robots_from_answer(status, FORBID)
    assert robots.verdict is verdict
    assert robots.allows("https://example.test/a") is (verdict is Verdict.ALL)


def test_rules_stand_a_day_and_silence_a_few_minutes() -> None:
    assert robots_from_answer(200, b"").stands_for() == 24 * 3600
    assert 60 <= unreachable_robots("no answer").stands_for() <= 900


@pytest.mark.parametrize(
    ("wish", "delay"),
    [
        ("10", 10.0),
        ("0.5", 0.5),
        ("86400", MAX_CRAWL_DELAY),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
    ],
)
def test_crawl_delay(wish: str, delay: float | None) -> None:
    assert robots_from_answer(200, f"User-agent: *\nCrawl-delay: {wish}".encode()).crawl_delay == delay


def test_drupals_own_file_does_not_reach_prefixed_paths() -> None:
    robots = robots_from_answer(
        200, b"User-agent: *\nCrawl-delay: 10\nDisallow: /user/login/\nDisallow: /?q=user/login/"
    )
    assert not robots.allows("https://example.test/user/login/")
    assert robots.allows("https://example.test/ru/user/login/")


# ---- asking for it


def test_it_is_asked_for_once_and_first() -> None:
    server, visits = crawl(answer(b"User-agent: *\nDisallow: /no"), "/a", "/b", "/no")
    assert server.paths()[0] == "/robots.txt"
    assert server.paths().count("/robots.txt") == 1
    assert sorted(allowed(server)) == ["/a", "/b"]
    (error,) = visits.errors.values()
    assert isinstance(error, RobotsForbidden)
    assert not error.unreachable


@pytest.mark.parametrize(
    ("robots", "fetched"),
    [
        pytest.param(answer(FORBID, status="404 Not Found"), True, id="404"),
        pytest.param(answer(FORBID, status="403 Forbidden"), True, id="403"),
        pytest.param(answer(FORBID, status="401 Unauthorized"), True, id="401"),
        pytest.param(answer(b"", status="500 Broken"), False, id="500"),
        pytest.param(answer(b"", status="503 Busy"), False, id="503"),
        pytest.param(hostile.reset, False, id="connection reset"),
        pytest.param(hostile.silent, False, id="no answer in time"),
        pytest.param(b"garbage\r\n", False, id="not HTTP"),
        pytest.param(hostile.then_close(answer(b"User-agent: *\n", length=999)), False, id="cut short"),
        pytest.param(answer(b"x", headers=["Content-Encoding: gzip"]), False, id="not the gzip that it says"),
        pytest.param(hostile.redirect("file:///etc/passwd"), False, id="redirect to a file"),
        pytest.param(hostile.redirect("http://169.254.169.254/robots.txt"), False, id="redirect to an inner address"),
        pytest.param(hostile.redirect("/robots.txt"), True, id="redirects in a circle: as if there were none"),
    ],
)
def test_no_file_allows_all_and_no_answer_forbids_all(robots: Any, fetched: bool) -> None:
    server, visits = crawl(robots, "/a", network={"deadline": 0.3})
    assert (allowed(server)[-1:] == ["/a"]) is fetched
    if not fetched:
        (error,) = visits.errors.values()
        assert isinstance(error, RobotsForbidden)
        assert error.unreachable
        assert [failure.kind for failure in visits.failures.values()] == [FailureKind.ROBOTS]


@pytest.mark.parametrize(("hops", "fetched"), [(5, False), (6, True)], ids=["five are followed", "six are too many"])
def test_redirects_of_the_file(hops: int, fetched: bool) -> None:
    chain = {f"/r{n}": hostile.redirect(f"/r{n + 1}") for n in range(1, hops)}
    server, _ = crawl(hostile.redirect("/r1"), "/a", more={**chain, f"/r{hops}": answer(FORBID)})
    assert ("/a" in server.paths()) is fetched


def test_rules_behind_500_kib_are_read() -> None:
    filler = b"# " + b"x" * 97 + b"\n"
    assert "/no" not in crawl(answer(b"User-agent: *\n" + filler * 5100 + b"Disallow: /no"), "/no")[0].paths()


async def _endless_file(talk: Talk) -> None:
    await talk.send(b"HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nDisallow: /no\n")
    while True:
        await talk.send(b"# filler\n" * 1000)


def test_a_file_without_end_is_read_as_far_as_the_limit() -> None:
    server, _ = crawl(_endless_file, "/no", "/yes")
    assert allowed(server) == ["/yes"]


async def _first_broken_then_open(talk: Talk) -> None:
    if talk.count <= 3:
        talk.reset()
    else:
        await talk.send(answer(b"User-agent: *\nAllow: /"))


@pytest.mark.parametrize(("ask_again", "fetched"), [(0.0, 1), (60.0, 0)], ids=["when the time is over", "not before"])
def test_after_a_silence_it_is_asked_again(ask_again: float, fetched: int) -> None:
    server, visits = crawl(_first_broken_then_open, "/a", "/b", LETAPIS_ROBOTS_ASK_AGAIN=ask_again)
    assert len(allowed(server)) == len(visits.responses) == fetched
    assert len(visits.failures) == 2 - fetched


def test_a_crawl_delay_slows_the_host_down_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="crawler.download.robots")
    server, visits = crawl(answer(b"User-agent: *\nCrawl-delay: 0.3"), "/a", "/b", LOG_LEVEL="INFO")
    times = [request.at for request in server.requests]
    assert min(after - before for before, after in pairwise(times)) > 0.29
    assert visits.crawler is not None
    middleware = visits.crawler.get_downloader_middleware(RobotsMiddleware)
    assert middleware is not None
    assert middleware.crawl_delay("127.0.0.1") == 0.3
    assert middleware.crawl_delay("elsewhere.test") is None
    assert "pause of 0.3 s" in caplog.text


def test_a_profile_may_do_without() -> None:
    server, _ = crawl(answer(FORBID), "/a", policy={"respect_robots": False})
    assert server.paths() == ["/a"]
