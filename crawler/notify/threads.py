"""Work that blocks, done in a thread of its own: waited for until a deadline, then left behind."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from typing import TypeVar

from crawler.notify.failures import SendFailed
from storage.said import Said

T = TypeVar("T")

MOST = 32  # threads at once, those left behind included: a server that never answers must not use up the process
_places = threading.BoundedSemaphore(MOST)


async def in_thread(work: Callable[[], T], *, seconds: float) -> T:
    """The work's result. Raises SendFailed after so many seconds, or when too many threads are waiting already.

    The thread is a daemon: what hangs on a dead connection does not keep the process from ending.
    """
    if not _places.acquire(blocking=False):
        raise SendFailed(Said("{n} messages are being waited for already; this one has to wait", n=MOST))
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(_run, work, done, loop), name="letapis-send", daemon=True).start()
    try:
        return await asyncio.wait_for(done, seconds)
    except TimeoutError as error:
        raise SendFailed(Said("no answer within {seconds:g} s", seconds=seconds)) from error


def _run(work: Callable[[], T], done: "asyncio.Future[T]", loop: asyncio.AbstractEventLoop) -> None:
    try:
        result = work()
    except BaseException as error:
        _tell(loop, _fail, done, error)
    else:
        _tell(loop, _finish, done, result)
    finally:
        _places.release()


def _tell(loop: asyncio.AbstractEventLoop, how: Callable[..., None], done: "asyncio.Future[T]", value: object) -> None:
    """Nobody may be listening any more: the loop is closed when the service has ended."""
    if not loop.is_closed():
        try:
            loop.call_soon_threadsafe(how, done, value)
        except RuntimeError:
            return


def _finish(done: "asyncio.Future[T]", result: T) -> None:
    if not done.done():
        done.set_result(result)


def _fail(done: "asyncio.Future[T]", error: BaseException) -> None:
    if not done.done():
        done.set_exception(error)
