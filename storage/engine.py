"""The database connection: opening an engine, and the two kinds of transaction, reading and writing."""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Select,
    Table,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError

from config.errors import ConfigError

T = TypeVar("T")

CHUNK = 500  # rows or keys to a statement

BUSY_MS = 10_000  # how long a SQLite writer waits for another one


def open_engine(url: str) -> Engine:
    """Makes an engine for ``sqlite:///FILE`` (folder made if missing) or ``postgresql://...`` (driver psycopg 3).

    Raises ConfigError, saying what to do, for an address that is neither.
    """
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise ConfigError(
            'database.url: not a database address; give "sqlite:///FILE" or "postgresql://..."'
        ) from error
    match address.get_backend_name():
        case "sqlite":
            return _sqlite(address)
        case "postgresql" | "postgres":
            return _postgresql(address)
    raise ConfigError(f"database.url: {address.drivername} is not supported; SQLite and PostgreSQL are")


def _sqlite(address: URL) -> Engine:
    if not address.database or address.database == ":memory:":
        raise ConfigError('database.url: the archive needs a file; give "sqlite:///FILE"')
    folder = Path(address.database).absolute().parent
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"database.url: can't make the folder {folder} ({error.strerror}); name another") from error
    engine = create_engine(address, connect_args={"timeout": BUSY_MS / 1000})
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(dbapi: Any, _record: Any) -> None:
    dbapi.isolation_level = None  # sqlite3 shall not begin transactions of its own: _begin does
    for pragma in (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        dbapi.execute(f"PRAGMA {pragma}").close()
    dbapi.create_function("sqrt", 1, math.sqrt, deterministic=True)  # not compiled in everywhere


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later can't wait for its turn (SQLITE_BUSY at once): writers say so.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(address: URL) -> Engine:
    address = address.set(drivername="postgresql+psycopg")
    try:
        return create_engine(address, pool_pre_ping=True, connect_args={"options": "-c timezone=UTC"})
    except ImportError as error:
        raise ConfigError("database.url: PostgreSQL needs psycopg; install letapis[postgresql]") from error


class Store:
    """One engine, shared by all the questions asked of it; safe to use from any thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(writes=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads; it sees one state of the database throughout on SQLite."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes: committed at the end, rolled back by any exception."""
        with self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def stream(store: Store, chosen: Select[Any], key: ColumnElement[int], size: int = CHUNK) -> Iterator[RowMapping]:
    """Rows in the order of their id, so many to a transaction: nothing is held open between them."""
    after = 0
    while True:
        with store.reading() as connection:
            rows = connection.execute(chosen.where(key > after).order_by(key).limit(size)).mappings().all()
        yield from rows
        if len(rows) < size:
            return
        after = rows[-1]["id"]


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The values in lists of a size that fits into one statement."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def upsert(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """An insert that knows ON CONFLICT, in the dialect of the connection."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
