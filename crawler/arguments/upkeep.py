"""Commands of a working life: sites, problems, doctor, db."""

from pathlib import Path

from crawler.arguments import Commands, as_json, new_command, positive


def add(commands: Commands) -> None:
    """Adds them to the command line."""
    for one in (_problems, _sites, _upkeep):
        one(commands)


def _problems(commands: Commands) -> None:
    command = new_command(commands, "problems", "problems:problems", "What troubles the monitoring itself.")
    command.add_argument("--site", metavar="KEY", help="of this site only")
    command.add_argument("--all", action="store_true", help="the healed ones too")
    as_json(command)


def _sites(commands: Commands) -> None:
    sites = commands.add_parser("sites", help="Site profiles: list, check, write a new one.")
    parts = sites.add_subparsers(metavar="list|check|new|import-urls", required=True)
    listing = new_command(parts, "list", "sites:list_sites", "The sites that can be crawled.")
    listing.add_argument("--json", action="store_true")
    check = new_command(parts, "check", "sites:check", "Check a profile: its form, its patterns, its selectors.")
    check.add_argument("site", metavar="SITE|FILE")
    new = new_command(parts, "new", "sites:new", "Visit a site, learn its template, write a commented profile.")
    new.add_argument("url", metavar="URL")
    new.add_argument("--pages", type=positive, default=40, metavar="N", help="pages to look at (default: 40)")
    new.add_argument("-o", "--output", type=Path, metavar="FILE")
    urls = new_command(parts, "import-urls", "sites:import_urls", "Add addresses that nothing links to.")
    urls.add_argument("file", type=Path, metavar="FILE", help="one URL a line")
    urls.add_argument("--site", metavar="KEY", default="mpt")


def _upkeep(commands: Commands) -> None:
    new_command(commands, "doctor", "upkeep:doctor", "Look whether everything that is needed is there and sound.")
    database = commands.add_parser("db", help="The database: upgrade.")
    parts = database.add_subparsers(metavar="upgrade", required=True)
    new_command(parts, "upgrade", "upkeep:upgrade", "Bring the database's form up to this release's.")
