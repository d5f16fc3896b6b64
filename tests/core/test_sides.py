"""A difference side by side: what stands on which side, what is folded, tables whole."""

import pytest

from crawler.core.diff import BlockKind, SpanKind, diff
from crawler.core.report.marks import Gap
from crawler.core.report.sides import Grid, Pair, sides

OLD = "\n\n".join(["Вступление", *(f"Абзац {n} без правок" for n in range(8)), "Плата 12 рублей", "Конец"])
NEW = OLD.replace("12 рублей", "15 рублей")


def words(marks: tuple[object, ...] | None) -> list[tuple[str, str]]:
    return [(mark.kind.value, mark.text) for mark in marks or ()]  # type: ignore[attr-defined]


def test_a_changed_paragraph_has_its_own_words_on_each_side() -> None:
    (changed,) = [part for part in sides(diff(OLD, NEW)) if isinstance(part, Pair) and part.kind is BlockKind.CHANGED]
    assert words(changed.before) == [("same", "Плата"), ("same", " "), ("removed", "12"), ("same", " рублей")]
    assert words(changed.after) == [("same", "Плата"), ("same", " "), ("added", "15"), ("same", " рублей")]
    assert (changed.before_place, changed.after_place, changed.sign) == (10, 10, "±")


def test_long_unchanged_runs_are_folded_with_their_length_unless_all_is_wanted() -> None:
    folded = list(sides(diff(OLD, NEW)))
    assert folded[0] == Gap(blocks=8, words=29)
    assert not any(isinstance(part, Gap) for part in sides(diff(OLD, NEW), whole=True))
    assert len(list(sides(diff(OLD, NEW), whole=True))) == 11


@pytest.mark.parametrize(
    ("before", "after", "kind", "sides_there"),
    [
        pytest.param("а\n\nб", "а\n\nновый абзац\n\nб", BlockKind.ADDED, (False, True), id="came: nothing on the left"),
        pytest.param(
            "а\n\nстарый абзац\n\nб", "а\n\nб", BlockKind.REMOVED, (True, False), id="went: nothing on the right"
        ),
    ],
)
def test_what_came_or_went_stands_on_one_side(
    before: str, after: str, kind: BlockKind, sides_there: tuple[bool, bool]
) -> None:
    (found,) = [part for part in sides(diff(before, after)) if isinstance(part, Pair) and part.kind is kind]
    assert (found.before is not None, found.after is not None) == sides_there
    assert [mark.kind for mark in found.before or found.after or ()] == [
        SpanKind.REMOVED if sides_there[0] else SpanKind.ADDED
    ]


def test_a_moved_paragraph_stands_beside_itself_with_both_places() -> None:
    lines = ["Первый абзац о связи", "Второй абзац о почте", "Третий абзац о тарифах", "Четвёртый абзац о сроках"]
    moved = diff("\n\n".join(lines), "\n\n".join([*lines[1:], lines[0]]))
    (found,) = [part for part in sides(moved) if isinstance(part, Pair) and part.kind is BlockKind.MOVED]
    assert (found.before_place, found.after_place) == (1, 4)
    assert words(found.before) == words(found.after) == [("same", lines[0])]


def test_rows_of_a_table_stay_one_table() -> None:
    table = "Услуга\tПлата\nПисьмо\t3\nПосылка\t12"
    (grid,) = [part for part in sides(diff(table, table.replace("12", "15"))) if isinstance(part, Grid)]
    assert [len(line.cells) for line in grid.lines] == [2, 2, 2]
    assert words(grid.lines[2].cells[1]) == [("removed", "12"), ("added", "15")]


def test_more_than_the_limit_is_counted_not_shown() -> None:
    many = diff("", "\n\n".join(f"абзац {n}" for n in range(30)))
    found = list(sides(many, limit=10))
    assert len(found) == 11
    assert found[-1] == Gap(blocks=20, words=40, changed=True)
