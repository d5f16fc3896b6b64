"""The command that shows the revisit policy at work: schedule."""

from crawler.arguments import Commands, as_json, new_command, positive, site_file


def add(commands: Commands) -> None:
    """Adds it to the command line."""
    text = "When which page is visited next, and how a site's budget of requests is spread."
    command = new_command(commands, "schedule", "schedule:schedule", text)
    command.add_argument("site", nargs="?", metavar="SITE", help="key of a site (default: mpt, the ministry)")
    site_file(command)
    command.add_argument("--limit", type=positive, default=20, metavar="N", help="show the next N visits (default: 20)")
    as_json(command, "one JSON object a line: the host first, then the visits")
