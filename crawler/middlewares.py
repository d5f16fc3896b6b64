"""What happens to every request on its way: conditional headers, retries, pauses; and Scrapy's settings for a run."""

import asyncio
import logging
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from config.settings import Settings
from config.site import Site
from crawler.core.pace import (
    MAX_TRIES,
    NETWORK_TRIES,
    PATIENT,
    SERVER_ERRORS,
    Haste,
    back_off,
    retry_after,
    wants_pause,
)
from crawler.download.decoding import ACCEPTED
from crawler.download.failures import FailureKind, failure_kind
from crawler.download.slots import LEAST_DELAY, current_delay, pause, slow_down
from crawler.download.turns import turns_of

logger = logging.getLogger(__name__)

_MAX_DELAY = 60.0  # seconds between requests that pauses alone can bring a host to


class ConditionalMiddleware:
    """Asks for the page only if it changed: ``meta["etag"]`` and ``meta["last_modified"]``, exactly as the server sent
    them. Both, since a Drupal page cache answers 304 to nothing less."""

    def process_request(self, request: Request) -> None:
        for name, key in ((b"If-None-Match", "etag"), (b"If-Modified-Since", "last_modified")):
            if value := request.meta.get(key):
                request.headers[name] = value.encode("latin-1", errors="ignore")


class RetryMiddleware:
    """Tries again what may succeed soon; makes a host wait that asks for it.

    429, and 503 with Retry-After: the whole host pauses for so long and is asked half as often from then on, up to
    MAX_TRIES requests for one address; all processes that share our home folder heed it. Failures of the network and
    server errors: NETWORK_TRIES, with a growing wait that holds up nobody else. The last answer or failure goes to
    the spider as it is. Who has no patience (``Haste``) gets the answer that asks for a long pause, and a server's
    silence, the first time. ``meta["tries"]`` counts; ``meta["no_retry"]`` leaves it at one after a failure.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._hasty = crawler.settings["LETAPIS_HASTE"].patience is not None
        self._first = float(crawler.settings.getfloat("LETAPIS_BACK_OFF"))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RetryMiddleware":
        middleware = cls(crawler)
        # This signal comes before the downloader starts the host's next request; process_response comes after.
        crawler.signals.connect(middleware.heed, signals.response_downloaded)
        return middleware

    def heed(self, response: Response, request: Request) -> None:
        """Lets the host rest for as long as the answer asks for."""
        if _wants_pause(request, response):
            self._pause(request, self._asked(request, response))

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        tries = _tries(request)
        if _wants_pause(request, response):
            waits = turns_of(self._crawler).waits_for(self._asked(request, response))
            return _again(request) if waits and tries < MAX_TRIES else response
        if response.status in SERVER_ERRORS and tries < NETWORK_TRIES:
            await asyncio.sleep(back_off(tries, first=self._first))
            return _again(request)
        return response

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        tries, failure = _tries(request), failure_kind(exception)
        hopeless = not failure.transient or failure.kind is FailureKind.ROBOTS  # which is asked again in its own time
        hopeless = hopeless or (failure.kind is FailureKind.TIMEOUT and self._hasty)  # that has taken long enough
        if hopeless or tries >= NETWORK_TRIES or request.meta.get("no_retry"):
            return None
        await asyncio.sleep(back_off(tries, first=self._first))
        return _again(request)

    def _asked(self, request: Request, response: Response) -> float:
        """Seconds that the host is to rest."""
        asked = retry_after(_header(response), now=request.meta["exchange"].fetched_at)
        return back_off(_tries(request), first=10 * self._first) if asked is None else asked

    def _pause(self, request: Request, seconds: float) -> None:
        host = urlsplit(request.url).hostname or ""
        delay = min(2 * current_delay(self._crawler, host), _MAX_DELAY)
        slow_down(self._crawler, host, delay)
        pause(self._crawler, host, seconds)
        turns_of(self._crawler).rest(host, seconds, delay=delay)
        logger.warning("%s asks us to wait: the next request in %g s", host, seconds)


def _header(response: Response) -> str:
    return (response.headers.get(b"Retry-After") or b"").decode("latin-1")


def _wants_pause(request: Request, response: Response) -> bool:
    return wants_pause(response.status, _header(response), now=request.meta["exchange"].fetched_at)


def _tries(request: Request) -> int:
    """How many requests for this address there have been, this one included."""
    return int(request.meta.get("tries", 1))


def _again(request: Request) -> Request:
    meta = {key: value for key, value in request.meta.items() if key != "exchange"}
    return request.replace(meta={**meta, "tries": _tries(request) + 1}, dont_filter=True)


_HANDLER = "crawler.download.handler.GuardedHandler"
_OFF = (
    "TELNETCONSOLE_ENABLED",
    "REMOTE_CONTROL_ENABLED",  # an HTTP server that runs Python: on by default since Scrapy 2.19
    "ROBOTSTXT_OBEY",  # ours: crawler.download.robots
    "RETRY_ENABLED",  # ours: RetryMiddleware
    "COMPRESSION_ENABLED",  # ours: crawler.download.decoding, which does not take a cut stream for a whole one
    "REDIRECT_ENABLED",  # the spider looks at each hop
    "METAREFRESH_ENABLED",
    "REFERER_ENABLED",
    "HTTPPROXY_ENABLED",
    "HTTPCACHE_ENABLED",
    "AUTOTHROTTLE_ENABLED",
    "DOWNLOADER_STATS",
    "STATS_DUMP",
    "MEMUSAGE_ENABLED",
    "LOG_STDOUT",
)


def scrapy_settings(settings: Settings, site: Site, haste: Haste = PATIENT) -> dict[str, object]:
    """Everything Scrapy needs to know for one run over one site, as a dictionary for ``CrawlerProcess``."""
    return {
        **dict.fromkeys(_OFF, False),
        **_network(settings),
        **_politeness(site),
        "LETAPIS_NETWORK": settings.network,
        "LETAPIS_POLICY": site.policy,
        "LETAPIS_PACE_FOLDER": str(settings.pace_folder),
        "LETAPIS_HASTE": haste,
        "LETAPIS_BACK_OFF": 2.0,  # seconds before the second try of what failed
        "COOKIES_ENABLED": site.policy.cookies,
        "HTTPERROR_ALLOW_ALL": True,
        "DEPTH_LIMIT": 0,
        "URLLENGTH_LIMIT": 0,  # scope decides
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",  # the pages table knows what was visited
        "LOG_LEVEL": "WARNING",
        "LOGSTATS_INTERVAL": 0,
    }


def _network(settings: Settings) -> dict[str, object]:
    return {
        "DOWNLOAD_HANDLERS": {"http": _HANDLER, "https": _HANDLER, "ftp": None, "file": None, "data": None, "s3": None},
        "DOWNLOADER_MIDDLEWARES": {
            "crawler.download.robots.RobotsMiddleware": 100,
            "crawler.middlewares.ConditionalMiddleware": 380,
            "crawler.middlewares.RetryMiddleware": 550,
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # scope is the spider's, hop by hop
            "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": None,  # the handler's deadline
            "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
        },
        "USER_AGENT": settings.network.user_agent,
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Encoding": ACCEPTED,
        },
    }


def _politeness(site: Site) -> dict[str, object]:
    policy = site.policy
    return {
        # Without any delay Scrapy starts all that waits before it counts what has started, whatever the concurrency.
        "DOWNLOAD_DELAY": max(policy.min_delay, LEAST_DELAY),
        "DOWNLOAD_DELAY_JITTER": 0,
        "CONCURRENT_REQUESTS_PER_DOMAIN": policy.concurrency,
        "CONCURRENT_REQUESTS": max(8, 2 * policy.concurrency * len(site.hosts)),
    }
