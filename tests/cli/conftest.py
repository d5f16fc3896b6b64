"""The program itself, as a process of its own, against servers on this machine."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.cli.warm import run
from tests.hostile import HostileServer
from tests.site import Event, Replica
from tests.web.demo import demo_home as demo_home

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    error: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def complaint(self) -> str:
        """The one line on standard error."""
        (line,) = self.error.splitlines()
        assert line.startswith("letapis: ")
        return line.removeprefix("letapis: ")


@dataclass(kw_only=True)
class Cli:
    """``letapis`` with a home of its own; ``cold``: started as people start it, imports and all."""

    home: Path
    env: dict[str, str] = field(default_factory=dict)
    cold: bool = False

    def __call__(self, *arguments: object, stdin: str = "", cwd: Path | None = None, **env: str) -> Ended:
        environment = _clean() | {"LETAPIS_HOME": str(self.home), "PYTHONPATH": str(ROOT)} | self.env | env
        if not self.cold:
            code, out, error = run(list(map(str, arguments)), stdin=stdin.encode(), cwd=cwd or ROOT, env=environment)
            return Ended(code=code, out=out.decode(), error=error.decode())
        made = subprocess.run(
            [sys.executable, "-m", "crawler.cli", *map(str, arguments)],
            input=stdin.encode(),
            capture_output=True,
            timeout=120,
            cwd=cwd or ROOT,
            env=environment,
        )
        return Ended(code=made.returncode, out=made.stdout.decode(), error=made.stderr.decode())

    def allow(self, *pairs: str) -> None:
        self.env["LETAPIS_NETWORK_ALLOW"] = ",".join(pairs)


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("LETAPIS_")}


@pytest.fixture
def letapis(tmp_path: Path) -> Cli:
    return Cli(home=tmp_path / "home")


@pytest.fixture
def server(letapis: Cli) -> Iterator[HostileServer]:
    """A server that says what a test puts into its routes; its address is allowed."""
    with HostileServer() as running:
        letapis.allow(running.pair)
        yield running


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A replica that was crawled, edited, and crawled again."""

    cli: Cli
    replica: Replica
    events: list[Event]
    summaries: tuple[Any, Any]


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    home = tmp_path_factory.mktemp("watched")
    (home / "sites").mkdir()
    with Replica() as replica:
        (home / "sites" / "replica.toml").write_text(replica.profile(), encoding="utf-8")
        cli = Cli(home=home)
        cli.allow(replica.host)
        first = cli("crawl", "replica", "--json")
        events = replica.apply()
        second = cli("crawl", "replica", "--all", "--json")
        assert (first.code, second.code) == (0, 0), (first, second)
        yield Watched(cli=cli, replica=replica, events=events, summaries=(first.json, second.json))
