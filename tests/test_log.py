"""The log: lines that can't be forged, in both forms, in one file that several processes fill and turn."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.log import SharedFile, about, log_to

ROOT = Path(__file__).parents[1]
_WRITER = """
import logging, sys
from pathlib import Path
from crawler.log import SharedFile
log = logging.getLogger("writer")
log.propagate = False
log.addHandler(SharedFile(Path(sys.argv[1]), most_bytes=20_000, kept=99))
for number in range(1000):
    log.error("%s %d %s", sys.argv[2], number, "x" * 60)
"""


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("crawler")
    before = root.handlers[:], root.level, ours.level
    yield
    for handler in root.handlers:
        if isinstance(handler, SharedFile):
            handler.close()
    root.handlers[:], root.level, ours.level = before
    logging.captureWarnings(capture=False)


def written(home: Path) -> list[str]:
    return (home / "logs" / "letapis.log").read_text(encoding="utf-8").splitlines()


def test_a_line_is_one_line_and_says_what_it_is_about(tmp_path: Path) -> None:
    log_to(tmp_path)
    with about(site="mpt", run=7), about(page=12):
        logging.getLogger("crawler.reader").info("title: %s", "Навіна\n2026-01-01 forged")
    logging.getLogger("crawler.reader").info("about nothing")
    logging.getLogger("scrapy").info("not ours, and no warning")
    first, second = written(tmp_path)
    assert first.endswith("INFO crawler.reader [site=mpt run=7 page=12] title: Навіна 2026-01-01 forged")
    assert second.endswith("INFO crawler.reader about nothing")


@pytest.mark.parametrize("sign", ["\n", "\r", "\x1b[2K", "\x9b2K", "\x85", "\u2028"])
def test_nothing_that_is_asked_for_makes_a_line_or_steers_a_terminal(tmp_path: Path, sign: str) -> None:
    """A fetch is logged as being about its address, which is what somebody has typed."""
    log_to(tmp_path)
    with about(url=f"https://a.example/{sign}2026-01-01 forged"):
        logging.getLogger("crawler.reader").info("fetch asked for by %s", f"anna{sign}")
    (line,) = written(tmp_path)
    assert "forged] fetch asked for by anna" in line
    assert sign not in line


def test_json_lines_hold_the_fields_and_the_error(tmp_path: Path) -> None:
    log_to(tmp_path, form="json")
    with about(site="mpt", run=7):
        try:
            raise ValueError("odd\nvalue")
        except ValueError:
            logging.getLogger("crawler").exception("it broke: %s", "навіна\n")
    (line,) = map(json.loads, written(tmp_path))
    assert {name: line[name] for name in ("level", "logger", "site", "run", "message")} == {
        "level": "ERROR",
        "logger": "crawler",
        "site": "mpt",
        "run": 7,
        "message": "it broke: навіна\n",
    }
    assert line["error"].endswith("ValueError: odd\nvalue")


def test_processes_that_fill_one_file_lose_no_line(tmp_path: Path) -> None:
    path = tmp_path / "letapis.log"
    command = [sys.executable, "-W", "error", "-c", _WRITER, str(path)]
    writers = [subprocess.Popen([*command, name], cwd=ROOT) for name in ("first", "second")]
    assert [process.wait(60) for process in writers] == [0, 0]
    files = [one for one in tmp_path.glob("letapis.log*") if one.suffix != ".lock"]
    lines = [line.split() for one in files for line in one.read_text(encoding="utf-8").splitlines()]
    assert sorted((name, int(number)) for name, number, _ in lines) == [
        (name, number) for name in ("first", "second") for number in range(1000)
    ]
    assert len(files) > 5
    assert max(one.stat().st_size for one in files) < 25_000
