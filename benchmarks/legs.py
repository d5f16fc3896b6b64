"""One leg of the crawl's benchmark, in a process of its own: what it visited, how long, how much CPU.

    python -m benchmarks.legs LEG < options.json

The clock runs from the first request's preparation to the last commit; imports of this process are not in it, those
of the worker processes that a crawl starts are. CPU time is that of the process and all its children.
"""

import asyncio
import json
import resource
import sys
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

Options = dict[str, Any]
Result = dict[str, Any]


class Watch:
    """Seconds and CPU seconds between two moments, children that have ended included."""

    def __init__(self) -> None:
        self._begun = perf_counter()
        self._cpu = _cpu()

    def read(self, visits: int, outcomes: dict[str, int] | None = None) -> Result:
        return {
            "seconds": perf_counter() - self._begun,
            "cpu": _cpu() - self._cpu,
            "visits": visits,
            "outcomes": outcomes or {},
        }


def _cpu() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def naive(options: Options) -> Result:
    """The naive spider, cold."""
    from benchmarks.naive_spider import NaiveSpider, settings

    database = Path(options["home"]) / "naive.db"
    made = settings(f"sqlite:///{database}", items=options["pages"])
    stats = _run_spider(NaiveSpider, made, seeds=options["seeds"])
    return stats


def fetch_only(options: Options) -> Result:
    """Scrapy alone: the given addresses fetched, nothing read."""
    import scrapy

    class FetchOnly(scrapy.Spider):
        name = "fetch-only"
        start_urls = json.loads((Path(options["home"]) / "urls.json").read_text())
        handle_httpstatus_all = True

        def parse(self, response: Any) -> None:
            """Nothing."""

    return _run_spider(
        FetchOnly,
        {
            "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
            "DOWNLOAD_DELAY": 0,
            "REDIRECT_ENABLED": False,
            "ROBOTSTXT_OBEY": False,
            "HTTPERROR_ALLOW_ALL": True,
            "TELNETCONSOLE_ENABLED": False,
            "REMOTE_CONTROL_ENABLED": False,
            "LOG_LEVEL": "ERROR",
        },
    )


def _run_spider(spider: type, settings: dict[str, Any], **arguments: Any) -> Result:
    from scrapy import signals
    from scrapy.crawler import AsyncCrawlerProcess

    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(spider)
    count = {"items": 0, "responses": 0}
    crawler.signals.connect(_counter(count, "items"), signals.item_scraped, weak=False)
    crawler.signals.connect(_counter(count, "responses"), signals.response_received, weak=False)
    watch = Watch()
    process.crawl(crawler, **arguments)
    process.start()
    return watch.read(count["items"] or count["responses"])


def _counter(count: dict[str, int], what: str) -> Callable[..., None]:
    def one_more(**_: Any) -> None:
        count[what] += 1

    return one_more


def letapis(options: Options) -> Result:
    """A crawl by Letapis: cold where ``home`` is empty, else of every page it knows."""
    from config.settings import Network, Settings
    from config.site import load_site
    from crawler.runs import Wiring
    from storage.archive import Archive

    home = Path(options["home"])
    site = load_site(home / "replica.toml")
    policy = site.policy.model_copy(update={"conditional": options.get("conditional", "none")})
    site = site.model_copy(update={"policy": policy})
    settings = Settings(home=home, network=Network(allow=(options["host"],)))
    with Archive.open(settings.database_url) as archive:
        if options.get("forget"):
            forget(archive)
        settle_for_known(archive)
        with profiled(options.get("profile")):
            return asyncio.run(_crawl(site, Wiring(settings=settings, archive=archive), options))


def _crawl(site: Any, wiring: Any, options: Options) -> Coroutine[Any, Any, Result]:
    from crawler.runs import crawl

    async def timed() -> Result:
        watch = Watch()
        summary = await crawl(
            site, wiring, everything=True, max_pages=options["pages"], told=lambda brought, settlement: None
        )
        outcomes: Counter[str] = summary.tally.outcomes
        found = watch.read(outcomes.total(), dict(outcomes))
        return {**found, "changes": len(summary.changes), "failures": len(summary.tally.failures)}

    return timed()


def forget(archive: Any) -> None:
    """Takes away what the cheap tiers go by, so that every page is read in full again."""
    from sqlalchemy import update

    from storage.tables import pages

    with archive.writing() as connection:
        connection.execute(update(pages).values(region_digest=None, body_digest=None, etag=None, last_modified=None))


def settle_for_known(archive: Any) -> None:
    """After a crawl that was cut short: what has not been visited yet is left out for good.

    A recrawl then asks for the same pages as the crawl before, whatever their number.
    """
    from sqlalchemy import update

    from storage.records import PageState
    from storage.tables import pages

    new = pages.c.state == PageState.NEW.value
    with archive.writing() as connection:
        connection.execute(update(pages).where(new).values(state=PageState.EXCLUDED.value, next_visit=None))


@contextmanager
def profiled(file: str | None) -> Any:
    """Writes cProfile's figures to the file, if one is named."""
    if not file:
        yield
        return
    import cProfile

    with cProfile.Profile() as profile:
        yield
    profile.dump_stats(file)


LEGS: dict[str, Callable[[Options], Result]] = {"naive": naive, "fetch-only": fetch_only, "letapis": letapis}


def main() -> None:
    result = LEGS[sys.argv[1]](json.load(sys.stdin))
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
