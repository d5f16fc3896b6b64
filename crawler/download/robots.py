"""Asking robots.txt before every request, once a day for each host (RFC 9309)."""

import asyncio
import logging
from collections import defaultdict
from pathlib import Path
from time import monotonic
from typing import Final
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.core.robots import (
    ASK_AGAIN_SECONDS,
    MAX_BYTES,
    MAX_REDIRECTS,
    Robots,
    Verdict,
    robots_from_answer,
    unreachable_robots,
)
from crawler.download.failures import Abandoned, AddressRefused, RobotsForbidden, Unreachable, failure_kind
from crawler.download.robots_kept import KeptRobots
from crawler.download.slots import slow_down
from storage.said import Said, saying

logger = logging.getLogger(__name__)

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PRIORITY: Final = 1000


class RobotsMiddleware:
    """Lets through what robots.txt allows; raises RobotsForbidden for the rest.

    robots.txt itself is fetched like every other request: guarded, limited, paced. A crawl delay slows the host down.
    Who is in haste (``Haste.robots_age``) believes what another run of this home was given.
    Off when the profile says ``respect_robots = false``, and for requests with ``meta["robots"]`` (its own).
    """

    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings["LETAPIS_POLICY"].respect_robots:
            raise NotConfigured  # without words, which Scrapy would log as a warning
        self._crawler = crawler
        self._ask_again = crawler.settings.getfloat("LETAPIS_ROBOTS_ASK_AGAIN", ASK_AGAIN_SECONDS)
        folder = crawler.settings["LETAPIS_PACE_FOLDER"]
        self._kept = KeptRobots(Path(folder) if folder else None)
        self._age = float(crawler.settings["LETAPIS_HASTE"].robots_age)
        self._known: dict[str, tuple[float, Robots]] = {}  # scheme://host:port -> (stands until, what is allowed)
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RobotsMiddleware":
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.meta.get("robots"):
            return
        robots = await self.robots(request.url)
        if robots.verdict is Verdict.NOTHING:
            raise RobotsForbidden(
                Said("not fetched: {why}, which forbids all for now", why=robots.reason), unreachable=True
            )
        if not robots.allows(request.url):
            raise RobotsForbidden(Said("robots.txt forbids this address"))

    def crawl_delay(self, host: str) -> float | None:
        """Seconds between requests to the host that its robots.txt asks for, capped; null when it asks for none."""
        delays = [
            robots.crawl_delay for origin, (_, robots) in self._known.items() if urlsplit(origin).hostname == host
        ]
        return max((delay for delay in delays if delay is not None), default=None)

    async def robots(self, url: str) -> Robots:
        """What the address's host allows: known, or asked for now."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        async with self._asking[origin]:
            until, known = self._known.get(origin, (0.0, None))
            if known is None or monotonic() >= until:
                known, left = await self._learn(origin, known)
                self._known[origin] = (monotonic() + left, known)
                self._heed_delay(parts.hostname or "", known)
        return known

    async def _learn(self, origin: str, before: Robots | None) -> tuple[Robots, float]:
        """(what the host allows, seconds for which that stands)"""
        kept = self._kept.known(origin, age=self._age)
        if kept is not None:
            return kept
        robots = await self._ask(origin, before)
        return robots, robots.stands_for(ask_again=self._ask_again)

    async def _ask(self, origin: str, before: Robots | None) -> Robots:
        try:
            robots = await self._fetch(origin)
        except (AddressRefused, Abandoned):  # not the file's trouble: nothing of this host may be asked
            raise
        except Exception as error:  # whatever went wrong, it could not be had
            failure = failure_kind(error)
            robots = unreachable_robots(Said("robots.txt could not be had ({why})", why=failure.message))
        if robots.verdict is Verdict.NOTHING:
            logger.warning("%s: %s", origin, robots.reason)
            if before is not None and before.verdict is Verdict.RULES:
                return before  # RFC 9309 2.4: an old copy may stand in while the file is unreachable
        return robots

    async def _fetch(self, origin: str) -> Robots:
        url = f"{origin}/robots.txt"
        for hop in range(MAX_REDIRECTS + 1):
            try:
                response = await self._download(url)
            except AddressRefused as error:
                if hop == 0:
                    raise
                raise Unreachable(Said("it leads to where we do not go: {why}", why=saying(error))) from error
            location = response.headers.get(b"Location")
            if response.status not in _REDIRECTS or location is None:
                self._kept.keep(origin, response.status, response.body)
                return robots_from_answer(response.status, response.body)
            url = urljoin(url, location.decode("utf-8", errors="replace"))
        return robots_from_answer(404, b"")  # RFC 9309 2.3.1.2: more redirects than that, as if there were none

    async def _download(self, url: str) -> Response:
        engine = self._crawler.engine
        assert engine is not None
        meta = {"robots": True, "max_bytes": MAX_BYTES, "cut": True}
        request = Request(url, meta=meta, priority=_PRIORITY, callback=NO_CALLBACK)
        return await engine.download_async(request)

    def _heed_delay(self, host: str, robots: Robots) -> None:
        wish, delay = robots.wished_delay, robots.crawl_delay
        if not delay:
            return
        slow_down(self._crawler, host, delay)
        capped = f" (it asks for {wish:g} s)" if wish != delay else ""
        logger.info("%s: robots.txt asks for a pause of %g s between requests%s", host, delay, capped)
