"""Commands of the service: up, jobs, run-now, pause, resume, status."""

from crawler.arguments import Commands, as_json, new_command


def add(commands: Commands) -> None:
    """Adds them to the command line."""
    for one in (_up, _jobs, _run_now, _pause, _resume, _status):
        one(commands)


def _up(commands: Commands) -> None:
    text = "The service: crawls by schedule, sends messages, serves the review pages, until it is stopped."
    command = new_command(commands, "up", "up:up", text)
    command.add_argument("--host", metavar="H", help="address to listen on (default: service.host)")
    command.add_argument("--port", type=int, metavar="P", help="port to listen on (default: service.port)")
    command.add_argument("--no-web", action="store_true", help="serve no pages")
    command.add_argument("--once", action="store_true", help="do what is due now, then end: for cron")


def _jobs(commands: Commands) -> None:
    command = new_command(commands, "jobs", "service:jobs", "What the service runs when next, and how it went last.")
    as_json(command)


def _run_now(commands: Commands) -> None:
    text = "Ask the running service to crawl a site now."
    command = new_command(commands, "run-now", "service:run_now", text)
    command.add_argument("site", metavar="SITE", help="key of the site")


def _pause(commands: Commands) -> None:
    command = new_command(commands, "pause", "service:pause", "Let a site's scheduled runs rest until resume.")
    command.add_argument("site", metavar="SITE", help="key of the site")
    command.add_argument("--reason", metavar="WORDS", help="why, for whoever looks")


def _resume(commands: Commands) -> None:
    command = new_command(commands, "resume", "service:resume", "End a pause.")
    command.add_argument("site", metavar="SITE", help="key of the site")


def _status(commands: Commands) -> None:
    text = "Is the service up, what does it do, what waits, what is in trouble."
    command = new_command(commands, "status", "service:status", text)
    as_json(command, "everything, as one JSON document")
