"""Commands about telling people: subscriptions."""

import argparse
from pathlib import Path

from crawler.arguments import Commands, as_json, new_command, site_file


def add(commands: Commands) -> None:
    """Adds them to the command line."""
    for one in (_subscribe,):
        one(commands)


def _subscribe(commands: Commands) -> None:
    text = "Who wants to hear of which changes, where, and when."
    subscribe = commands.add_parser("subscribe", help=text, description=text)
    parts = subscribe.add_subparsers(metavar="add|list|show|change|end|import|test", required=True)
    _add(parts)
    listing = new_command(parts, "list", "subscribe:list_subscriptions", "The subscriptions; secrets are masked.")
    listing.add_argument("--all", action="store_true", help="the ended ones too")
    as_json(listing)
    show = new_command(parts, "show", "subscribe:show", "One subscription, and what was sent to it last.")
    show.add_argument("name", metavar="NAME")
    as_json(show, "as one JSON object")
    _change(parts)
    end = new_command(parts, "end", "subscribe:end", "End a subscription: nothing is sent to it any more.")
    end.add_argument("name", metavar="NAME")
    several = new_command(
        parts, "import", "subscribe:import_file", "Add the subscriptions of a TOML file, all of them or none."
    )
    several.add_argument("file", type=Path, metavar="FILE", help="[[subscription]] tables; see docs/subscriptions.md")
    site_file(several)
    _test(parts)


def _add(parts: Commands) -> None:
    command = new_command(parts, "add", "subscribe:add", "Add a subscription. Without conditions it asks for all.")
    command.add_argument("name", metavar="NAME", help="what you call it")
    command.add_argument("channel", metavar="CHANNEL", help=_CHANNEL)
    _conditions(command)
    _manner(command)
    command.add_argument("--problems", action="store_true", help="tell of troubles of the monitoring, too")
    command.add_argument("--no-changes", action="store_true", help="tell of no changes (with --problems)")
    site_file(command)


def _change(parts: Commands) -> None:
    command = new_command(
        parts, "change", "subscribe:change", "Change a subscription: what is given takes the place of what was."
    )
    command.add_argument("name", metavar="NAME")
    command.add_argument("--rename", metavar="NAME")
    command.add_argument("--channel", metavar="CHANNEL", help=_CHANNEL)
    _conditions(command)
    manner = _manner(command)
    manner.add_argument("--immediate", action="store_true", help="a message for each change, no digests")
    command.add_argument("--problems", action=argparse.BooleanOptionalAction, help="tell of the monitoring's troubles")
    command.add_argument("--changes", action=argparse.BooleanOptionalAction, help="tell of changes")
    command.add_argument("--active", action="store_true", help="begin again after it was ended")
    command.add_argument(
        "--clear", action="append", default=[], choices=_CLEARED, metavar="PART", help=f"one of: {', '.join(_CLEARED)}"
    )
    site_file(command)


def _test(parts: Commands) -> None:
    command = new_command(
        parts, "test", "subscribe:test", "Which of the stored changes it would have been told; nothing is sent."
    )
    command.add_argument("name", metavar="NAME")
    which = command.add_mutually_exclusive_group()
    which.add_argument("--change", type=int, metavar="ID", help="of this change only")
    which.add_argument("--since", metavar="T", default="30d", help="from then: 2026-11-20, 7d (default: 30d)")
    as_json(command)


_CHANNEL = "mailto:ADDRESS, webhook:URL, @NAME of channels.toml, or a URL for Apprise"
_WHAT = ("text", "title", "links", "images", "numbers", "dates", "attachments", "formatting")
_CLEARED = ("site", "section", "url", "language-of-page", "kind", "what", "word", "quiet")


def _conditions(command: argparse.ArgumentParser) -> None:
    """What it is about. Of several entries of one kind any will do; of several kinds each has to hold."""
    asks = command.add_argument_group("conditions, each as often as wanted")
    asks.add_argument("--site", action="append", metavar="KEY")
    asks.add_argument("--section", action="append", metavar="NAME")
    asks.add_argument("--url", action="append", metavar="PATTERN", help="a regular expression found in the address")
    asks.add_argument("-l", "--language-of-page", action="append", metavar="CODE", help="ru, be, en, ...")
    asks.add_argument("--kind", action="append", metavar="KIND", help="added, edited, removed, restored, moved")
    asks.add_argument("--what", action="append", metavar="PART", help=f"one of: {', '.join(_WHAT)}")
    asks.add_argument(
        "--word",
        action="append",
        metavar="WORD",
        help='a word in any form, a "phrase", or a wildcard*, in what changed',
    )
    asks.add_argument("--min-significance", type=float, metavar="X", help="0 to 1")


def _manner(command: argparse.ArgumentParser) -> "argparse._MutuallyExclusiveGroup":
    group = command.add_argument_group("manner")
    group.add_argument("--quiet", metavar="HOURS", help='nothing is sent then, as "22:00-07:00"')
    group.add_argument("--zone", metavar="ZONE", help="of hours and times (default: the sites' own)")
    group.add_argument("--language", metavar="CODE", help="of the messages: en, ru, be")
    rhythm = group.add_mutually_exclusive_group()
    rhythm.add_argument("--digest", metavar="CRON", help='one message of all changes, as "0 9 * * 1-5"')
    return rhythm
