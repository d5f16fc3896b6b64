"""The program in a process forked from one that has all imports done: what a command does, without its start-up."""

import importlib
import multiprocessing
import os
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


def run(arguments: Sequence[str], *, stdin: bytes, cwd: Path, env: Mapping[str, str]) -> tuple[int, bytes, bytes]:
    """(exit code, standard output, standard error) of one command. AssertionError when it does not end."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").write_bytes(stdin)
        process = forking().Process(target=_command, args=(list(arguments), folder, cwd, dict(env)))
        process.start()
        process.join(SECONDS)
        if process.is_alive():
            process.kill()
            process.join()
            raise AssertionError(f"{arguments} did not end")
        code = process.exitcode
        process.close()
        assert code is not None
        return code, (folder / "out").read_bytes(), (folder / "error").read_bytes()


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
