"""The log: one file in the home folder, everything from WARNING on; ours from INFO on."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

_CONTROL = dict.fromkeys([*range(32), 127], " ")


class _OneLine(logging.Formatter):
    """Text from the web must not forge log lines."""

    def format(self, record: logging.LogRecord) -> str:
        record.msg, record.args = record.getMessage().translate(_CONTROL), None
        return super().format(record)


def log_to(home: Path) -> None:
    """Sends the log to HOME/logs/letapis.log, ten files of 5 MB at most."""
    folder = home / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        folder / "letapis.log", maxBytes=5 * 2**20, backupCount=9, encoding="utf-8", delay=True
    )
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("crawler").setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
