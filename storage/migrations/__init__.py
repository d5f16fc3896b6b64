"""The schema's history: brings a database up to this release's tables, and does nothing, quickly, when it is there."""

from sqlalchemy import Connection, Engine, inspect, text

from config.errors import ConfigError

HEAD = "0009"  # the newest revision in versions/

_LOCK = 0x6C657461706973  # "letapis": one upgrade at a time on PostgreSQL


def upgrade(engine: Engine) -> None:
    """Brings the schema to HEAD in one transaction: all of it or nothing; two processes at once do it once.

    Raises ConfigError where the database was written by a newer release.
    """
    with engine.begin() as connection:
        if _revision(connection) == HEAD:
            return
    with engine.execution_options(writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        if _revision(connection) != HEAD:
            _migrate(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(connection: Connection) -> None:
    from alembic import command  # takes a third of a second to import, and is seldom needed
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise ConfigError(
            "the database was written by a newer Letapis; upgrade Letapis, or name another database.url"
        ) from error
