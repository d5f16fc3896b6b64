"""The downloader's slots, one for each host: slowing a host down, pausing it, giving up what waits."""

from time import monotonic

from scrapy.crawler import Crawler
from twisted.python.failure import Failure

from crawler.download.failures import Abandoned
from crawler.download.turns import turns_of

LEAST_DELAY = 0.001  # seconds; Scrapy heeds concurrency and pauses only where there is a delay at all


def slow_down(crawler: Crawler, host: str, delay: float) -> None:
    """From now on at least ``delay`` seconds between two requests to the host, for the rest of the run."""
    downloader = _downloader(crawler)
    fixed = downloader.per_slot_settings.setdefault(host, {})  # outlives the slot, which goes when idle
    fixed["delay"] = max(delay, current_delay(crawler, host))
    if host in downloader.slots:
        downloader.slots[host].delay = fixed["delay"]


def current_delay(crawler: Crawler, host: str) -> float:
    """Seconds kept between two requests to the host."""
    downloader = _downloader(crawler)
    usual = crawler.settings.getfloat("DOWNLOAD_DELAY")
    return float(downloader.per_slot_settings.get(host, {}).get("delay", usual))


def pause(crawler: Crawler, host: str, seconds: float) -> None:
    """No request to the host starts within so many seconds; other hosts go on."""
    slot = _downloader(crawler).slots.get(host)
    if slot is not None:
        slot.lastseen = max(slot.lastseen, monotonic() + seconds - slot.delay)


def abandon_waiting(crawler: Crawler) -> int:
    """Fails every request that has not started with Abandoned, so that a run can stop at once; returns how many.

    Those that wait for their host's turn fail too, a moment later.
    """
    turns_of(crawler).abandon()
    count = 0
    for slot in _downloader(crawler).slots.values():
        while slot.queue:
            _, waiting = slot.queue.popleft()
            waiting.errback(Failure(Abandoned("the run was stopped before this was fetched")))  # type: ignore[no-untyped-call]
            count += 1
    return count


def _downloader(crawler: Crawler):  # type: ignore[no-untyped-def]  # Scrapy does not name the attribute's type
    assert crawler.engine is not None
    return crawler.engine.downloader
