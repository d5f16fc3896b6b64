"""The command that searches all versions."""

from crawler.arguments import Commands, as_json, new_command, positive

_KINDS = ("news", "listing", "document", "page", "feed", "other")


def add(commands: Commands) -> None:
    """Adds it to the command line."""
    command = new_command(
        commands,
        "search",
        "search:search",
        'Full text of all versions, first and last seen. Words in any form, "phrases", -without, title:word.',
    )
    command.add_argument("words", nargs="+", metavar="WORDS", help='put -- before words that begin with "-"')
    command.add_argument("--site", metavar="KEY", help="of this site only")
    command.add_argument("--section", metavar="NAME", help="of this section only")
    command.add_argument("--language", action="append", default=[], metavar="L", help="ru, be, en, ...")
    command.add_argument("--kind", action="append", default=[], choices=_KINDS, help="kind of page")
    command.add_argument("--since", metavar="T", help="versions that stood then or later: 2026-11-20, 7d")
    command.add_argument("--until", metavar="T", help="versions that stood before then")
    command.add_argument("--current", action="store_true", help="only what stands there now")
    command.add_argument("--limit", type=positive, default=20, metavar="N", help="pages shown (default: 20)")
    command.add_argument("--page", type=positive, default=1, metavar="N", help="which page of results (default: 1)")
    as_json(command)
