"""The structure of an article's body: blocks and the inline pieces in them, as values."""

from dataclasses import dataclass
from typing import Literal

Mark = Literal["strong", "em", "sub", "sup", "del", "code"]


@dataclass(frozen=True)
class Words:
    text: str


@dataclass(frozen=True)
class Marked:
    mark: Mark
    inner: "Inlines"


@dataclass(frozen=True)
class Anchor:
    href: str  # resolved, as it stands in the page: "/kontakty", "https://...", "mailto:...", "#"
    inner: "Inlines"


@dataclass(frozen=True)
class Picture:
    src: str
    alt: str


@dataclass(frozen=True)
class Break:
    pass


Inline = Words | Marked | Anchor | Picture | Break
Inlines = tuple[Inline, ...]


@dataclass(frozen=True)
class Paragraph:
    inner: Inlines


@dataclass(frozen=True)
class Heading:
    level: int
    inner: Inlines


@dataclass(frozen=True)
class Item:
    inner: Inlines
    nested: tuple["Listing", ...] = ()


@dataclass(frozen=True)
class Listing:
    ordered: bool
    items: tuple[Item, ...]
    start: int = 1


@dataclass(frozen=True)
class Quote:
    paragraphs: tuple[Inlines, ...]


@dataclass(frozen=True)
class Cell:
    inner: Inlines
    colspan: int = 1
    rowspan: int = 1


@dataclass(frozen=True)
class Table:
    rows: tuple[tuple[Cell, ...], ...]
    head: Literal["thead", "th", "none"] = "none"
    caption: str = ""


@dataclass(frozen=True)
class Details:
    """A question whose answer opens on a click: <details>, or a box closed by style."""

    summary: str
    paragraphs: tuple[Inlines, ...]
    native: bool


@dataclass(frozen=True)
class Terms:
    pairs: tuple[tuple[str, str], ...]  # (dt, dd)


@dataclass(frozen=True)
class Figure:
    picture: Picture
    caption: str


@dataclass(frozen=True)
class Rule:
    pass


@dataclass(frozen=True)
class Preformatted:
    text: str


Block = Paragraph | Heading | Listing | Quote | Table | Details | Terms | Figure | Rule | Preformatted
Body = tuple[Block, ...]
