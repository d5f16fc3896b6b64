"""The change report as a document of Word (Office Open XML): differences coloured, underlined and struck out."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from io import BytesIO
from typing import TYPE_CHECKING

from crawler.core.diff import SpanKind
from crawler.core.phrases import ENGLISH, Catalogue, shortened
from crawler.core.report.atom import xml_text
from crawler.core.report.entries import Entry
from crawler.core.report.grouping import Group, grouped
from crawler.core.report.marks import Gap, Line, Mark, lines
from crawler.core.report.order import by_section, safe_href
from crawler.core.report.voice import Voice

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

ADDED, REMOVED, SOFT = (0x0B, 0x6B, 0x3A), (0xA3, 0x26, 0x1F), (0x5B, 0x64, 0x70)
_BLOCKS = 120  # shown of one difference


def render_docx(
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
) -> bytes:
    """The file's bytes; the same entries in the same order as the other forms. Words from the web are text in it."""
    import docx  # takes its time; only this form needs it

    voice = Voice(zone=zone, language=language, catalogue=catalogue, sections=sections or {})
    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.author, properties.language = xml_text(title), "Letapis", language
    properties.created = properties.modified = generated_at.astimezone(UTC).replace(microsecond=0)
    document.add_heading(xml_text(title), 0)
    document.add_paragraph(xml_text(voice.period(since, until)))
    document.add_paragraph(voice.counted(entries) if entries else voice.phrase("No changes in this period."))
    several = len({entry.change.site for entry in entries}) > 1
    for (site, section), found in by_section(grouped(entries)):
        name = voice.section(section)
        document.add_heading(xml_text(f"{site}: {name}" if several else name), 1)
        for group in found:
            _change(document, group, voice)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _change(document: "Document", group: Group, voice: Voice) -> None:
    entry, change = group.lead, group.lead.change
    name = shortened(change.title or change.url, 200)
    document.add_heading(xml_text(f"{voice.kind(change.kind)}: {name}"), 2)
    add_link(document.add_paragraph(), change.url, change.url)
    if summary := voice.summary(entry):
        document.add_paragraph(xml_text(summary))
    weight = voice.phrase("Significance {value}.", value=voice.weight(change.significance))
    add_run(document.add_paragraph(), f"{voice.interval(change)}. {weight}", colour=SOFT)
    for one in entry.blind:
        since = voice.moment(one.since)
        told = voice.phrase("In between we could not see ({why}), from {time}.", why=voice.blind(one.kind), time=since)
        add_run(document.add_paragraph(), told, colour=SOFT)
    _pages(document, group, voice)
    if entry.comparison and entry.comparison.diff.changes:
        for item in lines(entry.comparison.diff, limit=_BLOCKS):
            block(document.add_paragraph(), item, voice)


def _pages(document: "Document", group: Group, voice: Voice) -> None:
    if len(group.urls) < 2:
        return
    told = voice.plural("The same edit on {n} page:", "The same edit on {n} pages:", len(group.urls))
    document.add_paragraph(told)
    for url in group.urls:
        paragraph = document.add_paragraph()
        add_run(paragraph, "• ")  # not by a style: each look-up of one goes through all the links that there are
        add_link(paragraph, url, url)


def block(paragraph: "Paragraph", item: Line | Gap, voice: Voice) -> None:
    """Writes one paragraph of a difference."""
    if isinstance(item, Gap):
        one, many = "{n} unchanged paragraph", "{n} unchanged paragraphs"
        told = voice.plural("{n} more changed paragraph", "{n} more changed paragraphs", item.blocks)
        add_run(paragraph, f"… {told if item.changed else voice.plural(one, many, item.blocks)} …", colour=SOFT)
        return
    add_run(paragraph, f"{item.sign} ")
    if item.moved_from:
        add_run(paragraph, voice.phrase("(moved from paragraph {a} to {b})", a=item.moved_from, b=item.moved_to) + " ")
    for index, cell in enumerate(item.cells):
        if index:
            add_run(paragraph, " | ", colour=SOFT)
        _marks(paragraph, cell, voice)


def _marks(paragraph: "Paragraph", marks: Iterable[Mark], voice: Voice) -> None:
    for mark in marks:
        if mark.folded:
            add_run(paragraph, f"… {voice.plural('{n} word', '{n} words', mark.folded)} …", colour=SOFT)
        else:
            colour = {SpanKind.ADDED: ADDED, SpanKind.REMOVED: REMOVED}.get(mark.kind)
            add_run(paragraph, mark.text, colour=colour, kind=mark.kind)


def add_run(
    paragraph: "Paragraph",
    text: str,
    *,
    colour: tuple[int, int, int] | None = None,
    kind: SpanKind = SpanKind.SAME,
) -> None:
    """Writes text with what is told by colour told by underline or strike as well."""
    from docx.shared import RGBColor

    run = paragraph.add_run(xml_text(text))
    run.underline, run.font.strike = kind is SpanKind.ADDED or None, kind is SpanKind.REMOVED or None
    if colour is not None:
        run.font.color.rgb = RGBColor(*colour)


def add_link(paragraph: "Paragraph", text: str, url: str) -> None:
    """Words, as a link where the address may be one."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    add_run(paragraph, shortened(text, 300), colour=SOFT)
    if safe_href(url):
        link = OxmlElement("w:hyperlink")
        relations = paragraph.part.rels  # its own way to add one looks through all of them each time
        name = f"rIdLink{len(relations) + 1}"
        relations.add_relationship(RELATIONSHIP_TYPE.HYPERLINK, url, name, is_external=True)
        link.set(qn("r:id"), name)
        link.append(paragraph.runs[-1]._r)
        paragraph._p.append(link)
