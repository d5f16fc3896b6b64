"""The program in a process forked from one that has all imports done: what a command does, without its start-up."""

import importlib
import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerContext
from pathlib import Path

from crawler.cli import main

# What commands import when they are called, and what the start of a child imports again: only the process that
# children are forked from, and they themselves, need it.
if multiprocessing.parent_process() is not None or sys.argv[0] == "-c":
    for name in ("changes", "crawl", "export", "extract", "fetch", "sites"):
        importlib.import_module(f"crawler.commands.{name}")
    for name in ("pytest", "scrapy.crawler", "crawler.core.extract", "sqlalchemy.dialects.sqlite", "rich.console"):
        importlib.import_module(name)

ROOT = Path(__file__).parents[2]
SECONDS = 120.0


def forking() -> ForkServerContext:
    """Makes processes that have all imports done."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


class Running:
    """A command under way, dealt with as ``subprocess.Popen`` is; what it says is kept in a new folder."""

    def __init__(
        self, arguments: Sequence[str], *, folder: Path, env: Mapping[str, str], cwd: Path = ROOT, stdin: bytes = b""
    ) -> None:
        folder.mkdir()
        (folder / "in").write_bytes(stdin)
        self._arguments, self._folder = list(arguments), folder
        self._process = forking().Process(target=_command, args=(self._arguments, folder, cwd, dict(env)))
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float = SECONDS) -> int:
        """Its exit code. AssertionError, and the end of it, when it does not end by itself within so many seconds."""
        self._process.join(timeout)
        if self.returncode is None:
            self.kill()
            self._process.join()
            raise AssertionError(f"{self._arguments} did not end")
        return self.returncode

    def communicate(self, timeout: float = SECONDS) -> tuple[bytes, bytes]:
        """Waits for its end; standard output and standard error."""
        self.wait(timeout)
        return (self._folder / "out").read_bytes(), (self._folder / "error").read_bytes()


def run(arguments: Sequence[str], *, stdin: bytes, cwd: Path, env: Mapping[str, str]) -> tuple[int, bytes, bytes]:
    """(exit code, standard output, standard error) of one command. AssertionError when it does not end."""
    with tempfile.TemporaryDirectory() as name:
        running = Running(arguments, folder=Path(name) / "said", env=env, cwd=cwd, stdin=stdin)
        return running.wait(), *running.communicate()


def _command(arguments: list[str], folder: Path, cwd: Path, env: dict[str, str]) -> None:
    """The command in this process, as if it had been started in that folder and environment."""
    for number, name, flags in ((0, "in", os.O_RDONLY), (1, "out", os.O_WRONLY), (2, "error", os.O_WRONLY)):
        handle = os.open(folder / name, flags | os.O_CREAT, 0o600)
        os.dup2(handle, number)
        os.close(handle)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False, buffering=1)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv = ["letapis", *arguments]
    sys.exit(main())
