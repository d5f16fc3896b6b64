"""What one engine of a process has compiled serves all later ones.

A program opens one engine, and compiles each statement once; tests open one each, and would compile them all anew.
"""

from typing import Any

import sqlalchemy
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

import storage.engine

STATEMENTS = 5_000  # more than there are

_compiled: dict[str, Any] = {}


def share() -> None:
    """From here on. A cache asks its engine's dialect too: those of one kind are the same, all servers being one."""
    for dialect in (PGDialect_psycopg, SQLiteDialect_pysqlite):
        setattr(dialect, "__eq__", lambda self, other: type(self) is type(other))  # noqa: B010
        setattr(dialect, "__hash__", lambda self: hash(type(self)))  # noqa: B010
    setattr(storage.engine, "create_engine", _create)  # noqa: B010


def _create(*args: Any, **more: Any) -> Engine:
    engine = sqlalchemy.create_engine(*args, **more, query_cache_size=STATEMENTS)
    engine._compiled_cache = _compiled.setdefault(engine.dialect.name, engine._compiled_cache)
    return engine
