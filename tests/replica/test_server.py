"""The HTTP side: methods, compression, faults, the log, the page cache, traps, the command."""

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.replica.asking import ask
from tests.site import Replica, Size

ROOT = Path(__file__).parents[2]


def validators(headers: dict[str, str]) -> dict[str, str]:
    return {"If-None-Match": headers["etag"], "If-Modified-Since": headers["last-modified"]}


def test_head_has_headers_and_no_body(quiet: Replica) -> None:
    reply = ask(quiet, "/node/306", method="HEAD")
    assert (reply.status, reply.body) == (200, b"")
    assert int(reply.headers["content-length"]) > 1000


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(quiet: Replica, method: str) -> None:
    reply = ask(quiet, "/node/306", method=method)
    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")


def test_gzip_only_when_it_is_accepted(quiet: Replica) -> None:
    assert ask(quiet, "/", {"Accept-Encoding": "gzip"}).headers["content-encoding"] == "gzip"
    assert "content-encoding" not in ask(quiet, "/").headers


def test_one_connection_serves_many_requests(quiet: Replica) -> None:
    connection = http.client.HTTPConnection(quiet.host, timeout=10)
    statuses = []
    for target in ("/", "/news", "/nothing", "/node/306"):
        connection.request("GET", target)
        answer = connection.getresponse()
        answer.read()
        statuses.append((answer.status, answer.will_close))
    connection.close()
    assert statuses == [(200, False), (200, False), (404, False), (200, False)]


def test_the_log_tells_who_asked_for_what(replica: Replica) -> None:
    ask(replica, "/news?page=1", {"User-Agent": "Letapis/test", "If-None-Match": '"x"'})
    ask(replica, "/nothing")
    first, second = replica.requests
    assert (first.method, first.path, first.user_agent) == ("GET", "/news?page=1", "Letapis/test")
    assert (first.conditional, first.status, second.conditional, second.status) == (True, 200, False, 404)


def test_faults_end_after_so_many_times(replica: Replica) -> None:
    replica.fail("/node/306", status=503, times=2)
    assert [ask(replica, "/node/306").status for _ in range(3)] == [503, 503, 200]


def test_faults_without_an_end_are_healed(replica: Replica) -> None:
    replica.fail("/news", status=500)
    assert [ask(replica, target).status for target in ("/news", "/news?page=2", "/ru/news")] == [500, 500, 200]
    replica.heal()
    assert ask(replica, "/news").status == 200


def test_a_dropped_connection_brings_no_answer(replica: Replica) -> None:
    replica.fail("/node/306", drop=True, times=1)
    with pytest.raises(http.client.RemoteDisconnected):
        ask(replica, "/node/306")
    assert [request.status for request in replica.requests] == [0]


def test_a_late_answer_is_late(replica: Replica) -> None:
    replica.fail("/node/306", delay=0.05, times=1)
    begun = time.perf_counter()
    assert ask(replica, "/node/306").status == 200
    assert time.perf_counter() - begun >= 0.05


def test_stopping_hangs_up_on_kept_connections() -> None:
    with Replica() as replica:
        connection = socket.create_connection(("127.0.0.1", int(replica.host.partition(":")[2])), timeout=10)
        connection.sendall(b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    with connection:
        rest = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b"HTTP/1.1" not in rest
    with pytest.raises(ConnectionRefusedError):
        ask(replica, "/")


@pytest.mark.parametrize(
    "target",
    [
        "/%00",
        "/%FF%FE",
        "/[x",
        "/?q=",
        "/?q=%2F%2F",
        "/node/9999999999999",
        "/?page=-1",
        "/?page=%D1%85",
        "/" + "a/" * 900,
    ],
)
def test_odd_addresses_get_an_answer(quiet: Replica, target: str) -> None:
    assert ask(quiet, target).status in (200, 404)


def test_without_page_cache_there_are_no_validators(quiet: Replica) -> None:
    reply = ask(quiet, "/node/306")
    assert "etag" not in reply.headers
    assert "last-modified" not in reply.headers


def test_the_page_cache_asks_for_both_validators() -> None:
    with Replica(page_cache=True) as replica:
        both = validators(ask(replica, "/node/306").headers)
        assert re.fullmatch(r'"\d{10}-1"', both["If-None-Match"])
        for kept in ("If-None-Match", "If-Modified-Since"):
            assert ask(replica, "/node/306", {kept: both[kept]}).status == 200
        assert ask(replica, "/node/306", both).status == 304


def test_a_publication_renews_every_page() -> None:
    with Replica(page_cache=True) as replica:
        before = validators(ask(replica, "/node/306").headers)
        replica.apply("word")
        reply = ask(replica, "/node/306", before)
        assert reply.status == 200
        assert reply.headers["etag"] != before["If-None-Match"]


@pytest.mark.parametrize("names", [("stale-cache",), ()], ids=["alone", "with all the others"])
def test_a_stale_page_answers_304_despite_its_edit(names: tuple[str, ...]) -> None:
    with Replica(page_cache=True) as replica:
        before = validators(ask(replica, "/ru/news/16-04-2024-322").headers)
        replica.apply(*names)
        assert ask(replica, "/ru/news/16-04-2024-322", before).status == 304
        assert "4 700 преподавателей" in ask(replica, "/ru/news/16-04-2024-322").text
        assert ask(replica, "/ru/news/16-04-2024-322", before).status == 304


def test_cached_pages_stay_byte_for_byte() -> None:
    with Replica(page_cache=True) as replica:
        one, two = ask(replica, "/news"), ask(replica, "/news")
        assert one.body == two.body
        assert (one.headers["x-drupal-cache"], two.headers["x-drupal-cache"]) == ("MISS", "HIT")


def test_traps_have_no_end() -> None:
    with Replica(traps=True) as replica:
        page = ask(replica, "/ru/news").text
        assert re.search(r"\?sid=[0-9a-f]{32}", page)
        assert re.search(r"/ru/news\?sort=\w+&amp;filter=", page)
        assert "/ru/ru/ru/news" in page
        assert '/ru/calendar/2031-01" rel="next"' in ask(replica, "/ru/calendar/2030-12").text
        assert "fotogalereya?image=42" in ask(replica, "/ru/fotogalereya?image=41").text
        assert ask(replica, "/ru/ru/ru/ru/node/306").status == 200
        assert ask(replica, "/ru/ru/ru/tarify-na-peresylku-posylok-s-1-fevralya").status == 200


def test_banners_lead_away_and_home(quiet: Replica) -> None:
    away, home = ask(quiet, "/ru/banner/click/1?t=9"), ask(quiet, "/ru/banner/click/2?t=9")
    assert (away.status, away.headers["location"]) == (302, "https://banner.example/")
    assert (home.status, home.headers["location"]) == (302, f"{quiet.url}/")


def test_a_page_of_the_benchmark_is_large() -> None:
    with Replica(size=Size.BENCH) as replica:
        articles = [truth for truth in replica.truth() if truth.kind == "news"]
        page = ask(replica, articles[500].url)
        assert len(articles) >= 2000
        assert 60_000 < len(page.body) < 85_000
        assert 220 <= page.text.count("<a ") <= 260


def test_the_command_serves_and_obeys(tmp_path: Path) -> None:
    profile = tmp_path / "replica.toml"
    command = [sys.executable, "-m", "tests.site", "--port", "0", "--write-profile", str(profile)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        connection = http.client.HTTPConnection(ready["host"], timeout=10)
        connection.request("POST", "/-/replica/apply", body=json.dumps({"names": ["digit"]}))
        (event,) = json.loads(connection.getresponse().read())
        connection.request("POST", "/-/replica/noise")
        noise = connection.getresponse()
        noise.read()
        connection.request("GET", "/-/replica/truth")
        truth = {page["url"]: page for page in json.loads(connection.getresponse().read())}
        connection.request("GET", "/-/replica/events")
        events = json.loads(connection.getresponse().read())
        connection.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert (event["name"], event["what"], noise.status) == ("digit", ["numbers"], 200)
    assert "1 280 км" in truth[event["url"]]["text"]
    assert events[0] == event
    assert ready["host"] in profile.read_text("utf-8")
