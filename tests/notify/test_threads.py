"""Threads that send: what hangs is left behind, and can't use up the process."""

import asyncio
import threading

import pytest

from crawler.notify.failures import SendFailed
from crawler.notify.threads import MOST, in_thread


def test_what_hangs_is_left_behind_and_counted() -> None:
    free, gone = threading.Event(), threading.Barrier(MOST + 1)

    def hang() -> None:
        free.wait()
        gone.wait()

    async def hung() -> None:
        ended = await asyncio.gather(*(in_thread(hang, seconds=0.05) for _ in range(MOST)), return_exceptions=True)
        assert {str(error) for error in ended} == {"no answer within 0.05 s"}
        with pytest.raises(SendFailed, match="are being waited for already"):
            await in_thread(hang, seconds=0.05)

    asyncio.run(hung())  # ends although its threads do not
    left = [thread for thread in threading.enumerate() if thread.name == "letapis-send"]
    assert len(left) == MOST
    assert all(thread.daemon for thread in left)
    free.set()
    gone.wait()
    for thread in left:
        thread.join()
    assert asyncio.run(in_thread(lambda: 5, seconds=10)) == 5


def test_what_goes_wrong_comes_back() -> None:
    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        asyncio.run(in_thread(fail, seconds=10))
