"""Blocks and inline pieces: what stands between the HTML tree and the two writings of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

STRONG, EM, DEL, SUB, SUP, CODE = "strong", "em", "del", "sub", "sup", "code"


class Anchor(NamedTuple):
    """An open link; `serial` keeps two neighbours with different targets or texts apart."""

    url: str
    serial: int


Wrap = str | Anchor
Path = tuple[Wrap, ...]  # marks and links around a piece, outermost first


class Sort(Enum):
    WORDS = 0
    BREAK = 1
    IMAGE = 2


class Piece(NamedTuple):
    """A run of text, a line break or an image, with the marks it stands in."""

    sort: Sort
    text: str  # the words, or an image's alt
    path: Path
    url: str = ""  # of an image


@dataclass(slots=True)
class Paragraph:
    pieces: list[Piece]  # tidied: single spaces, none at the edges
    level: int = 0  # 1 to 6: a heading


@dataclass(slots=True)
class Preformatted:
    text: str


@dataclass(slots=True)
class Rule:
    pass


@dataclass(slots=True)
class Quote:
    blocks: list["Block"] = field(default_factory=list)


@dataclass(slots=True)
class Item:
    number: int | None = None  # as the page says; null: one more than the last
    blocks: list["Block"] = field(default_factory=list)


@dataclass(slots=True)
class Listing:
    ordered: bool
    start: int = 1
    items: list[Item] = field(default_factory=list)
    implied: bool = False  # made for list items that stand in no list

    def append(self, block: "Block") -> None:
        """Takes in what stands in a list but in no item: a nested list belongs to the item before it."""
        if isinstance(block, Listing) and self.items:
            self.items[-1].blocks.append(block)
        else:
            self.items.append(Item(blocks=[block]))


@dataclass(slots=True)
class Cell:
    header: bool
    colspan: int
    rowspan: int
    blocks: list["Block"] = field(default_factory=list)


@dataclass(slots=True)
class Row:
    section: str  # "thead", "tbody" or "tfoot"
    cells: list[Cell] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    rows: list[Row] = field(default_factory=list)
    before: list["Block"] = field(default_factory=list)  # the caption, and what stands in no cell
    section: str = "tbody"

    def append(self, block: "Block") -> None:
        self.before.append(block)


Block = Paragraph | Preformatted | Rule | Quote | Listing | Table
Sink = list[Block] | Listing | Table  # where finished blocks go


def visible(pieces: Iterable[Piece]) -> bool:
    """Whether a reader would see anything of them."""
    return any(piece.sort is Sort.IMAGE or (piece.sort is Sort.WORDS and not piece.text.isspace()) for piece in pieces)


def paragraphs(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """Cuts at empty lines: two or more line breaks with nothing between them."""
    part: list[Piece] = []
    breaks = 0
    for piece in pieces:
        if piece.sort is Sort.BREAK:
            breaks += 1
        elif piece.sort is Sort.IMAGE or not piece.text.isspace():
            if breaks > 1:
                yield part
                part = []
            breaks = 0
        part.append(piece)
    yield part
