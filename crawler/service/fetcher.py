"""Fetches on demand as the service sees them: one warm process that does them, replaced when it dies or hangs."""

import asyncio
import contextlib
import itertools
import logging
import socket
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerProcess
from time import monotonic
from typing import Any, Final

from config.settings import Settings
from config.site import Site
from crawler.service.fetch_child import GRACE, Post, main, receive, send
from crawler.service.forking import context
from storage.said import Said, of_kept

log = logging.getLogger(__name__)

AT_ONCE: Final = 3  # fetches under way
WAITING: Final = 20  # more of them that may wait
_START: Final = 60.0  # seconds until the process must be ready
_STOP: Final = 5.0  # seconds that it gets to put things in order
_STEADY: Final = 30.0  # seconds; a process that died sooner is not replaced before somebody needs it


class FetchRefused(Exception):
    """There is no document; ``str()`` says to people why, ``http_status`` to programs."""

    def __init__(self, message: str, http_status: int) -> None:
        super().__init__(message)
        self.message = message
        self.http_status = http_status


class Fetcher:
    """Fetches pages in a process of its own.

    ``at_once`` of them run, ``waiting`` more may wait; ``grace``: seconds that one may take beyond
    ``network.deadline``. ``start`` makes the process warm, ``stop`` ends it; a fetch starts it where it is not there.
    All from one event loop.

        fetcher = Fetcher(settings, sites)
        await fetcher.start()
        document = await fetcher.fetch("https://mpt.gov.by/ru/news", None, who="anna")   # as letapis fetch --json
    """

    def __init__(
        self,
        settings: Settings,
        sites: Mapping[str, Site],
        *,
        at_once: int = AT_ONCE,
        waiting: int = WAITING,
        grace: float = GRACE,
    ) -> None:
        self._post = Post(settings=settings, sites=dict(sites), grace=grace)
        self._hangs = self._post.deadline + grace / 2  # it should have ended the fetch itself before that
        self._most = at_once + waiting
        self._places = asyncio.Semaphore(at_once)
        self._asked: dict[tuple[str, str | None], asyncio.Task[dict[str, Any]]] = {}
        self._process: _Process | None = None
        self._starting = asyncio.Lock()
        self._replacing: asyncio.Task[None] | None = None
        self._stopped = False

    async def start(self) -> None:
        """Returns when the next fetch finds everything warm. Raises FetchRefused where it can't be."""
        self._stopped = False
        await self._ready()

    def warm(self) -> None:
        """The same in the background; what goes wrong the next fetch will be told."""
        self._replacing = asyncio.create_task(self._replaced())

    async def stop(self) -> None:
        """Ends the process; fetches under way are refused."""
        self._stopped = True
        if self._replacing is not None:
            self._replacing.cancel()
            await asyncio.gather(self._replacing, return_exceptions=True)
        async with self._starting:
            if self._process is not None:
                await self._process.stop()

    async def fetch(self, url: str, site: str | None, who: str) -> dict[str, Any]:
        """The document of a page, fetched now; who asks for what is being fetched for another gets the same one.

        Raises FetchRefused: 400 for what is not fetched, 429 when too many wait, 503 when the process ended, 504 when
        there was no end within the deadline.
        """
        task = self._asked.get((url, site))
        if task is None:
            if len(self._asked) >= self._most:
                raise FetchRefused(Said("too many fetches are waiting; try again in a minute"), 429)
            task = asyncio.create_task(self._fetch(url, site, who))
            self._asked[url, site] = task
            task.add_done_callback(lambda done: self._forget((url, site), done))
        return await asyncio.shield(task)

    @property
    def pid(self) -> int | None:
        """The process that fetches; null while there is none."""
        return self._process.pid if self._process is not None and self._process.lives else None

    def _forget(self, key: tuple[str, str | None], done: asyncio.Task[dict[str, Any]]) -> None:
        del self._asked[key]
        if not done.cancelled():
            done.exception()  # told to all who still wait for it

    async def _fetch(self, url: str, site: str | None, who: str) -> dict[str, Any]:
        async with self._places:
            process = await self._ready()
            try:
                async with asyncio.timeout(self._hangs):
                    answer = await process.ask({"url": url, "site": site, "who": who})
            except TimeoutError as error:
                log.error("the process that fetches hangs and is replaced")
                process.kill()
                raise FetchRefused(Said("not fetched in the time allowed"), 504) from error
        if "fetched" not in answer:
            raise FetchRefused(of_kept(str(answer["refused"])), int(answer["status"]))
        return {**answer["fetched"], "error": of_kept(answer["error"]) or None}

    async def _ready(self) -> "_Process":
        """The process, warm; a new one where the last one is gone."""
        async with self._starting:
            if self._stopped:
                raise FetchRefused(Said("the service stops; try again in a minute"), 503)
            if self._process is None or not self._process.lives:
                process = _Process(self._post, ended=self._replace)
                await process.start()
                self._process = process
            return self._process

    def _replace(self, process: "_Process") -> None:
        """It died by itself: the next one is made warm before somebody needs it."""
        if self._stopped or process.age < _STEADY:
            return
        self.warm()

    async def _replaced(self) -> None:
        with contextlib.suppress(FetchRefused, OSError):  # which the next fetch will be told, too
            await self._ready()


class _Process:
    """The process that fetches, from outside."""

    def __init__(self, post: Post, *, ended: Callable[["_Process"], None]) -> None:
        ours, theirs = socket.socketpair()
        self._ours, self._theirs = ours, theirs
        self._process: ForkServerProcess = context().Process(target=main, args=(post, theirs), daemon=True)
        self._ended = ended
        self._ids = itertools.count()
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._begun = monotonic()
        self._reading: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self.lives = False

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def age(self) -> float:
        """Seconds since it was made."""
        return monotonic() - self._begun

    async def start(self) -> None:
        """Returns when everything is warm. Raises FetchRefused where it does not start."""
        await asyncio.to_thread(self._process.start)
        self._theirs.close()
        reader, self._writer = await asyncio.open_connection(sock=self._ours)
        try:
            async with asyncio.timeout(_START):
                ready = await receive(reader)
        except TimeoutError:
            ready = None
        if ready is None:
            await self._end()
            raise FetchRefused(Said("the process that fetches does not start; see the log"), 503)
        self.lives = True
        self._reading = asyncio.create_task(self._read(reader))

    async def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        """Sends a message and waits for its answer. Raises FetchRefused when the process ends before that."""
        assert self._writer is not None
        number = next(self._ids)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            await send(self._writer, {"id": number, **message})
            return await answer
        except OSError as error:
            raise FetchRefused(_GONE, 503) from error
        finally:
            del self._waiting[number]

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while (message := await receive(reader)) is not None:
            waiting = self._waiting.get(message["id"])
            if waiting is not None and not waiting.done():
                waiting.set_result(message)
        self.lives = False
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(FetchRefused(_GONE, 503))
        await self._end()
        self._ended(self)

    def kill(self) -> None:
        """Ends it at once."""
        self.lives = False
        self._process.kill()

    async def stop(self) -> None:
        """Lets it put things in order, for a few seconds."""
        if self._writer is not None and self._reading is not None:
            self._writer.write_eof()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_STOP):
                    await asyncio.shield(self._reading)
                    return
            self.kill()
            await self._reading

    async def _end(self) -> None:
        assert self._writer is not None
        self._process.join(0)
        if self._process.is_alive():
            await asyncio.to_thread(self._process.join, _STOP)
            self._process.kill()
        await asyncio.to_thread(self._process.join)
        log.info("the process that fetches ended with %s", self._process.exitcode)
        self._writer.close()


_GONE: Final = Said("the process that fetches has ended; try again")
