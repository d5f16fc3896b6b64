"""Change reports: complete, calm, and safe to open whatever the web has put into them."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from crawler.core.compare import compare, compare_files
from crawler.core.diff import diff
from crawler.core.report import (
    Entry,
    change_json,
    render_csv,
    render_html,
    render_json,
    render_markdown,
    render_terminal_diff,
)
from crawler.core.report.chart import HEIGHT, chart
from crawler.core.report.order import safe_href
from crawler.core.significance import of_comparison
from storage.records import Change, ChangeKind, PageKind, Version
from tests.core.versions import version

MINSK = ZoneInfo("Europe/Minsk")
NOON = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
ROWS = "Услуга\tПлата\nЛиния\t12,40\nКанал\t148"
TEXT = f"Порядок расчётов.\n\n{ROWS}\n\nОператор обязан уведомить.\n\nРаз.\n\nДва.\n\nТри.\n\nЧетыре."
EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def entry(
    before: Version | None,
    after: Version | None,
    *,
    kind: ChangeKind = ChangeKind.EDITED,
    **fields: object,
) -> Entry:
    comparison = compare(before, after) if before and after else None
    change = Change(
        id=7,
        site="mpt",
        page_id=1,
        url="https://mpt.gov.by/ru/tariffs",
        kind=kind,
        title="Тарифы",
        page_kind=PageKind.DOCUMENT,
        section="Документы",
        language="ru",
        last_seen=None if kind is ChangeKind.ADDED else NOON - timedelta(days=1),
        first_seen=NOON,
        significance=of_comparison(comparison).value if comparison else 0.5,
        what=comparison.what if comparison else (),
        summary=comparison.summary if comparison else "new page",
        from_version=1 if before else None,
        to_version=2 if after else None,
        run_id=3,
    )
    return Entry(change=replace(change, **fields), before=before, after=after)  # type: ignore[arg-type]


EDIT = entry(version(TEXT), version(TEXT.replace("12,40", "13,90").replace("обязан", "вправе")))


def page(*entries: Entry, title: str = "Что изменилось") -> html.HtmlElement:
    return html.document_fromstring(source(*entries, title=title))


def source(*entries: Entry, title: str = "Что изменилось") -> str:
    return render_html(entries, title=title, since=NOON - timedelta(days=7), until=NOON, zone=MINSK, generated_at=NOON)


def test_an_edit_is_shown_with_its_words_and_unchanged_runs_folded() -> None:
    found = page(EDIT)
    assert [mark.text for mark in found.iter("del")] == ["12,40", "обязан"]
    assert [mark.text for mark in found.iter("ins")] == ["13,90", "вправе"]
    assert [row.text_content().split() for row in found.cssselect(".diff tr.changed")] == [
        ["±", "Линия", "12,40", "13,90"]
    ]
    assert found.cssselect(".gap")[-1].text_content() == "3 unchanged paragraphs, 3 words"


def test_the_interval_is_local_with_the_exact_time_at_hand() -> None:
    (seen,) = page(EDIT).cssselect(".seen")
    assert seen.text_content() == "last seen as before 11 Mar 2026, 12:00 — first seen as after 12 Mar 2026, 12:00"
    assert [time.get("title") for time in seen.iter("time")] == [
        "2026-03-11T09:00:00+00:00",
        "2026-03-12T09:00:00+00:00",
    ]


def test_every_point_of_the_score_gives_its_reason() -> None:
    points = [point.text_content() for point in page(EDIT).cssselect(".points li")]
    assert any("обязан → вправе" in point for point in points)
    assert len(points) == len(EDIT.score.points)


def test_sections_and_entries_stand_weightiest_first() -> None:
    found = page(
        entry(None, version(TEXT), kind=ChangeKind.ADDED, section="Новости", title="Слабая", significance=0.1),
        entry(None, version(TEXT), kind=ChangeKind.ADDED, section="Новости", title="Средняя", significance=0.4),
        entry(None, version(TEXT), kind=ChangeKind.ADDED, section="Приказы", title="Сильная", significance=0.9),
        entry(None, version(TEXT), kind=ChangeKind.ADDED, section=None, title="Никакая", significance=0.0),
    )
    assert [title.text for title in found.cssselect("section h2")] == ["Приказы", "Новости", "Other pages"]
    assert [title.text_content() for title in found.iter("h3")] == ["Сильная", "Средняя", "Слабая", "Никакая"]
    assert [cell.text for cell in found.cssselect("tfoot td")] == ["4", "4"]


def test_links_attachments_and_images_are_listed_apart() -> None:
    before = version(TEXT, links=(("Портал", "https://a.by/1"),), attachments=(("Форма", "https://a.by/1.pdf"),))
    after = version(TEXT, links=(("Портал", "https://a.by/2"),), images=(("Схема", "https://a.by/1.png"),))
    found = page(entry(before, after))
    assert [heading.text for heading in found.cssselect(".parts h4")] == ["Links", "Attachments", "Images"]
    assert [mark.text_content() for mark in found.cssselect(".parts del")] == ["https://a.by/1", "Форма"]


def test_a_page_that_is_gone_still_shows_its_last_text() -> None:
    found = page(entry(version(TEXT), None, kind=ChangeKind.REMOVED))
    assert "last seen there" in found.cssselect(".seen")[0].text_content()
    assert found.cssselect("details .text p")[0].text == "Порядок расчётов."


def test_a_moved_page_leads_to_its_new_address() -> None:
    found = page(entry(version(TEXT), version(TEXT), kind=ChangeKind.MOVED, moved_to="https://mpt.gov.by/ru/new"))
    assert "https://mpt.gov.by/ru/new" in [link.get("href") for link in found.iter("a")]


def test_a_file_is_compared_as_a_file() -> None:
    subject = "https://mpt.gov.by/files/%D1%84.pdf"
    found = entry(version(TEXT), version(TEXT.replace("148", "150")), subject_url=subject)
    assert page(found).xpath(f"//a[@href='{subject}']/text()") == ["ф.pdf"]
    assert found.comparison == compare_files(version(TEXT), version(TEXT.replace("148", "150")), name="ф.pdf")


def test_nothing_to_report_says_so_and_what_to_do() -> None:
    found = page()
    assert found.cssselect(".empty h2")[0].text == "No changes in this period"
    assert not found.cssselect("table, svg, article")


def test_the_file_asks_for_nothing_and_runs_nothing() -> None:
    found = page(EDIT)
    assert not list(found.iter("script", "link", "img", "iframe", "object", "form", "base"))
    assert not found.xpath("//@style | //@*[starts-with(name(), 'on')]")
    policy = found.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "url(" not in found.findtext(".//style")


def evil_entry() -> Entry:
    evil = version(
        f"{EVIL}\n\n{EVIL}\tячейка",
        title=EVIL,
        links=((EVIL, "javascript:alert(3)"),),
        images=((EVIL, EVIL),),
        attachments=((EVIL, "data:text/html,<script>alert(4)</script>"),),
    )
    found = entry(version(TEXT, title="Было"), evil)
    spoiled = dict.fromkeys(("title", "section", "summary", "language", "site"), EVIL)
    spoiled |= {"url": "javascript:alert(5)", "moved_to": "vbscript:alert(6)", "subject_url": "javascript:x"}
    return replace(found, change=replace(found.change, **spoiled))  # type: ignore[arg-type]


@pytest.mark.parametrize("made", [evil_entry(), replace(evil_entry(), before=None), replace(evil_entry(), after=None)])
def test_hostile_words_stay_words(made: Entry) -> None:
    found = page(made, EDIT, title=EVIL)
    assert not list(found.iter("script", "img"))
    assert not found.xpath("//@*[starts-with(name(), 'on')]")
    assert all(link.get("href").startswith(("https://", "#section-", "#change-")) for link in found.iter("a"))
    assert "<script>alert" in found.text_content()


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://mpt.gov.by/ru?a=1&b=2#c", True),
        ("HTTP://mpt.gov.by", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("//mpt.gov.by", False),
        ("https:", False),
        ("https://[", False),
        ('https://a.by/"onclick=', False),
        ("", False),
        (None, False),
    ],
)
def test_only_plain_web_addresses_become_links(url: str | None, safe: bool) -> None:
    assert safe_href(url) == (url if safe else None)


def test_text_cannot_turn_the_page_around() -> None:
    assert "\u202e" not in source(entry(version("а"), version("б\u202e в"), title="\u202eтекст", summary="\x1b[2J"))
    assert "\x1b" not in source(entry(version("а"), version("б"), summary="\x1b[2J"))


def test_the_chart_stacks_sections_and_tells_the_same_in_words() -> None:
    found = chart([(NOON, "Новости"), (NOON, "Приказы"), (NOON + timedelta(days=2), "Новости")], MINSK)
    assert found is not None
    assert found.series == ("Новости", "Приказы")
    assert [(bar.count, bar.of(0), bar.of(1)) for bar in found.bars] == [(2, 1, 1), (0, 0, 0), (1, 1, 0)]
    assert [part.y + part.height for part in found.bars[0].parts] == [HEIGHT, HEIGHT / 2]
    assert found.words == "2026-03-12: 2, 2026-03-14: 1"
    assert chart([(NOON, "Новости"), (NOON, "Приказы")], MINSK) is None


def test_days_without_changes_are_drawn_where_it_is_known_that_they_were_watched() -> None:
    """One day with changes is worth a chart beside thirty without; no change at all is not."""
    span = (NOON - timedelta(days=29), NOON)
    found = chart([(NOON - timedelta(days=3), "Новости")], MINSK, span=span)
    assert found is not None
    assert [bar.count for bar in found.bars] == [*[0] * 26, 1, 0, 0, 0]
    assert chart([], MINSK, span=span) is None
    assert chart([(NOON, "Новости")], MINSK, span=(NOON, NOON)) is None


def test_sections_beyond_what_the_eye_tells_apart_are_one() -> None:
    points = [(NOON + timedelta(days=day), f"Раздел {day % 9}") for day in range(20)]
    found = chart(points, MINSK, other="остальные")
    assert found is not None
    assert found.series == (*(f"Раздел {n}" for n in (0, 1, 2, 3, 4)), "остальные")
    assert sum(bar.count for bar in found.bars) == sum(bar.of(n) for bar in found.bars for n in range(6)) == 20


@pytest.mark.parametrize(("days", "span"), [(61, 1), (62, 7), (400, 7), (1500, 28), (9000, 364)])
def test_long_periods_get_wider_bars(days: int, span: int) -> None:
    found = chart([(NOON, ""), (NOON + timedelta(days=days), "")], MINSK)
    assert found is not None
    assert (found.days, found.bars[0].count, found.bars[-1].count) == (span, 1, 1)
    assert len(found.bars) <= 62


def test_change_json_has_the_promised_keys() -> None:
    promised = {"url", "kind", "title", "last_seen", "first_seen", "significance", "what", "summary"}
    promised |= {"from_version", "to_version", "moved_to", "page_kind"}
    line = change_json(EDIT.change)
    assert promised <= set(line)
    assert json.loads(json.dumps(line)) == line
    assert (line["kind"], line["last_seen"], line["what"]) == (
        "edited",
        "2026-03-11T09:00:00+00:00",
        ["text", "numbers"],
    )


def test_json_holds_the_changed_blocks() -> None:
    (line,) = json.loads(render_json([EDIT]))
    assert line["summary"] == EDIT.change.summary
    assert [block["kind"] for block in line["diff"]] == ["changed", "changed"]
    assert ["removed", "12,40"] in line["diff"][0]["words"]


@pytest.mark.parametrize("title", ["=1+1", "+375", "-2", "@cmd", "\t=1", " =1", "＝1"])
def test_csv_runs_no_formula(title: str) -> None:
    found = replace(EDIT, change=replace(EDIT.change, title=title))
    (row,) = csv.DictReader(io.StringIO(render_csv([found])))
    assert row["title"] == f"'{title}"
    assert row["summary"] == EDIT.change.summary
    assert row["what"] == "text numbers"


def markdown(*entries: Entry) -> str:
    return render_markdown(entries, title="Изменения", since=None, until=None, zone=MINSK, generated_at=NOON)


def test_markdown_marks_words_and_escapes_the_rest() -> None:
    text = markdown(EDIT)
    assert "### edited: [Тарифы](<https://mpt.gov.by/ru/tariffs>)" in text
    assert "Оператор ~~обязан~~ **вправе** уведомить." in text
    evil = markdown(evil_entry())
    assert "<script" not in evil
    assert "](<javascript" not in evil
    assert "No changes" in markdown()


def test_the_terminal_diff_can_be_read_without_colours() -> None:
    pieces = render_terminal_diff(diff(TEXT, TEXT.replace("12,40", "13,90") + "\n\nПять\x1b[2J."))
    text = "".join(text for _, text in pieces)
    assert "± Линия | [-12,40-]{+13,90+}\n" in text
    assert "+ Пять[2J.\n" in text
    assert "… 4 unchanged paragraphs, 6 words …" in text
    assert {style for style, _ in pieces} >= {"strike red", "underline green", "dim"}


def test_the_terminal_diff_of_equal_texts_says_so() -> None:
    assert render_terminal_diff(diff(TEXT, TEXT)) != []
    assert "no difference" in render_terminal_diff(diff("", ""))[0][1]


def test_a_text_without_end_is_not_shown_whole() -> None:
    endless = version("слово " * 700_000)
    for shown in (entry(None, endless, kind=ChangeKind.ADDED), entry(version("иное"), endless)):
        assert len(source(shown)) < 60_000


def test_a_long_unchanged_run_inside_a_paragraph_is_folded() -> None:
    long = "слово " * 400
    found = page(entry(version(f"{long}12"), version(f"{long}15")))
    assert found.cssselect(".fold")[0].text == "… 334 words …"
