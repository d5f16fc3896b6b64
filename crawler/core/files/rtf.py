"""RTF by striprtf, with the tables that it would run together kept as tables."""

import re
from collections.abc import Iterator

from lxml import etree

from crawler.core.files.reading import Reading, blocks, element, table

# Private-use letters stand for the table's control words on their way through striprtf.
_CELL, _ROW_END, _ROW_START, _PARAGRAPH = "\ue000", "\ue001", "\ue002", "\ue003"
_MARKS = {"cell": _CELL, "nestcell": _CELL, "row": _ROW_END, "trowd": _ROW_START, "par": _PARAGRAPH}
_CONTROL = re.compile(r"\\(cell|nestcell|row|trowd|par)(?![a-z])(-?\d+)? ?")
_TITLE = re.compile(r"\{\\title\s*((?:[^{}]|\\[{}])*)\}")
_ROW = re.compile(f"{_ROW_START}[^{_ROW_END}]*{_ROW_END}")


def read_rtf(body: bytes) -> Reading:
    """Paragraphs and tables. The file is read as latin-1, its escapes by the code page that it names."""
    source = body.decode("latin-1")
    title = _TITLE.search(source)
    named = _plain("{" + title[1] + "}", source).strip() if title else None
    return Reading(root=blocks(_blocks(_plain(source))), title=named)


def _plain(source: str, whole: str | None = None) -> str:
    from striprtf.striprtf import rtf_to_text

    page = re.search(r"\\ansicpg(\d+)", whole or source)
    encoding = f"cp{page[1]}" if page else "cp1251"
    if encoding == "cp1251":  # charset 0 is the code page's own there, not Western
        source = re.sub(r"\\fcharset[01](?!\d)", r"\\fcharset204", source)
    marked = _CONTROL.sub(lambda match: f"\\uc0\\u{ord(_MARKS[match[1]]) - 0x10000}\\uc1 ", source)
    text: str = rtf_to_text(marked, encoding=encoding, errors="replace")  # type: ignore[no-untyped-call]
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _blocks(text: str) -> Iterator[etree._Element]:
    """The blocks in order; rows that follow each other are one table."""
    position, rows = 0, list[list[str]]()
    for match in _ROW.finditer(text):
        between = list(_paragraphs(text[position : match.start()]))
        if between and rows:
            yield table(rows)
            rows = []
        yield from between
        rows.append(_cells(match[0]))
        position = match.end()
    if rows:
        yield table(rows)
    yield from _paragraphs(text[position:])


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
