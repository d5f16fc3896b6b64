"""The command line: arguments in, exit codes out. What a command does is in ``crawler.commands``."""

import argparse
import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from config.errors import ConfigError
from crawler.arguments import accounts, collecting, reading, schedule, searching, sending, service, telling, upkeep
from crawler.commands import DONE, FAILED, WRONG, UsageError

Run = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. Returns 0 done, 1 done but something failed, 2 wrong usage or configuration."""
    asked = parser().parse_args(arguments)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does: in good order
    module, _, name = asked.run.partition(":")
    try:
        command: Run = getattr(importlib.import_module(f"crawler.commands.{module}"), name)
        code = command(asked)
        sys.stdout.flush()
        return code
    except (ConfigError, UsageError) as error:
        print(f"letapis: {error}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:  # or SIGTERM
        print("letapis: stopped; what was recorded is kept, the same command goes on from there", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # the reader has had enough; what is still to be flushed goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def parser() -> argparse.ArgumentParser:
    """The whole command line; also the source of docs/command-line.md."""
    top = argparse.ArgumentParser(
        prog="letapis", description="Keeps a faithful, versioned memory of an official web site and tells what changed."
    )
    top.add_argument("--config", type=Path, metavar="FILE", help="settings file (default: letapis.toml, if there)")
    top.add_argument(
        "--home", type=Path, metavar="DIR", help="folder of database, WARC files and logs (env LETAPIS_HOME)"
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for part in (collecting, reading, searching, service, telling, sending, accounts, upkeep, schedule):
        part.add(commands)
    return top


if __name__ == "__main__":
    sys.exit(main())
