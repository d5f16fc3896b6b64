"""Problems of telling people: opened where a message is given up or a template is broken, closed when it is well."""

from collections.abc import Iterable
from datetime import datetime

from crawler.notify.masks import masked
from crawler.owing import problem_owed
from storage.archive import Archive
from storage.records import Problem
from storage.records_outbox import Delivery, Owing, Subscription
from storage.said import Said

DELIVERY, TEMPLATE = "delivery", "template"  # kinds of problems
_TEMPLATES = "templates"  # the subject of a problem with them


def given_up(
    archive: Archive, delivery: Delivery, subscription: Subscription, sites: Iterable[str], error: str, now: datetime
) -> None:
    """Opens a problem of each site that the message told of."""
    evidence = Said.counted(
        "message {id} to {channel} was given up after {n} attempt: {why}; letapis deliveries --state dead",
        "message {id} to {channel} was given up after {n} attempts: {why}; letapis deliveries --state dead",
        n=delivery.attempts + 1,
        id=str(delivery.id),
        channel=masked(delivery.channel),
        why=error,
    )
    tell = problem_owed(archive, now)

    def others(problem: Problem) -> list[Owing]:  # by a channel that fails nobody hears that it fails
        return [one for one in tell(problem) if one.subscription.id != subscription.id]

    for site in sites:
        archive.open_problem(site, DELIVERY, subscription.name, evidence, now, owed=others)


def arrived(archive: Archive, subscription: Subscription, now: datetime) -> None:
    """Closes the subscription's problems: its messages arrive again."""
    _close(archive, DELIVERY, subscription.name, now)


def template_broken(archive: Archive, sites: Iterable[str], error: str, now: datetime) -> None:
    for site in sites:
        archive.open_problem(site, TEMPLATE, _TEMPLATES, error, now, owed=problem_owed(archive, now))


def templates_work(archive: Archive, now: datetime) -> None:
    _close(archive, TEMPLATE, _TEMPLATES, now)


def _close(archive: Archive, kind: str, subject: str, now: datetime) -> None:
    for problem in archive.problems():
        if problem.kind == kind and problem.subject == subject and problem.id is not None:
            archive.close_problem(problem.id, now, owed=problem_owed(archive, now))
