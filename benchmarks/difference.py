"""How long the screen of a comparison takes on the server, for two Russian texts of 200 KB as in benchmarks.diff.

    python -m benchmarks.difference [--rounds 7]

One line a case and form: median and worst CPU milliseconds of the whole answer, its size.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx

from benchmarks.diff import cases
from benchmarks.web import _session
from config.settings import Settings
from config.site import BUILT_IN, load_sites
from crawler.core.canonical import digests
from crawler.web.app import create_app
from storage.archive import Archive
from storage.records import (
    Capture,
    Discovery,
    Document,
    Extractor,
    Outcome,
    PageKind,
    Revisit,
    RunKind,
    Settlement,
    Version,
)

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
FORMS = {"folded": "", "all, side by side": "?all=1&view=sides", "all, inline": "?all=1&view=inline"}


def stored(archive: Archive, name: str, texts: tuple[str, str]) -> int:
    """A page with two versions; returns its id."""
    revisit = Revisit(page_class="document", a=1.0, b=30.0)
    url = f"https://mpt.gov.by/{name}"
    found = Discovery(
        site="mpt", url=url, address=url, group=url, kind=PageKind.DOCUMENT, next_visit=NOW, revisit=revisit
    )
    archive.discover([found])
    page = archive.page("mpt", url)
    assert page
    run = archive.begin_run("mpt", RunKind.CRAWL, NOW).id
    for number, text in enumerate(texts, 1):
        document = Document(
            title=name, language="ru", published=None, kind=PageKind.DOCUMENT, markdown=text, text=text,
            extractor=Extractor.PROFILE,
        )  # fmt: skip
        version = Version(
            page_id=page.id, number=number, first_seen=NOW, document=document, digests=digests(document),
            extractor_version="1", profile_version="1",
        )  # fmt: skip
        capture = Capture(run_id=run, page_id=page.id, url=url, fetched_at=NOW, status=200, outcome=Outcome.NEW)
        archive.record([Settlement(pages=(), captures=(capture,), versions=(version,))])
    return page.id


async def asked(app: object, path: str, cookie: str, rounds: int) -> tuple[list[float], int]:
    """CPU milliseconds of each round, and the size of the answer."""
    took, size = [], 0
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    headers = {"Cookie": f"letapis_session={cookie}", "Accept-Language": "ru"}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
        for _ in range(rounds):
            start = time.process_time()
            answer = await client.get(path)
            took.append((time.process_time() - start) * 1_000)
            answer.raise_for_status()
            size = len(answer.content)
    return took, size


def measured(rounds: int) -> Iterator[tuple[str, str, float, float, int]]:
    """(case, form, median and worst CPU milliseconds, bytes)."""
    with tempfile.TemporaryDirectory() as home, Archive.open(f"sqlite:///{home}/letapis.db") as archive:
        app = create_app(Settings(home=Path(home)), load_sites(BUILT_IN), archive, None, lambda: NOW)
        cookie = _session(archive, NOW)
        for number, (case, before, after) in enumerate(cases(random.Random(7))):
            page_id = stored(archive, f"text-{number}", (before, after))
            for form, query in FORMS.items():
                took, size = asyncio.run(asked(app, f"/pages/{page_id}/compare/1..2{query}", cookie, rounds))
                yield case, form, statistics.median(took), max(took), size


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=7)
    for case, form, median, worst, size in measured(arguments.parse_args().rounds):
        print(f"{case:36} {form:18} median {median:6.1f} ms, worst {worst:6.1f} ms, {size / 1024:7.1f} KiB")
