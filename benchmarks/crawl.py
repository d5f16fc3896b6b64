"""The crawl's benchmark: Letapis beside a naive spider and beside Scrapy that fetches only, on the same pages.

    python -m benchmarks.crawl [--pages 2000] [--naive-pages 500] [--repeat 1] [--no-record]

See README.md for how to read it. Each leg runs in a process of its own, one after the other; the site is served from
memory by another one. Figures go to results.jsonl, one line a run.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from importlib.metadata import version
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results.jsonl"
SAMPLE = 0.1  # seconds between two looks at the memory


@dataclass(frozen=True, kw_only=True)
class Leg:
    """What one leg took."""

    visits: int
    seconds: float
    cpu: float  # seconds, of the whole process tree
    memory_mb: float  # the most that the tree's processes had resident at one time, shared pages counted in each
    changes: int = 0
    failures: int = 0
    outcomes: dict[str, int]

    @property
    def rate(self) -> float:
        return self.visits / self.seconds

    @property
    def cpu_ms(self) -> float:
        return 1000 * self.cpu / self.visits


class Bench:
    """The server, a folder, and the legs run so far."""

    def __init__(self, server: Any, folder: Path, options: argparse.Namespace) -> None:
        self.host: str = server["host"]
        self.profile: str = server["profile"]
        self.folder = folder
        self.options = options
        self.legs: dict[str, list[Leg]] = {}

    def home(self, name: str) -> Path:
        home = self.folder / name
        home.mkdir(exist_ok=True)
        (home / "replica.toml").write_text(self.profile, "utf-8")
        return home

    def leg(self, name: str, kind: str, home: Path, **options: Any) -> None:
        """Runs a leg and keeps what it took."""
        given = {"home": str(home), "host": self.host, "pages": self.options.pages, **options}
        leg = run(kind, given)
        self.legs.setdefault(name, []).append(leg)
        print(f"{name}: {leg.visits} visits, {leg.rate:.0f}/s, {leg.cpu_ms:.1f} ms, {leg.outcomes}", file=sys.stderr)

    def later(self, what: str = "again") -> None:
        """The site a little later: every page rendered anew."""
        connection = HTTPConnection(self.host, timeout=600)
        connection.request("POST", f"/-/front/{what}")
        connection.getresponse().read()


def run(kind: str, given: dict[str, Any]) -> Leg:
    """One leg in a process of its own, its tree's memory watched."""
    child = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.legs", kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=FOLDER.parent,
        text=True,
    )
    with watched(child.pid) as most:
        out, _ = child.communicate(json.dumps(given))
    if child.returncode:
        raise SystemExit(f"the leg {kind} failed")
    found = json.loads(out.splitlines()[-1])
    return Leg(memory_mb=most() / 2**20, **found)


@contextmanager
def watched(pid: int) -> Iterator[Callable[[], int]]:
    """The most bytes that a process and its descendants had resident at one time."""
    seen, stop = [0], Event()

    def look() -> None:
        while not stop.wait(SAMPLE):
            seen.append(_resident(pid))

    thread = Thread(target=look, daemon=True)
    thread.start()
    try:
        yield lambda: max(seen)
    finally:
        stop.set()
        thread.join()


def _resident(pid: int) -> int:
    try:
        parent = psutil.Process(pid)
        return sum(_rss(one) for one in (parent, *parent.children(recursive=True)))
    except psutil.NoSuchProcess:
        return 0


def _rss(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


@contextmanager
def served() -> Iterator[Any]:
    """The site, in a process of its own."""
    child = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.front"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=FOLDER.parent,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdin is not None
    try:
        yield json.loads(child.stdout.readline())
    finally:
        child.stdin.close()
        child.wait()


def visited(home: Path) -> list[str]:
    """The addresses that a crawl has visited, each once."""
    from sqlalchemy import create_engine, text

    engine = create_engine(f"sqlite:///{home / 'letapis.db'}")
    with engine.begin() as connection:
        found = connection.execute(text("SELECT DISTINCT url FROM captures WHERE status IS NOT NULL")).scalars().all()
    engine.dispose()
    return list(found)


def measure(bench: Bench, number: int) -> None:
    """All legs once; a first crawl that is not counted has the server render the pages."""
    if number == 0:
        warm = bench.home("warm")
        run("letapis", {"home": str(warm), "host": bench.host, "pages": bench.options.pages})
    bench.later()
    ours = bench.home(f"letapis-{number}")
    bench.leg("naive spider, cold", "naive", bench.home(f"naive-{number}"), pages=bench.options.naive_pages,
              seeds=[f"http://{bench.host}/ru/news", f"http://{bench.host}/"])  # fmt: skip
    bench.leg("Letapis, cold", "letapis", ours)
    (ours / "urls.json").write_text(json.dumps(visited(ours)))
    bench.leg("Scrapy, fetching only", "fetch-only", ours)
    bench.later()
    bench.leg("Letapis, unchanged (other bytes)", "letapis", ours)
    bench.leg("Letapis, unchanged (same bytes)", "letapis", ours)
    bench.leg("Letapis, unchanged (304)", "letapis", ours, conditional="all")
    bench.later("noise")
    bench.leg("Letapis, after a round of noise", "letapis", ours)
    bench.leg("Letapis, all read again", "letapis", ours, forget=True)


def medians(bench: Bench) -> dict[str, dict[str, float]]:
    """By leg: rate, CPU and memory, the median of the repetitions."""
    return {
        name: {
            "visits": statistics.median(leg.visits for leg in legs),
            "pages_per_second": round(statistics.median(leg.rate for leg in legs), 1),
            "cpu_ms_per_page": round(statistics.median(leg.cpu_ms for leg in legs), 2),
            "memory_mb": round(max(leg.memory_mb for leg in legs)),
            "changes": sum(leg.changes for leg in legs),
            "failures": sum(leg.failures for leg in legs),
        }
        for name, legs in bench.legs.items()
    }


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A ratio that is wanted: of the rates, and of the CPU times, which other work on the machine disturbs less."""

    name: str
    over: str  # the leg that is to be the faster one
    under: str
    wanted: float

    def ratios(self, found: dict[str, dict[str, float]]) -> tuple[float, float]:
        over, under = found[self.over], found[self.under]
        return (
            over["pages_per_second"] / under["pages_per_second"],
            under["cpu_ms_per_page"] / over["cpu_ms_per_page"],
        )


BARS = (
    Bar(name="cold crawl to naive spider", over="Letapis, cold", under="naive spider, cold", wanted=4.0),
    Bar(
        name="unchanged recrawl to naive spider",
        over="Letapis, unchanged (other bytes)",
        under="naive spider, cold",
        wanted=20.0,
    ),
    Bar(
        name="unchanged recrawl to Scrapy fetching only",
        over="Letapis, unchanged (other bytes)",
        under="Scrapy, fetching only",
        wanted=0.7,
    ),
    Bar(
        name="unchanged recrawl to reading all again",
        over="Letapis, unchanged (other bytes)",
        under="Letapis, all read again",
        wanted=20.0,
    ),
)
MEMORY_MB = 300


def show(found: dict[str, dict[str, float]]) -> None:
    console = Console(width=110)
    table = Table("leg", "visits", "pages/s", "CPU ms/page", "peak MB", "changes", "failures")
    for name, leg in found.items():
        row = [f"{leg[key]:g}" for key in ("visits", "pages_per_second", "cpu_ms_per_page", "memory_mb")]
        table.add_row(name, *row, f"{leg['changes']:g}", f"{leg['failures']:g}")
    console.print(table)
    bars = Table("ratio", "by rate", "by CPU", "wanted", "reached (by rate)")
    for bar in BARS:
        rate, cpu = bar.ratios(found)
        bars.add_row(bar.name, f"{rate:.2f}", f"{cpu:.2f}", f">= {bar.wanted:g}", "yes" if rate >= bar.wanted else "no")
    most = max(leg["memory_mb"] for name, leg in found.items() if name.startswith("Letapis"))
    bars.add_row("memory of Letapis, MB", f"{most:g}", "", f"< {MEMORY_MB}", "yes" if most < MEMORY_MB else "no")
    console.print(bars)


def record(found: dict[str, dict[str, float]], options: argparse.Namespace) -> None:
    """Appends one line to results.jsonl: figures and versions, nothing of the machine but its cores."""
    line = {
        "benchmark": "crawl",
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        "pages": options.pages,
        "repeat": options.repeat,
        "cores": psutil.cpu_count(),
        "python": ".".join(map(str, sys.version_info[:3])),
        "versions": {name: version(name) for name in ("letapis", "scrapy", "trafilatura", "sqlalchemy", "selectolax")},
        "legs": found,
        "ratios": {bar.name: [round(ratio, 2) for ratio in bar.ratios(found)] for bar in BARS},
    }
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crawl", description=main.__doc__)
    parser.add_argument("--pages", type=int, default=2000, help="the most visits of a leg")
    parser.add_argument("--naive-pages", type=int, default=500, help="pages of the naive spider's leg")
    parser.add_argument("--repeat", type=int, default=1, help="rounds; medians are shown")
    parser.add_argument("--no-record", action="store_true", help="leave results.jsonl as it is")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, served() as server:
        bench = Bench(server, Path(folder), options)
        for number in range(options.repeat):
            measure(bench, number)
    found = medians(bench)
    show(found)
    if not options.no_record:
        record(found, options)


if __name__ == "__main__":
    main()
