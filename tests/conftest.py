"""What all processes of the tests share, and who clears it away: the one that the others were started by."""

import os
import shutil
import tempfile

import pytest

from tests import compiled, postgresql


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
