"""How the whole stands: what the service says of itself, read for people, and what of it calls for somebody to act."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crawler.core.attendance import ENOUGH, Trouble
from crawler.web.advice import ADVICE, advice
from crawler.web.words import N_
from storage.records import Problem
from storage.records_service import Totals

BEHIND = 2_000  # versions: so many does a search take into the index by itself; see ``crawler.search``

JOBS = {  # of the service's list, by the first word of their names
    "run": N_("crawl"),
    "feeds": N_("look at feeds and lists"),
    "reports": N_("write reports"),
    "watch": N_("watch over itself"),
    "upkeep": N_("keep house"),
}
_FOR_ADMINISTRATORS = ("release", "database")  # and who holds the lease: they say which attacks to try, and on what


@dataclass(frozen=True, kw_only=True)
class Matter:
    """Something to be done. English; the template translates it."""

    title: str
    todo: str
    href: str = ""  # where it can be looked at
    values: Mapping[str, object] = field(default_factory=dict)  # of the title
    wanted: bool = False  # by somebody: no trouble, but not to be forgotten


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The service's own words with moments read."""

    running: bool
    since: datetime | None
    holder: str | None
    until: datetime | None  # of the lease
    runs: Sequence[Mapping[str, Any]]  # under way
    jobs: Sequence[Mapping[str, Any]]  # the next first
    deliveries: Mapping[str, int]
    oldest_message: datetime | None
    disk: Mapping[str, int]
    release: str
    database: Mapping[str, str]


def standing(status: Mapping[str, Any]) -> Standing:
    """Of what ``crawler.web.live.Live.status`` answers; keys that are missing are empty."""
    service = status.get("service", {})
    return Standing(
        running=bool(service.get("running")),
        since=_moment(service.get("since")),
        holder=service.get("holder"),
        until=_moment(service.get("until")),
        runs=[{**run, "started_at": _moment(run["started_at"])} for run in status.get("runs", [])],
        jobs=[{**job, "next": _moment(job["next"])} for job in status.get("jobs", [])],
        deliveries=status.get("deliveries", {}),
        oldest_message=_moment(status.get("oldest_message")),
        disk=status.get("disk", {}),
        release=status.get("release", ""),
        database=status.get("database", {}),
    )


def for_readers(status: Mapping[str, Any]) -> dict[str, Any]:
    """The same without what helps an attacker more than a reader."""
    kept = {name: value for name, value in status.items() if name not in _FOR_ADMINISTRATORS}
    return kept | ({"service": {**kept["service"], "holder": None}} if "service" in kept else {})


def matters(
    stands: Standing | None, totals: Totals, problems: Sequence[Problem], paused: Mapping[str, str]
) -> Iterator[Matter]:
    """What calls for somebody, the worst first. ``stands`` is null where no service is running.

    ``paused``: the sites that rest, key and title.
    """
    if stands is None or not stands.running:
        yield Matter(
            title=N_("The service is not running"),
            todo=N_("Nothing is crawled or sent by itself. Start it with letapis up."),
        )
    kinds = dict.fromkeys(problem.kind for problem in problems)
    if stands and stands.disk.get("free", ENOUGH) < ENOUGH:
        kinds = {Trouble.DISK.value: None} | kinds
    for kind in kinds:
        told = advice(kind)
        yield Matter(title=told.title, todo=told.todo, href=f"/problems?kind={kind}" if kind in ADVICE else "/problems")
    if stands and (dead := stands.deliveries.get("dead", 0)):
        yield Matter(
            title=N_("Messages given up: %(n)s"),
            todo=N_("See why among the deliveries; mend the channel, and send them anew."),
            href="/deliveries?state=dead",
            values={"n": dead},
        )
    if totals.unindexed > BEHIND:
        yield Matter(
            title=N_("Versions that search does not know yet: more than %(n)s"),
            todo=N_("Each run and each search takes some of them in. To have it done at once: letapis search WORDS"),
            values={"n": BEHIND},
        )
    for key, title in paused.items():
        yield Matter(
            title=N_("Scheduled runs rest: %(site)s"),
            todo=N_("Somebody wanted it so. To let them go on, open the site and end its rest."),
            href=f"/sites/{key}",
            values={"site": title},
            wanted=True,
        )


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
