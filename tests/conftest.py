"""What holds for all tests: what their processes share, who clears it away, how seldom garbage is looked for."""

import gc
import os
import shutil
import tempfile

import pytest

from tests import compiled, postgresql

gc.set_threshold(20_000, 20, 20)  # looking for circular garbage took a tenth of the time that tests take


def pytest_configure(config: pytest.Config) -> None:
    """Processes that this one starts are told by their environment where the shared folder is."""
    compiled.share()
    if not hasattr(config, "workerinput"):
        os.environ[postgresql.SHARED] = tempfile.mkdtemp(prefix="letapis-pg-", dir="/tmp")


def pytest_unconfigure(config: pytest.Config) -> None:
    """All is over, also where one of the processes was killed."""
    if not hasattr(config, "workerinput"):
        postgresql.stop()
        shutil.rmtree(os.environ.pop(postgresql.SHARED))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each process is given a share of the tests, in this order: the long ones stand at the shares' beginnings."""
    long = [item for item in items if item.get_closest_marker("long")]
    rest = [item for item in items if item not in long]
    processes: int = getattr(config, "workerinput", {}).get("workercount", 1)
    share = len(items) // processes
    for number, item in enumerate(long):
        rest.insert(number % processes * share, item)
    items[:] = rest


def pytest_collection_finish() -> None:
    """All that is loaded by now stays: nobody need look through it again."""
    gc.collect()
    gc.freeze()
