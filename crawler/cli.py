"""The command line: arguments in, exit codes out. What a command does is in ``crawler.commands``."""

import argparse
import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from config.errors import ConfigError
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
    for add in (_crawl, _fetch, _extract, _changes, _report, _history, _diff, _export, _sites, _upkeep, _demo):
        add(commands)
    for add in (_problems, _reextract):
        add(commands)
    return top


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _command(commands: Commands, name: str, run: str, text: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text, description=text)
    command.set_defaults(run=run)
    return command


def _crawl(commands: Commands) -> None:
    command = _command(commands, "crawl", "crawl:crawl", "Crawl now: the pages that are due, or all of them.")
    command.add_argument("sites", nargs="*", metavar="SITE", help="keys of sites (default: mpt, the ministry)")
    command.add_argument("--site-file", type=Path, action="append", default=[], metavar="FILE", help="a site profile")
    command.add_argument("--max-pages", type=_positive, metavar="N", help="stop after N requests")
    command.add_argument("--all", action="store_true", help="visit every known page, due or not")
    command.add_argument("--json", action="store_true", help="the summary as JSON")


def _fetch(commands: Commands) -> None:
    command = _command(commands, "fetch", "fetch:fetch", "Fetch one URL now: its clean text, and what changed.")
    command.add_argument("url", metavar="URL")
    form = command.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="everything, as one JSON document")
    form.add_argument("--markdown", action="store_true", help="the Markdown alone")
    form.add_argument("--html", action="store_true", help="the bytes as the server sent them, decompressed")
    command.add_argument("--no-store", action="store_true", help="keep nothing of it")
    command.add_argument("--site", metavar="KEY", help="read it with this site's profile")
    command.add_argument("--site-file", type=Path, action="append", default=[], metavar="FILE", help="a site profile")


def _extract(commands: Commands) -> None:
    command = _command(commands, "extract", "extract:extract", "Extract a saved page, without network.")
    command.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the page (default: standard input)")
    command.add_argument("--url", metavar="URL", help="the address that it was saved from")
    command.add_argument("--site", metavar="KEY", help="read it with this site's profile")
    command.add_argument("--site-file", type=Path, action="append", default=[], metavar="FILE", help="a site profile")
    command.add_argument("--json", action="store_true", help="everything, as one JSON document")
    command.add_argument(
        "--jsonl", action="store_true", help='lines {"url", "file", "site"?} on standard input, one JSON a line out'
    )


def _period(command: argparse.ArgumentParser) -> None:
    command.add_argument("--since", metavar="T", help="from then: 2026-11-20, 2026-11-20T09:00, 7d, 12h")
    command.add_argument("--until", metavar="T", help="up to then")
    command.add_argument("--site", metavar="KEY", help="of this site only")
    command.add_argument("--site-file", type=Path, action="append", default=[], metavar="FILE", help="a site profile")
    command.add_argument("--kind", action="append", choices=["added", "edited", "removed", "restored", "moved"])
    command.add_argument("--what", action="append", metavar="PART", choices=_WHAT, help=f"one of: {', '.join(_WHAT)}")
    command.add_argument("--min-significance", type=float, default=0.0, metavar="X", help="0 to 1")


_WHAT = ("text", "title", "links", "images", "numbers", "dates", "attachments", "formatting")


def _changes(commands: Commands) -> None:
    command = _command(commands, "changes", "changes:changes", "Changes, newest first.")
    _period(command)
    command.add_argument("--limit", type=_positive, metavar="N", help="at most N")
    command.add_argument("--json", action="store_true", help="one JSON object a line")


def _report(commands: Commands) -> None:
    command = _command(commands, "report", "changes:report", "The change report, with differences word by word.")
    _period(command)
    command.add_argument("--format", choices=["html", "md", "json", "csv"], default="html")
    command.add_argument("-o", "--output", type=Path, metavar="FILE", help="(default: standard output)")


def _history(commands: Commands) -> None:
    command = _command(commands, "history", "history:history", "The versions of a page.")
    command.add_argument("url", metavar="URL")
    command.add_argument("--json", action="store_true", help="one JSON object a line")


def _diff(commands: Commands) -> None:
    command = _command(commands, "diff", "history:diff", "What differs between two versions of a page, word by word.")
    command.add_argument("url", metavar="URL")
    command.add_argument(
        "before", nargs="?", type=_positive, metavar="FROM", help="version (default: the last but one)"
    )
    command.add_argument("after", nargs="?", type=_positive, metavar="TO", help="version (default: the last)")


def _export(commands: Commands) -> None:
    command = _command(commands, "export", "export:export", "Data out: one line a thing, or one file a page.")
    command.add_argument("what", choices=["pages", "versions", "captures", "changes"])
    command.add_argument("--format", choices=["jsonl", "csv", "md", "warc"], default="jsonl")
    command.add_argument("--site", metavar="KEY", help="of this site only")
    command.add_argument("-o", "--output", type=Path, metavar="PATH", help="file; a folder for md")


def _problems(commands: Commands) -> None:
    command = _command(commands, "problems", "problems:problems", "What troubles the monitoring itself.")
    command.add_argument("--site", metavar="KEY", help="of this site only")
    command.add_argument("--all", action="store_true", help="the healed ones too")
    command.add_argument("--json", action="store_true", help="one JSON object a line")


def _reextract(commands: Commands) -> None:
    text = "Read stored pages again with today's extractor and profile; what differs is an upgrade, never a change."
    command = _command(commands, "re-extract", "reextract:reextract", text)
    command.add_argument("site", nargs="?", metavar="SITE", help="key of a site (default: mpt, the ministry)")
    command.add_argument("--site-file", type=Path, action="append", default=[], metavar="FILE", help="a site profile")
    command.add_argument("--dry-run", action="store_true", help="show what would differ, store nothing")
    command.add_argument("--json", action="store_true", help="the summary as JSON")


def _sites(commands: Commands) -> None:
    sites = commands.add_parser("sites", help="Site profiles: list, check, write a new one.")
    parts = sites.add_subparsers(metavar="list|check|new|import-urls", required=True)
    listing = _command(parts, "list", "sites:list_sites", "The sites that can be crawled.")
    listing.add_argument("--json", action="store_true")
    check = _command(parts, "check", "sites:check", "Check a profile: its form, its patterns, its selectors.")
    check.add_argument("site", metavar="SITE|FILE")
    new = _command(parts, "new", "sites:new", "Visit a site, learn its template, write a commented profile.")
    new.add_argument("url", metavar="URL")
    new.add_argument("--pages", type=_positive, default=40, metavar="N", help="pages to look at (default: 40)")
    new.add_argument("-o", "--output", type=Path, metavar="FILE")
    urls = _command(parts, "import-urls", "sites:import_urls", "Add addresses that nothing links to.")
    urls.add_argument("file", type=Path, metavar="FILE", help="one URL a line")
    urls.add_argument("--site", metavar="KEY", default="mpt")


def _upkeep(commands: Commands) -> None:
    _command(commands, "doctor", "upkeep:doctor", "Look whether everything that is needed is there and sound.")
    database = commands.add_parser("db", help="The database: upgrade.")
    parts = database.add_subparsers(metavar="upgrade", required=True)
    _command(parts, "upgrade", "upkeep:upgrade", "Bring the database's form up to this release's.")


def _demo(commands: Commands) -> None:
    text = "The whole job on the bundled replica of the ministry's site: crawl, edits happen, crawl again, report."
    command = _command(commands, "demo", "demo:demo", text)
    command.add_argument("--keep", type=Path, metavar="DIR", help="folder for database and report (default: ./demo)")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())
