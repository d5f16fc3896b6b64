"""The archive's suite runs over both databases: SQLite in a file, PostgreSQL on a Unix socket of its own."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from storage.archive import Archive
from tests.fresh import fresh
from tests.postgresql import emptied, made, own, server

_serial = count(1)


@pytest.fixture(scope="session")
def postgresql() -> str:
    """Address of a server's maintenance database."""
    uri: str = server().get_uri()
    return uri


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Iterator[str]:
    """Address of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/archive/letapis.db"
    else:
        name = f"letapis_{worker_id}_{next(_serial)}"
        yield from made(request.getfixturevalue("postgresql"), name, "template0")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> str:
    """Address of a migrated database without any row."""
    if request.param == "sqlite":
        return fresh(tmp_path / "archive" / "letapis.db")
    database = own(worker_id)
    emptied(database)
    return database


@pytest.fixture
def archive(url: str) -> Iterator[Archive]:
    with Archive.open(url) as opened:
        yield opened
