"""How long the review pages take on a large archive, on the server's side.

    python -m benchmarks.archive --versions 100000 --changes 20000 -o HOME
    python -m benchmarks.web HOME [--rounds 15] [--language ru] [--only changes]

Each page of PAGES is asked as a browser asks it, through the whole application in this process, by a user that is made
in HOME for it (work on a copy if that matters). The first answer, which fills caches, is told apart. On a busy machine
read the CPU times; how fast the machine is at that moment, a bare loop before and after says.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from config.settings import Settings
from config.site import BUILT_IN, load_sites
from crawler.service.live import Here
from crawler.service.metrics import Metrics
from crawler.web.app import create_app
from crawler.web.sessions import begun
from storage.archive import Archive
from storage.records_accounts import Role

BAR = 100  # milliseconds, the median of a page
LOOP = 5_000_000
PAGES = {  # every screen adds its own
    "home": "/",
    "changes": "/changes",
    "changes of a state": "/changes?state=new&min=0.5",
    "changes, the latest": "/changes?order=time&kind=edited",
    "changes with words": "/changes?words=жзпчмами",
    "difference of a change": "/changes/5/diff",
    "filters": "/filters",
    "rules": "/rules",
    "a noise rule with its dry run": "/changes/5/noise",
    "one change": "/changes/5",
    "one change, all of it": "/changes/5?all=1&view=sides",
    "one change in a filtered list": "/changes/5?kind=edited&order=time&min=0.2",
    "a page": "/pages/77",
    "two versions": "/pages/77/compare/1..4",
    "a version": "/pages/77/versions/3",
    "find a page": "/pages",
    "search, a common word": "/search?q=слово",
    "search, narrowed": "/search?q=слово&kind=news&language=ru&since=2025-06-01",
    "sites": "/sites",
    "site": "/sites/bench",
    "pages of a site": "/sites/bench/pages?section=услуги",
    "pages of a site on a day": "/sites/bench/pages?on=2025-07-01",
    "schedule": "/sites/bench/schedule",
    "runs": "/runs",
    "run": "/runs/1",
    "problems": "/problems",
    "subscriptions": "/subscriptions",
    "new subscription": "/subscriptions/new",
    "deliveries": "/deliveries",
    "audit log": "/audit",
    "audit log, narrowed": "/audit?action=change.state&since=2025-06-01&until=2025-06-30",
    "status": "/status",
}


def measured(home: Path, rounds: int, language: str, only: str) -> Iterator[tuple[str, int, float, float, float, int]]:
    """(page, status, first and median milliseconds, median CPU milliseconds, bytes) of each page."""
    settings = Settings(home=home)
    with Archive.open(settings.database_url) as archive:
        newest = archive.changes(limit=1)[0]
        now = newest.first_seen + timedelta(days=1)
        sites = load_sites(BUILT_IN, settings.sites_folder)
        site = sites["mpt"].model_copy(update={"key": newest.site}) if newest.site not in sites else sites[newest.site]
        sites = {**sites, newest.site: site}
        here = Here(settings, sites, archive, Metrics(), fetch=_fetch, held=lambda: True, clock=lambda: now)
        app = create_app(settings, sites, archive, here, lambda: now)
        cookie = _session(archive, now)
        for name, path in PAGES.items():
            if only in name:
                took, busy, status, size = asyncio.run(_asked(app, path, cookie, rounds, language))
                yield name, status, took[0], statistics.median(took[1:]), statistics.median(busy[1:]), size


async def _fetch(url: str, site: str | None, who: str) -> dict[str, Any]:
    raise NotImplementedError(f"{url}: nothing is fetched here")


def _session(archive: Archive, now: datetime) -> str:
    """The cookie of an administrator who is logged in."""
    user = archive.user("benchmark") or archive.add_user("benchmark", Role.ADMIN, "no password", now, actor="benchmark")
    assert user
    value, session = begun(user.id, now)
    archive.begin_session(session)
    return value


async def _asked(
    app: object, path: str, cookie: str, rounds: int, language: str
) -> tuple[list[float], list[float], int, int]:
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    headers = {"Cookie": f"letapis_session={cookie}", "Accept-Language": language, "HX-Request": "true"}
    took, busy = [], []
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
        for _ in range(rounds + 1):
            start, cpu = time.perf_counter(), time.process_time()
            answer = await client.get(path)
            took.append((time.perf_counter() - start) * 1_000)
            busy.append((time.process_time() - cpu) * 1_000)
    return took, busy, answer.status_code, len(answer.content)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("home", type=Path)
    arguments.add_argument("--rounds", type=int, default=15)
    arguments.add_argument("--language", default="en")
    arguments.add_argument("--only", default="", help="pages with this in their name")
    asked = arguments.parse_args()
    print(f"a loop of {LOOP:,} additions: {_loop():.0f} ms")
    for name, status, first, median, busy, size in measured(asked.home, asked.rounds, asked.language, asked.only):
        told = "" if status == 200 and median <= BAR else "  <-- not as wanted"
        times = f"first {first:7.1f} ms, median {median:7.1f} ms, CPU {busy:6.1f} ms"
        print(f"{name:30} {status} {times}, {size / 1024:6.1f} KiB{told}")
    print(f"the loop: {_loop():.0f} ms")


def _loop() -> float:
    """Milliseconds of a loop that does nothing else: what the machine is worth now."""
    start, total = time.perf_counter(), 0
    for number in range(LOOP):
        total += number
    return (time.perf_counter() - start) * 1_000


if __name__ == "__main__":
    main()
