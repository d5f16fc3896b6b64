"""Decisions on both databases: what they alter, who is told to have made them, what is refused."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from crawler.core.review import ALLOWED, BY_HAND, refusal
from storage.archive import Archive
from storage.records import What
from storage.records_review import AuditEntry, NoiseRule, Report, ReportEntry, Review, ReviewState
from tests.storage.making import MINUTE, NOON, SITE, change, found, started, visit


def reported(archive: Archive, count: int = 3) -> list[int]:
    run_id = started(archive)
    pages = found(archive, *(f"/{n}" for n in range(count)))
    made = archive.record([visit(page, run_id, changes=(change(page, run_id),)) for page in pages])
    return [one.id for one in made if one.id is not None]


def rule(**fields: object) -> NoiseRule:
    usual = {"site": SITE, "section": "навіны", "reason": "лічыльнік", "created_at": NOON, "created_by": "anna"}
    return NoiseRule(**(usual | fields))  # type: ignore[arg-type]


def test_a_change_that_nobody_has_touched_is_new(archive: Archive) -> None:
    (first, *_) = reported(archive)
    assert archive.review([first]) == {first: Review(change_id=first)}
    assert archive.audit() == []


def test_a_decision_is_written_with_who_made_it_and_what_was_before(archive: Archive) -> None:
    first, second, third = reported(archive)
    assert archive.decide([first, second], state=ReviewState.TRIAGED, assignee="vera", actor="anna", now=NOON) == [
        first,
        second,
    ]
    assert archive.decide([second, third, first], state=ReviewState.TRIAGED, actor="vera", now=NOON + MINUTE) == [third]
    reviews = archive.review([first, second, third])
    assert reviews[first] == Review(
        change_id=first, state=ReviewState.TRIAGED, assignee="vera", updated_at=NOON, updated_by="anna"
    )
    assert (reviews[third].assignee, reviews[third].updated_by) == (None, "vera")
    log = archive.audit(f"change {first}")
    assert [(entry.at, entry.actor, entry.action, entry.detail) for entry in log] == [
        (NOON, "anna", "change.assignee", {"before": None, "after": "vera"}),
        (NOON, "anna", "change.state", {"before": "new", "after": "triaged"}),
    ]
    assert [entry.subject for entry in archive.audit(actor="vera")] == [f"change {third}"]


def test_what_is_not_decided_stays(archive: Archive) -> None:
    (first, *_) = reported(archive)
    archive.decide([first], state=ReviewState.CONFIRMED, assignee="vera", significance=0.9, actor="anna", now=NOON)
    archive.decide([first], significance=None, actor="anna", now=NOON)
    review = archive.review([first])[first]
    assert (review.state, review.assignee, review.significance) == (ReviewState.CONFIRMED, "vera", None)
    archive.decide([first], assignee=None, actor="anna", now=NOON)
    assert archive.review([first])[first].assignee is None


def test_two_people_who_decide_at_once_are_both_in_the_log(archive: Archive) -> None:
    ids = reported(archive, 40)
    states = [ReviewState.TRIAGED, ReviewState.CONFIRMED]

    def decide(state: ReviewState) -> list[int]:
        order = ids if state is ReviewState.TRIAGED else ids[::-1]
        return archive.decide(order, state=state, actor=state.value, now=NOON)

    with ThreadPoolExecutor(2) as threads:
        altered = list(threads.map(decide, states))
    assert [len(one) for one in altered] == [40, 40]
    last = archive.audit(f"change {ids[0]}")
    assert last[0].detail["before"] == last[1].detail["after"]


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        pytest.param({"state": ReviewState.PUBLISHED}, "with a report", id="published by hand"),
        pytest.param({"significance": 1.2}, "from 0 to 1", id="beyond 1"),
        pytest.param({"state": ReviewState.NOISE, "ids": [10**9]}, "there is no change", id="no such change"),
    ],
)
def test_a_decision_that_is_refused_alters_nothing(archive: Archive, decision: dict[str, object], reason: str) -> None:
    ids = reported(archive)
    asked = {"ids": [], **decision}
    others = asked.pop("ids")
    with pytest.raises(ValueError, match=reason):
        archive.decide([*ids, *others], actor="anna", now=NOON, **asked)  # type: ignore[arg-type, misc]
    assert {review.state for review in archive.review(ids).values()} == {ReviewState.NEW}
    assert archive.audit() == []


@pytest.mark.parametrize("before", ReviewState)
@pytest.mark.parametrize("after", ReviewState)
def test_the_archive_refuses_what_the_table_of_transitions_does(before: ReviewState, after: ReviewState) -> None:
    by_hand = after is not ReviewState.PUBLISHED or before is ReviewState.PUBLISHED
    assert (refusal(before, after) is None) is by_hand
    assert refusal(before, after, by_report=True) is None
    assert ALLOWED[before] == set(BY_HAND)


def test_a_report_publishes_its_changes(archive: Archive) -> None:
    first, second, third = reported(archive)
    entries = (
        ReportEntry(change_id=second, title="Тариф растёт", body="Вырос", context=""),
        ReportEntry(change_id=first),
    )
    draft = Report(title="Март", entries=entries, created_at=NOON, created_by="anna", updated_at=NOON)
    kept = archive.save_report(draft, actor="anna", now=NOON)
    assert kept.id is not None
    assert kept.entries == entries
    edited = archive.save_report(
        Report(**{**kept.__dict__, "title": "Март 2026", "created_by": "vera"}), actor="vera", now=NOON + MINUTE
    )
    assert (edited.title, edited.created_by, edited.updated_at) == ("Март 2026", "anna", NOON + MINUTE)
    assert archive.report(kept.id) == edited
    assert archive.reports() == [edited]
    assert archive.publish(kept.id, actor="anna", now=NOON + 2 * MINUTE) == [second, first]
    states = {i: review.state for i, review in archive.review([first, second, third]).items()}
    assert states == {first: ReviewState.PUBLISHED, second: ReviewState.PUBLISHED, third: ReviewState.NEW}
    assert archive.publish(kept.id, actor="anna", now=NOON + 3 * MINUTE) == []
    actions = [entry.action for entry in archive.audit(f"report {kept.id}")]
    assert actions == ["report.publish", "report.publish", "report.save", "report.create"]
    with pytest.raises(KeyError):
        archive.publish(kept.id + 1, actor="anna", now=NOON)


def test_a_rule_hides_what_nobody_has_touched(archive: Archive) -> None:
    first, second, third = reported(archive)
    kept = archive.add_rule(rule())
    assert kept.id is not None
    archive.decide([second], state=ReviewState.CONFIRMED, actor="anna", now=NOON)
    assert archive.hide(kept.id, [first, second, third], now=NOON) == [first, third]
    assert archive.hide(kept.id, [first], now=NOON) == []
    assert archive.hidden_by([first, second, third]) == {first: kept.id, third: kept.id}
    assert archive.audit(f"change {first}")[0].actor == f"rule {kept.id}"
    archive.decide([first], state=ReviewState.NEW, actor="anna", now=NOON + MINUTE)
    assert archive.hidden_by([first, second, third]) == {third: kept.id}


def test_a_rule_means_changes_of_its_section_and_of_nothing_but_its_parts(archive: Archive) -> None:
    run_id = started(archive)
    shapes = [
        {"section": "навіны", "what": (What.TEXT,)},
        {"section": "навіны", "what": (What.TEXT, What.LINKS)},
        {"section": "навіны", "what": (What.NUMBERS, What.TEXT)},
        {"section": "навіны", "what": ()},
        {"section": None, "what": (What.TEXT,)},
    ]
    times = [NOON + n * MINUTE for n in range(len(shapes))]
    pages = found(archive, *(f"/{n}" for n in range(len(shapes))))
    made = [
        visit(page, run_id, changes=(change(page, run_id, first_seen=at, **shape),))
        for page, at, shape in zip(pages, times, shapes, strict=True)
    ]
    text, links, numbers, nothing, other = (one.id for one in archive.record(made))

    def meant(limit: int = 9, **fields: object) -> tuple[list[int | None], int]:
        told = archive.meant(rule(**fields), limit)
        return [one.id for one, _ in told.changes], told.among

    assert meant(what=("text", "numbers")) == ([numbers, text], 5)
    assert meant(what=("text", "numbers"), limit=1) == ([numbers], 3)  # among those that came since
    assert meant(what=("links",)) == ([], 5)
    assert meant(what=("text", "links"), section=None) == ([other, links, text], 5)
    assert meant() == ([nothing, numbers, links, text], 5)
    assert meant(site="another.example") == ([], 0)


def test_a_rule_ends_once_and_without_a_condition_it_never_begins(archive: Archive) -> None:
    kept = archive.add_rule(rule(what=("links",), url="/news/"))
    assert archive.rules(SITE) == [kept]
    assert kept.id is not None
    assert archive.end_rule(kept.id, actor="anna", now=NOON)
    assert not archive.end_rule(kept.id, actor="anna", now=NOON)
    assert archive.rules(active_only=True) == []
    ended = archive.rule(kept.id)
    assert ended is not None
    assert not ended.active
    with pytest.raises(ValueError, match="needs a condition"):
        archive.add_rule(rule(section=None))


def test_notes_in_their_order_and_none_without_words(archive: Archive) -> None:
    (first, *_) = reported(archive)
    made = [archive.add_note(first, f" думка {n} ", author="anna", now=NOON + n * MINUTE) for n in range(3)]
    assert archive.notes(first) == made
    assert [note.text for note in made] == ["думка 0", "думка 1", "думка 2"]
    with pytest.raises(ValueError, match="write something"):
        archive.add_note(first, "  ", author="anna", now=NOON)
    with pytest.raises(ValueError, match="there is no change"):
        archive.add_note(10**9, "думка", author="anna", now=NOON)


def test_a_saved_filter_belongs_to_its_owner(archive: Archive) -> None:
    first = archive.save_filter("anna", "Тарыфы", "section=тарифы", now=NOON)
    again = archive.save_filter("anna", "Тарыфы", "section=тарифы&min=0.5", now=NOON + MINUTE)
    archive.save_filter("vera", "Тарыфы", "kind=added", now=NOON)
    assert again.id == first.id
    assert archive.filters("anna") == [again]
    assert not archive.drop_filter(first.id, owner="vera", now=NOON)
    assert archive.drop_filter(first.id, owner="anna", now=NOON)
    assert archive.filters("anna") == []


def test_the_log_is_read_page_by_page_newest_first(archive: Archive) -> None:
    for n in range(5):
        archive.note_audit(
            AuditEntry(at=NOON + timedelta(seconds=n), actor="anna", action="user.login", subject="user anna")
        )
    newest = archive.audit(limit=2)
    older = archive.audit(before=newest[-1].id, limit=10)
    assert [entry.at for entry in newest + older] == [NOON + timedelta(seconds=n) for n in (4, 3, 2, 1, 0)]
    assert archive.audit(actor="vera") == []
