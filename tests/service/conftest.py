"""``letapis up`` as processes of its own, on a replica or a server that misbehaves, with all that they leave behind."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from time import monotonic
from typing import Any

import psutil
import pytest

from storage.archive import Archive
from tests.cli.warm import run

ROOT = Path(__file__).parents[2]


@dataclass(kw_only=True)
class Up:
    """One running ``letapis up``, and the lines that it has said."""

    process: "subprocess.Popen[str]"
    lines: "Queue[str]" = field(default_factory=Queue)
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def until(self, words: str, *, seconds: float = 120) -> "re.Match[str]":
        """Waits for a line, past those that were waited for before."""
        deadline = monotonic() + seconds
        while True:
            try:
                self.said.append(self.lines.get(timeout=max(0.01, deadline - monotonic())))
            except Empty:
                raise AssertionError(f"never said {words!r}, but: {self.said}") from None
            if found := re.search(words, self.said[-1]):
                return found

    def below(self) -> list[psutil.Process]:
        """All processes that it has made, and they have made."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def close(self) -> None:
        """Ends it, however it is."""
        self.process.kill()
        self.process.wait(10)
        self._reader.join(10)  # what it made has its output too, and dies with it
        assert self.process.stdout is not None
        self.process.stdout.close()

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ended(self, seconds: float) -> int:
        """Its exit code; it must end within so many seconds."""
        return self.process.wait(seconds)


@dataclass(kw_only=True)
class Home:
    """A home folder with one site, ``site``, and the services that were started in it."""

    folder: Path
    env: dict[str, str]
    started: list[Up] = field(default_factory=list)

    def up(self, *options: str, **env: str) -> Up:
        command = [sys.executable, "-W", "error", "-m", "crawler.cli", "up", "--port", "0", *options]
        process = subprocess.Popen(
            command, cwd=ROOT, env=self._env(env), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.started.append(Up(process=process))
        return self.started[-1]

    def __call__(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        code, out, error = run(arguments, stdin=b"", cwd=ROOT, env=self._env({}))
        return subprocess.CompletedProcess(arguments, code, out.decode(), error.decode())

    def json(self, *arguments: str) -> list[Any]:
        return [json.loads(line) for line in self(*arguments, "--json").stdout.splitlines()]

    def _env(self, more: dict[str, str]) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("LETAPIS_")}
        ours = {"LETAPIS_HOME": str(self.folder), "LETAPIS_SERVICE_SITES": "site"}
        return clean | ours | self.env | more

    @property
    def archive(self) -> Archive:
        return Archive.open(f"sqlite:///{self.folder / 'letapis.db'}")

    @property
    def log(self) -> str:
        return (self.folder / "logs" / "letapis.log").read_text(encoding="utf-8")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Callable[..., Home]]:
    """Makes a home folder with a site: ``home(host, profile, NAME=value)``."""
    made: list[Home] = []

    def make(host: str, profile: str, **env: str) -> Home:
        (tmp_path / "sites").mkdir()
        (tmp_path / "sites" / "site.toml").write_text(profile, encoding="utf-8")
        made.append(Home(folder=tmp_path, env={"LETAPIS_NETWORK_ALLOW": host, **env}))
        return made[-1]

    yield make
    for up in (up for one in made for up in one.started):
        up.close()
