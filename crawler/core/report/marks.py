"""A difference as it is set on a page or a screen: what is shown of each block, and how it is marked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from crawler.core.diff import Block, BlockKind, Diff, Span, SpanKind, Unchanged

CONTEXT = 1  # unchanged blocks shown beside a change
MAX_SHOWN = 300  # blocks of one diff; a report is no archive
_LONG_SAME = 600  # characters: a longer unchanged run inside a changed block is folded
_LONG_CHANGED = 6_000  # characters: so is a longer run that went or came

# C0 and C1 controls, and the characters that turn the direction of text: a title must not rearrange the page around it
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")

SIGNS = {
    BlockKind.SAME: " ",
    BlockKind.ADDED: "+",
    BlockKind.REMOVED: "\N{MINUS SIGN}",
    BlockKind.CHANGED: "±",
    BlockKind.MOVED: "↕",
}


@dataclass(frozen=True, kw_only=True)
class Mark:
    kind: SpanKind
    text: str
    folded: int = 0  # words left out here


@dataclass(frozen=True, kw_only=True)
class Line:
    """A block to be shown. A table row has several cells, a paragraph has one."""

    kind: BlockKind
    cells: tuple[tuple[Mark, ...], ...]
    moved_from: int | None = None  # paragraph before and after, from 1; null unless moved
    moved_to: int | None = None

    @property
    def sign(self) -> str:
        return SIGNS[self.kind]


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Blocks that are not shown."""

    blocks: int
    words: int
    changed: bool = False  # they differ, but there are too many of them


Shown = Line | Gap


def shown(text: str) -> str:
    """Text from the web without characters that steer a screen."""
    return _CONTROLS.sub("", text)


def lines(diff: Diff, *, context: int = CONTEXT, limit: int = MAX_SHOWN, whole: bool = False) -> Iterator[Shown]:
    """The changes with their context, unchanged runs folded, at most `limit` blocks; `whole`: nothing is folded."""
    folded = diff.blocks if whole else diff.folded(context)
    for item in folded[:limit]:
        yield Gap(blocks=item.blocks, words=item.words) if isinstance(item, Unchanged) else line_of(item, whole=whole)
    rest = [item for item in folded[limit:] if isinstance(item, Block) and item.kind is not BlockKind.SAME]
    if rest:
        yield Gap(blocks=len(rest), words=sum(_count(item.after or item.before or "") for item in rest), changed=True)


def tables(items: Iterator[Shown]) -> Iterator[list[Shown]]:
    """The same in groups: neighbouring rows together, everything else alone."""
    for row, run in groupby(items, key=lambda item: isinstance(item, Line) and len(item.cells) > 1):
        if row:
            yield list(run)
        else:
            yield from ([item] for item in run)


def line_of(block: Block, *, whole: bool = False) -> Line:
    """A block as it is shown; `whole`: long runs in it are not folded."""
    moved = block.kind is BlockKind.MOVED
    return Line(
        kind=block.kind,
        cells=tuple(_cells(_spans(block), whole)),
        moved_from=block.before_index + 1 if moved and block.before_index is not None else None,
        moved_to=block.after_index + 1 if moved and block.after_index is not None else None,
    )


def _spans(block: Block) -> tuple[Span, ...]:
    if block.words:
        return block.words
    kinds = {BlockKind.ADDED: SpanKind.ADDED, BlockKind.REMOVED: SpanKind.REMOVED}
    text = block.before if block.after is None else block.after
    return (Span(kinds.get(block.kind, SpanKind.SAME), text or ""),)


def _cells(spans: tuple[Span, ...], whole: bool) -> Iterator[tuple[Mark, ...]]:
    """Spans cut at tabs. A tab that went in a row that stays parts nothing: its cell is gone."""
    kept = any(span.kind is not SpanKind.REMOVED for span in spans)
    cell: list[Mark] = []
    for span in spans:
        first, *others = (
            [span.text.replace("\t", " ")] if kept and span.kind is SpanKind.REMOVED else span.text.split("\t")
        )
        cell.extend(marked(span.kind, first, whole=whole))
        for text in others:
            yield tuple(cell)
            cell = list(marked(span.kind, text, whole=whole))
    yield tuple(cell)


def marked(kind: SpanKind, text: str, *, whole: bool = False) -> Iterator[Mark]:
    """White space at the ends is not marked: a struck-out or underlined blank tells nobody anything."""
    text = shown(text)
    bare = text.strip()
    if kind is SpanKind.SAME or not bare:
        yield from _folded(SpanKind.SAME, text, len(text) if whole else _LONG_SAME)
        return
    start = text.index(bare)
    if start:
        yield Mark(kind=SpanKind.SAME, text=text[:start])
    yield from _folded(kind, bare, len(bare) if whole else _LONG_CHANGED)
    if text[start + len(bare) :]:
        yield Mark(kind=SpanKind.SAME, text=text[start + len(bare) :])


def _folded(kind: SpanKind, text: str, room: int) -> Iterator[Mark]:
    """The text, or its beginning and end where it is longer than `room` characters."""
    if len(text) <= room:
        if text:
            yield Mark(kind=kind, text=text)
        return
    kept = room // 3
    head, tail = text[:kept].rpartition(" "), text[-kept:].partition(" ")
    start, end = head[0] or head[2], tail[2] or tail[0]
    yield Mark(kind=kind, text=f"{start} ")
    yield Mark(kind=kind, text="", folded=_count(text[len(start) : len(text) - len(end)]))
    yield Mark(kind=kind, text=f" {end}")


def _count(text: str) -> int:
    return len(text.split())
