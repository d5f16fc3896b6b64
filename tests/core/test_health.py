"""When the monitoring is in trouble and when it has healed: tables of what a run saw and what follows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from config.site import Health, Rhythm
from crawler.core.health import Diagnosis, ProblemKind, diagnose
from crawler.core.opinion import sampled
from crawler.core.schedule import first_state
from crawler.core.settle.emptied import asked_again_at, doubted
from crawler.core.signs import SAME_REGION, Sign, Signs, sign_of
from crawler.core.visit import Found, Known, Visit
from storage.records import Attachment, Capture, Document, Extractor, Outcome, Page, PageKind, Problem, Settlement
from tests.core.versions import version

NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
URL = "https://a.example/news/1"
DAY = timedelta(days=1)


def signs(*, seed: bool = False, **counts: int) -> Signs:
    made = Signs(counts=Counter({Sign(name): count for name, count in counts.items()}), seed_troubled=seed)
    for sign in made.counts:
        made.examples[sign].append((URL, "the server answered so"))
    return made


def problem(kind: ProblemKind, subject: str = "site", number: int = 1) -> Problem:
    at = NOW - DAY
    return Problem(id=number, site="a", kind=kind.value, subject=subject, evidence="then", opened_at=at, seen_at=at)


def judged(
    made: Signs,
    *known: Problem,
    health: Health = Health(),  # noqa: B008 - frozen
    newest: dict[str, datetime] | None = None,
) -> Diagnosis:
    return diagnose(made, known, health=health, newest=newest or {}, now=NOW)


def fate(made: Signs, kind: ProblemKind, subject: str = "site") -> tuple[bool, str]:
    """Whether the problem opens where there is none, and what becomes of one that is open."""
    opens = any((one.kind, one.subject) == (kind, subject) for one in judged(made).open)
    later = judged(made, problem(kind, subject))
    return opens, "seen" if later.seen else "closed" if later.closed else "kept"


@pytest.mark.parametrize(
    ("made", "kind", "expected"),
    [
        pytest.param(signs(silent=40), ProblemKind.DOWN, (True, "seen"), id="no request is answered"),
        pytest.param(signs(silent=30, well=30), ProblemKind.DOWN, (True, "seen"), id="half of the requests are not"),
        pytest.param(signs(silent=15, well=45), ProblemKind.DOWN, (False, "kept"), id="a quarter: neither nor"),
        pytest.param(signs(silent=1, well=59), ProblemKind.DOWN, (False, "closed"), id="one of sixty is not: healed"),
        pytest.param(signs(silent=1), ProblemKind.DOWN, (False, "kept"), id="the one page asked: says nothing"),
        pytest.param(signs(silent=1, seed=True), ProblemKind.DOWN, (True, "seen"), id="the one page asked is a seed"),
        pytest.param(signs(well=1), ProblemKind.DOWN, (False, "closed"), id="one good answer heals"),
        pytest.param(signs(), ProblemKind.DOWN, (False, "kept"), id="nothing was due"),
        pytest.param(signs(blocked=80), ProblemKind.BLOCKED, (True, "seen"), id="turned away everywhere"),
        pytest.param(signs(blocked=20, well=60), ProblemKind.BLOCKED, (True, "seen"), id="a firewall in every fourth"),
        pytest.param(signs(blocked=8, well=72), ProblemKind.BLOCKED, (False, "kept"), id="in every tenth: neither nor"),
        pytest.param(signs(blocked=2, well=98), ProblemKind.BLOCKED, (False, "closed"), id="two pages behind a login"),
        pytest.param(signs(robots=50), ProblemKind.ROBOTS, (True, "seen"), id="all forbidden"),
        pytest.param(signs(robots=30, well=20), ProblemKind.ROBOTS, (False, "kept"), id="most forbidden"),
        pytest.param(signs(robots=10, well=50), ProblemKind.ROBOTS, (False, "closed"), id="some forbidden, as ever"),
        pytest.param(signs(soft_404=30, well=60), ProblemKind.SOFT_404, (True, "seen"), id="a third says not found"),
        pytest.param(signs(soft_404=4, well=2), ProblemKind.SOFT_404, (False, "kept"), id="four of six: too few"),
        pytest.param(signs(soft_404=3, well=97), ProblemKind.SOFT_404, (False, "closed"), id="some do, as ever"),
    ],
)
def test_shares_of_visits(made: Signs, kind: ProblemKind, expected: tuple[bool, str]) -> None:
    assert fate(made, kind) == expected


def test_the_evidence_has_numbers_and_examples() -> None:
    (finding,) = judged(signs(blocked=20, well=60)).open
    assert finding.evidence == f"20 of 80 requests were turned away: {URL} (the server answered so)"


def test_a_problem_seen_again_has_todays_evidence_and_stays_one() -> None:
    diagnosis = judged(signs(blocked=20), problem(ProblemKind.BLOCKED))
    ((known, finding),) = diagnosis.seen
    assert known.id == 1
    assert finding.evidence.startswith("20 of 20")
    assert (diagnosis.open, diagnosis.closed) == ((), ())


def test_a_closed_problem_opens_anew() -> None:
    healed = replace(problem(ProblemKind.BLOCKED), closed_at=NOW - DAY / 2)
    assert len(judged(signs(blocked=20), healed).open) == 1


def read(hits: int, missed: int) -> Signs:
    made = signs(well=hits + missed)
    made.roots.update({".node-full": hits // 2, SAME_REGION: hits - hits // 2})
    made.rootless.extend(f"{URL}{n}" for n in range(missed))
    return made


@pytest.mark.parametrize(
    ("hits", "missed", "expected"),
    [
        pytest.param(100, 0, (False, "closed"), id="all match"),
        pytest.param(0, 100, (True, "seen"), id="none matches: redesigned"),
        pytest.param(79, 21, (True, "seen"), id="just under the measure"),
        pytest.param(82, 18, (False, "kept"), id="just over it: neither nor"),
        pytest.param(86, 14, (False, "closed"), id="well over it"),
        pytest.param(1, 3, (False, "kept"), id="four pages say nothing"),
    ],
)
def test_content_selectors(hits: int, missed: int, expected: tuple[bool, str]) -> None:
    assert fate(read(hits, missed), ProblemKind.DRIFT, "content root") == expected


@pytest.mark.parametrize(
    ("agreements", "expected"),
    [
        pytest.param([0.9, 0.95, 1.0, 0.97, 0.8, 0.1], (False, "closed"), id="one page of links only is no drift"),
        pytest.param([0.1, 0.2, 0.05, 0.0, 0.25, 0.9], (True, "seen"), id="most pages are read elsewhere"),
        pytest.param([0.32] * 9, (False, "kept"), id="just over the measure"),
        pytest.param([0.0, 0.0, 0.0], (False, "kept"), id="three pages say nothing"),
        pytest.param([], (False, "kept"), id="nothing new"),
    ],
)
def test_second_opinions(agreements: Sequence[float], expected: tuple[bool, str]) -> None:
    made = signs(well=50)
    made.opinions.extend((URL, agreement) for agreement in agreements)
    assert fate(made, ProblemKind.DRIFT, "second opinion") == expected


WEEKLY = Health(rhythm=(Rhythm(section="news", every="7d"),))


@pytest.mark.parametrize(
    ("found", "made", "opens", "closes"),
    [
        pytest.param(NOW - 8 * DAY, signs(well=9), True, False, id="eight days of silence"),
        pytest.param(NOW - 6 * DAY, signs(well=9), False, True, id="six days"),
        pytest.param(NOW - 8 * DAY, signs(silent=9), False, False, id="the site is down: can't be told"),
        pytest.param(None, signs(well=9), False, False, id="a section of which nothing is known"),
    ],
)
def test_a_sections_rhythm(found: datetime | None, made: Signs, opens: bool, closes: bool) -> None:
    newest = {"news": found} if found else {}
    kinds = [one.kind for one in judged(made, health=WEEKLY, newest=newest).open]
    closed = judged(made, problem(ProblemKind.FEED_SILENT, "news"), health=WEEKLY, newest=newest).closed
    assert (ProblemKind.FEED_SILENT in kinds, bool(closed)) == (opens, closes)


def page(*, failures: int = 0) -> Page:
    state = replace(first_state("news", NOW.timestamp()), failure_count=failures)
    return Page(id=1, site="a", url=URL, address=URL, group=URL, found_at=NOW, found_on=None, version=1, revisit=state)


def visit(found: Found, *, status: int | None = 200, document: Document | None = None, failures: int = 0) -> Visit:
    capture = Capture(run_id=1, page_id=1, url=URL, fetched_at=NOW, status=status, outcome=Outcome.NEW)
    return Visit(page=page(failures=failures), capture=capture, found=found, address=URL, document=document)


def settled(of: Visit, outcome: Outcome = Outcome.UNCHANGED) -> Settlement:
    return Settlement(pages=(), captures=(replace(of.capture, outcome=outcome),))


@pytest.mark.parametrize(
    ("made", "outcome", "expected"),
    [
        pytest.param(visit(Found.DOCUMENT), Outcome.CHANGED, Sign.WELL, id="a page"),
        pytest.param(visit(Found.DOCUMENT), Outcome.ERROR, Sign.EMPTY, id="an empty page where there was text"),
        pytest.param(visit(Found.MISSING, status=404), Outcome.GONE, Sign.WELL, id="a 404 is the site's own answer"),
        pytest.param(visit(Found.MISSING), Outcome.GONE, Sign.SOFT_404, id="not found, by words"),
        pytest.param(visit(Found.BLOCKED, status=403), Outcome.BLOCKED, Sign.BLOCKED, id="turned away"),
        pytest.param(visit(Found.FAILED, status=429), Outcome.ERROR, Sign.BLOCKED, id="too many requests"),
        pytest.param(visit(Found.FAILED, status=503), Outcome.ERROR, Sign.SILENT, id="the server is ill"),
        pytest.param(visit(Found.FAILED, status=None), Outcome.ERROR, Sign.SILENT, id="no answer"),
        pytest.param(visit(Found.FAILED), Outcome.ERROR, Sign.UNREADABLE, id="too hard to read"),
        pytest.param(visit(Found.FORBIDDEN, status=None), Outcome.EXCLUDED, None, id="not asked: our own budget"),
        pytest.param(
            replace(visit(Found.FORBIDDEN, status=None), robots=True), Outcome.EXCLUDED, Sign.ROBOTS, id="robots.txt"
        ),
    ],
)
def test_what_a_visit_says(made: Visit, outcome: Outcome, expected: Sign | None) -> None:
    assert sign_of(made, settled(made, outcome)) is expected


def looked(*looks: tuple[bool, int]) -> Signs:
    """Looks at one page: whether it was empty, and how often it had failed before."""
    made = Signs(watched={URL})
    for empty, failures in looks:
        seen = visit(Found.DOCUMENT, failures=failures)
        made.take(seen, settled(seen, Outcome.ERROR if empty else Outcome.UNCHANGED))
    return made


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        pytest.param([(True, 0)], (False, "kept"), id="empty once"),
        pytest.param([(True, 0), (True, 1)], (True, "seen"), id="empty, and again"),
        pytest.param([(True, 2)], (True, "seen"), id="empty, and had failed in the run before"),
        pytest.param([(True, 0), (False, 1)], (False, "closed"), id="empty, then there again"),
        pytest.param([(False, 0)], (False, "closed"), id="there"),
    ],
)
def test_an_empty_page(looks: list[tuple[bool, int]], expected: tuple[bool, str]) -> None:
    assert fate(looked(*looks), ProblemKind.EMPTY, URL) == expected


def test_many_empty_pages_are_one_problem() -> None:
    made = signs(empty=12, well=30)
    made.emptied.update({f"{URL}{n}": 2 for n in range(12)})
    (finding,) = judged(made).open
    assert (finding.kind, finding.subject) == (ProblemKind.EMPTY, "site")
    assert "12 pages" in finding.evidence


def document(text: str = "", *, extractor: Extractor = Extractor.PROFILE, attached: bool = False) -> Document:
    file = Attachment(url=f"{URL}.pdf", text="", media_type=None)
    return Document(
        title="Тарифы",
        language="ru",
        published=None,
        kind=PageKind.NEWS,
        markdown=text,
        text=text,
        attachments=(file,) if attached else (),
        extractor=extractor,
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("Тарифы с мая", document(), Found.FAILED, id="nothing is left"),
        pytest.param("Тарифы с мая", document(" \n"), Found.FAILED, id="blanks are left"),
        pytest.param("Тарифы с мая", document("."), Found.DOCUMENT, id="one character is a text"),
        pytest.param("Тарифы с мая", document(attached=True), Found.DOCUMENT, id="a file took the text's place"),
        pytest.param("", document(), Found.DOCUMENT, id="never had text"),
        pytest.param("Тарифы с мая", document(extractor=Extractor.FILE), Found.DOCUMENT, id="a file, scanned now"),
    ],
)
def test_an_emptied_page_is_doubted(before: str, after: Document, expected: Found) -> None:
    known = Known(latest={1: version(before)})
    made = doubted(visit(Found.DOCUMENT, document=after), known)
    assert made.found is expected
    assert (made.capture.error == "the content is empty") is (expected is Found.FAILED)


def test_a_first_look_is_never_doubted() -> None:
    assert doubted(visit(Found.DOCUMENT, document=document()), Known()).found is Found.DOCUMENT


def test_an_emptied_page_is_asked_again_at_once_but_only_once() -> None:
    first = asked_again_at(visit(Found.FAILED, document=document()))
    assert first is not None
    assert first - NOW < timedelta(seconds=5)
    assert asked_again_at(visit(Found.FAILED, document=document(), failures=1)) is None
    assert asked_again_at(visit(Found.FAILED, status=503)) is None


def test_one_new_page_in_twenty_gets_a_second_opinion() -> None:
    chosen = sum(sampled(f"https://a.example/news/{n}") for n in range(2000))
    assert 70 <= chosen <= 130
