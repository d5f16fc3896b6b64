"""Migrations: up from empty, the same tables as in the code, once only, and quick when there is nothing to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from config.errors import ConfigError
from storage.archive import Archive
from storage.engine import open_engine
from storage.migrations import HEAD, upgrade
from storage.schema import metadata

ROOT = Path(__file__).parents[2]


def test_migrated_database_has_exactly_the_tables_of_the_code(empty_url: str) -> None:
    engine = open_engine(empty_url)
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": _ours})
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []


def _ours(name: str | None, kind: str, _: object) -> bool:
    """All but the text index, which no metadata can describe: on SQLite it is a virtual table, and its shadow tables
    are FTS5's own affair; on PostgreSQL it has no model because SQLite's has none. The search's tests cover both.
    """
    return not (kind == "table" and name is not None and name.partition("_")[0] == "stems")


def test_head_names_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_opening_again_changes_nothing_and_does_without_alembic(empty_url: str) -> None:
    Archive.open(empty_url).close()
    code = (
        "import sys; from storage.archive import Archive; Archive.open(sys.argv[1]).close();"
        "sys.exit('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, empty_url], cwd=ROOT, check=False)
    assert done.returncode == 0


def test_processes_that_open_an_empty_database_at_once_all_get_it(empty_url: str) -> None:
    code = "import sys; from storage.archive import Archive; Archive.open(sys.argv[1]).close()"
    command = [sys.executable, "-W", "error", "-c", code, empty_url]
    opening = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    errors = [process.communicate()[1] for process in opening]
    assert [process.returncode for process in opening] == [0, 0, 0, 0], errors


def test_a_failing_upgrade_leaves_nothing_behind(empty_url: str) -> None:
    engine = open_engine(empty_url)
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("CREATE TABLE changes (id integer)"))  # in the way of ours
    with pytest.raises(Exception, match="already exists"):
        upgrade(engine)
    with engine.begin() as connection:
        assert not connection.dialect.has_table(connection, "pages")
        assert not connection.dialect.has_table(connection, "alembic_version")
    engine.dispose()


def test_a_database_of_a_newer_release_is_refused_and_left_alone(empty_url: str) -> None:
    Archive.open(empty_url).close()
    engine = open_engine(empty_url)
    with engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="newer Letapis; upgrade Letapis"):
        Archive.open(empty_url)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        pytest.param("letapis.db", 'give "sqlite:///FILE"', id="a file name alone"),
        pytest.param("sqlite://", "needs a file", id="in memory"),
        pytest.param("mysql://localhost/letapis", "SQLite and PostgreSQL are", id="another database"),
        pytest.param("postgresql://who:secret@/none?host=/nowhere", "name a database to write to", id="no server"),
    ],
)
def test_an_address_that_cannot_be_opened_is_explained(url: str, remedy: str) -> None:
    with pytest.raises(ConfigError, match=remedy) as caught:
        Archive.open(url)
    assert "secret" not in str(caught.value)


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigError, match=r"can't make the folder .*; name another"):
        Archive.open(f"sqlite:///{tmp_path}/file/letapis.db")


def test_without_its_driver_postgresql_is_explained() -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from storage.archive import Archive; Archive.open('postgresql://host/letapis')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert "install letapis[postgresql]" in done.stderr.splitlines()[-1]


def test_a_file_that_is_no_database_is_explained_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Шаноўнае спадарства! " * 100, encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="name a database to write to"):
        Archive.open(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_sqlite_keeps_what_it_has_committed(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/letapis.db")
    with engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        }
    engine.dispose()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 10000, "foreign_keys": 1}
    assert os.listdir(tmp_path)
