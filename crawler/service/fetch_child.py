"""What runs in the process that fetches on demand: all is warm, and stays so until the service is gone.

Messages go both ways over a socket pair, JSON with its length before it. In: ``{"id", "url", "site", "who"}``. Out:
``{"ready": true}`` once; then ``{"id", "fetched"}`` or ``{"id", "refused", "status"}``.
"""

import asyncio
import contextlib
import ctypes
import json
import logging
import multiprocessing
import os
import resource
import signal
import socket
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from config.settings import Settings
from config.site import Site
from crawler.log import about, log_to
from storage.said import Said, kept, saying

if TYPE_CHECKING:
    from crawler.workers import WorkerPool
    from storage.archive import Archive

log = logging.getLogger(__name__)

GRACE = 20.0  # seconds that a fetch may take beyond the deadline of one request: its turn, its redirects
PATIENCE = 10.0  # seconds that a host's rest is waited for
MOST_BYTES = 256 * 2**20  # of one message
_ROOM = 256 * 2**20  # address space that there is even where the imports fill the limit
_LENGTH = struct.Struct(">Q")


@dataclass(frozen=True, kw_only=True)
class Post:
    """What the process starts with."""

    settings: Settings
    sites: Mapping[str, Site]
    grace: float = GRACE

    @property
    def deadline(self) -> float:
        """Seconds for one fetch."""
        return self.settings.network.deadline + self.grace


async def send(writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
    """Sends one message. Raises OSError where nobody is there to take it."""
    content = json.dumps(message, ensure_ascii=False, default=str).encode()
    writer.write(_LENGTH.pack(len(content)) + content)
    await writer.drain()


async def receive(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    """The next message; null when there is no more, or what comes is none of ours."""
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        return dict(json.loads(await reader.readexactly(length))) if length <= MOST_BYTES else None
    except (EOFError, OSError, ValueError, TypeError):
        return None


def main(post: Post, channel: socket.socket) -> None:
    """Fetches until the service closes the channel, or is no more."""
    threading.Thread(target=_die_with_service, name="lifeline", daemon=True).start()
    _bound(post.settings.service.run_memory_mb)
    log_to(post.settings.home, form=post.settings.log.format)
    asyncio.run(_serve(post, channel))


async def _serve(post: Post, channel: socket.socket) -> None:
    from crawler.runs import workers
    from storage.archive import Archive

    reader, writer = await asyncio.open_connection(sock=channel)
    under_way: set[asyncio.Task[None]] = set()
    with Archive.open(post.settings.database_url) as archive:
        async with workers(post.settings) as pool:
            await pool.warm()
            await send(writer, {"ready": True})
            while (ask := await receive(reader)) is not None:
                task = asyncio.create_task(_answer(ask, post, archive, pool, writer))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            for task in under_way:
                task.cancel()  # its run is marked as interrupted
            await asyncio.gather(*under_way, return_exceptions=True)
    writer.close()


async def _answer(
    ask: dict[str, Any], post: Post, archive: "Archive", pool: "WorkerPool", writer: asyncio.StreamWriter
) -> None:
    with about(url=ask["url"]):
        log.info("fetch asked for by %s", ask["who"])
        answer = await _fetched(ask, post, archive, pool)
    with contextlib.suppress(OSError):  # the service is gone, and we shall be too
        await send(writer, {"id": ask["id"], **answer})


async def _fetched(ask: dict[str, Any], post: Post, archive: "Archive", pool: "WorkerPool") -> dict[str, Any]:
    """The document, or why there is none, with a status of HTTP."""
    from crawler.core.pace import Haste
    from crawler.core.robots import FRESH_SECONDS
    from crawler.ondemand import FetchInterrupted, FetchRefused, fetch_url, fetched_json

    try:
        async with asyncio.timeout(post.deadline) as limit:
            fetched = await fetch_url(
                ask["url"],
                site=ask["site"],
                settings=post.settings,
                sites=post.sites,
                archive=archive,
                haste=Haste(patience=PATIENCE, robots_age=FRESH_SECONDS),
                pool=pool,
            )
        return {"fetched": fetched_json(fetched), "error": kept(fetched.capture.error or "")}
    except FetchRefused as error:
        return {"refused": kept(saying(error)), "status": 400}
    except (TimeoutError, FetchInterrupted):
        if limit.expired():
            return {"refused": kept(Said("not fetched within {seconds:g} s", seconds=post.deadline)), "status": 504}
        return {"refused": kept(Said("the service stops; try again in a minute")), "status": 503}
    except Exception:
        log.exception("an error of our own")
        return {
            "refused": kept(Said("it could not be fetched by an error of ours, which is in the log")),
            "status": 500,
        }


def _bound(memory_mb: int) -> None:
    """A session of its own (Ctrl-C is the service's to handle) and a limit of memory.

    The limit is soft: the extraction's processes inherit it and set their own.
    """
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: with what we were forked from
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = max(memory_mb * 2**20, _address_space() + _ROOM)
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _address_space() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def _die_with_service() -> None:
    """However busy we are: nobody is left to fetch for."""
    service = multiprocessing.parent_process()
    if service is not None:
        service.join()
        os.kill(os.getpid(), signal.SIGKILL)
