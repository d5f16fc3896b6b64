"""A crawl that is stopped while its host has asked for an hour's rest: it ends soon and leaves the rest for later."""

import os
import signal
from pathlib import Path
from time import monotonic

import pytest

from crawler.engine import GRACE
from storage.archive import Archive
from storage.records import RunState
from tests.cli.warm import Running
from tests.hostile import HostileServer, answer
from tests.hostile import routes as hostile
from tests.waiting import until

PROFILE = """
key = "busy"
hosts = ["{pair}"]
seeds = ["http://{pair}/1", "http://{pair}/2", "http://{pair}/3"]
[policy]
min_delay = 0.0
concurrency = 1
"""


def until_it_rests(log: Path, process: Running) -> None:
    def rests() -> bool:
        assert process.poll() is None, process.communicate()
        return log.exists() and "the next request in 3600 s" in log.read_text(encoding="utf-8")

    until(rests)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_crawl_whose_host_rests(tmp_path: Path, number: signal.Signals) -> None:
    rest = hostile.busy(99, "Retry-After: 3600")
    with HostileServer({"/robots.txt": answer(b""), "/1": rest, "/2": rest, "/3": rest}) as server:
        profile = tmp_path / "busy.toml"
        profile.write_text(PROFILE.format(pair=server.pair), encoding="utf-8")
        process = Running(
            ["--home", str(tmp_path), "crawl", "--site-file", str(profile)],
            folder=tmp_path / "said",
            env={**os.environ, "LETAPIS_NETWORK_ALLOW": server.pair},
        )
        try:
            until_it_rests(tmp_path / "logs" / "letapis.log", process)
        except BaseException:
            process.kill()
            process.communicate()
            raise
        process.send_signal(number)
        begun = monotonic()
        _, error = process.communicate(timeout=60)
        took = monotonic() - begun
        asked = [path for path in server.paths() if path in ("/1", "/2", "/3")]
    assert took < GRACE  # not cut off when the time for answers on their way was over: nothing was on its way
    assert process.returncode == 1, error
    assert len(asked) == 1  # the others were not sent on the way out
    with Archive.open(f"sqlite:///{tmp_path / 'letapis.db'}") as archive:
        assert [run.state for run in archive.runs()] == [RunState.INTERRUPTED]
