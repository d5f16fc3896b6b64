"""One event on many pages is told once; what a page has changed of its own is never hidden by it."""

from datetime import UTC, datetime

import pytest

from crawler.core.compare import Comparison, compare
from crawler.core.sitewide import group, lead, rewriting
from storage.records import Change, ChangeKind, PageKind
from tests.core.versions import version

NOON = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
Found = tuple[Change, Comparison | None]


def change(number: int, kind: ChangeKind = ChangeKind.EDITED, *, moved_to: str | None = None) -> Change:
    return Change(
        id=number,
        site="mpt",
        page_id=number,
        url=f"https://mpt.gov.by/ru/news/{number}",
        kind=kind,
        title=f"Страница {number}",
        page_kind=PageKind.NEWS,
        last_seen=NOON,
        first_seen=NOON,
        significance=number / 1000,
        summary="",
        moved_to=moved_to,
        run_id=1,
    )


def edits(count: int, *, own: str = "", start: int = 0) -> list[Found]:
    """Pages with texts of their own, on all of which the same phone number changed; `own` is an edit beside it."""
    found: list[Found] = []
    for number in range(start, start + count):
        text = f"Новость номер {number}.\n\nСправки по телефону 200-10-10.\n\nПодпись {number}."
        after = text.replace("200-10-10", "200-10-99") + own
        found.append((change(number), compare(version(text), version(after))))
    return found


def test_the_same_edit_on_many_pages_is_one_event() -> None:
    (event,) = group(edits(212), visited=1000)
    assert event.members == tuple(range(212))
    assert event.summary == "the same edit on 212 pages: phone number 200-10-10 became 200-10-99"


@pytest.mark.parametrize(
    ("pages", "visited", "events"),
    [
        pytest.param(9, 9, 0, id="nine pages are not many"),
        pytest.param(10, 100, 1, id="ten are, where that is much of the site"),
        pytest.param(10, 200, 1, id="just a twentieth"),
        pytest.param(10, 201, 0, id="less than a twentieth"),
    ],
)
def test_how_many_are_many(pages: int, visited: int, events: int) -> None:
    assert len(group(edits(pages), visited=visited)) == events


def test_a_page_with_an_edit_of_its_own_is_told_by_itself() -> None:
    found = [*edits(20), *edits(1, own="\n\nПриём отменён.", start=20)]
    (event,) = group(found, visited=100)
    assert 20 not in event.members


def test_different_edits_are_different_events() -> None:
    found = edits(12)
    for number in range(12, 30):
        before, after = version(f"Текст {number}"), version(f"Текст {number}\n\nСайт обновляется.")
        found.append((change(number), compare(before, after)))
    events = group(found, visited=100)
    assert [event.members for event in events] == [tuple(range(12, 30)), tuple(range(12))]
    assert events[0].summary == "the same edit on 18 pages: «Сайт обновляется.» added"


def test_the_same_words_in_every_title_are_one_event() -> None:
    found = [
        (change(n), compare(version("т", title=f"Тема {n} | Сайт"), version("т", title=f"Тема {n} | Портал")))
        for n in range(15)
    ]
    (event,) = group(found, visited=15)
    assert event.summary == "the same edit on 15 pages: «Сайт» became «Портал»"


def test_links_that_differ_part_the_pages() -> None:
    found = [
        (change(n), compare(version("т"), version("т", links=(("ещё", f"https://a.by/{n % 2}"),)))) for n in range(24)
    ]
    assert [event.members for event in group(found, visited=24)] == [tuple(range(0, 24, 2)), tuple(range(1, 24, 2))]


def test_additions_and_removals_are_never_grouped() -> None:
    found: list[Found] = [(change(n, ChangeKind.REMOVED), None) for n in range(40)]
    assert group(found, visited=40) == []


def moves(count: int) -> list[Found]:
    return [(change(n, ChangeKind.MOVED, moved_to=f"https://mpt.gov.by/ru/novosti/{n}"), None) for n in range(count)]


def test_a_redesign_that_moves_everything_is_one_event() -> None:
    (event,) = group(moves(30), visited=5000)
    assert event.summary == "30 pages moved from /news/ to /novosti/"
    assert group(moves(29), visited=29) == []


def test_a_page_edited_while_it_moved_is_told_by_itself() -> None:
    found = moves(31)
    found[7] = (found[7][0], compare(version("Плата 12"), version("Плата 15")))
    (event,) = group(found, visited=31)
    assert 7 not in event.members


def test_the_lead_speaks_for_all() -> None:
    found = edits(12)
    (event,) = group(found, visited=12)
    told = lead(event, [one for one, _ in found])
    assert (told.id, told.count, told.summary, told.significance) == (None, 12, event.summary, 0.011)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("https://a.by/ru/news/12", "https://a.by/ru/novosti/12", ("/news/", "/novosti/")),
        ("https://a.by/news/12", "https://a.by/ru/news/12", ("/", "/ru/")),
        ("https://a.by/node/12", "https://a.by/news/forum", ("/node/*", "/news/*")),
        ("https://a.by/x/1", "https://b.by/x/1", ("https://a.by/", "https://b.by/")),
        ("https://a.by/x", "https://a.by/x", ("/", "/")),
    ],
)
def test_rewriting(before: str, after: str, expected: tuple[str, str]) -> None:
    assert rewriting(before, after) == expected
