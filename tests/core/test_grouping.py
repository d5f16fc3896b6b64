"""Grouping: what says the same is told once, what says something of its own never disappears in it."""

from dataclasses import replace

import pytest

from crawler.core.report import Entry, grouped, render_html, render_markdown
from storage.records import ChangeKind
from tests.core.test_report import MINSK, NOON, TEXT, entry
from tests.core.versions import version

OLD, NEW = "Приёмная: 8 017 287 87 06.", "Приёмная: 8 017 287 87 99."


def contact(number: int, *, after: str = NEW, **fields: object) -> Entry:
    """One of many pages, each with a text of its own, on which a telephone number is another one."""
    own = "\n\n".join(f"Отдел {number}, строка {line}." for line in range(number % 5 + 1))
    url = f"https://mpt.gov.by/ru/otdel-{number:04}"
    return entry(version(f"{own}\n\n{OLD}"), version(f"{own}\n\n{after}"), id=number, url=url, **fields)


def test_one_telephone_number_on_forty_pages_is_one_entry_with_its_pages() -> None:
    pages = [contact(number, significance=0.2 + (number == 17) / 10) for number in range(40)]
    (group,) = grouped(pages)
    assert group.lead is pages[17]
    assert group.told == 40
    assert group.urls[0] == pages[17].change.url
    assert sorted(group.urls) == [page.change.url for page in pages]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(contact(1, after="Приёмная: 8 017 287 87 98."), id="another number"),
        pytest.param(contact(1, after=f"{NEW} Вход со двора."), id="the same and something of its own"),
        pytest.param(contact(1, site="other"), id="another site"),
        pytest.param(entry(None, version(NEW), kind=ChangeKind.ADDED), id="a page that was added"),
        pytest.param(entry(version(OLD), None, kind=ChangeKind.REMOVED), id="a page that is gone"),
        pytest.param(contact(1, kind=ChangeKind.RESTORED), id="a page that is back"),
        pytest.param(replace(contact(1), before=None), id="versions that are not at hand"),
    ],
)
def test_what_differs_stands_for_itself(other: Entry) -> None:
    assert [len(group.members) for group in grouped([contact(0), other, contact(2)])] in ([1, 2], [2, 1])


def test_pages_that_appear_are_never_put_together() -> None:
    added = [entry(None, version(TEXT), kind=ChangeKind.ADDED, url=f"https://a.by/{n}") for n in range(3)]
    assert [len(group.members) for group in grouped(added)] == [1, 1, 1]


def test_one_replaced_file_on_several_pages_is_one_entry() -> None:
    def linked(page: int, file: str, after: str) -> Entry:
        fields = {"url": f"https://a.by/{page}", "subject_url": f"https://a.by/files/{file}.pdf"}
        return entry(version(TEXT), version(after), **fields)

    newer = TEXT.replace("148", "150")
    pages = [linked(1, "a", newer), linked(2, "a", newer), linked(3, "b", newer), linked(4, "a", f"{newer} Ещё.")]
    assert sorted(len(group.members) for group in grouped(pages)) == [1, 1, 2]


def test_an_event_of_the_whole_site_counts_with_all_of_its_pages() -> None:
    (group,) = grouped([contact(0, count=25), contact(1)])
    assert (group.told, len(group.urls)) == (26, 2)


def test_every_entry_is_in_one_group_and_groups_stand_weightiest_first() -> None:
    entries = [contact(n, after=f"Приёмная: 8 017 287 87 {n % 7 + 10}.", significance=n % 5 / 5) for n in range(50)]
    groups = grouped(entries)
    assert sorted(e.change.id or 0 for group in groups for e in group.members) == list(range(50))
    assert [group.lead.change.significance for group in groups] == sorted(
        (max(e.change.significance for e in group.members) for group in groups), reverse=True
    )
    assert grouped(entries[::-1]) == groups


def test_reports_list_the_pages_of_one_edit() -> None:
    pages = [contact(number) for number in range(12)]
    period = {"since": None, "until": None, "zone": MINSK, "generated_at": NOON}
    html = render_html(pages, title="t", **period)  # type: ignore[arg-type]
    assert html.count("<article") == 1
    assert "The same edit on 12 pages" in html
    assert all(html.count(f'href="{page.change.url}"') >= 1 for page in pages)
    markdown = render_markdown(pages, title="t", **period)  # type: ignore[arg-type]
    assert markdown.count("### ") == 1
    assert markdown.count("\n- [") == 12
