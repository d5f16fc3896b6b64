"""Is the monitoring itself well: problems to open, seen again, healed, from what a run has shown.

A problem says that we can't see the site as it is: none is ever a change of the site. Each opens at one measure and
closes at a better one, so that a site at the edge does not open and close it with every run; between the two, and
where a run saw too little, nothing is decided.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from config.site import Health
from crawler.core.phrases import N_
from crawler.core.signs import EXAMPLES, SAME_REGION, Sign, Signs
from storage.records import Problem
from storage.said import Said

FEW = 3  # troubled visits that open a problem; fewer do if a seed is among them
ENOUGH = 5  # pages from which a share of them means something
MANY = 10  # empty pages from which they are one problem and not one each
STEP = 0.05  # how much better than its measure a rate has to be for its problem to close
SITE = "site"  # the subject of what concerns the site as a whole
ROOT, OPINION = "content root", "second opinion"  # subjects of drift


class ProblemKind(StrEnum):
    BLOCKED = "blocked"
    DOWN = "down"
    ROBOTS = "robots"
    EMPTY = "empty"
    DRIFT = "drift"
    SOFT_404 = "soft_404"
    FEED_SILENT = "feed_silent"


class State(StrEnum):
    ILL = "ill"
    WELL = "well"
    UNCLEAR = "unclear"  # too little was seen, or it is between the two measures


@dataclass(frozen=True, kw_only=True)
class Finding:
    kind: ProblemKind
    subject: str  # URL, section, or what of the profile it is about
    evidence: str


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    open: tuple[Finding, ...] = ()
    seen: tuple[tuple[Problem, Finding], ...] = ()  # open before, and there still: with today's evidence
    closed: tuple[Problem, ...] = ()  # healed


@dataclass(frozen=True, kw_only=True)
class _Look:
    """One measure taken."""

    kind: ProblemKind
    subject: str
    state: State
    evidence: str = ""


@dataclass(frozen=True, kw_only=True)
class _Share:
    """The measure of how many visits went badly."""

    kind: ProblemKind
    sign: Sign
    ill: float  # share of visits from which the problem opens
    well: float  # below it, it closes
    words: str  # a message with {count}, {total} and {examples}


_SHARES = (
    _Share(
        kind=ProblemKind.DOWN,
        sign=Sign.SILENT,
        ill=0.5,
        well=0.2,
        words=N_("{count} of {total} requests brought no answer: {examples}"),
    ),
    _Share(
        kind=ProblemKind.BLOCKED,
        sign=Sign.BLOCKED,
        ill=0.2,
        well=0.05,
        words=N_("{count} of {total} requests were turned away: {examples}"),
    ),
    _Share(
        kind=ProblemKind.ROBOTS,
        sign=Sign.ROBOTS,
        ill=0.9,
        well=0.5,
        words=N_("{count} of {total} pages are forbidden by robots.txt: {examples}"),
    ),
    _Share(
        kind=ProblemKind.SOFT_404,
        sign=Sign.SOFT_404,
        ill=0.2,
        well=0.1,
        words=N_('{count} of {total} pages answer 200 and say "not found": {examples}'),
    ),
)


def diagnose(
    signs: Signs, known: Sequence[Problem], *, health: Health, newest: Mapping[str, datetime], now: datetime
) -> Diagnosis:
    """What a run's signs mean for the problems that are open (``known``).

    ``newest``: when the newest page of each section was found; sections left out are not judged.
    """
    looks = [*_shares(signs), *_empty(signs, known), _root(signs, health), _opinion(signs, health)]
    looks += _silence(signs, health, newest, now)
    was_open = {(problem.kind, problem.subject): problem for problem in known if problem.closed_at is None}
    ill = [look for look in looks if look.state is State.ILL]
    well = {(look.kind.value, look.subject) for look in looks if look.state is State.WELL}
    return Diagnosis(
        open=tuple(_finding(look) for look in ill if _key(look) not in was_open),
        seen=tuple((was_open[_key(look)], _finding(look)) for look in ill if _key(look) in was_open),
        closed=tuple(problem for key, problem in was_open.items() if key in well),
    )


def _key(look: _Look) -> tuple[str, str]:
    return look.kind.value, look.subject


def _finding(look: _Look) -> Finding:
    return Finding(kind=look.kind, subject=look.subject, evidence=look.evidence)


def _shares(signs: Signs) -> Iterator[_Look]:
    for measure in _SHARES:
        count, total = signs.counts[measure.sign], signs.visits
        evidence = Said(measure.words, count=count, total=total, examples=_named(signs.examples[measure.sign]))
        yield _Look(kind=measure.kind, subject=SITE, state=_share_state(signs, measure), evidence=evidence)


def _share_state(signs: Signs, measure: _Share) -> State:
    count, total = signs.counts[measure.sign], signs.visits
    least = ENOUGH if measure.sign is Sign.SOFT_404 else FEW
    if count and count >= measure.ill * total and (count >= least or _only_seeds(signs, count)):
        return State.ILL
    return State.WELL if signs.counts[Sign.WELL] and count < measure.well * total else State.UNCLEAR


def _only_seeds(signs: Signs, count: int) -> bool:
    return signs.seed_troubled and count == signs.visits


def _empty(signs: Signs, known: Sequence[Problem]) -> Iterator[_Look]:
    """Pages without content, confirmed by a second look."""
    confirmed = [url for url, looks in signs.emptied.items() if looks > 1]
    if len(confirmed) > MANY:
        evidence = Said.counted(
            "the content of {n} page matched, and holds nothing where there was text before; "
            "the text before is kept: {pages}",
            "the content of {n} pages matched, and holds nothing where there was text before; "
            "the text before is kept: {pages}",
            n=len(confirmed),
            pages=confirmed[:EXAMPLES],
        )
        yield _Look(kind=ProblemKind.EMPTY, subject=SITE, state=State.ILL, evidence=evidence)
    else:
        for url in confirmed:
            evidence = Said(
                "the content matched, and holds nothing where there was text before; the text before is kept: {url}",
                url=url,
            )
            yield _Look(kind=ProblemKind.EMPTY, subject=url, state=State.ILL, evidence=evidence)
        healed = signs.counts[Sign.WELL] >= ENOUGH
        yield _Look(kind=ProblemKind.EMPTY, subject=SITE, state=State.WELL if healed else State.UNCLEAR)
    for problem in known:
        if problem.kind == ProblemKind.EMPTY and problem.subject in signs.recovered - set(confirmed):
            yield _Look(kind=ProblemKind.EMPTY, subject=problem.subject, state=State.WELL)


def _root(signs: Signs, health: Health) -> _Look:
    """Do the profile's content selectors still match?"""
    hits, missed = signs.roots.total(), len(signs.rootless)
    rate = hits / (hits + missed) if hits + missed else 1.0
    matched = [f"{css} {n}" for css, n in signs.roots.most_common(EXAMPLES) if css != SAME_REGION]
    evidence = Said(
        "content selectors matched {hits} of {total} pages ({rate}%, wanted {wanted}%); none on {pages}",
        hits=hits,
        total=hits + missed,
        rate=_percent(rate),
        wanted=_percent(health.min_root_hit),
        pages=signs.rootless[:EXAMPLES],
    )
    if matched:
        evidence = Said("{seen}; matched: {selectors}", seen=evidence, selectors=matched)
    state = _rate_state(rate, health.min_root_hit, hits + missed)
    return _Look(kind=ProblemKind.DRIFT, subject=ROOT, state=state, evidence=evidence)


def _opinion(signs: Signs, health: Health) -> _Look:
    """Does the general extractor see the words that the profile reads?"""
    opinions = sorted(signs.opinions, key=lambda opinion: opinion[1])
    middle = median(agreement for _, agreement in opinions) if opinions else 1.0
    evidence = Said(
        "of {n} new versions, trafilatura finds {middle}% of the words that the profile reads "
        "(median; wanted {wanted}%): {worst}",
        n=len(opinions),
        middle=_percent(middle),
        wanted=_percent(health.min_agreement),
        worst=[f"{url} {agreement:.0%}" for url, agreement in opinions[:EXAMPLES]],
    )
    state = _rate_state(middle, health.min_agreement, len(opinions))
    return _Look(kind=ProblemKind.DRIFT, subject=OPINION, state=state, evidence=evidence)


def _rate_state(rate: float, wanted: float, total: int) -> State:
    if total < ENOUGH:
        return State.UNCLEAR
    if rate < wanted:
        return State.ILL
    return State.WELL if rate >= min(1.0, wanted + STEP) else State.UNCLEAR


def _silence(signs: Signs, health: Health, newest: Mapping[str, datetime], now: datetime) -> Iterator[_Look]:
    """A section that brings nothing new for longer than its rhythm allows; only judged where the site answered."""
    for rhythm in health.rhythm:
        found = newest.get(rhythm.section)
        if found is None or not signs.answered:
            continue
        silent = now - found > timedelta(seconds=rhythm.every)
        evidence = Said(
            "the newest page of section {section} was found {found:%Y-%m-%d %H:%M} UTC, {ago:.1f} days ago; "
            "expected is one in {every:g} days",
            section=rhythm.section,
            found=found,
            ago=(now - found).total_seconds() / 86400,
            every=rhythm.every / 86400,
        )
        state = State.ILL if silent else State.WELL
        yield _Look(kind=ProblemKind.FEED_SILENT, subject=rhythm.section, state=state, evidence=evidence)


def _named(examples: Sequence[tuple[str, str]]) -> list[str]:
    return [Said("{url} ({why})", url=url, why=error) if error else url for url, error in examples]


def _percent(share: float) -> int:
    return round(100 * share)
