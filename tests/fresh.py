"""Archives that tests begin with: migrated once for a process, then copied; what migrations do has tests of its own."""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from storage.archive import Archive


def fresh(file: Path) -> str:
    """The address of a new archive in this file, which must not be there yet."""
    assert not file.exists()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_migrated())
    return f"sqlite:///{file}"


def open_fresh(folder: Path) -> Archive:
    """A new archive in a folder, where the program looks for a home's."""
    return Archive.open(fresh(folder / "letapis.db"))


@cache
def _migrated() -> bytes:
    folder = Path(tempfile.mkdtemp(prefix="letapis-fresh-"))
    try:
        Archive.open(f"sqlite:///{folder}/letapis.db").close()
        return (folder / "letapis.db").read_bytes()
    finally:
        shutil.rmtree(folder)
