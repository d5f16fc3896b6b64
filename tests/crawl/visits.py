"""Running real requests through Scrapy with the project's settings, and keeping what came of each."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import scrapy
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.http import Response

from config.settings import Network, Settings
from config.site import Policy, Site
from crawler.download.failures import Failure, failure_kind
from crawler.middlewares import scrapy_settings


@dataclass
class Visits:
    """What came of each request, by URL: a response or a failure."""

    responses: dict[str, Response] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)
    errors: dict[str, BaseException] = field(default_factory=dict)
    crawler: Crawler | None = None


class Visitor(scrapy.Spider):
    """Asks for the given requests and notes what came of them."""

    name = "visitor"

    def __init__(self, requests: list[tuple[str, dict[str, Any]]], visits: Visits, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._requests, self._visits = requests, visits

    async def start(self) -> Any:
        for url, meta in self._requests:
            yield scrapy.Request(url, meta=meta, callback=self.note, errback=self.note_failure, dont_filter=True)

    def note(self, response: Response) -> None:
        self._visits.responses[response.url] = response

    def note_failure(self, failure: Any) -> None:
        self._visits.failures[failure.request.url] = failure_kind(failure.value)
        self._visits.errors[failure.request.url] = failure.value


def visit(
    urls: Iterable[str | tuple[str, dict[str, Any]]],
    *,
    allow: Iterable[str] = (),
    policy: dict[str, Any] | None = None,
    network: dict[str, Any] | None = None,
    **overrides: Any,
) -> Visits:
    """Fetches the addresses in one run and returns what came back."""
    requests = [(item, {}) if isinstance(item, str) else item for item in urls]
    settings = Settings(network=Network(allow=tuple(allow), **(network or {})))
    site = Site(
        key="hostile",
        hosts=("hostile.test",),
        seeds=("http://hostile.test/",),
        policy=Policy(**{"min_delay": 0, "concurrency": 8, "respect_robots": False, **(policy or {})}),
    )
    options = {
        **scrapy_settings(settings, site),
        "LETAPIS_BACK_OFF": 0.01,
        "LETAPIS_PACE_FOLDER": None,
        "TWISTED_REACTOR_ENABLED": False,
        **overrides,
    }
    visits = Visits()

    async def run() -> None:
        runner = AsyncCrawlerRunner(options)
        visits.crawler = runner.create_crawler(Visitor)
        await runner.crawl(visits.crawler, requests=requests, visits=visits)

    asyncio.run(run())
    return visits
