"""What the revisit policy remembers of a host: its controller, its budget, and how far its feeds can be trusted."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, case, select, update

from storage.engine import Store, upsert
from storage.records_service import Host
from storage.tables_service import hosts


class Hosts(Store):
    """Questions and orders about hosts. Counts are added up in SQL: runs and fetches may note theirs at once."""

    def host(self, name: str) -> Host:
        """What is known of a host; an unknown one has the defaults."""
        with self.reading() as connection:
            return _host(connection, name)

    def keep_host(self, host: Host) -> None:
        """Writes all that is known of a host, whatever stood there."""
        with self.writing() as connection:
            _keep(connection, host)

    def change_host(self, name: str, decide: Callable[[Host], Host]) -> tuple[Host, Host]:
        """Reads, decides and writes in one transaction; returns the host before and after.

        ``decide`` is a pure function. Nobody else changes the host meanwhile.
        """
        with self.writing() as connection:
            _known(connection, name)
            before = _host(connection, name, lock=True)
            after = decide(before)
            if after != before:
                _keep(connection, after)
            return before, after

    def note_visits(self, name: str, *, visits: int = 0, lateness: float = 0.0, idle: int = 0) -> None:
        """Adds scheduled visits, the sum of their relative lateness, and requests that no page was there for."""
        with self.writing() as connection:
            _known(connection, name)
            added = {
                "visits": hosts.c.visits + visits,
                "lateness": hosts.c.lateness + lateness,
                "idle": hosts.c.idle + idle,
            }
            connection.execute(update(hosts).where(hosts.c.host == name).values(added))

    def note_trust(
        self,
        name: str,
        *,
        memory: float,
        confirmed: float = 0,
        refuted: float = 0,
        foretold: float = 0,
        missed: float = 0,
    ) -> None:
        """Adds what visits have shown of a host's hints; a pair of counts beyond ``memory`` is halved."""
        with self.writing() as connection:
            _known(connection, name)
            added = {
                **_halved("confirmed", confirmed, "refuted", refuted, memory),
                **_halved("foretold", foretold, "missed", missed, memory),
            }
            connection.execute(update(hosts).where(hosts.c.host == name).values(added))


def _halved(one: str, more: float, other: str, others: float, memory: float) -> dict[str, Any]:
    """Both counts with what is added, by half where they are more than ``memory`` together."""
    first, second = hosts.c[one] + more, hosts.c[other] + others
    much = first + second > memory
    return {one: case((much, first / 2), else_=first), other: case((much, second / 2), else_=second)}


def _host(connection: Connection, name: str, *, lock: bool = False) -> Host:
    chosen = select(hosts).where(hosts.c.host == name)
    row = connection.execute(chosen.with_for_update() if lock else chosen).mappings().one_or_none()
    return Host(**row) if row else Host(host=name)


def _known(connection: Connection, name: str) -> None:
    """Makes the host's row if it is not there."""
    insert = upsert(connection, hosts).on_conflict_do_nothing(index_elements=["host"])
    connection.execute(insert, asdict(Host(host=name)))


def _keep(connection: Connection, host: Host) -> None:
    row = asdict(host)
    connection.execute(upsert(connection, hosts).on_conflict_do_update(index_elements=["host"], set_=row), row)
