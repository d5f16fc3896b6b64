"""Reports for other programs and for plain text: Markdown, JSON, CSV."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo

from crawler.core.diff import SpanKind
from crawler.core.phrases import ENGLISH, Catalogue
from crawler.core.report.entries import Entry, change_json, entry_json
from crawler.core.report.grouping import Group, grouped
from crawler.core.report.marks import Gap, Line, Mark, lines, shown
from crawler.core.report.order import by_section, safe_href
from crawler.core.report.voice import Voice

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~-])")
_FORMULA = re.compile(r"^\s*[=+\-@\t\r＝＋－＠]")  # what spreadsheets take for a formula (OWASP, "CSV injection")


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
    catalogue: Catalogue = ENGLISH,
    sections: Mapping[str, str] | None = None,
) -> str:
    """The report as Markdown; everything from the web is escaped, identical changes are told once. Times in `zone`."""
    voice = Voice(zone=zone, language=language, catalogue=catalogue, sections=sections or {})
    made = voice.phrase("Made {time}.", time=voice.moment(generated_at))
    head = [f"# {escaped(title)}", escaped(voice.period(since, until)), made]
    if not entries:
        return "\n\n".join([*head, voice.phrase("No changes in this period.")]) + "\n"
    groups = grouped(entries)
    several = len({entry.change.site for entry in entries}) > 1
    body = [
        part
        for (site, section), found in by_section(groups)
        for part in _section(f"{site}: {voice.section(section)}" if several else voice.section(section), found, voice)
    ]
    return "\n\n".join([*head, voice.counted(entries), *body]) + "\n"


def _section(section: str, groups: Sequence[Group], voice: Voice) -> Iterator[str]:
    yield f"## {escaped(section)}"
    for group in groups:
        yield from _change(group, voice)


def _change(group: Group, voice: Voice) -> Iterator[str]:
    entry, change = group.lead, group.lead.change
    yield f"### {voice.kind(change.kind)}: {_linked(entry)}"
    yield escaped(voice.summary(entry)) or voice.phrase("No summary")
    weight = voice.phrase("Significance {value}.", value=voice.weight(change.significance))
    yield f"{voice.interval(change)}. {weight}"
    for one in entry.blind:
        since = voice.moment(one.since)
        yield voice.phrase("In between we could not see ({why}), from {time}.", why=voice.blind(one.kind), time=since)
    if len(group.members) > 1:
        yield voice.plural("The same edit on {n} page:", "The same edit on {n} pages:", len(group.urls))
        yield "\n".join(f"- {_linked(member)}" for member in group.members)
    if entry.comparison and entry.comparison.diff.changes:
        yield "\n".join(diff_line(item, voice) for item in lines(entry.comparison.diff, context=0))


def _linked(entry: Entry) -> str:
    name, href = escaped(entry.change.title or entry.change.url), safe_href(entry.change.url)
    return f"[{name}](<{href}>)" if href else name


def diff_line(item: Line | Gap, voice: Voice) -> str:
    """One paragraph of a difference, quoted."""
    if isinstance(item, Gap):
        return f"> … {_gap(item, voice)} …\n>"
    cells = ("".join(_mark(mark, voice) for mark in cell) for cell in item.cells)
    moved = ""
    if item.moved_from:
        moved = voice.phrase("(moved from paragraph {a} to {b})", a=item.moved_from, b=item.moved_to) + " "
    return f"> `{item.sign}` {moved}" + " \\| ".join(cells) + "\n>"


def _gap(gap: Gap, voice: Voice) -> str:
    if gap.changed:
        return voice.plural("{n} more changed paragraph", "{n} more changed paragraphs", gap.blocks)
    return voice.plural("{n} unchanged paragraph", "{n} unchanged paragraphs", gap.blocks)


def _mark(mark: Mark, voice: Voice) -> str:
    if mark.folded:
        return f"… {voice.plural('{n} word', '{n} words', mark.folded)} …"
    text = escaped(mark.text) if mark.text.strip() else " "
    return {SpanKind.ADDED: f"**{text}**", SpanKind.REMOVED: f"~~{text}~~"}.get(mark.kind, text)


def escaped(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, one line; blanks at its ends stay."""
    line = re.sub(r"\s+", " ", shown(text))
    return _SPECIAL.sub(r"\\\1", line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
