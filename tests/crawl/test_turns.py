"""Turns: what a host's line decides, and that processes of one home keep to it, whatever becomes of them."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from crawler.core.pace import MAX_WAIT, Haste
from crawler.core.turns import WRITING, Line, enter, proceed, rest, send, sent, slow
from crawler.download.failures import Abandoned, FailureKind, HostRests
from crawler.download.turns import Turns
from tests.cli.warm import forking
from tests.crawl.visits import visit
from tests.hostile import HostileServer, answer
from tests.hostile import routes as hostile
from tests.hostile.arrivals import GRAIN
from tests.hostile.certificates import certificate
from tests.hostile.server import Route

NOW = 1_800_000_000.0
WENT = Line(let=NOW - 0.26, sent=NOW - 0.25, end=NOW + 0.75)


# ---- the line


@pytest.mark.parametrize(
    ("line", "wait"),
    [
        pytest.param(Line(), 0.0, id="nobody has asked yet"),
        pytest.param(WENT, 0.75, id="somebody asked a moment ago"),
        pytest.param(replace(WENT, end=NOW + 1.75), 1.75, id="somebody waits already"),
        pytest.param(Line(let=NOW - 9, sent=NOW - 9, end=NOW - 8), 0.0, id="long ago"),
        pytest.param(Line(let=NOW - 0.25), 0.75, id="somebody connects"),
        pytest.param(sent(WENT, now=NOW - 0.05), 0.95, id="it was on its way only later"),
        pytest.param(rest(WENT, now=NOW, seconds=60), 60.0, id="the host rests"),
        pytest.param(rest(WENT, now=NOW, seconds=1e9), MAX_WAIT, id="a rest without end is capped"),
        pytest.param(slow(WENT, now=NOW, delay=4.0), 3.75, id="the host wants fewer requests"),
        pytest.param(slow(WENT, now=NOW - 2 * MAX_WAIT, delay=4.0), 0.75, id="it wanted that long ago"),
        pytest.param(Line(sent=NOW + 500, end=NOW + 501), 1.0, id="the clock was set back by minutes"),
        pytest.param(Line(sent=NOW + 9e6, end=NOW + 9e6, rests_until=NOW + 9e6), 1.0, id="and by months"),
        pytest.param(Line(sent=float("nan")), 0.0, id="not a number"),
        pytest.param(Line(end=float("inf"), rests_until=float("inf")), 0.0, id="no number at all"),
    ],
)
def test_a_request_waits_for(line: Line, wait: float) -> None:
    entered, waits = enter(line, now=NOW, delay=1.0)
    assert waits == pytest.approx(wait, abs=1e-6)
    assert enter(entered, now=NOW, delay=1.0)[1] >= wait + 0.9  # whoever comes next stands behind


def test_at_its_place_it_goes_unless_the_host_has_come_to_rest() -> None:
    line, wait = enter(WENT, now=NOW, delay=1.0)
    gone, more = proceed(line, now=NOW + wait, delay=1.0)
    assert (more, gone.let) == (0.0, NOW + wait)
    held, more = proceed(rest(line, now=NOW + 0.5, seconds=30), now=NOW + wait, delay=1.0)
    assert more == pytest.approx(30.5 - wait)
    assert held.let == line.let


CONNECTED = Line(let=NOW, sent=NOW - 5)


@pytest.mark.parametrize(
    ("line", "wait"),
    [
        pytest.param(CONNECTED, 0.0, id="as soon as it is connected"),
        pytest.param(replace(CONNECTED, sent=NOW - 0.25), 0.75, id="another connected sooner"),
        pytest.param(replace(CONNECTED, writing=NOW + 0.9), 0.9, id="another is just being written, or is dead"),
        pytest.param(replace(CONNECTED, writing=NOW - 0.1), 0.0, id="it is dead"),
        pytest.param(replace(CONNECTED, writing=NOW + 9.0), 0.0, id="no clock has said that"),
        pytest.param(rest(CONNECTED, now=NOW - 0.5, seconds=30), 29.5, id="the host has come to rest"),
    ],
)
def test_a_request_that_is_let_go_is_sent(line: Line, wait: float) -> None:
    going, waits = send(line, now=NOW, delay=1.0)
    assert waits == pytest.approx(wait, abs=1e-6)
    if waits:
        assert going == line
        return
    assert send(going, now=NOW, delay=0.05)[1] == pytest.approx(0.05)  # looks again when it may be on its way
    assert send(sent(going, now=NOW + 0.2), now=NOW + 0.2, delay=0.05)[1] == pytest.approx(0.05)
    assert send(going, now=NOW + 1.01 * WRITING, delay=0.05)[1] == 0.0  # it never was


# ---- processes

TAKES = """
import asyncio, sys, time
from pathlib import Path
from crawler.download.turns import Turns

said = []

def clock():
    said.append(time.time())
    return said[-1]

async def main(count):
    turns = Turns(Path(sys.argv[1]), clock=clock)
    for _ in range(count):
        await turns.take("busy.example", 0.1)
        await turns.come("busy.example", 0.1)
        print(said[-1], flush=True)
        turns.sent("busy.example")

asyncio.run(main(int(sys.argv[2])))
"""


def takes(folder: Path, count: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", TAKES, str(folder), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_processes_go_one_after_the_other_and_the_dead_hold_nobody_up(tmp_path: Path) -> None:
    doomed, stopped = takes(tmp_path, 1000), takes(tmp_path, 1000)
    living = [takes(tmp_path, 8) for _ in range(2)]
    first = [process.stdout.readline() for process in (doomed, stopped) if process.stdout]
    doomed.kill()
    stopped.send_signal(signal.SIGSTOP)
    moments = [float(line) for process in living for line in process.communicate(timeout=30)[0].splitlines()]
    stopped.kill()
    rest_of = [process.communicate()[0].splitlines() for process in (doomed, stopped)]
    moments = sorted(moments + [float(line) for line in first] + [float(line) for lines in rest_of for line in lines])
    assert len(moments) >= 18
    gaps = [after - before for before, after in pairwise(moments)]
    assert min(gaps) >= 0.0999
    assert median(gaps) < 0.15  # nobody wastes the others' time either


def test_who_waits_for_one_page_has_one_request_of_a_crawl_before_it(tmp_path: Path) -> None:
    order: list[str] = []

    async def ask(turns: Turns, name: str) -> None:
        await turns.take("h", 0.3)  # long enough for a busy machine to keep its places
        order.append(name)

    async def main() -> None:
        crawl, fetch = Turns(tmp_path), Turns(tmp_path)
        await ask(crawl, "crawl")
        crawling = [asyncio.create_task(ask(crawl, "crawl")) for _ in range(3)]
        await asyncio.sleep(0)
        await asyncio.gather(ask(fetch, "fetch"), *crawling)
        crawl.close()
        fetch.close()

    asyncio.run(main())
    assert order.index("fetch") == 2  # one has gone, one stood in line
    assert len(order) == 5


def test_who_is_cancelled_leaves_a_gap_not_a_lock(tmp_path: Path) -> None:
    async def main() -> float:
        turns = Turns(tmp_path)
        await turns.take("h", 0.1)
        waiting = asyncio.create_task(turns.take("h", 0.1))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        begun = time.monotonic()
        await turns.take("h", 0.1)
        turns.close()
        return time.monotonic() - begun

    assert asyncio.run(main()) < 2.0


def test_a_stopped_run_waits_for_no_turn(tmp_path: Path) -> None:
    async def main() -> None:
        turns = Turns(tmp_path)
        turns.rest("h", 3000, delay=1.0)
        waiting = asyncio.create_task(turns.take("h", 1.0))
        await asyncio.sleep(0)
        turns.abandon()
        try:
            with pytest.raises(Abandoned):
                await waiting
        finally:
            turns.close()

    asyncio.run(main())


def test_a_turn_costs_next_to_nothing(tmp_path: Path) -> None:
    clock = iter(range(10**9))

    async def main(turns: Turns, count: int, delay: float) -> float:
        begun = time.process_time()
        for _ in range(count):
            await turns.take("h", delay)
            await turns.come("h", delay)
            turns.sent("h")
        turns.close()
        return (time.process_time() - begun) / count

    paced = Turns(tmp_path, clock=lambda: 1e9 + 10 * next(clock))
    assert asyncio.run(main(paced, 2000, 1.0)) < 0.001
    free = Turns(tmp_path / "free", clock=lambda: 1e9)
    assert asyncio.run(main(free, 2000, 0.001)) < 0.0002
    assert not (tmp_path / "free").exists()


def test_a_pause_begins_with_the_request_that_brought_the_wish_for_it(tmp_path: Path) -> None:
    async def main() -> float:
        turns, begun = Turns(tmp_path), time.monotonic()
        turns.sent("h")
        await turns.take("h", 0.2)
        turns.close()
        return time.monotonic() - begun

    assert asyncio.run(main()) > 0.198


def test_what_cannot_be_written_leaves_each_process_to_itself(tmp_path: Path) -> None:
    (tmp_path / "pace").write_text("no folder")
    turns = Turns(tmp_path / "pace")
    begun = time.monotonic()
    asyncio.run(turns.take("h", 0.2))
    asyncio.run(turns.take("h", 0.2))
    assert time.monotonic() - begun > 0.19


# ---- runs


def visits(urls: list[str], pair: str, home: Path) -> None:
    """A crawl, in a process of its own."""
    os.environ["SSL_CERT_FILE"] = str(home / "localhost.pem")
    policy = {"min_delay": 0.1, "concurrency": 4}
    made = visit(urls, allow=[pair], policy=policy, LETAPIS_PACE_FOLDER=str(home / "pace"))
    assert len(made.responses) == len(urls)


def test_requests_of_all_processes_keep_their_distance_however_long_connecting_takes(tmp_path: Path) -> None:
    _, context = certificate(tmp_path, "localhost")
    routes: dict[str, Route] = {f"/{n}": answer(b"x", close=True) for n in range(24)}
    with HostileServer(routes, tls=context, hesitates=(0.0, 0.17, 0.06, 0.28)) as server:
        urls, pair = [server.url(path, host="localhost") for path in routes], f"localhost:{server.port}"
        running = [forking().Process(target=visits, args=(urls[n::3], pair, tmp_path)) for n in range(3)]
        for process in running:
            process.start()
        for process in running:
            process.join(90)
        assert [process.exitcode for process in running] == [0, 0, 0]
        arrivals = sorted(asked.at for asked in server.requests)
    gaps = [after - before for before, after in pairwise(arrivals)]
    assert len(gaps) == 23
    assert min(gaps) > 0.1 - GRAIN


def test_a_pause_that_one_run_met_is_heeded_by_the_next(tmp_path: Path) -> None:
    routes: dict[str, Route] = {"/a": hostile.busy(1, "Retry-After: 1"), "/b": answer(b"b")}
    with HostileServer(routes) as server:
        impatient = Haste(patience=0.3)
        first = visit(
            [server.url("/a")], allow=[server.pair], LETAPIS_PACE_FOLDER=str(tmp_path), LETAPIS_HASTE=impatient
        )
        refused = visit(
            [server.url("/b")], allow=[server.pair], LETAPIS_PACE_FOLDER=str(tmp_path), LETAPIS_HASTE=impatient
        )
        waited = visit([server.url("/b")], allow=[server.pair], LETAPIS_PACE_FOLDER=str(tmp_path))
        paths, times = server.paths(), [asked.at for asked in server.requests]
    assert first.responses[server.url("/a")].status == 429  # it has no patience, and is told so
    assert refused.failures[server.url("/b")].kind is FailureKind.RESTS
    assert isinstance(refused.errors[server.url("/b")], HostRests)
    assert waited.responses[server.url("/b")].status == 200
    assert paths == ["/a", "/b"]  # not asked by the one that would not wait
    assert times[1] - times[0] > 0.99


def test_a_robots_file_is_asked_for_once_by_those_in_haste(tmp_path: Path) -> None:
    forbids = answer(b"User-agent: *\nDisallow: /secret\n", headers=["Content-Type: text/plain"])
    with HostileServer({"/robots.txt": forbids, "/a": answer(b"a"), "/secret": answer(b"s")}) as server:
        policy = {"respect_robots": True}
        for age, path in ((0.0, "/a"), (60.0, "/a"), (60.0, "/secret"), (0.0, "/a")):
            made = visit(
                [server.url(path)],
                allow=[server.pair],
                policy=policy,
                LETAPIS_PACE_FOLDER=str(tmp_path),
                LETAPIS_HASTE=Haste(robots_age=age),
            )
            if path == "/secret":
                assert made.failures[server.url(path)].kind is FailureKind.ROBOTS
        assert server.paths() == ["/robots.txt", "/a", "/a", "/robots.txt", "/a"]
