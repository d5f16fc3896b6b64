"""One crawl of a site at a time: who comes second is told so, and a crawl that died is in nobody's way."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.alone import BeingCrawled, alone

ROOT = Path(__file__).parents[2]
HOLD = """
import sys, pathlib
from crawler.alone import alone
with alone(pathlib.Path(sys.argv[1]), "mpt"):
    print("in", flush=True)
    sys.stdin.read()
"""


def test_a_second_crawl_is_refused_until_the_first_has_ended_or_died(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "in\n"
        with pytest.raises(BeingCrawled, match=f"mpt is being crawled by another process \\({first.pid}\\)"):
            alone(tmp_path, "mpt").__enter__()
        with alone(tmp_path, "another"):
            pass
        os.kill(first.pid, signal.SIGKILL)
        first.wait(10)
        with alone(tmp_path, "mpt"):
            pass
