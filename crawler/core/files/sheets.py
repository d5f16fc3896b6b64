"""Workbooks (XLSX, XLS, ODS) by calamine: each visible sheet under its name, as tables."""

import io
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

from lxml import etree

from crawler.core.files.containers import Container
from crawler.core.files.reading import MAX_CELLS, NoTextError, Reading, blocks, element, table
from crawler.core.files.word import office_title

MAX_AREA = 5_000_000  # cells of one sheet's used range: calamine holds the whole of it

_FILLED = re.compile(rb'<(?:\w+:)?c [^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*?(?<!/)>')
_ODF_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


def read_xlsx(body: bytes) -> Reading:
    """All visible sheets of an XLSX or XLSB. Raises NoTextError."""
    container = Container(body)
    for name in container.names("xl/worksheets/"):
        if name.endswith(".xml") and _area(container.xml(name)) > MAX_AREA:
            raise NoTextError("too_large")
    packed = container.repacked(lambda name: name.endswith((".xml", ".rels", ".bin")) and "printerSettings" not in name)
    return _read(packed, title=office_title(container))


def read_xls(body: bytes) -> Reading:
    """All visible sheets of an XLS. Raises NoTextError."""
    return _read(io.BytesIO(body))


def read_ods(body: bytes) -> Reading:
    """All visible sheets of an ODS. Raises NoTextError."""
    container = Container(body)
    manifest = container.read("META-INF/manifest.xml")
    if b"encryption-data" in manifest:
        raise NoTextError("encrypted")
    if max(map(_repeated_area, container.tree("content.xml").iter(f"{_ODF_TABLE}table")), default=0) > MAX_AREA:
        raise NoTextError("too_large")
    return _read(container.repacked(lambda name: not name.startswith(("Pictures/", "Thumbnails/", "Object"))))


def _read(source: io.BytesIO, title: str | None = None) -> Reading:
    from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

    try:
        book = CalamineWorkbook.from_object(source)
    except PasswordError as error:
        raise NoTextError("encrypted") from error
    children: list[etree._Element] = []
    cells = MAX_CELLS
    for sheet in book.sheets_metadata:
        if sheet.visible is not SheetVisibleEnum.Visible or sheet.typ is not SheetTypeEnum.WorkSheet:
            continue
        found = book.get_sheet_by_name(sheet.name)
        rows = [[_shown(value) for value in row] for row in _first_rows(found, cells)]
        cells -= sum(map(len, rows))
        tables = list(_tables(rows, _spans(found)))
        if tables:
            children += [element("h2", sheet.name), *tables]
        if cells <= 0:
            return Reading(root=blocks(children), title=title, notice="too_large")
    return Reading(root=blocks(children), title=title)


def _first_rows(sheet: Any, cells: int) -> list[list[Any]]:
    width = max(sheet.width, 1)
    rows: list[list[Any]] = sheet.to_python(skip_empty_area=True, nrows=max(cells // width, 1))
    return rows


def _spans(sheet: Any) -> dict[tuple[int, int], tuple[int, int]]:
    """Merged ranges, counted from the used range's corner."""
    top, left = sheet.start or (0, 0)
    ranges = sheet.merged_cell_ranges or []
    return {
        (first[0] - top, first[1] - left): (last[0] - first[0] + 1, last[1] - first[1] + 1)
        for first, last in ranges[:10_000]
        if first[0] >= top and first[1] >= left and (last[0] - first[0] + 1) * (last[1] - first[1] + 1) <= 10_000
    }


def _tables(rows: Sequence[Sequence[str]], spans: dict[tuple[int, int], tuple[int, int]]) -> Iterator[etree._Element]:
    """A table for each run of rows that are not empty."""
    start = 0
    for index in range(len(rows) + 1):
        if index < len(rows) and (any(rows[index]) or _covered(index, spans, start)):
            continue
        if index > start:
            inside = {(y - start, x): span for (y, x), span in spans.items() if start <= y < index}
            yield _narrowed(rows[start:index], inside)
        start = index + 1


def _covered(row: int, spans: dict[tuple[int, int], tuple[int, int]], start: int) -> bool:
    return any(start <= y < row < y + height for (y, _), (height, _) in spans.items())


def _narrowed(rows: Sequence[Sequence[str]], spans: dict[tuple[int, int], tuple[int, int]]) -> etree._Element:
    """The table without the empty columns at its right and left."""
    used = [x for x in range(max(map(len, rows))) if any(x < len(row) and row[x] for row in rows)]
    reach = [x + width for (_, x), (_, width) in spans.items()]
    first, last = min(used, default=0), max([*(x + 1 for x in used), *reach], default=0)
    kept = {(y, x - first): span for (y, x), span in spans.items() if x >= first}
    return table([row[first:last] for row in rows], kept)


def _shown(value: Any) -> str:
    """A cell's value as a reader would write it; numbers without the digits that binary floats add.

    >>> _shown(1850.0), _shown(0.1 + 0.2), _shown(True)
    ('1850', '0.3', 'TRUE')
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    if isinstance(value, datetime):
        return value.isoformat(" ") if (value.hour or value.minute or value.second) else value.date().isoformat()
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _area(sheet: bytes) -> int:
    """Cells of the rectangle around all cells with a value (ECMA-376, 18.3.1.4)."""
    columns, rows = set(), set()
    for match in _FILLED.finditer(sheet):
        columns.add(match[1])
        rows.add(int(match[2]))
    numbers = [_column(letters) for letters in columns]
    return (max(numbers) - min(numbers) + 1) * (max(rows) - min(rows) + 1) if numbers else 0


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _repeated_area(sheet: etree._Element) -> int:
    """Cells of an ODS table with repetitions counted, empty ones at the ends left out."""
    height = width = 0
    total = 0
    for row in sheet.iter(f"{_ODF_TABLE}table-row"):
        filled = _filled_width(row)
        repeated = _number(row.get(f"{_ODF_TABLE}number-rows-repeated"))
        total += repeated
        if filled:
            height, width = total, max(width, filled)
    return height * width


def _filled_width(row: etree._Element) -> int:
    position = filled = 0
    for cell in row:
        position += _number(cell.get(f"{_ODF_TABLE}number-columns-repeated"))
        if len(cell) or cell.get(f"{_ODF_TABLE}formula"):
            filled = position
    return filled


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 1
