"""Crawls that are killed or stopped in the middle, as processes of their own: nothing lost, nothing doubled."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config.site import load_site
from storage.archive import Archive
from storage.records import PageState, RunState
from storage.warc import mend, read, records
from tests.cli.warm import Running
from tests.site import Replica
from tests.waiting import until


@dataclass(kw_only=True)
class Killing:
    """A replica, and a home that crawl processes work in."""

    replica: Replica
    home: Path
    running: list[Running] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.profile = self.home / "replica.toml"
        self.profile.write_text(self.replica.profile(), encoding="utf-8")
        self.site = load_site(self.profile)

    def start(self, *options: str) -> Running:
        process = Running(
            ["--home", str(self.home), "crawl", "--site-file", str(self.profile), *options],
            folder=self.home / f"said-{len(self.running)}",
            env={**os.environ, "LETAPIS_NETWORK_ALLOW": self.replica.host},
        )
        self.running.append(process)
        return process

    def until_asked(self, count: int, process: Running) -> None:
        """Waits until the replica has answered so many requests; the crawl must be running still."""

        def asked() -> bool:
            assert process.poll() is None, process.communicate()
            return len(self.replica.requests) >= count

        until(asked, every=0.005)

    def to_the_end(self, *options: str) -> None:
        out, error = self.start(*options).communicate()
        assert self.running[-1].returncode == 0, (out, error)

    @property
    def archive(self) -> Archive:
        return Archive.open(f"sqlite:///{self.home / 'letapis.db'}")


@pytest.fixture
def killing(tmp_path: Path) -> Iterator[Callable[..., Killing]]:
    made: list[Killing] = []

    def make(**options: object) -> Killing:
        replica = Replica(**options)  # type: ignore[arg-type]
        replica.start()
        made.append(Killing(replica=replica, home=tmp_path))
        return made[-1]

    yield make
    for one in made:
        for process in one.running:
            process.kill()
            process.communicate()
        one.replica.stop()


def assert_whole(crawled: Killing) -> None:
    """Every page of the replica is there once, with one version, and nothing was reported."""
    with crawled.archive as archive:
        kept = [p for p in archive.pages("replica") if p.version and p.state is PageState.LIVE]
        urls = Counter(page.url for page in kept)
        assert {truth.url for truth in crawled.replica.truth()} <= set(urls)
        assert max(urls.values()) == 1
        assert {len(archive.versions(page.id)) for page in kept} == {1}
        assert archive.changes(include_formatting=True) == []
        assert archive.claim_due("replica", archive.runs()[0].started_at, 1000) == []
        assert list(archive.broken_links("replica")) == []
        places = [capture.warc for capture in archive.captures(site="replica") if capture.warc]
        assert len(places) >= len(kept)
        for place in places:
            assert read(crawled.home / "warc", place).status is not None


def leased(archive: Archive) -> int:
    from sqlalchemy import func, select

    from storage.tables import pages

    with archive.reading() as connection:
        return connection.execute(select(func.count()).where(pages.c.lease_until.is_not(None))).scalar_one()


@pytest.mark.parametrize("moments", [(5,), (150,), (20, 60, 120, 250)], ids=["early", "late", "often"])
def test_a_killed_crawl_loses_and_repeats_nothing(killing: Callable[..., Killing], moments: tuple[int, ...]) -> None:
    crawled = killing()
    for moment in moments:
        process = crawled.start()
        crawled.until_asked(moment, process)
        process.kill()
        assert process.wait(10) == -signal.SIGKILL
    crawled.to_the_end()
    assert_whole(crawled)
    with crawled.archive as archive:
        states = [run.state for run in reversed(archive.runs("replica"))]
        assert leased(archive) == 0
    assert states == [RunState.INTERRUPTED] * len(moments) + [RunState.DONE]
    for path in (crawled.home / "warc").glob("*.warc.gz"):
        mend(path)  # a record that was being written when the process died is cut off
        assert [entry.problem for entry in records(path) if entry.problem] == []


def test_a_killed_second_crawl_reports_each_change_once(killing: Callable[..., Killing]) -> None:
    crawled = killing()
    crawled.to_the_end()
    events = crawled.replica.apply()
    before = len(crawled.replica.requests)
    for more in (30, 120):
        process = crawled.start("--all")
        crawled.until_asked(before + more, process)
        process.kill()
        process.wait(10)
    crawled.to_the_end("--all")
    with crawled.archive as archive:
        found = sorted((change.kind.value, change.url) for change in archive.changes())
    assert found == sorted((event.kind, event.url) for event in events)


@pytest.mark.parametrize(("number", "moment"), [(signal.SIGTERM, 40), (signal.SIGINT, 3)])
def test_a_stopped_crawl_ends_soon_and_goes_on_later(
    killing: Callable[..., Killing], number: signal.Signals, moment: int
) -> None:
    crawled = killing()
    process = crawled.start()
    crawled.until_asked(moment, process)
    process.send_signal(number)
    _, error = process.communicate(15)
    assert (process.returncode, error.decode().splitlines()) == (
        1,
        ["letapis: stopped; what was recorded is kept, the same command goes on from there"],
    )
    with crawled.archive as archive:
        assert [run.state for run in archive.runs()] == [RunState.INTERRUPTED]
        assert leased(archive) == 0
    crawled.to_the_end()
    assert_whole(crawled)


def test_a_server_that_never_answers_does_not_keep_a_stopped_crawl(killing: Callable[..., Killing]) -> None:
    crawled = killing()
    for truth in crawled.replica.truth():
        crawled.replica.fail(truth.url.removeprefix(crawled.replica.url), delay=60)
    process = crawled.start()
    crawled.until_asked(3, process)
    process.terminate()
    process.communicate(45)  # of the sixty seconds that each answer takes
    assert process.returncode == 1
