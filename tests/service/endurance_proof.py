"""What has to hold when the endurance run is over: every promise of the service, looked at from outside."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

import feedparser  # type: ignore[import-untyped]
import httpx

from storage.archive import Archive
from storage.records import RunKind
from storage.records_outbox import DeliveryState
from storage.warc import mend, read, records
from tests.hostile.arrivals import GRAIN
from tests.service.endurance_people import Heard, People, Person
from tests.service.endurance_site import Watched

SITE = "site"
MIN_DELAY = 0.05  # seconds


@dataclass(kw_only=True)
class Ended:
    """All there is to look at."""

    archive: Archive
    home: Path
    site: Watched
    people: People
    kills: list[float]
    orphans: int
    feeds: dict[str, bytes]

    def __post_init__(self) -> None:
        self.heard = self.people.heard(self.archive, self.home)

    def by(self, person: Person) -> list[Heard]:
        return [one for one in self.heard if one.who == person.name]


def faults(ended: Ended) -> list[str]:
    """What does not hold, a line each."""
    looks = (_changes, _told, _repeats, _order, _dead, _problems, _feeds, _runs, _evidence, _polite)
    return [f"{look.__name__[1:]}: {fault}" for look in looks for fault in look(ended)]


def _changes(ended: Ended) -> Iterator[str]:
    """Every event once, of its kind; noise never."""
    found = Counter((change.kind.value, change.url) for change in ended.archive.changes(include_members=True))
    true = Counter(one.named for one in ended.site.happenings)
    yield from (f"missed: {one}" for one in true - found)
    yield from (f"not true: {one}" for one in found - true)


def _told(ended: Ended) -> Iterator[str]:
    """Each subscriber every change that was wanted, in one message and its repetitions."""
    for person in ended.people.persons:
        if person.name == "dead":
            continue
        keys = defaultdict[tuple[str, str], Counter[str]](Counter)
        for one in {one.key: one for one in ended.by(person)}.values():
            for change in one.changes:
                keys[change][one.key] += 1
        wanted = {one.named for one in ended.site.happenings if person.wants(one)}
        yield from (f"{person.name} was not told {change}" for change in wanted - keys.keys())
        yield from (f"{person.name} was told {change}, unasked" for change in keys.keys() - wanted)
        yield from (f"{person.name}: {change} in {dict(of)}" for change, of in keys.items() if of.total() > 1)
    yield from (one.fault for one in ended.heard if one.fault)


def _repeats(ended: Ended) -> Iterator[str]:
    """The same message again only where a kill lies between."""
    last: dict[tuple[str, str], float] = {}
    for one in ended.heard:
        before = last.get((one.who, one.key))
        if before is not None and not any(before <= kill <= one.at for kill in ended.kills):
            yield f"{one.who} got {one.key} again after {one.at - before:.1f} s, without a kill"
        last[one.who, one.key] = one.at


def _order(ended: Ended) -> Iterator[str]:
    """Each subscriber in the order in which messages came to be owed."""
    for person in ended.people.persons:
        first = list(dict.fromkeys(one.delivery.id for one in ended.by(person)))
        yield from (f"{person.name}: {b} came after {a}" for a, b in pairwise(first) if b < a)


def _dead(ended: Ended) -> Iterator[str]:
    """What the dead receiver does not take is on the dead-letter list, and nothing else is."""
    dead = ended.archive.deliveries(state=DeliveryState.DEAD, limit=100_000)
    (person,) = (one for one in ended.people.persons if one.name == "dead")
    others = [one.key for one in dead if one.subscription_id != person.subscription.id]
    yield from (f"{key} was given up" for key in others)
    told = {(c.kind.value, c.url) for one in dead for _, c in ended.archive.owed_in(one.id)}
    yield from (f"{one.named} is not on the list" for one in ended.site.happenings if one.named not in told)
    if not any(one.kind == "delivery" and one.subject == "dead" for one in ended.archive.problems(SITE)):
        yield "no problem is open"


def _problems(ended: Ended) -> Iterator[str]:
    """Who asked for problems was told of each, and of its end."""
    keys = Counter(key for who, key in {(one.who, one.key) for one in ended.heard} if who == "problems")
    (person,) = (one for one in ended.people.persons if one.name == "problems")
    wanted = Counter[str]()
    for problem in ended.archive.problems(open_only=False):
        wanted[f"s{person.subscription.id}-p{problem.id}-opened"] += 1
        if problem.closed_at:
            wanted[f"s{person.subscription.id}-p{problem.id}-closed"] += 1
    yield from (f"not told: {key}" for key in wanted - keys)
    yield from (f"told without need: {key}" for key in keys - wanted)
    kinds = {problem.kind for problem in ended.archive.problems(SITE, open_only=False)}
    if "blocked" not in kinds:
        yield f"nobody noticed that we were blocked: {kinds}"
    yield from (
        f"still open: {one.kind} {one.subject}: {one.evidence}"
        for one in ended.archive.problems()
        if one.kind != "delivery"
    )


def _feeds(ended: Ended) -> Iterator[str]:
    """Atom feeds can be read and hold the changes; those of a section only its own."""
    for path, body in ended.feeds.items():
        found = feedparser.parse(body)
        if found.bozo or not found.entries:
            yield f"{path}: {found.get('bozo_exception', 'nothing in it')}"
    found = feedparser.parse(ended.feeds["/feeds/all.atom"])
    if len(found.entries) != min(50, len(ended.site.happenings)):
        yield f"{len(found.entries)} entries"


def _runs(ended: Ended) -> Iterator[str]:
    """No turn twice, never two runs of the site at once, nobody left behind."""
    runs = [run for run in reversed(ended.archive.runs(SITE, limit=None)) if run.kind is RunKind.CRAWL]
    for before, after in pairwise(runs):
        if before.finished_at is None or after.started_at < before.finished_at:
            yield f"run {after.id} began at {after.started_at}, run {before.id} ended at {before.finished_at}"
    for job in ("run site", "feeds site"):
        taken = ended.archive.slots(job)
        if len(set(taken)) != len(taken):
            yield f"{job}: a turn was kept twice"
    if len(runs) > sum(len(ended.archive.slots(job)) for job in ("run site", "feeds site")) + len(ended.kills) + 1:
        yield f"{len(runs)} runs are more than turns and kills together"
    if ended.orphans:
        yield f"{ended.orphans} processes outlived their service"


def _evidence(ended: Ended) -> Iterator[str]:
    """Every answer reads back; the chain of captures is whole."""
    yield from (f"chain broken at capture {number}" for number in ended.archive.broken_links(SITE))
    for capture in ended.archive.captures(site=SITE):
        if capture.warc is not None and read(ended.home / "warc", capture.warc).status is None:
            yield f"capture {capture.id} can't be read back"
    for path in (ended.home / "warc").glob("*.warc.gz"):
        mend(path)  # a record that was being written when its process was killed is cut off
        yield from (f"{path.name}: {entry.problem}" for entry in records(path) if entry.problem)


def _polite(ended: Ended) -> Iterator[str]:
    yield from too_soon(ended.site)


def too_soon(site: Watched) -> Iterator[str]:
    """Never sooner than the site's least delay, whoever asks and however busy the machine is: a pause is counted from
    when a request was written, so that the kernel, which stamps them then, can't see less of it."""
    if quick := [gap for gap in site.gaps() if gap < MIN_DELAY - GRAIN]:
        yield f"{len(quick)} of {len(site.arrivals)} requests came too soon, the soonest after {quick[0]:.4f} s"


def figures(ended: Ended) -> list[tuple[str, str]]:
    """The run in numbers."""
    runs = Counter(run.state.value for run in ended.archive.runs(SITE, limit=None))
    first = {(one.who, change): one.at for one in reversed(ended.heard) for change in one.changes}
    found = [
        ("events", str(len(ended.site.happenings))),
        ("requests", f"{len(ended.site.arrivals)}, least gaps {_least(ended.site.gaps())} ms"),
        ("runs", ", ".join(f"{count} {state}" for state, count in sorted(runs.items()))),
        ("kills", str(len(ended.kills))),
        ("messages", ", ".join(f"{len(ended.by(one))} {one.name}" for one in ended.people.persons)),
        ("repeats", str(len(ended.heard) - len({(one.who, one.key) for one in ended.heard}))),
        ("dead letters", str(ended.archive.outbox_counts().get(DeliveryState.DEAD, 0))),
        ("problems", str(len(ended.archive.problems(open_only=False)))),
    ]
    for who in ("hook", "mail", "digest"):
        late = [first[who, one.named] - one.at for one in ended.site.happenings if (who, one.named) in first]
        if late:
            found.append((f"event to {who}", f"median {median(late):.1f} s, worst {max(late):.1f} s"))
    return found


def _least(gaps: list[float]) -> str:
    return ", ".join(f"{gap * 1000:.0f}" for gap in gaps[:5])


def fetched(address: str, token: str) -> dict[str, bytes]:
    """The feeds, as a feed reader gets them."""
    paths = ("/feeds/all.atom", "/feeds/site.atom", "/feeds/site/news.atom", "/feeds/subscription/1.atom")
    with httpx.Client(base_url=address, auth=("", token)) as client:
        return {path: client.get(path).raise_for_status().content for path in paths}
