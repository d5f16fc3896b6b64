"""Commands about messages: sending them, and what became of them."""

from crawler.arguments import Commands, as_json, new_command, positive

_STATES = ("pending", "sent", "dead", "dropped")


def add(commands: Commands) -> None:
    """Adds them to the command line."""
    for one in (_notify, _deliveries):
        one(commands)


def _notify(commands: Commands) -> None:
    text = "Send messages: a test, or what is owed."
    notify = commands.add_parser("notify", help=text, description=text)
    parts = notify.add_subparsers(metavar="test|once|secret", required=True)
    test = new_command(parts, "test", "notify:test", "Send a test message now.")
    test.add_argument(
        "target",
        metavar="CHANNEL|SUBSCRIPTION",
        help="mailto:ADDRESS, webhook:URL, @NAME, a URL for Apprise, or a name",
    )
    once = new_command(parts, "once", "notify:once", "Cut the digests whose time has come and send what is due.")
    as_json(once, "what was sent, as one JSON object")
    secret = new_command(parts, "secret", "notify:secret", "What a subscription's webhook calls are signed with.")
    secret.add_argument("name", metavar="SUBSCRIPTION")


def _deliveries(commands: Commands) -> None:
    text = "The messages: sent, to be sent, given up. With retry: send what was given up."
    deliveries = new_command(commands, "deliveries", "notify:deliveries", text)
    deliveries.add_argument("--state", choices=_STATES, help="of this state only")
    deliveries.add_argument("--limit", type=positive, default=50, metavar="N", help="at most N (default: 50)")
    as_json(deliveries)
    parts = deliveries.add_subparsers(metavar="retry")
    retry = new_command(parts, "retry", "notify:retry", "Take messages off the dead-letter list, to be sent anew.")
    retry.add_argument("ids", nargs="*", type=positive, metavar="ID", help="numbers of messages (default: all of them)")
