"""The process that runs are forked from: it has imported all that they need, and does nothing else."""

import multiprocessing
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

PRELOADED = ("crawler.service.child", "crawler.service.preloaded")


def context() -> ForkServerContext:
    """What makes processes that start warm. A fork of the service itself would take its threads' locks with it."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(list(PRELOADED))
    return made


def warm() -> None:
    """Starts the process now, so that the first run need not wait for its imports."""
    context()
    forkserver.ensure_running()
