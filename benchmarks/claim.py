"""Measures what a claim of 100 due pages costs among many, and what recording a batch of visits costs.

    python benchmarks/claim.py [PAGES] [DATABASE-URL]

Default: 1,000,000 pages in a SQLite file of a temporary folder. Three states of the frontier: all pages due (a first
crawl, or after a long pause), one page in a thousand due, and only 100 due, all of the last priority. Milliseconds
are by the wall clock, the median and the worst of the claims, and of this process's CPU. Each claim is a committed
transaction of its own, so the disk's fsync is in it, and on a busy machine the wait for its turn. The bar is 10 ms.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import select, text, update

from storage.archive import Archive
from storage.records import Capture, Discovery, Outcome, PageKind, PageState, Revisit, RunKind, Settlement
from storage.tables import pages

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = "bench"
CLAIMS = 50


def fill(archive: Archive, count: int) -> None:
    """Multiplies one discovered page in SQL: ten priorities, due times spread over a day in no order."""
    seed = Discovery(
        site=SITE,
        url="https://bench.example/ru/news/",
        address="https://bench.example/ru/news/",
        group="https://bench.example/news/",
        kind=PageKind.NEWS,
        priority=9,
        next_visit=NOW,
        revisit=Revisit(page_class="news"),
    )
    archive.discover([seed])
    names = ", ".join(f'"{c.name}"' for c in pages.c if c.name not in ("id", "url", "priority", "next_visit"))
    day = "(i * 7919 % 86400)"
    due = f"next_visit - {day} * 1000000" if sqlite(archive) else f"next_visit - {day} * interval '1 second'"
    with archive.writing() as connection:
        connection.execute(
            text(
                f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count - 1}) "
                f"INSERT INTO pages (url, priority, next_visit, {names}) "
                f"SELECT url || i, i % 10, {due}, {names} FROM pages, n"
            )
        )
    analyse(archive)


def sqlite(archive: Archive) -> bool:
    return archive.engine.dialect.name == "sqlite"


def analyse(archive: Archive) -> None:
    with archive.writing() as connection:
        connection.execute(text("ANALYZE"))


def all_due(archive: Archive) -> None:
    archive.make_due(SITE, NOW)


def few_due(archive: Archive) -> None:
    with archive.writing() as connection:
        connection.execute(update(pages).where(pages.c.id % 1000 != 0).values(next_visit=NOW + timedelta(days=9)))


def hundred_due(archive: Archive) -> None:
    last = select(pages.c.id).where(pages.c.priority == 9).limit(100)
    with archive.writing() as connection:
        connection.execute(update(pages).where(pages.c.id.not_in(last)).values(next_visit=NOW + timedelta(days=9)))


STATES: dict[str, Callable[[Archive], None]] = {
    "all due": all_due,
    "one in a thousand due": few_due,
    "100 due, last priority": hundred_due,
}


Spent = list[tuple[float, float]]  # milliseconds by the wall clock and of this process's CPU


@contextmanager
def timed(spent: Spent) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    spent.append(((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000))


def claims(archive: Archive, *, keep: bool) -> Spent:
    """What each claim took; with ``keep`` the leases pile up, as they do when a worker is slow."""
    spent: Spent = []
    for _ in range(CLAIMS):
        with timed(spent):
            claimed = archive.claim_due(SITE, NOW, 100)
        if not keep:
            archive.release([page.id for page in claimed])
    archive.release_all(SITE)
    return spent


def records(archive: Archive) -> Spent:
    """What it took to record batches of 100 visits that found nothing new."""
    run_id = archive.begin_run(SITE, RunKind.CRAWL, NOW).id
    spent: Spent = []
    for _ in range(20):
        claimed = archive.claim_due(SITE, NOW, 100)
        batch = [
            Settlement(
                pages=(replace(page, state=PageState.LIVE, next_visit=NOW + timedelta(days=9)),),
                captures=(
                    Capture(
                        run_id=run_id,
                        page_id=page.id,
                        url=page.url,
                        fetched_at=NOW,
                        status=200,
                        outcome=Outcome.UNCHANGED,
                    ),
                ),
            )
            for page in claimed
        ]
        with timed(spent):
            archive.record(batch)
    return spent


def show(name: str, spent: Spent) -> None:
    walls, cpus = zip(*spent, strict=True)
    middle = f"median {statistics.median(walls):7.2f} ms (CPU {statistics.median(cpus):6.2f})"
    print(f"{name:50} {middle}   worst {max(walls):7.2f} ms", flush=True)


@contextmanager
def opened(url: str | None) -> Iterator[Archive]:
    with tempfile.TemporaryDirectory() as folder, Archive.open(url or f"sqlite:///{folder}/bench.db") as archive:
        yield archive


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with opened(sys.argv[2] if len(sys.argv) > 2 else None) as archive:
        fill(archive, count)
        print(f"{count:,} pages, {archive.engine.dialect.name}")
        for name, prepare in STATES.items():
            prepare(archive)
            analyse(archive)
            show(f"claim 100, {name}", claims(archive, keep=False))
            if name == "all due":
                show("claim 100, all due, leases piling up to 5,000", claims(archive, keep=True))
                show("record 100 visits that found nothing new", records(archive))


if __name__ == "__main__":
    main()
