"""The revisit policy in real crawls of a small site: hints, trust, budget, the controller. The clock is moved on."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import exp
from pathlib import Path
from typing import Any

import pytest

from config.settings import Network, Settings
from config.site import Extract, Kind, Policy, Site, When
from crawler.runs import Summary, Wiring, crawl
from crawler.steering import has_feeds_due
from storage.archive import Archive
from storage.records import PageState
from storage.records_service import Host

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAGES = tuple(f"/p{number}" for number in range(8))


class Answers(BaseHTTPRequestHandler):
    """Serves what the test has put there."""

    server: "Server"

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        body = self.server.page(self.path).encode()
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "application/xml" if self.path.endswith(".xml") else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.asked: list[str] = []
        self.texts = {path: f"Страница {path}: порядок выдачи разрешений." for path in PAGES}
        self.modified: dict[str, datetime] = {}
        self.host = f"127.0.0.1:{self.server_address[1]}"

    def page(self, path: str) -> str:
        if path == "/sitemap.xml":
            return f"<urlset>{''.join(map(self._entry, PAGES))}</urlset>"
        text = self.texts.get(path)
        return f"<html><body><h1>Раздел {path}</h1><div class=node>{text}</div></body></html>" if text else ""

    def _entry(self, path: str) -> str:
        at = self.modified.get(path, datetime(2020, 1, 1, tzinfo=UTC))
        return f"<url><loc>http://{self.host}{path}</loc><lastmod>{at.isoformat()}</lastmod></url>"


@dataclass(kw_only=True)
class Small:
    """The site, its archive, and a clock that can be moved on."""

    server: Server
    settings: Settings
    archive: Archive
    policy: dict[str, Any] = field(default_factory=dict)
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    @property
    def site(self) -> Site:
        rules = {
            "budget_per_day": 100,
            "min_delay": 0.0,
            "respect_robots": False,
            "conditional": "none",
            "gone_after": 0,
            **self.policy,
        }
        return Site(
            key="small",
            hosts=(self.server.host,),
            seeds=(f"http://{self.server.host}/sitemap.xml",),
            kinds=(Kind(name="feed", when=When(url=r"sitemap\.xml$")), Kind(name="page", when=When(css="body"))),
            extract=Extract(content=(".node",)),
            policy=Policy.model_validate(rules),
        )

    @property
    def host(self) -> Host:
        return self.archive.host(self.server.host)

    def run(self, *, everything: bool = False, max_pages: int | None = None, **options: bool) -> Summary:
        wiring = Wiring(settings=self.settings, archive=self.archive, now=self.now)
        made = crawl(self.site, wiring, everything=everything, max_pages=max_pages, told=lambda *_: None, **options)
        return asyncio.run(made)

    def asked(self, *, everything: bool = False, max_pages: int | None = None, **options: bool) -> list[str]:
        """The addresses that a run has asked for, in order; its probes and robots.txt left out."""
        before = len(self.server.asked)
        self.run(everything=everything, max_pages=max_pages, **options)
        return [path for path in self.server.asked[before:] if path in (*PAGES, "/sitemap.xml")]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Small]:
    server = Server()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    settings = Settings(home=tmp_path, network=Network(allow=(server.host,)))
    with Archive.open(settings.database_url) as archive:
        made = Small(server=server, settings=settings, archive=archive)
        made.run()
        assert archive.baseline_at("small") is not None
        yield made
    server.shutdown()
    server.server_close()


def edit(small: Small, path: str, *, named: bool) -> None:
    small.server.texts[path] += f" Изменено {small.now():%H:%M:%S.%f}."
    if named:
        small.server.modified[path] = small.now()


def test_a_hinted_edit_is_known_long_before_an_unhinted_one(small: Small) -> None:
    small.ahead += HOUR
    edit(small, "/p1", named=True)
    edit(small, "/p2", named=False)
    small.ahead += timedelta(seconds=1)
    assert small.asked(feeds_first=True) == ["/sitemap.xml", "/p1"]
    assert [change.url.rpartition("/")[2] for change in small.archive.changes()] == ["p1"]
    assert small.asked(feeds_first=True) == []  # the same hint is not worth a second visit
    small.ahead += 3 * DAY
    assert "/p2" in small.asked(budgeted=True)


@pytest.mark.parametrize("options", [{"feeds_first": True}, {"budgeted": True}], ids=["over feeds", "scheduled"])
def test_a_run_that_has_nothing_to_visit_asks_the_server_nothing(small: Small, options: dict[str, bool]) -> None:
    small.policy = {"respect_robots": True}
    if "budgeted" in options:  # all is due, and there is no request left
        small.ahead += 20 * DAY
        small.archive.keep_host(Host(host=small.server.host, tokens=0, tokens_at=small.now()))
    assert not has_feeds_due(small.archive, small.site, small.now())
    before = list(small.server.asked)
    assert small.run(**options).drained
    assert small.server.asked == before
    small.ahead += 20 * DAY
    assert has_feeds_due(small.archive, small.site, small.now())
    small.run(**options)
    asked = small.server.asked[len(before) :]
    assert asked[0] == "/robots.txt"
    probes = [path for path in asked[1:] if path not in (*PAGES, "/sitemap.xml")]
    assert len(probes) == ("budgeted" in options)


def test_trust_rises_with_true_hints_and_falls_when_a_feed_lies(small: Small) -> None:
    def round_of(true: bool) -> float:
        small.ahead += 2 * HOUR
        for path in PAGES:
            small.server.modified[path] = small.now()
            if true:
                edit(small, path, named=True)
        small.ahead += timedelta(seconds=1)
        small.run(feeds_first=True)
        return small.host.confirmed / (small.host.confirmed + small.host.refuted)

    small.policy = {"budget_per_day": 2000}
    small.archive.keep_host(Host(host=small.server.host, tokens=2000, tokens_at=small.now()))
    assert round_of(true=True) == pytest.approx(12 / 13)
    assert round_of(true=False) == pytest.approx(12 / 21)


def test_an_edit_that_a_covering_feed_has_not_named_lowers_its_recall(small: Small) -> None:
    small.run(everything=True)  # the sitemap was read before its pages were known
    small.ahead += HOUR
    edit(small, "/p3", named=False)
    small.run(everything=True)
    assert (small.host.foretold, small.host.missed) == (4, 2)


def test_c_rises_while_visits_are_late(small: Small) -> None:
    small.policy = {"budget_per_day": 4}
    small.ahead += 20 * DAY
    small.run(budgeted=True)
    assert small.host.visits == 4
    assert small.host.lateness == pytest.approx(0.5 * small.host.visits)
    small.ahead += DAY
    small.run(budgeted=True)
    assert small.host.factor == pytest.approx(exp(0.25 * 4 / 9 * 0.5), rel=1e-3)


def test_c_falls_while_requests_are_idle(small: Small) -> None:
    small.policy = {"budget_per_day": 1000}
    small.run(everything=True)
    for _ in range(4):
        small.ahead += timedelta(minutes=9)
        small.run(budgeted=True)
    small.ahead += timedelta(minutes=5)
    small.run(budgeted=True)
    assert small.host.factor < 1.0


def test_the_budget_is_kept_and_ladders_are_not_paid_from_it(small: Small) -> None:
    small.server.texts["/p0"] = ""
    small.run(everything=True)
    small.policy = {"budget_per_day": 4}
    small.ahead += 30 * DAY
    asked = small.asked(budgeted=True)
    assert len(asked) == 5
    assert "/p0" in asked
    assert small.asked(budgeted=True) == []
    small.ahead += DAY / 2
    assert len(small.asked(budgeted=True)) == 2


def test_requests_that_nothing_is_due_for_go_to_pages_past_half_their_interval(small: Small) -> None:
    states = small.archive.pages("small", states=[PageState.LIVE])
    first = min(page.next_visit for page in states if page.next_visit)
    small.ahead = (first - datetime.now(UTC)) * 0.8
    early = small.asked(budgeted=True)
    assert set(early) == {"/sitemap.xml", *PAGES}
    assert small.host.lateness < 0


@pytest.mark.parametrize("everything", [True, False], ids=["every page", "what is due"])
def test_what_people_order_steers_nothing(small: Small, everything: bool) -> None:
    small.ahead += 20 * DAY
    small.run(everything=everything, max_pages=4)
    small.run(everything=everything)
    assert (small.host.factor, small.host.visits, small.host.idle) == (1.0, 0, 0)


def test_pages_left_over_from_a_look_at_every_page_are_not_late(small: Small) -> None:
    small.run(everything=True, max_pages=3)
    small.ahead += 5 * DAY
    asked = small.asked(budgeted=True)
    assert len(asked) >= 5
    assert small.host.visits == len(asked) - 6  # all but the six that were left


def test_a_first_crawl_plans_by_the_pages_that_it_finds(small: Small) -> None:
    pages = [page for page in small.archive.pages("small") if page.state is PageState.LIVE and page.next_visit]
    gaps = [(page.next_visit - small.now()) / HOUR for page in pages if page.next_visit]
    assert min(gaps) > 1  # not the shortest interval there is, for want of a K
    assert max(gaps) < 24


def test_a_run_over_feeds_leaves_its_requests_and_steers_nothing(small: Small) -> None:
    small.ahead += DAY / 2
    before = small.archive.host(small.server.host)
    assert small.asked(feeds_first=True) == ["/sitemap.xml"]
    after = small.host
    assert (after.factor, after.visits, after.idle) == (before.factor, 0, 0)
    assert after.tokens == pytest.approx(50 - 1, abs=0.5)
