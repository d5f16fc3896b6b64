"""What every command's arguments are made with."""

import argparse
from pathlib import Path
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def new_command(commands: Commands, name: str, run: str, text: str) -> argparse.ArgumentParser:
    """A command that runs ``crawler.commands.MODULE:FUNCTION``."""
    made = commands.add_parser(name, help=text, description=text)
    made.set_defaults(run=run)
    return made


def positive(text: str) -> int:
    """A whole number of 1 or more."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def site_file(command: argparse.ArgumentParser) -> None:
    """``--site-file``, as many as wanted."""
    command.add_argument("--site-file", type=Path, action="append", default=[], metavar="FILE", help="a site profile")


def as_json(command: argparse.ArgumentParser, text: str = "one JSON object a line") -> None:
    command.add_argument("--json", action="store_true", help=text)
