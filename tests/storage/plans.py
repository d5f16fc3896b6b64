"""What the database means to do: the query plans of the statements that a question takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from storage.archive import Archive


@contextmanager
def explained(archive: Archive) -> Iterator[list[str]]:
    """Collects the query plan of each statement that is executed within."""
    plans: list[str] = []
    explain = "EXPLAIN QUERY PLAN " if archive.engine.dialect.name == "sqlite" else "EXPLAIN "

    def listen(_: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if statement.startswith(("SELECT", "WITH", "UPDATE")):
            beside = cursor.connection.cursor()
            beside.execute(explain + statement, parameters)
            plans.append("\n".join(str(row[-1]) for row in beside.fetchall()))
            beside.close()

    event.listen(archive.engine, "before_cursor_execute", listen)
    yield plans
    event.remove(archive.engine, "before_cursor_execute", listen)
