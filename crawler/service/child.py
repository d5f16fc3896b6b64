"""What runs in the process of one run: the crawl, told to the service line by line, for as long as it may go on.

Lines of JSON go both ways over a socket pair. In: ``{"until": T}``, the service has the right to schedule up to then.
Out: ``{"run", "outcomes", "changes", "late", "tasks"}``, what was done since the line before; and at the end
``{"ended", "error", "cpu"}``, cpu in seconds.
"""

import asyncio
import contextlib
import ctypes
import json
import os
import resource
import signal
import socket
import threading
from collections import Counter
from dataclasses import dataclass, field
from time import monotonic, process_time
from typing import TYPE_CHECKING, Any, BinaryIO

from config.settings import Settings
from config.site import Site
from crawler.alone import BeingCrawled
from crawler.log import about, log_to
from crawler.service.lease import boottime

if TYPE_CHECKING:
    from crawler.runs import Summary

EVERY = 0.5  # seconds between two lines of progress
ROOM = 256 * 2**20  # address space that a run gets even where the imports fill the limit


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a run's process is asked to do."""

    site: Site
    settings: Settings
    budgeted: bool  # a scheduled run keeps to the site's budget; one that a person ordered visits what is due
    feeds_first: bool = False


def main(task: Task, channel: socket.socket) -> None:
    """Runs the crawl and says how it ended. Dies when the service dies, or loses the right to schedule."""
    _bound(task.settings.service.run_memory_mb)
    lifeline = channel.dup().makefile("rb")
    while (until := _told(lifeline)) <= boottime():  # said before we got here: nothing is done on its strength
        pass
    _wind_up(until)
    threading.Thread(target=_listen, args=[lifeline], name="lifeline", daemon=True).start()
    log_to(task.settings.home, form=task.settings.log.format)
    teller = Teller(channel)
    with about(site=task.site.key):
        try:
            summary = _crawl(task, teller)
            teller.run, ended, error = summary.run.id, "interrupted" if summary.interrupted else "done", None
        except BeingCrawled as other:  # somebody crawls it by hand
            ended, error = "busy", str(other)
        except KeyboardInterrupt:  # SIGTERM where the engine was not running
            ended, error = "interrupted", None
        except Exception as broken:
            ended, error = "failed", f"{type(broken).__name__}: {broken}"[:500]
    teller.end(ended, error)


def _crawl(task: Task, teller: "Teller") -> "Summary":
    from crawler.runs import Wiring, crawl, workers
    from crawler.search import bring_up_to_date
    from storage.archive import Archive

    async def crawled(archive: Archive) -> "Summary":
        async with workers(task.settings, teller.timed) as pool:
            return await crawl(
                task.site,
                Wiring(settings=task.settings, archive=archive, pool=pool),
                everything=task.site.policy.visit == "all" and not task.feeds_first,
                max_pages=None,
                told=teller.told,
                budgeted=task.budgeted,
                feeds_first=task.feeds_first,
            )

    with Archive.open(task.settings.database_url) as archive:
        summary = asyncio.run(crawled(archive))
        if not summary.interrupted:
            with contextlib.suppress(KeyboardInterrupt):  # the next run, or the next search, goes on with it
                bring_up_to_date(archive)
        return summary


@dataclass(kw_only=True)
class _News:
    """What has not been told yet."""

    outcomes: Counter[str] = field(default_factory=Counter)
    changes: int = 0
    late: list[float] = field(default_factory=list)  # seconds after they were due, of visits to known pages
    tasks: list[tuple[str, float]] = field(default_factory=list)  # (what a worker did, seconds)


class Teller:
    """Tells the service what a run does, a few lines a second at most."""

    def __init__(self, channel: socket.socket) -> None:
        self.run: int | None = None  # its id, once it is known
        self._channel = channel
        self._news = _News()
        self._told_at = monotonic()

    def told(self, brought: Any, settlement: Any) -> None:
        """A visit is committed."""
        capture, page = settlement.captures[-1], brought.visit.page
        self.run = capture.run_id
        self._news.outcomes[capture.outcome.value] += 1
        self._news.changes += len(settlement.changes)
        if page.state.value != "new":
            self._news.late.append(round(max(0.0, (capture.fetched_at - page.next_visit).total_seconds()), 1))
        if monotonic() - self._told_at >= EVERY:
            self._tell()

    def timed(self, name: str, seconds: float) -> None:
        """A worker has done a task."""
        self._news.tasks.append((name, round(seconds, 4)))

    def end(self, ended: str, error: str | None) -> None:
        self._tell()
        self._send({"ended": ended, "error": error, "cpu": round(process_time(), 2)})

    def _tell(self) -> None:
        self._send({"run": self.run, **vars(self._news)})
        self._news, self._told_at = _News(), monotonic()

    def _send(self, line: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):  # the service is gone, and we shall be too
            self._channel.sendall(json.dumps(line).encode() + b"\n")


def _bound(memory_mb: int) -> None:
    """Limits, a process group of its own (Ctrl-C is the service's to handle), and death with what we were forked from.

    The memory limit is soft: the extraction's processes inherit it and set their own.
    """
    os.setpgid(0, 0)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = max(memory_mb * 2**20, _address_space() + ROOM)
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _address_space() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def _wind_up(until: float) -> None:
    """The kernel ends this process then, however busy it is, unless it is wound up again."""
    signal.setitimer(signal.ITIMER_REAL, max(0.001, until - boottime()))


def _listen(lifeline: BinaryIO) -> None:
    """Winds the timer up whenever the service has renewed its right; ends everything when the service is gone."""
    while True:
        _wind_up(_told(lifeline))


def _told(lifeline: BinaryIO) -> float:
    """Up to when the right to schedule is ours (boottime), by the service's next word."""
    line = lifeline.readline()
    if not line:
        os.kill(os.getpid(), signal.SIGKILL)
    return float(json.loads(line)["until"])
