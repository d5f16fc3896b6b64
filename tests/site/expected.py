"""What is to be read out of an article: its Markdown, its text, its links, images and attachments."""

from collections.abc import Iterator
from urllib.parse import urljoin

from tests.site.blocks import (
    Anchor,
    Block,
    Body,
    Break,
    Cell,
    Details,
    Figure,
    Heading,
    Inline,
    Inlines,
    Listing,
    Marked,
    Paragraph,
    Picture,
    Preformatted,
    Quote,
    Rule,
    Table,
    Terms,
    Words,
)

FILE_ENDINGS = (".pdf", ".docx", ".doc", ".xlsx", ".rtf", ".odt", ".zip")
Pairs = tuple[tuple[str, str], ...]
_AROUND = {"strong": ("**", "**"), "em": ("*", "*"), "del": ("~~", "~~"), "code": ("`", "`")}


def markdown_of(body: Body, base: str) -> str:
    """The body in the Markdown dialect; `base` makes addresses absolute."""
    return "\n\n".join(part for block in body for part in _markdown(block, base))


def text_of(body: Body) -> str:
    """The body as plain text: the same words in the same order, no marks."""
    return "\n\n".join(part for block in body for part in _text(block) if part)


def inline_text(inlines: Inlines) -> str:
    return "".join(_words(piece) for piece in inlines)


def links_of(body: Body, base: str) -> Pairs:
    """(absolute URL, text) of each link, those to files included."""
    return tuple(_anchors(body, base))


def attachments_of(body: Body, base: str) -> Pairs:
    """(absolute URL, text) of each link to a file."""
    return tuple(pair for pair in _anchors(body, base) if is_file(pair[0]))


def images_of(body: Body, base: str) -> Pairs:
    """(absolute URL, alt) of each image."""
    return tuple((urljoin(base, p.src), p.alt) for p in _pieces(body) if isinstance(p, Picture))


def is_file(url: str) -> bool:
    return url.lower().endswith(FILE_ENDINGS)


def grid(table: Table) -> list[list[tuple[Cell, bool]]]:
    """The table's rows with spanning cells repeated; the flag tells the cell's own place from its repetitions."""
    rows: list[list[tuple[Cell, bool]]] = []
    hanging: dict[int, tuple[Cell, int]] = {}  # column: cell from above, rows still to cover
    for cells in table.rows:
        row: list[tuple[Cell, bool]] = []
        queue = list(cells)
        while queue or len(row) in hanging:
            if (column := len(row)) in hanging:
                cell, left = hanging.pop(column)
                row.append((cell, False))
                if left > 1:
                    hanging[column] = (cell, left - 1)
                continue
            cell = queue.pop(0)
            for offset in range(cell.colspan):
                if cell.rowspan > 1:
                    hanging[len(row)] = (cell, cell.rowspan - 1)
                row.append((cell, offset == 0))
        rows.append(row)
    return rows


def _markdown(block: Block, base: str) -> list[str]:
    match block:
        case Paragraph(inner):
            return [_marked(inner, base)]
        case Heading(level, inner):
            return ["#" * level + " " + _marked(inner, base)]
        case Listing():
            return ["\n".join(_markdown_items(block, base, ""))]
        case Quote(paragraphs):
            return ["\n>\n".join("> " + _marked(inner, base) for inner in paragraphs)]
        case Table():
            return _markdown_table(block, base)
        case Details(summary, paragraphs):
            question = f"**{summary}**" if block.native else summary
            return [question, *(_marked(inner, base) for inner in paragraphs)]
        case Terms(pairs):
            return [part for term, meaning in pairs for part in (f"**{term}**", meaning)]
        case Figure(picture, caption):
            return [_marked((picture,), base), *([caption] if caption else [])]
        case Preformatted(text):
            return [f"```\n{text}\n```"]
        case Rule():
            return ["---"]


def _text(block: Block) -> list[str]:
    match block:
        case Paragraph(inner) | Heading(_, inner):
            return [inline_text(inner)]
        case Listing():
            return ["\n".join(_text_items(block))]
        case Quote(paragraphs):
            return [inline_text(inner) for inner in paragraphs]
        case Table(_, _, caption):
            rows = ["\t".join(inline_text(cell.inner) if own else "" for cell, own in row) for row in grid(block)]
            return [caption, "\n".join(rows)]
        case Details(summary, paragraphs):
            return [summary, *(inline_text(inner) for inner in paragraphs)]
        case Terms(pairs):
            return [part for pair in pairs for part in pair]
        case Figure(_, caption):
            return [caption]
        case Preformatted(text):
            return [text]
        case Rule():
            return []


def _markdown_items(listing: Listing, base: str, indent: str) -> Iterator[str]:
    for number, item in enumerate(listing.items, listing.start):
        mark = f"{number}. " if listing.ordered else "- "
        yield indent + mark + _marked(item.inner, base)
        for nested in item.nested:
            yield from _markdown_items(nested, base, indent + " " * len(mark))


def _text_items(listing: Listing) -> Iterator[str]:
    for item in listing.items:
        yield inline_text(item.inner)
        for nested in item.nested:
            yield from _text_items(nested)


def _markdown_table(table: Table, base: str) -> list[str]:
    rows = [[_marked(cell.inner, base).replace("|", "\\|") for cell, _ in row] for row in grid(table)]
    width = len(rows[0])
    head = rows.pop(0) if table.head != "none" else [""] * width
    lines = [_row(head), _row(["---"] * width), *map(_row, rows)]
    return [*([table.caption] if table.caption else []), "\n".join(lines)]


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _marked(inlines: Inlines, base: str) -> str:
    return "".join(_mark(piece, base) for piece in inlines)


def _mark(piece: Inline, base: str) -> str:
    match piece:
        case Words(text):
            return text
        case Break():
            return "  \n"
        case Picture(src, alt):
            return f"![{alt}]({urljoin(base, src)})"
        case Anchor("#", inner):
            return _marked(inner, base)
        case Anchor(href, inner):
            return f"[{_marked(inner, base)}]({urljoin(base, href)})"
        case Marked(mark, inner):
            before, after = _AROUND.get(mark, (f"<{mark}>", f"</{mark}>"))
            return before + _marked(inner, base) + after


def _words(piece: Inline) -> str:
    match piece:
        case Words(text):
            return text
        case Break():
            return "\n"
        case Picture():
            return ""
        case Anchor(_, inner) | Marked(_, inner):
            return inline_text(inner)


def _anchors(body: Body, base: str) -> Iterator[tuple[str, str]]:
    for piece in _pieces(body):
        if isinstance(piece, Anchor) and piece.href != "#":
            yield urljoin(base, piece.href), inline_text(piece.inner)


def _pieces(body: Body) -> Iterator[Inline]:
    for block in body:
        for inlines in _runs(block):
            yield from _deep(inlines)


def _deep(inlines: Inlines) -> Iterator[Inline]:
    for piece in inlines:
        yield piece
        if isinstance(piece, Marked | Anchor):
            yield from _deep(piece.inner)


def _runs(block: Block) -> Iterator[Inlines]:
    match block:
        case Paragraph(inner) | Heading(_, inner):
            yield inner
        case Listing(_, items):
            for item in items:
                yield item.inner
                for nested in item.nested:
                    yield from _runs(nested)
        case Quote(paragraphs) | Details(_, paragraphs):
            yield from paragraphs
        case Table(rows):
            yield from (cell.inner for row in rows for cell in row)
        case Figure(picture):
            yield (picture,)
        case _:
            return
