"""A table as GFM and as tab-separated text: spans laid out on a grid, the header found."""

from dataclasses import dataclass
from itertools import chain

from crawler.core.markdown.inline import markdown_of, text_of
from crawler.core.markdown.model import Block, Cell, Listing, Paragraph, Preformatted, Quote, Row, Table

_MAX_SPAN = 100  # columns; HTML allows 1000, a hostile page uses them
_MAX_EXTRA = 20_000  # places that spans may add to a table beyond its cells
_MAX_REPEATED = 500_000  # characters that spanning cells may repeat in one table


@dataclass(slots=True)
class _Place:
    cell: Cell | None  # null: nothing stands here
    own: bool  # false: a spanning cell's repetition


def is_layout(table: Table) -> bool:
    """A table with one cell, or with tables in its cells, is a frame around blocks, not a table."""
    cells = [cell for row in table.rows for cell in row.cells]
    if sum(1 for cell in cells if cell.blocks) <= 1 and len(cells) <= 1:
        return True
    return any(isinstance(block, Table) for cell in cells for block in cell.blocks)


def flattened(table: Table) -> list[Block]:
    """The blocks of all cells, row by row."""
    return [*table.before, *(block for row in _ordered(table) for cell in row.cells for block in cell.blocks)]


def markdown_table(table: Table) -> str:
    """The table in GFM; with no header of its own, an empty one. Empty where no cell has anything."""
    rows = _ordered(table)
    grid = _grid(rows)
    budget = _Budget()
    written = [[budget.write(place) for place in line] for line in grid]
    heads = _has_header(rows)
    lines = [cells for cells in written if any(cells)]
    if not lines:
        return ""
    width = max(map(len, lines))
    head = lines.pop(0) if heads and any(written[0]) else [""] * width
    return "\n".join(_line(cells, width) for cells in chain([head, ["---"] * width], lines))


def text_table(table: Table) -> str:
    """Rows on lines, cells parted by tabs, a spanning cell once."""
    grid = _grid(_ordered(table))
    lines = ("\t".join(_cell_text(p.cell) if p.cell and p.own else "" for p in line).rstrip() for line in grid)
    return "\n".join(line for line in lines if line)


def _ordered(table: Table) -> list[Row]:
    """Rows as a browser shows them: the footer last, wherever it stands."""
    order = {"thead": 0, "tbody": 1, "tfoot": 2}
    return sorted((row for row in table.rows if row.cells), key=lambda row: order[row.section])


def _has_header(rows: list[Row]) -> bool:
    first = rows[0]
    return first.section == "thead" or all(cell.header for cell in first.cells)


def _grid(rows: list[Row]) -> list[list[_Place]]:
    spans = _spans_affordable(rows)
    grid: list[list[_Place]] = []
    hanging: dict[int, tuple[Cell, int]] = {}  # column: a cell from above, rows it still covers
    for row in rows:
        line: list[_Place] = []
        for cell in row.cells:
            _fill(line, hanging)
            for offset in range(min(cell.colspan, _MAX_SPAN) if spans else 1):
                if cell.rowspan > 1 and spans:
                    hanging[len(line)] = (cell, cell.rowspan - 1)
                line.append(_Place(cell, own=offset == 0))
        _fill(line, hanging)
        grid.append(line)
    return grid


def _fill(line: list[_Place], hanging: dict[int, tuple[Cell, int]]) -> None:
    while (column := len(line)) in hanging:
        cell, left = hanging.pop(column)
        line.append(_Place(cell, own=False))
        if left > 1:
            hanging[column] = (cell, left - 1)


def _spans_affordable(rows: list[Row]) -> bool:
    extra = 0
    for position, row in enumerate(rows):
        for cell in row.cells:
            extra += min(cell.colspan, _MAX_SPAN) * min(cell.rowspan, len(rows) - position) - 1
    return extra <= _MAX_EXTRA


class _Budget:
    """Writes cells, and stops repeating spanning ones when that would grow out of bounds."""

    def __init__(self) -> None:
        self._left = _MAX_REPEATED
        self._seen: dict[int, str] = {}

    def write(self, place: _Place) -> str:
        if place.cell is None:
            return ""
        written = self._seen.get(id(place.cell))
        if written is None:
            written = self._seen[id(place.cell)] = _cell_markdown(place.cell)
        if not place.own:
            self._left -= len(written)
        return written if place.own or self._left >= 0 else ""


def _line(cells: list[str], width: int) -> str:
    return "| " + " | ".join(cells + [""] * (width - len(cells))) + " |"


def _cell_markdown(cell: Cell) -> str:
    parts = (part for block in cell.blocks for part in _block_lines(block, markdown=True))
    return "<br>".join(part for part in parts if part).replace("|", "\\|")


def _cell_text(cell: Cell) -> str:
    parts = (part for block in cell.blocks for part in _block_lines(block, markdown=False))
    return " ".join(part for part in parts if part)


def _block_lines(block: Block, *, markdown: bool) -> list[str]:
    match block:
        case Paragraph(pieces):
            return [
                markdown_of(pieces, newline="<br>", block_start=False) if markdown else text_of(pieces, newline=" ")
            ]
        case Preformatted(text):
            return [" ".join(line.split()) for line in text.splitlines()]
        case Quote(blocks):
            return [line for inner in blocks for line in _block_lines(inner, markdown=markdown)]
        case Listing():
            return _listing_lines(block, markdown=markdown)
        case _:
            return []


def _listing_lines(listing: Listing, *, markdown: bool) -> list[str]:
    lines: list[str] = []
    for number, item in enumerate(listing.items, listing.start):
        inner = [line for block in item.blocks for line in _block_lines(block, markdown=markdown)]
        if inner and markdown:
            inner[0] = (f"{item.number or number}. " if listing.ordered else "- ") + inner[0]
        lines.extend(inner)
    return lines
