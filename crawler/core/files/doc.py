"""DOC of Word 97 to 2003 (MS-DOC): the text of its piece table, with tables and links.

Styles are not read: headings are paragraphs, and where a first cell holds several paragraphs only the last is seen as
the cell's. Documents of Word 95 and before have another form, and no text here.
"""

import re
import struct
from collections.abc import Iterator

from lxml import etree

from crawler.core.files.compound import CompoundFile
from crawler.core.files.reading import MAX_CELLS, NoTextError, Reading, blocks, element, table
from storage.records import Link

# Places in the file information block (MS-DOC 2.5).
_FLAGS, _LENGTHS, _PIECES = 0x0A, 0x4C, 0x01A2
_ENCRYPTED, _FIRST_TABLE = 0x0100, 0x0200

_FIELD = re.compile("\x13([^\x13\x14\x15]*)(?:\x14([^\x13\x15]*))?\x15")
_HYPERLINK = re.compile(r"HYPERLINK\s+\"([^\"]+)\"")
# Cells from a paragraph's start on; the first of a row holds no paragraph end: what stands before one is no cell.
_CELLS = re.compile(
    "(?:^|(?<=[\r\x07\x0c]))[^\r\x07\x0c]*\x07(?:(?:(?<=\x07\x07)[^\r\x07\x0c]*|(?<!\x07\x07)[^\x07\x0c]*)\x07)*"
)
_DEEPEST = 20  # fields inside each other
_SIGNS = str.maketrans({"\x1e": "\u2011", "\x1f": "\u00ad", "\xa0": " ", "\x0b": "\n", "\x0e": "\r", "\x0c": "\r"})
_MARKS = re.compile("[\x01-\x06\x08\x10-\x19]")


def read_doc(body: bytes) -> Reading:
    """The main text and its footnotes. Raises NoTextError: encrypted, broken, doc_without_converter."""
    container = CompoundFile(body)
    word = container.stream("WordDocument") or b""
    try:
        text = _text(container, word)
    except struct.error as error:
        raise NoTextError("broken") from error
    links: list[Link] = []
    for _ in range(_DEEPEST):
        if "\x13" not in text:
            break
        text = _FIELD.sub(lambda match: _shown(match, links), text)
    return Reading(root=blocks(_blocks(text)), links=tuple(links))


def _text(container: CompoundFile, word: bytes) -> str:
    mark, version = struct.unpack_from("<HH", word, 0)
    if mark != 0xA5EC or version < 0xC1:
        raise NoTextError("doc_without_converter")
    (flags,) = struct.unpack_from("<H", word, _FLAGS)
    if flags & _ENCRYPTED:
        raise NoTextError("encrypted")
    main, notes = struct.unpack_from("<II", word, _LENGTHS)
    start, length = struct.unpack_from("<II", word, _PIECES)
    tables = container.stream("1Table" if flags & _FIRST_TABLE else "0Table") or b""
    return "".join(_pieces(word, _piece_table(tables[start : start + length])))[: main + notes]


def _piece_table(clx: bytes) -> bytes:
    """The PlcPcd inside a Clx (MS-DOC 2.9.38), after the property changes that may stand before it."""
    position = 0
    while position < len(clx) and clx[position] == 1:
        (size,) = struct.unpack_from("<H", clx, position + 1)
        position += 3 + size
    if position >= len(clx) or clx[position] != 2:
        raise NoTextError("broken")
    (size,) = struct.unpack_from("<I", clx, position + 1)
    return clx[position + 5 : position + 5 + size]


def _pieces(word: bytes, plc: bytes) -> Iterator[str]:
    count = (len(plc) - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}I", plc, 0)
    for number in range(count):
        length = ends[number + 1] - ends[number]
        if not 0 <= length <= len(word):
            raise NoTextError("broken")
        (place,) = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * number + 2)
        if place & 0x40000000:  # one byte a letter
            start = (place & 0x3FFFFFFF) // 2
            yield word[start : start + length].decode("cp1252", "replace")
        else:
            yield word[place : place + 2 * length].decode("utf-16-le", "replace")


def _shown(field: re.Match[str], links: list[Link]) -> str:
    """What a reader sees of a field: its result; a hyperlink's target is noted."""
    shown = _MARKS.sub("", field[2] or "")
    target = _HYPERLINK.search(field[1])
    if target and shown.strip():
        links.append(Link(url=target[1], text=" ".join(shown.split())))
    return shown


def _blocks(text: str) -> Iterator[etree._Element]:
    position = 0
    for match in _CELLS.finditer(text):
        yield from _paragraphs(text[position : match.start()])
        cells = match[0].split("\x07")[:-1]
        if len(cells) > MAX_CELLS:
            raise NoTextError("too_large")
        yield table(_rows(cells))
        position = match.end()
    yield from _paragraphs(text[position:])


def _rows(cells: list[str]) -> Iterator[list[str]]:
    """Rows of cells. An empty cell of its own ends a row; rows as wide as the first one may have empty cells too."""
    empty = [number for number, cell in enumerate(cells) if not cell.strip()]
    width = next((number for number in empty if number), len(cells))
    start = position = 0
    while start < len(cells):
        while position < len(empty) and empty[position] <= start:
            position += 1
        even = start + width < len(cells) and not cells[start + width].strip()
        end = start + width if even else empty[position] if position < len(empty) else len(cells)
        yield [_clean(cell).strip("\r").replace("\r", "\n") for cell in cells[start:end]]
        start = end + 1


def _paragraphs(text: str) -> Iterator[etree._Element]:
    for paragraph in _clean(text).split("\r"):
        lines = [" ".join(line.split()) for line in paragraph.strip().split("\n")]
        if any(lines):
            made = element("p", lines[0])
            for line in lines[1:]:
                etree.SubElement(made, "br").tail = element("i", line).text
            yield made


def _clean(text: str) -> str:
    return _MARKS.sub("", text.translate(_SIGNS)).replace("\u00ad", "").replace("\u2011", "-")
