"""A report that a person has written, as a document of Word."""

from datetime import UTC
from io import BytesIO
from typing import TYPE_CHECKING

from crawler.core.report.atom import xml_text
from crawler.core.report.composed import Composed, Item, linked, paragraphs_of
from crawler.core.report.docx import SOFT, add_link, add_run, block
from crawler.core.report.marks import lines

if TYPE_CHECKING:
    from docx.document import Document

_BLOCKS = 120  # shown of one difference


def composed_docx(report: Composed) -> bytes:
    """The file's bytes; memos in their order, differences coloured, underlined and struck out."""
    import docx  # takes its time; only this form needs it

    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.author, properties.language = xml_text(report.title), "Letapis", report.voice.language
    properties.created = properties.modified = report.made.astimezone(UTC).replace(microsecond=0)
    document.add_heading(xml_text(report.title), 0)
    for text in paragraphs_of(report.lead):
        document.add_paragraph(xml_text(text))
    for item in report.items:
        _memo(document, report, item)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _memo(document: "Document", report: Composed, item: Item) -> None:
    change, comparison = item.entry.change, item.entry.comparison
    document.add_heading(xml_text(item.title or change.title or change.url), 1)
    for text in paragraphs_of(item.body):
        paragraph = document.add_paragraph()
        for words, to in linked(text):
            if to:
                add_link(paragraph, words, report.link(item))
            else:
                add_run(paragraph, words)
    for text in paragraphs_of(item.context):
        add_run(document.add_paragraph(), text, colour=SOFT)
    seen = document.add_paragraph()
    add_run(seen, f"{report.voice.interval(change)}. ", colour=SOFT)
    add_link(seen, change.url, change.url)
    if comparison and comparison.diff.changes:
        for one in lines(comparison.diff, limit=_BLOCKS):
            block(document.add_paragraph(), one, report.voice)
