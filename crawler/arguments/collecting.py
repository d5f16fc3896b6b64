"""Commands that visit pages or read them: crawl, fetch, extract, re-extract, demo."""

from pathlib import Path

from crawler.arguments import Commands, as_json, new_command, positive, site_file


def add(commands: Commands) -> None:
    """Adds them to the command line."""
    for one in (_crawl, _fetch, _extract, _reextract, _demo):
        one(commands)


def _crawl(commands: Commands) -> None:
    command = new_command(commands, "crawl", "crawl:crawl", "Crawl now: the pages that are due, or all of them.")
    command.add_argument("sites", nargs="*", metavar="SITE", help="keys of sites (default: mpt, the ministry)")
    site_file(command)
    command.add_argument("--max-pages", type=positive, metavar="N", help="stop after N requests")
    command.add_argument("--all", action="store_true", help="visit every known page, due or not")
    as_json(command, "the summary as JSON")


def _fetch(commands: Commands) -> None:
    command = new_command(commands, "fetch", "fetch:fetch", "Fetch one URL now: its clean text, and what changed.")
    command.add_argument("url", metavar="URL")
    form = command.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="everything, as one JSON document")
    form.add_argument("--markdown", action="store_true", help="the Markdown alone")
    form.add_argument("--html", action="store_true", help="the bytes as the server sent them, decompressed")
    command.add_argument("--no-store", action="store_true", help="keep nothing of it")
    command.add_argument("--site", metavar="KEY", help="read it with this site's profile")
    site_file(command)


def _extract(commands: Commands) -> None:
    command = new_command(commands, "extract", "extract:extract", "Extract a saved page, without network.")
    command.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the page (default: standard input)")
    command.add_argument("--url", metavar="URL", help="the address that it was saved from")
    command.add_argument("--site", metavar="KEY", help="read it with this site's profile")
    site_file(command)
    command.add_argument("--json", action="store_true", help="everything, as one JSON document")
    command.add_argument(
        "--jsonl", action="store_true", help='lines {"url", "file", "site"?} on standard input, one JSON a line out'
    )


def _reextract(commands: Commands) -> None:
    text = "Read stored pages again with today's extractor and profile; what differs is an upgrade, never a change."
    command = new_command(commands, "re-extract", "reextract:reextract", text)
    command.add_argument("site", nargs="?", metavar="SITE", help="key of a site (default: mpt, the ministry)")
    site_file(command)
    command.add_argument("--dry-run", action="store_true", help="show what would differ, store nothing")
    as_json(command, "the summary as JSON")


def _demo(commands: Commands) -> None:
    text = "The whole job on the bundled replica of the ministry's site: crawl, edits happen, crawl again, report."
    command = new_command(commands, "demo", "demo:demo", text)
    command.add_argument("--keep", type=Path, metavar="DIR", help="folder for database and report (default: ./demo)")
