"""The archive: everything that is asked of the database, behind one name."""

from sqlalchemy.exc import DBAPIError

from config.errors import ConfigError
from storage.accounts import Accounts
from storage.audit import AuditLog
from storage.changes import Changes
from storage.engine import open_engine
from storage.evidence import Evidence
from storage.figures import Figures
from storage.filters import Filters
from storage.frontier import Frontier
from storage.hosts import Hosts
from storage.indexing import Indexing
from storage.ledger import Ledger
from storage.looks import Looks
from storage.mementos import Mementos
from storage.migrations import upgrade
from storage.outbox import Outbox
from storage.queue import Queue
from storage.reading import Reading
from storage.reports import Reports
from storage.roster import Roster
from storage.rules import Rules
from storage.scheduling import Scheduling
from storage.search import Search
from storage.timeline import Timeline
from storage.upgrades import Upgrades
from storage.visits import Visits


class Archive(
    Frontier,
    Visits,
    Upgrades,
    Reading,
    Changes,
    Ledger,
    Evidence,
    Accounts,
    Scheduling,
    Outbox,
    Hosts,
    Indexing,
    Search,
    Queue,
    Rules,
    Filters,
    Reports,
    Timeline,
    Mementos,
    Roster,
    Looks,
    AuditLog,
    Figures,
):
    """A site's memory in one database, opened once a process and used from any thread."""

    @classmethod
    def open(cls, url: str) -> "Archive":
        """Opens the database at a SQLAlchemy URL, making folder, file and tables where missing, upgrading old tables.

        Raises ConfigError, saying what to do, when it can't be opened or was written by a newer release.
        """
        engine = open_engine(url)
        try:
            upgrade(engine)
        except DBAPIError as error:
            engine.dispose()
            where = engine.url.render_as_string(hide_password=True)
            raise ConfigError(
                f"database.url: can't open {where} ({error.orig}); name a database to write to"
            ) from error
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
