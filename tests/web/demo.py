"""The demo's archive for the screens: a crawl of the replica, its twenty happenings, a crawl, noise, a crawl."""

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from storage.archive import Archive

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The demo's home folder, made once for all the tests' processes; nobody writes to it: see ``kept``."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    home, making = shared / "demo", shared / "demo-being-made"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            assert not making.exists(), "another of the tests' processes could not make it: see its first failure"
            making.mkdir()
            _make(making)
            making.rename(home)
    return home


def _make(home: Path) -> None:
    command = [sys.executable, "-m", "crawler.cli", "demo", "--keep", str(home)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    (home / "said.txt").write_text(done.stdout, encoding="utf-8")
    with Archive.open(f"sqlite:///{home}/letapis.db") as archive:
        assert len(archive.changes()) == 20


def copied(kept: Path, home: Path) -> None:
    """A copy of a kept home folder that a test may write to; the WARC files are shared."""
    shutil.copytree(kept, home, ignore=shutil.ignore_patterns("warc", "logs"))
    (home / "warc").symlink_to(kept / "warc", target_is_directory=True)
