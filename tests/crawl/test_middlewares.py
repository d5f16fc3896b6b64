"""What hostile and busy servers do to a request, through Scrapy with the project's settings."""

import gzip
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import brotli  # type: ignore[import-untyped]
import pytest

from config.settings import Settings
from config.site import Policy, Site
from crawler.core.pace import MAX_TRIES, NETWORK_TRIES, back_off, retry_after, wants_pause
from crawler.download.decoding import decode
from crawler.download.failures import (
    Abandoned,
    AddressRefused,
    BadEncoding,
    FailureKind,
    RobotsForbidden,
    TooLarge,
    Truncated,
    failure_kind,
    one_line,
)
from crawler.middlewares import scrapy_settings
from tests.crawl.visits import Visits, visit
from tests.hostile import HostileServer, answer
from tests.hostile import routes as hostile
from tests.hostile.server import Route, Talk

LIMITS = {"deadline": 0.5, "max_page_bytes": 300_000, "max_document_bytes": 600_000}


def fetch(route: Any, *, path: str = "/page", **kwargs: Any) -> tuple[HostileServer, Visits, str]:
    """One address of a hostile server, fetched."""
    with HostileServer({path: route}) as server:
        url = server.url(path)
        options = {"network": LIMITS, **kwargs}
        return server, visit([(url, options.pop("meta", {}))], allow=[server.pair], **options), url


def only_failure(visits: Visits) -> FailureKind:
    assert not visits.responses
    (failure,) = visits.failures.values()
    assert failure.message
    assert "\n" not in failure.message
    return failure.kind


# ---- what comes back whole


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        pytest.param(answer(b"<p>sized</p>"), b"<p>sized</p>", id="Content-Length"),
        pytest.param(hostile.CHUNKED + b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", b"abcde", id="chunks"),
        pytest.param(hostile.CHUNKED + b"3\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n", b"abc", id="chunks with trailer"),
        pytest.param(hostile.UNTIL_CLOSE + b"to the end", b"to the end", id="until the connection closes"),
        pytest.param(b"HTTP/1.0 200\n\nold", b"old", id="HTTP/1.0, bare line feeds, no reason"),
        pytest.param(b"\r\n\r\n" + answer(b"late"), b"late", id="empty lines before the answer"),
        pytest.param(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(b"x"), b"x", id="interim answer"),
        pytest.param(answer(gzip.compress(b"packed"), headers=["Content-Encoding: gzip"]), b"packed", id="gzip"),
        pytest.param(answer(zlib.compress(b"packed"), headers=["Content-Encoding: deflate"]), b"packed", id="deflate"),
        pytest.param(
            answer(zlib.compress(b"packed")[2:-4], headers=["Content-Encoding: deflate"]), b"packed", id="raw deflate"
        ),
        pytest.param(answer(brotli.compress(b"packed"), headers=["Content-Encoding: br"]), b"packed", id="brotli"),
        pytest.param(
            answer(gzip.compress(brotli.compress(b"packed")), headers=["Content-Encoding: br, gzip"]),
            b"packed",
            id="both",
        ),
        pytest.param(answer(headers=["Content-Encoding: gzip"]), b"", id="nothing, said to be gzip"),
    ],
)
def test_a_whole_answer_is_a_response(sent: bytes, body: bytes) -> None:
    _, visits, url = fetch(hostile.then_close(sent))
    assert visits.responses[url].status == 200
    assert visits.responses[url].body == body


def test_the_exchange_is_kept_as_it_was() -> None:
    packed = gzip.compress(b"<p>text</p>")
    headers = ["Set-Cookie: a=1", "content-encoding: gzip", "X-Odd:   v\xe9  ", "Set-Cookie: b=2"]
    _, visits, url = fetch(answer(packed, status="200 All Right", headers=headers))
    exchange = visits.responses[url].meta["exchange"]
    assert (exchange.protocol, exchange.status, exchange.reason) == ("HTTP/1.1", 200, "All Right")
    assert exchange.headers == (
        ("Set-Cookie", "a=1"),
        ("content-encoding", "gzip"),
        ("X-Odd", "v\xe9"),
        ("Set-Cookie", "b=2"),
        ("Content-Length", str(len(packed))),
    )
    assert exchange.body == packed
    assert (exchange.peer, exchange.url, exchange.target, exchange.method) == ("127.0.0.1", url, "/page", "GET")
    assert exchange.fetched_at.tzinfo is UTC


def test_what_is_said_to_be_sent_is_what_was_sent() -> None:
    server, visits, url = fetch(answer(b"x"))
    (received,) = server.requests
    assert received.headers == visits.responses[url].meta["exchange"].request_headers
    assert received.header("User-Agent") == Settings().network.user_agent
    assert received.header("Cookie") is None


def test_connections_are_used_again() -> None:
    with HostileServer({f"/{n}": answer(b"x") for n in range(20)}) as server:
        visits = visit([server.url(f"/{n}") for n in range(20)], allow=[server.pair], policy={"concurrency": 1})
    assert len(visits.responses) == 20
    assert len({request.connection for request in server.requests}) <= 2


def test_a_kept_connection_that_was_closed_is_replaced() -> None:
    async def close_after(talk: Talk) -> None:
        await talk.send(answer(b"x"))  # promises to stay, and goes
        talk.writer.close()

    with HostileServer({"/1": close_after, "/2": close_after, "/3": close_after}) as server:
        visits = visit([server.url(f"/{n}") for n in (1, 2, 3)], allow=[server.pair], policy={"concurrency": 1})
    assert len(visits.responses) == 3
    assert len(server.requests) == 3


def test_bytes_after_the_answer_are_not_the_next_answer() -> None:
    smuggled = answer(b"first") + answer(b"not asked for")
    with HostileServer({"/1": smuggled, "/2": answer(b"second")}) as server:
        visits = visit([server.url("/1"), server.url("/2")], allow=[server.pair], policy={"concurrency": 1})
        assert visits.responses[server.url("/2")].body == b"second"


def test_an_answer_that_nobody_asked_for_is_not_the_next_one() -> None:
    """It comes while the connection waits for its next request."""
    late = hostile.in_pieces(answer(b"first"), answer(b"not asked for"))
    with HostileServer({"/1": late, "/2": answer(b"second")}) as server:
        policy = {"concurrency": 1, "min_delay": 0.3}
        visits = visit([server.url("/1"), server.url("/2")], allow=[server.pair], policy=policy)
        assert visits.responses[server.url("/2")].body == b"second"


@pytest.mark.parametrize(
    "path", ["/a/../b", "/a//b", "/%d0%bd%D0%BD", "/a%2Fb", "/a?x=%20+y&z", "/a;b=c?d=/e?f", "/~a!b"]
)
def test_an_address_is_asked_for_as_it_is_written(path: str) -> None:
    with HostileServer({urlsplit(path).path: answer(b"x")}) as server:
        visits = visit([server.url(path)], allow=[server.pair])
    assert server.paths() == [path]
    assert visits.responses[server.url(path)].meta["exchange"].target == path


# ---- what does not


@pytest.mark.parametrize(
    ("route", "kind"),
    [
        pytest.param(hostile.silent, FailureKind.TIMEOUT, id="takes the request and says nothing"),
        pytest.param(hostile.slow_body, FailureKind.TIMEOUT, id="slow body"),
        pytest.param(hostile.slow_head, FailureKind.TIMEOUT, id="slow head"),
        pytest.param(hostile.endless_body, FailureKind.TOO_LARGE, id="body without end"),
        pytest.param(hostile.endless_chunks, FailureKind.TOO_LARGE, id="chunks without end"),
        pytest.param(answer(length=10**9), FailureKind.TOO_LARGE, id="announces too much"),
        pytest.param(answer(length=10**17), FailureKind.TOO_LARGE, id="announces absurdly much"),
        pytest.param(hostile.endless_headers, FailureKind.BAD_HTTP, id="headers without end"),
        pytest.param(hostile.endless_header_line, FailureKind.BAD_HTTP, id="a header without end"),
        pytest.param(hostile.interim_forever, FailureKind.TIMEOUT, id="interim answers without end"),
        pytest.param(hostile.bomb(10**7), FailureKind.TOO_LARGE, id="gzip bomb"),
        pytest.param(hostile.reset, FailureKind.RESET, id="resets at once"),
        pytest.param(hostile.reset_in_body, FailureKind.RESET, id="resets in the body"),
        pytest.param(hostile.then_close(b""), FailureKind.RESET, id="closes without a word"),
        pytest.param(hostile.then_close(answer(b"abc", length=10)), FailureKind.TRUNCATED, id="shorter than announced"),
        pytest.param(
            hostile.then_close(hostile.CHUNKED + b"5\r\nabc"), FailureKind.TRUNCATED, id="ends within a chunk"
        ),
        pytest.param(hostile.then_close(hostile.CHUNKED + b"3\r\nabc\r\n"), FailureKind.TRUNCATED, id="no last chunk"),
        pytest.param(
            hostile.then_close(hostile.CHUNKED + b"0\r\n"), FailureKind.TRUNCATED, id="ends within the trailers"
        ),
        pytest.param(
            hostile.then_close(b"HTTP/1.1 200 OK\r\nX: y\r\n"), FailureKind.TRUNCATED, id="ends within the headers"
        ),
        pytest.param(hostile.CHUNKED + b"zz\r\nabc\r\n", FailureKind.BAD_HTTP, id="a chunk size that is none"),
        pytest.param(hostile.CHUNKED + b"-1\r\n", FailureKind.BAD_HTTP, id="a negative chunk"),
        pytest.param(hostile.CHUNKED + b"3\r\nabcdef\r\n", FailureKind.BAD_HTTP, id="a chunk longer than it says"),
        pytest.param(answer(b"abc", headers=["Content-Length: 7"]), FailureKind.BAD_HTTP, id="two lengths"),
        pytest.param(answer(b"x", headers=["Content-Length: 1"]), FailureKind.BAD_HTTP, id="a length said twice"),
        pytest.param(answer(b"x", headers=["no colon here"]), FailureKind.BAD_HTTP, id="a header line without colon"),
        pytest.param(answer(b"x", status="099 Odd"), FailureKind.BAD_HTTP, id="a status below 100"),
        pytest.param(answer(status="101 Switching Protocols"), FailureKind.BAD_HTTP, id="another protocol from here"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", FailureKind.BAD_HTTP, id="negative length"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", FailureKind.BAD_HTTP, id="transfer coding"
        ),
        pytest.param(
            hostile.in_pieces(hostile.CHUNKED, b"3\r\nabc\r\n", b"zz\r\nabc\r\n"),
            FailureKind.BAD_HTTP,
            id="good chunks, then none",
        ),
        pytest.param(
            hostile.in_pieces(hostile.UNTIL_CLOSE, b"some of it", reset=True),
            FailureKind.RESET,
            id="resets in a body without length",
        ),
        pytest.param(
            hostile.in_pieces(hostile.CHUNKED, b"3\r\nabc\r\n", reset=True),
            FailureKind.RESET,
            id="resets between chunks",
        ),
        pytest.param(b"SSH-2.0-OpenSSH_9.9\r\n", FailureKind.BAD_HTTP, id="another protocol"),
        pytest.param(b"HTTP/1.1 2OO OK\r\n\r\n", FailureKind.BAD_HTTP, id="a status with letters"),
        pytest.param(b"<html>no head at all</html>\n", FailureKind.BAD_HTTP, id="HTTP 0.9"),
        pytest.param(
            answer(gzip.compress(b"text" * 99)[:-9], headers=["Content-Encoding: gzip"]),
            FailureKind.TRUNCATED,
            id="cut gzip",
        ),
        pytest.param(answer(b"plain", headers=["Content-Encoding: gzip"]), FailureKind.BAD_ENCODING, id="not gzip"),
        pytest.param(answer(b"x", headers=["Content-Encoding: rot13"]), FailureKind.BAD_ENCODING, id="unknown coding"),
        pytest.param(
            answer(b"x", headers=["Content-Encoding: " + ", ".join(["gzip"] * 50)]),
            FailureKind.BAD_ENCODING,
            id="50 codings",
        ),
    ],
)
def test_anything_else_is_a_failure_of_its_kind_and_no_response(route: Any, kind: FailureKind) -> None:
    _, visits, _ = fetch(route)
    assert only_failure(visits) is kind


def test_chunks_of_one_byte_are_given_up() -> None:
    _, visits, _ = fetch(hostile.crumbs, network={"deadline": 20})
    assert only_failure(visits) is FailureKind.TOO_LARGE


def test_one_bad_page_leaves_the_others_alone() -> None:
    bad = {"/slow": hostile.slow_body, "/endless": hostile.endless_body, "/reset": hostile.reset}
    good = {f"/{n}": answer(b"good") for n in range(10)}
    with HostileServer({**bad, **good}) as server:
        visits = visit([server.url(path) for path in {**bad, **good}], allow=[server.pair], network=LIMITS)
    assert len(visits.responses) == len(good)
    assert len(visits.failures) == len(bad)


@pytest.mark.parametrize(
    ("media_type", "fits"),
    [("text/html", False), ("application/xhtml+xml", False), ("application/pdf", True), ("image/png", True)],
)
def test_documents_may_be_larger_than_pages(media_type: str, fits: bool) -> None:
    _, visits, url = fetch(answer(b"x" * 400_000, headers=[f"Content-Type: {media_type}"]))
    assert (url in visits.responses) is fits


def test_a_request_may_ask_for_the_beginning_only() -> None:
    _, visits, url = fetch(hostile.endless_body, meta={"max_bytes": 1000, "cut": True})
    assert len(visits.responses[url].body) == 1000
    assert visits.responses[url].meta["exchange"].cut


# ---- decompression


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, brotli.compress], ids=["gzip", "deflate", "br"])
def test_bombs_stop_early(pack: Callable[[bytes], bytes]) -> None:
    coding = {gzip.compress: "gzip", zlib.compress: "deflate", brotli.compress: "br"}[pack]
    bomb = pack(bytes(20 * 2**20))
    with pytest.raises(TooLarge, match="when decompressed"):
        decode(bomb, [coding], limit=10**6)
    with pytest.raises(TooLarge, match="times as many"):
        decode(bomb, [coding], limit=10**12)


def test_a_cut_stream_gives_what_there_is_only_when_asked() -> None:
    text = b"".join(b"line %d\n" % n for n in range(5000))
    half = gzip.compress(text)[:5000]
    with pytest.raises(Truncated):
        decode(half, ["gzip"], limit=10**6)
    assert text.startswith(decode(half, ["gzip"], limit=10**6, cut=True))


def test_thousands_of_gzip_members_are_refused() -> None:
    with pytest.raises(BadEncoding, match="members"):
        decode(gzip.compress(b"") * 5000, ["gzip"], limit=10**6)


def test_gzip_members_and_padding_are_one_body() -> None:
    assert decode(gzip.compress(b"a") + gzip.compress(b"b") + bytes(8), ["gzip"], limit=10) == b"ab"


# ---- trying again


def test_a_busy_host_is_left_alone_for_as_long_as_it_asks() -> None:
    server, visits, url = fetch(hostile.busy(1, "Retry-After: 1"))
    assert visits.responses[url].body == b"<p>at last</p>"
    first, second = (request.at for request in server.requests)
    assert 0.9 < second - first < 3


def test_while_one_host_rests_another_goes_on() -> None:
    pages = {f"/{n}": answer(b"x") for n in range(10)}
    with HostileServer({"/busy": hostile.busy(1, "Retry-After: 1")}) as busy, HostileServer(pages) as calm:
        urls = [busy.url("/busy"), *(calm.url(path, host="localhost") for path in pages)]
        visits = visit(urls, allow=[busy.pair, f"localhost:{calm.port}"])
    assert len(visits.responses) == 11
    assert max(request.at for request in calm.requests) < busy.requests[-1].at - 0.5


def test_the_whole_host_rests_not_only_the_page() -> None:
    routes: dict[str, Route] = {"/busy": hostile.busy(1, "Retry-After: 1"), **{f"/{n}": answer(b"x") for n in range(5)}}
    with HostileServer(routes) as server:
        visits = visit(map(server.url, routes), allow=[server.pair], policy={"concurrency": 1})
    assert len(visits.responses) == 6
    times = [request.at for request in server.requests]
    assert times[1] - times[0] > 0.9


@pytest.mark.parametrize(
    ("route", "requests", "status"),
    [
        pytest.param(hostile.busy(99, "Retry-After: 0"), MAX_TRIES, 429, id="429 for ever"),
        pytest.param(hostile.busy(99), MAX_TRIES, 429, id="429 without a word of how long"),
        pytest.param(
            hostile.busy(99, "Retry-After: 0", status="503 No"), MAX_TRIES, 503, id="503 that says until when"
        ),
        pytest.param(hostile.busy(99, status="503 No"), NETWORK_TRIES, 503, id="503 that does not"),
        pytest.param(hostile.busy(99, status="500 No"), NETWORK_TRIES, 500, id="500"),
        pytest.param(hostile.busy(99, status="404 No"), 1, 404, id="404 is an answer"),
        pytest.param(hostile.busy(99, status="403 No"), 1, 403, id="403 is an answer"),
    ],
)
def test_how_often_is_tried(route: Any, requests: int, status: int) -> None:
    server, visits, url = fetch(route, LETAPIS_BACK_OFF=0.001)
    assert len(server.requests) == requests
    assert visits.responses[url].status == status


@pytest.mark.parametrize(
    ("route", "requests"),
    [(hostile.reset, NETWORK_TRIES), (b"garbage\r\n", 1), (hostile.endless_headers, 1)],
    ids=["a reset may pass", "garbage stays", "too much stays"],
)
def test_only_passing_failures_are_tried_again(route: Any, requests: int) -> None:
    server, visits, _ = fetch(route)
    assert len(server.requests) == requests
    assert len(visits.failures) == 1


def test_requests_keep_their_distance() -> None:
    with HostileServer({f"/{n}": answer(b"x") for n in range(4)}) as server:
        policy = {"min_delay": 0.2, "concurrency": 4}
        visit([server.url(f"/{n}") for n in range(4)], allow=[server.pair], policy=policy)
    gaps = [after.at - before.at for before, after in pairwise(server.requests)]
    assert min(gaps) > 0.19


NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("999999", 3600.0),
        ("9" * 5000, 3600.0),
        ("Sun, 01 Mar 2026 12:01:30 GMT", 90.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Mon, 01 Mar 2027 12:00:00 GMT", 3600.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("Sun, 99 Mar 2026 12:01:30 GMT", None),
        ("\u0661\u0662", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, now=NOW) == seconds


def test_waits_grow_and_end() -> None:
    assert [back_off(n, first=2) for n in (1, 2, 3)] == [2, 4, 8]
    assert back_off(1000, first=2) == timedelta(hours=1).total_seconds()


def test_which_answers_make_a_host_rest() -> None:
    asked = {
        (status, value): wants_pause(status, value, now=NOW) for status in (429, 503, 500) for value in ("5", None)
    }
    assert [case for case, pauses in asked.items() if pauses] == [(429, "5"), (429, None), (503, "5")]


# ---- conditional requests


@pytest.mark.parametrize("etag", ['W/"1-abc"', '"\xc3\xa9"'], ids=["ASCII", "UTF-8"])
def test_validators_go_out_exactly_as_they_came(etag: str) -> None:
    meta = {"etag": etag, "last_modified": "yesterday, about noon"}
    server, visits, url = fetch(answer(status="304 Not Modified"), meta=meta)
    (request,) = server.requests
    assert request.header("If-None-Match") == meta["etag"]
    assert request.header("If-Modified-Since") == meta["last_modified"]
    assert visits.responses[url].status == 304


def test_a_validator_that_would_be_bent_is_not_sent() -> None:
    server, _, _ = fetch(answer(b"x"), meta={"etag": 'W/"1-\xe9"'})  # Latin-1, which aiohttp cannot write
    assert server.requests[0].header("If-None-Match") is None


def test_without_validators_the_request_is_unconditional() -> None:
    server, _, _ = fetch(answer(b"x"), meta={"etag": None, "last_modified": None})
    assert not {name.lower() for name, _ in server.requests[0].headers} & {"if-none-match", "if-modified-since"}


@pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "a\nX-Injected: 1", "a\0"])
def test_a_stored_validator_cannot_add_headers(value: str) -> None:
    server, visits, _ = fetch(answer(b"x"), meta={"etag": value})
    assert server.requests == []
    assert len(visits.failures) == 1


# ---- naming what happened


@pytest.mark.parametrize(
    ("error", "kind", "transient"),
    [
        (AddressRefused("x"), FailureKind.ADDRESS_REFUSED, False),
        (RobotsForbidden("x"), FailureKind.ROBOTS, False),
        (RobotsForbidden("x", unreachable=True), FailureKind.ROBOTS, True),
        (Abandoned("x"), FailureKind.OTHER, False),
        (TimeoutError(), FailureKind.TIMEOUT, True),
        (ConnectionResetError(), FailureKind.RESET, True),
        (ConnectionRefusedError(), FailureKind.REFUSED, True),
        (OSError(113, "no route"), FailureKind.UNREACHABLE, True),
        (ValueError("refused timeout robots"), FailureKind.OTHER, False),
    ],
    ids=lambda value: repr(value) if isinstance(value, BaseException) else "",
)
def test_failures_are_told_apart_by_class(error: BaseException, kind: FailureKind, transient: bool) -> None:
    failure = failure_kind(error)
    assert (failure.kind, failure.transient) == (kind, transient)


def test_words_from_outside_fit_one_line() -> None:
    assert one_line("a\r\nb\x1b[31mc\u2028d") == "a b [31mc d"
    assert len(one_line("x" * 10_000)) == 300


# ---- settings


def test_what_must_be_off_is_off() -> None:
    site = Site(key="x", hosts=("x.test",), seeds=("https://x.test/",), policy=Policy(min_delay=3, concurrency=2))
    options = scrapy_settings(Settings(home=Path("/nowhere")), site)
    for name in (
        "TELNETCONSOLE_ENABLED",
        "REMOTE_CONTROL_ENABLED",
        "COOKIES_ENABLED",
        "REDIRECT_ENABLED",
        "STATS_DUMP",
    ):
        assert options[name] is False
    assert options["DOWNLOAD_DELAY"] == 3
    assert options["DOWNLOAD_DELAY_JITTER"] == 0
    assert options["CONCURRENT_REQUESTS_PER_DOMAIN"] == 2
