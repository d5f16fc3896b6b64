"""Is the service itself keeping up: sites that are not visited, pages that wait too long, disk, messages that don't go.

As in crawler.core.health, each trouble opens at one measure and closes at a better one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crawler.core.health import State
from storage.said import Said

INSTALLATION = "*"  # the "site" of what concerns no site but the installation; no profile can have this key

MISSED = 3  # turns without a crawl that came to its end
LATE, IN_TIME = timedelta(days=3), timedelta(days=1)  # of the page that is due longest
LITTLE, ENOUGH = 2**30, 3 * 2**29  # bytes free on the disk
STUCK, MOVING = timedelta(hours=1), timedelta(minutes=10)  # of the oldest message that is to be sent


class Trouble(StrEnum):
    """Kinds of problems, beside those of crawler.core.health."""

    NOT_CRAWLED = "not_crawled"
    LATE = "late"
    DISK = "disk"
    STUCK = "stuck"


@dataclass(frozen=True, kw_only=True)
class Attendance:
    """How a site is kept up with."""

    site: str
    last: datetime | None  # end of the last crawl that came to its end; null: there was none
    turn: timedelta  # usual time from one turn to the next
    known_since: datetime | None  # when its first crawl was begun; null: it is not known at all
    paused: bool
    due: int = 0
    due_since: datetime | None = None  # of the page that is due longest


@dataclass(frozen=True, kw_only=True)
class Look:
    """One measure taken."""

    site: str
    kind: Trouble
    subject: str
    state: State
    evidence: str


def attendance(sites: Sequence[Attendance], *, now: datetime) -> Iterator[Look]:
    """What the measures of the sites say. Sites that rest are in no trouble: somebody wanted it so."""
    for one in sites:
        yield Look(
            site=one.site, kind=Trouble.NOT_CRAWLED, subject="crawl", state=_crawled(one, now), evidence=_told(one)
        )
        since = one.due_since
        words = Said.counted(
            "{n} page is due, the first since {since}; is budget_per_day too small?",
            "{n} pages are due, the first of them since {since}; is budget_per_day too small?",
            n=one.due,
            since=_at(since),
        )
        late = State.WELL if one.paused or since is None else _between(now - since, LATE, IN_TIME)
        yield Look(site=one.site, kind=Trouble.LATE, subject="pages", state=late, evidence=words)


def installation(*, free: int, where: str, pending_since: datetime | None, now: datetime) -> Iterator[Look]:
    """The same for what all sites share: bytes free on the disk of the home folder, the oldest message to be sent."""
    space = State.ILL if free < LITTLE else State.WELL if free > ENOUGH else State.UNCLEAR
    words = Said(
        "{free:.1f} GiB are free on the disk of {where}; make room, captures need it", free=free / 2**30, where=where
    )
    yield Look(site=INSTALLATION, kind=Trouble.DISK, subject="home", state=space, evidence=words)
    stuck = State.WELL if pending_since is None else _between(now - pending_since, STUCK, MOVING)
    words = Said(
        "a message that was to be sent at {moment} is not sent yet; see letapis deliveries", moment=_at(pending_since)
    )
    yield Look(site=INSTALLATION, kind=Trouble.STUCK, subject="deliveries", state=stuck, evidence=words)


def news(looks: Sequence[Look], known: Mapping[tuple[str, str, str], int]) -> tuple[list[Look], list[int]]:
    """(what is to be opened or seen again, ids of problems to close), given the open ones by site, kind and subject."""
    ill = [look for look in looks if look.state is State.ILL]
    well = {(look.site, look.kind.value, look.subject) for look in looks if look.state is State.WELL}
    return ill, [number for key, number in known.items() if key in well]


def _crawled(one: Attendance, now: datetime) -> State:
    since = one.last or one.known_since
    if one.paused:
        return State.WELL
    if since is None:
        return State.UNCLEAR
    missed = now - since > MISSED * one.turn + timedelta(hours=1)
    return State.ILL if missed else State.WELL if one.last else State.UNCLEAR


def _told(one: Attendance) -> str:
    if one.last is None:
        return Said("no crawl has come to its end since the first was begun {moment}", moment=_at(one.known_since))
    return Said(
        "the last crawl that came to its end did so {moment}; a turn is {hours:g} h",
        moment=_at(one.last),
        hours=round(one.turn.total_seconds() / 3600, 1),
    )


def _between(age: timedelta, ill: timedelta, well: timedelta) -> State:
    return State.ILL if age > ill else State.WELL if age < well else State.UNCLEAR


def _at(moment: datetime | None) -> str:
    return Said("{moment:%Y-%m-%d %H:%M} UTC", moment=moment) if moment else Said("never")
