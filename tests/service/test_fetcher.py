"""The process that fetches on demand: quick and polite while a crawl of the same host runs, and not killed for good."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]
import pytest

from config.settings import Network, Settings
from config.site import Site, load_site
from crawler.runs import Wiring, clock, crawl, seed_of, workers
from crawler.service.fetcher import Fetcher, FetchRefused
from storage.archive import Archive
from storage.records import ChangeKind
from tests.cli.test_reading import DOCUMENT
from tests.cli.warm import Running
from tests.hostile import HostileServer, answer
from tests.hostile.arrivals import GRAIN, note_arrivals
from tests.hostile.server import Talk
from tests.site import Replica
from tests.site.answers import Answer

ROUNDS = 20
DELAY = 1.0  # seconds between two requests
PAGE = b"<html><head><title>Plan</title></head><body><main><h1>Plan</h1><p>%s</p></main></body></html>"
HTML = ["Content-Type: text/html; charset=utf-8"]


@dataclass(kw_only=True)
class Watched:
    """A replica whose requests are noted as they come in, and one of whose pages is edited at will."""

    replica: Replica
    arrivals: list[float] = field(default_factory=list)  # monotonic
    targets: list[str] = field(default_factory=list)
    sixth: Event = field(default_factory=Event)
    edition: int = 0

    def __post_init__(self) -> None:
        server = self.replica._server
        render = server.render
        note_arrivals(server, self.arrivals)

        def watched(target: str, cookie: str) -> Answer:
            self.targets.append(target)
            if len(self.targets) == 6:
                self.sixth.set()
            made = render(target, cookie)
            body = re.sub(rb"(<p\b[^>]*>)", rb"\1Edition %d. " % self.edition, made.body)
            return replace(made, body=body, packed=b"") if self.edition and made.status == 200 else made

        server.render = watched

    def article(self, number: int = 0) -> str:
        return [truth.url for truth in self.replica.truth() if truth.kind == "news"][number]


@pytest.fixture
def watched() -> Iterator[Watched]:
    with Replica() as replica:
        yield Watched(replica=replica)


@asynccontextmanager
async def fetching(settings: Settings, *sites: Site, **options: Any) -> AsyncIterator[Fetcher]:
    fetcher = Fetcher(settings, {site.key: site for site in sites}, **options)
    try:
        await fetcher.start()
        yield fetcher
    finally:
        await fetcher.stop()


def profiled(home: Path, replica: Replica, delay: float) -> tuple[Path, Site]:
    path = home / "replica.toml"
    path.write_text(replica.profile().replace("min_delay = 0.0", f"min_delay = {delay}"), encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace("concurrency = 8", "concurrency = 1"), encoding="utf-8")
    return path, load_site(path)


def crawling(home: Path, profile: Path, replica: Replica, pages: int) -> Running:
    return Running(
        ["--home", str(home), "crawl", "--site-file", str(profile), "--max-pages", str(pages)],
        folder=home / "said",
        env={**os.environ, "LETAPIS_NETWORK_ALLOW": replica.host},
    )


def test_fetches_are_quick_and_polite_while_a_crawl_of_the_same_host_runs(tmp_path: Path, watched: Watched) -> None:
    profile, site = profiled(tmp_path, watched.replica, DELAY)
    settings = Settings(home=tmp_path, network=Network(allow=(watched.replica.host,)))
    others: list[int] = []

    async def fetch(fetcher: Fetcher, number: int) -> int:
        """How many requests came in before the fetch's own, from when it was asked for."""
        begun = len(watched.targets)
        found = await fetcher.fetch(watched.article(number), None, who="test")
        assert set(found) >= DOCUMENT
        assert (found["status"], found["url"], found["extractor"]) == (200, watched.article(number), "profile")
        return watched.targets.index(urlsplit(watched.article(number)).path, begun) - begun

    async def main() -> None:
        async with fetching(settings, site) as fetcher:
            await fetch(fetcher, 0)  # the host's robots.txt is asked for
            assert await fetch(fetcher, 1) == 0
            crawl = crawling(tmp_path, profile, watched.replica, pages=60)
            try:
                assert await asyncio.to_thread(watched.sixth.wait, 240)  # the crawl asks
                others.extend([await fetch(fetcher, number) for number in range(4)])
                assert crawl.poll() is None
            finally:
                crawl.terminate()
                await asyncio.to_thread(crawl.wait)

    asyncio.run(main())
    assert max(others) <= 2  # one stood in line, one was on its way
    gaps = [after - before for before, after in pairwise(watched.arrivals)]
    assert len(gaps) >= 10
    assert min(gaps) > DELAY - GRAIN


def test_a_page_fetched_and_crawled_at_once_changes_once(tmp_path: Path, watched: Watched) -> None:
    """Twenty edits, each seen by a crawl and by a fetch that are under way at the same moment."""
    _, site = profiled(tmp_path, watched.replica, 0.0)
    url = watched.article()
    path = url.removeprefix(watched.replica.url)
    scope = site.scope.model_copy(update={"allow": (re.compile(re.escape(path) + "$"),)})
    site = site.model_copy(update={"seeds": (url,), "scope": scope})
    settings = Settings(home=tmp_path, network=Network(allow=(watched.replica.host,)))

    async def main(archive: Archive) -> None:
        async with fetching(settings, site) as fetcher, workers(settings) as pool:
            wiring = Wiring(settings=settings, archive=archive, pool=pool)
            archive.discover(seed_of(url, site, clock(), None))

            async def crawled() -> None:
                await crawl(site, wiring, everything=False, max_pages=1, told=lambda *_: None)

            await crawled()
            archive.finish_baseline(site.key, clock())
            for number in range(1, ROUNDS + 1):
                watched.edition = number
                archive.make_due(site.key, clock())
                watched.replica.fail(path, delay=0.05)  # both ask before either is answered
                await asyncio.gather(crawled(), fetcher.fetch(url, None, who="test"))

    with Archive.open(settings.database_url) as archive:
        asyncio.run(main(archive))
        page = archive.page(site.key, url)
        assert page is not None
        found = [change for change in archive.changes(site=site.key) if change.page_id == page.id]
        versions = archive.versions(page.id)
    said = [set(re.findall(r"Edition (\d+)\.", version.document.text)) for version in versions]
    assert said == [set(), *({str(number)} for number in range(1, ROUNDS + 1))]
    assert [change.kind for change in found] == [ChangeKind.EDITED] * ROUNDS


async def refused(fetch: Awaitable[dict[str, Any]]) -> int:
    """The status that it is refused with."""
    with pytest.raises(FetchRefused) as info:
        await fetch
    return info.value.http_status


def family(pid: int | None) -> list[psutil.Process]:
    assert pid is not None
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def test_the_process_is_replaced_when_it_dies_or_hangs_and_leaves_nobody_behind(tmp_path: Path) -> None:
    asked = Event()

    async def never(talk: Talk) -> None:
        asked.set()
        await asyncio.get_running_loop().create_future()

    async def main(server: HostileServer) -> list[psutil.Process]:
        page, slow = server.url("/plan"), [server.url(f"/slow{number}") for number in range(3)]
        settings = Settings(home=tmp_path, network=Network(allow=(server.pair,), deadline=2.0))
        async with fetching(settings, at_once=1, waiting=1, grace=1.0) as fetcher:
            first = family(fetcher.pid)
            found = await fetcher.fetch(page, None, who="test")
            assert (found["title"], found["outcome"]) == ("Plan", "new")
            assert await refused(fetcher.fetch("ftp://a.example/", None, who="test")) == 400
            assert await refused(fetcher.fetch(page, "nobody", who="test")) == 400

            running = asyncio.ensure_future(fetcher.fetch(slow[0], None, who="test"))
            waiting = [asyncio.ensure_future(fetcher.fetch(slow[1], None, who=who)) for who in ("a", "b")]
            assert await asyncio.to_thread(asked.wait, 20)
            assert await refused(fetcher.fetch(slow[2], None, who="test")) == 429
            for process in first:
                process.kill()
            assert await refused(running) == 503
            failed = await waiting[0]  # by the next process
            assert failed == await waiting[1]
            assert (failed["outcome"], server.paths().count("/slow1")) == ("error", 1)

            second = family(fetcher.pid)
            second[0].suspend()
            assert await refused(fetcher.fetch(page, None, who="test")) == 504
            assert (await fetcher.fetch(page, None, who="test"))["outcome"] == "unchanged"
            third = family(fetcher.pid)
        return [*first, *second, *third]

    page = answer(PAGE % (b"The commission met on 5 May 2026 and agreed upon a plan for the post. " * 8), headers=HTML)
    with HostileServer({"/plan": page, **{f"/slow{number}": never for number in range(3)}}) as server:
        processes = asyncio.run(main(server))
    assert len(processes) >= 6
    assert psutil.wait_procs(processes, timeout=10)[1] == []


HOLDS = """
import asyncio, sys
from pathlib import Path
from config.settings import Settings
from crawler.service.fetcher import Fetcher

async def main():
    fetcher = Fetcher(Settings(home=Path(sys.argv[1])), {})
    await fetcher.start()
    print(fetcher.pid, flush=True)
    await asyncio.Event().wait()

if __name__ == "__main__":
    asyncio.run(main())
"""


def test_it_dies_with_the_service(tmp_path: Path) -> None:
    program = tmp_path / "holds.py"
    program.write_text(HOLDS, encoding="utf-8")
    root = str(Path(__file__).parents[2])
    service = subprocess.Popen(
        [sys.executable, str(program), str(tmp_path)], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": root}
    )
    assert service.stdout is not None
    processes = family(int(service.stdout.readline()))
    service.send_signal(signal.SIGKILL)
    service.communicate()
    assert len(processes) >= 2
    assert psutil.wait_procs(processes, timeout=10)[1] == []
