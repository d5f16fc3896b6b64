"""One spider in Scrapy's engine, until it is done or a signal says stop."""

import asyncio
import gc
import signal
from dataclasses import dataclass
from typing import Any

from config.settings import Settings
from crawler.middlewares import scrapy_settings
from crawler.spider import Job, SiteSpider

SIGNALS = (signal.SIGINT, signal.SIGTERM)
GRACE = 5.0  # seconds that answers on their way get to arrive once a signal has said stop
_GARBAGE = (20_000, 20, 20)  # objects made from one look for circular garbage to the next: a page makes little of it


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How the spider ended."""

    failures: tuple[BaseException, ...]  # our own errors
    drained: bool  # nothing due was left
    interrupted: bool  # a signal ended it early


async def run_spider(job: Job, settings: Settings) -> Ended:
    """Runs a spider to its end. SIGINT and SIGTERM are ours meanwhile.

    From now on the process looks for circular garbage more seldom than Python does by itself.
    """
    from scrapy.crawler import AsyncCrawlerRunner

    gc.set_threshold(*_GARBAGE)
    runner = AsyncCrawlerRunner(
        {
            **scrapy_settings(settings, job.site, job.haste),
            "TWISTED_REACTOR_ENABLED": False,
            "ITEM_PIPELINES": {"crawler.pipelines.RecordPipeline": 100},
            "CONCURRENT_ITEMS": 1,  # an answer makes one visit; Scrapy starts so many tasks for each
            "SCRAPER_SLOT_MAX_ACTIVE_SIZE": 16 * 2**20,  # bytes of answers that wait for their batch's commit
        }
    )
    crawler = runner.create_crawler(SiteSpider)
    interrupted = await _until_signalled(asyncio.ensure_future(runner.crawl(crawler, job=job)), crawler)
    spider = crawler.spider
    if not isinstance(spider, SiteSpider):
        raise RuntimeError("the spider did not start; see the log")
    return Ended(failures=tuple(spider.failures), drained=spider.drained, interrupted=interrupted)


async def _until_signalled(crawling: asyncio.Future[Any], crawler: Any) -> bool:
    """Waits for the crawl; returns whether a signal ended it.

    The first signal lets what is on its way arrive, for a few seconds; the second does not.
    """
    loop = asyncio.get_running_loop()
    signalled = asyncio.Event()

    def stop() -> None:
        if signalled.is_set() or crawler.spider is None:
            crawling.cancel()
        else:
            crawler.spider.stop()
            loop.call_later(GRACE, crawling.cancel)
        signalled.set()

    for number in SIGNALS:
        loop.add_signal_handler(number, stop)
    try:
        await crawling
    except asyncio.CancelledError:
        if not signalled.is_set():
            raise
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
    return signalled.is_set()
