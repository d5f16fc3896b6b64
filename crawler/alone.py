"""One crawl of a site at a time in one home folder: a lock file, which the kernel frees when its process dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class BeingCrawled(Exception):
    """Another process crawls the site now; the message says which and what to do."""


@contextmanager
def alone(home: Path, site: str) -> Iterator[None]:
    """Nobody else crawls the site while the block runs. Raises BeingCrawled at once where somebody does.

    A second crawl would free the leases of the first one, and ask the server for every page twice.
    """
    folder = home / "crawls"
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / f"{site}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise BeingCrawled(
                f"{site} is being crawled by another process ({holder}); wait until that has ended"
            ) from error
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
        yield
    finally:
        os.close(descriptor)
