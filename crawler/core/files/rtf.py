"""RTF by striprtf, with the tables that it would run together kept as tables."""

import re
from collections.abc import Iterator
from itertools import islice

from lxml import etree

from crawler.core.files.reading import Reading, blocks, element, table
from storage.records import Link

# Private-use letters stand for the table's control words on their way through striprtf.
_CELL, _ROW_END, _ROW_START, _PARAGRAPH = "\ue000", "\ue001", "\ue002", "\ue003"
_MARKS = {"cell": _CELL, "nestcell": _CELL, "row": _ROW_END, "trowd": _ROW_START, "par": _PARAGRAPH}
_CONTROL = re.compile(r"\\(cell|nestcell|row|trowd|par)(?![a-z])(-?\d+)? ?")
_TITLE = re.compile(r"\{\\title\s*((?:[^{}]|\\[{}])*)\}")
_HYPERLINK = re.compile(r"\\fldinst\b[^\"{}]{0,40}\{?[^\"{}]{0,200}HYPERLINK\s+\"([^\"{}\\]{1,2000})\"")
_FIELD_RESULT = re.compile(r"[^{}]{0,200}\}{1,3}\s*\{\\fldrslt((?:[^{}]|\{[^{}]{0,500}\}){0,2000})\}")
MAX_LINKS = 2000


def read_rtf(body: bytes) -> Reading:
    """Paragraphs and tables. The file is read as latin-1, its escapes by the code page that it names."""
    source = body.decode("latin-1")
    title = _TITLE.search(source)
    named = _plain("{" + title[1] + "}", source).strip() if title else None
    return Reading(root=blocks(_blocks(_plain(source))), title=named, links=tuple(_links(source)))


def _links(source: str) -> Iterator[Link]:
    """The targets of hyperlink fields with the words that show them."""
    for match in islice(_HYPERLINK.finditer(source), MAX_LINKS):
        shown = _FIELD_RESULT.match(source, match.end())
        words = _plain("{" + shown[1] + "}", source) if shown else ""
        text = re.sub(f"[{_CELL}-{_PARAGRAPH}]", " ", words)
        yield Link(url=match[1], text=" ".join(text.split()))


def _plain(source: str, whole: str | None = None) -> str:
    from striprtf.striprtf import rtf_to_text

    page = re.search(r"\\ansicpg(\d+)", whole or source)
    encoding = f"cp{page[1]}" if page else "cp1251"
    if encoding == "cp1251":  # charset 0 is the code page's own there, not Western
        source = re.sub(r"\\fcharset[01](?!\d)", r"\\fcharset204", source)
    source = source.replace("\\fldinst{", "\\fldinst {")  # striprtf would write links into the text, in quadratic time
    marked = _CONTROL.sub(lambda match: f"\\uc0\\u{ord(_MARKS[match[1]]) - 0x10000}\\uc1 ", source)
    text: str = rtf_to_text(marked, encoding=encoding, errors="replace")  # type: ignore[no-untyped-call]
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _blocks(text: str) -> Iterator[etree._Element]:
    """The blocks in order; rows that follow each other are one table."""
    rows: list[list[str]] = []
    *ended, last = text.split(_ROW_END)
    for part in ended:
        before, _, row = part.partition(_ROW_START)
        between = list(_paragraphs(before))
        if between and rows:
            yield table(rows)
            rows = []
        yield from between
        rows.append(_cells(row))
    if rows:
        yield table(rows)
    yield from _paragraphs(last)


def _cells(row: str) -> list[str]:
    cells = re.sub(f"[{_ROW_START}{_ROW_END}]", "", row).split(_CELL)[:-1]
    return ["\n".join(" ".join(line.split()) for line in cell.split(_PARAGRAPH) if line.strip()) for cell in cells]


def _paragraphs(text: str) -> Iterator[etree._Element]:
    for paragraph in re.sub(f"[{_ROW_START}{_ROW_END}{_CELL}]", " ", text).split(_PARAGRAPH):
        lines = [" ".join(line.split()) for line in paragraph.strip().splitlines()]
        if not any(lines):
            continue
        made = element("p", lines[0])
        for line in lines[1:]:
            etree.SubElement(made, "br").tail = element("i", line).text
        yield made
