"""Commands about accounts: users and tokens."""

from crawler.arguments import Commands, as_json, new_command, positive

ROLES = ("reader", "reviewer", "admin")
SCOPES = ("read", "fetch", "review", "admin")


def add(commands: Commands) -> None:
    """Adds them to the command line."""
    _users(commands)
    _tokens(commands)


def _users(commands: Commands) -> None:
    users = commands.add_parser("users", help="Users of the review pages: who may come in, as what.")
    parts = users.add_subparsers(metavar="add|list|role|disable|enable|password", required=True)
    new = new_command(parts, "add", "users:add_user", "Add a user; a one-time password is printed.")
    new.add_argument("name", metavar="NAME")
    new.add_argument("--role", choices=ROLES, default="reader", help="default: reader")
    as_json(new_command(parts, "list", "users:list_users", "All users."))
    role = new_command(parts, "role", "users:set_role", "Give a user another role; sessions end.")
    role.add_argument("name", metavar="NAME")
    role.add_argument("role", choices=ROLES)
    disable = new_command(parts, "disable", "users:disable", "Lock a user out: sessions end, tokens do nothing.")
    disable.add_argument("name", metavar="NAME")
    enable = new_command(parts, "enable", "users:enable", "Let a user in again.")
    enable.add_argument("name", metavar="NAME")
    password = new_command(
        parts, "password", "users:reset_password", "Give a user a new one-time password; it is printed, sessions end."
    )
    password.add_argument("name", metavar="NAME")


def _tokens(commands: Commands) -> None:
    tokens = commands.add_parser("tokens", help="Tokens by which programs use the API.")
    parts = tokens.add_subparsers(metavar="new|list|revoke", required=True)
    new = new_command(parts, "new", "users:new_token", "Make a token; it is printed this once.")
    new.add_argument("name", metavar="NAME", help="what it is for")
    new.add_argument("--user", required=True, metavar="USER", help="whose it is: it may do no more than they may")
    new.add_argument(
        "--scope", action="append", choices=SCOPES, help="what it may do; more than one can be given (default: read)"
    )
    listing = new_command(parts, "list", "users:list_tokens", "All tokens that are valid.")
    listing.add_argument("--user", metavar="USER", help="of this user only")
    listing.add_argument("--all", action="store_true", help="the revoked ones too")
    as_json(listing)
    revoke = new_command(parts, "revoke", "users:revoke_token", "End a token.")
    revoke.add_argument("id", type=positive, metavar="ID", help="as letapis tokens list names it")
