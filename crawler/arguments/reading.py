"""Commands that show what is known: changes, report, history, diff, export."""

import argparse
from pathlib import Path

from crawler.arguments import Commands, as_json, new_command, positive, site_file


def add(commands: Commands) -> None:
    """Adds them to the command line."""
    for one in (_changes, _report, _history, _diff, _export):
        one(commands)


def _period(command: argparse.ArgumentParser) -> None:
    command.add_argument("--since", metavar="T", help="from then: 2026-11-20, 2026-11-20T09:00, 7d, 12h")
    command.add_argument("--until", metavar="T", help="up to then")
    command.add_argument("--site", metavar="KEY", help="of this site only")
    site_file(command)
    command.add_argument("--kind", action="append", choices=["added", "edited", "removed", "restored", "moved"])
    command.add_argument("--what", action="append", metavar="PART", choices=_WHAT, help=f"one of: {', '.join(_WHAT)}")
    command.add_argument("--min-significance", type=float, default=0.0, metavar="X", help="0 to 1")


_FORMS = ("html", "md", "json", "csv", "docx", "atom", "opml")
_WHAT = ("text", "title", "links", "images", "numbers", "dates", "attachments", "formatting")


def _changes(commands: Commands) -> None:
    command = new_command(commands, "changes", "changes:changes", "Changes, newest first.")
    _period(command)
    command.add_argument("--limit", type=positive, metavar="N", help="at most N")
    as_json(command)


def _report(commands: Commands) -> None:
    command = new_command(commands, "report", "report:report", "The change report, with differences word by word.")
    _period(command)
    command.add_argument("--format", metavar="FORM", choices=_FORMS, default="html", help=", ".join(_FORMS))
    command.add_argument("--section", metavar="S", help="of this section only")
    command.add_argument("--language", choices=["en", "ru", "be"], default="en", help="en, ru or be (default: en)")
    command.add_argument("-o", "--output", type=Path, metavar="FILE", help="(default: standard output)")


def _history(commands: Commands) -> None:
    command = new_command(commands, "history", "history:history", "The versions of a page.")
    command.add_argument("url", metavar="URL")
    as_json(command)


def _diff(commands: Commands) -> None:
    command = new_command(
        commands, "diff", "history:diff", "What differs between two versions of a page, word by word."
    )
    command.add_argument("url", metavar="URL")
    command.add_argument("before", nargs="?", type=positive, metavar="FROM", help="version (default: the last but one)")
    command.add_argument("after", nargs="?", type=positive, metavar="TO", help="version (default: the last)")


def _export(commands: Commands) -> None:
    command = new_command(commands, "export", "export:export", "Data out: one line a thing, or one file a page.")
    command.add_argument("what", choices=["pages", "versions", "captures", "changes"])
    command.add_argument("--format", choices=["jsonl", "csv", "md", "warc"], default="jsonl")
    command.add_argument("--site", metavar="KEY", help="of this site only")
    command.add_argument("-o", "--output", type=Path, metavar="PATH", help="file; a folder for md")
