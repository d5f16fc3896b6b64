"""Reports for other programs and for plain text: Markdown, JSON, CSV."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo

from crawler.core.diff import SpanKind
from crawler.core.report.entries import Entry, change_json, entry_json
from crawler.core.report.marks import Gap, Line, Mark, lines, shown
from crawler.core.report.order import by_section, counted, interval, moment, safe_href

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~-])")
_FORMULA = re.compile(r"^\s*[=+\-@\t\r＝＋－＠]")  # what spreadsheets take for a formula (OWASP, "CSV injection")
_UNKNOWN = "unknown"


def render_json(entries: Iterable[Entry]) -> str:
    """A list of the changes as ``changes --json`` prints them, with the reasons of each score and the diff."""
    return json.dumps([entry_json(entry) for entry in entries], ensure_ascii=False, indent=2) + "\n"


def render_csv(entries: Iterable[Entry]) -> str:
    """One line a change, with the keys of `change_json` as header (RFC 4180).

    Text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    rows = [change_json(entry.change, entry.blind) for entry in entries]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEADER)
    writer.writerows([_cell(row[key]) for key in _HEADER] for row in rows)
    return out.getvalue()


_HEADER = (
    "url", "kind", "title", "last_seen", "first_seen", "significance", "what", "summary", "from_version", "to_version",
    "moved_to", "page_kind", "site", "section", "language", "subject_url", "count",
)  # fmt: skip


def _cell(value: object) -> object:
    if isinstance(value, list):
        value = " ".join(value)
    if not isinstance(value, str):
        return value
    text = shown(value)
    return f"'{text}" if _FORMULA.match(text) else text


def render_markdown(
    entries: Sequence[Entry],
    *,
    title: str,
    since: datetime | None,
    until: datetime | None,
    zone: tzinfo,
    generated_at: datetime,
    language: str = "en",
) -> str:
    """The report as Markdown; everything from the web is escaped. Times in `zone`."""
    head = [
        f"# {_escaped(title)}",
        _period(since, until, zone, language),
        f"Made {moment(generated_at, zone, language)}.",
    ]
    if not entries:
        return "\n\n".join([*head, "No changes in this period."]) + "\n"
    body = [part for section, found in by_section(entries) for part in _section(section, found, zone, language)]
    return "\n\n".join([*head, counted(entries), *body]) + "\n"


def _period(since: datetime | None, until: datetime | None, zone: tzinfo, language: str) -> str:
    start = moment(since, zone, language) if since else "the beginning"
    end = moment(until, zone, language) if until else "now"
    return f"From {start} to {end} ({zone})."


def _section(section: str, entries: Sequence[Entry], zone: tzinfo, language: str) -> Iterator[str]:
    yield f"## {_escaped(section)}"
    for entry in entries:
        change = entry.change
        href = safe_href(change.url)
        name = _escaped(change.title or change.url)
        yield f"### {change.kind.value}: " + (f"[{name}](<{href}>)" if href else name)
        yield _escaped(change.summary) or "No summary"
        yield f"{interval(change, zone, language)}. Significance {change.significance:.2f}."
        for one in entry.blind:
            yield f"In between we could not see ({one.kind}), from {moment(one.since, zone, language)}."
        if entry.comparison and entry.comparison.diff.changes:
            yield "\n".join(_diff_line(item) for item in lines(entry.comparison.diff, context=0))


def _diff_line(item: Line | Gap) -> str:
    if isinstance(item, Gap):
        return f"> … {item.blocks} {'more changed' if item.changed else 'unchanged'} paragraphs …\n>"
    cells = ("".join(_mark(mark) for mark in cell) for cell in item.cells)
    moved = f"(moved from paragraph {item.moved_from} to {item.moved_to}) " if item.moved_from else ""
    return f"> `{item.sign}` {moved}" + " \\| ".join(cells) + "\n>"


def _mark(mark: Mark) -> str:
    if mark.folded:
        return f"… {mark.folded} words …"
    text = _escaped(mark.text) if mark.text.strip() else " "
    return {SpanKind.ADDED: f"**{text}**", SpanKind.REMOVED: f"~~{text}~~"}.get(mark.kind, text)


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, one line; blanks at its ends stay."""
    line = re.sub(r"\s+", " ", shown(text))
    return _SPECIAL.sub(r"\\\1", line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
