"""A difference side by side: each paragraph beside the one that it became, rows of tables once across both sides."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from crawler.core.diff import Block, BlockKind, Diff, Span, SpanKind, Unchanged
from crawler.core.report.marks import CONTEXT, MAX_SHOWN, SIGNS, Gap, Line, Mark, line_of, marked


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A paragraph before and after; null on the side where there is none."""

    kind: BlockKind
    before: tuple[Mark, ...] | None
    after: tuple[Mark, ...] | None
    before_place: int | None = None  # paragraph, from 1
    after_place: int | None = None

    @property
    def sign(self) -> str:
        return SIGNS[self.kind]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Neighbouring rows of a table: what went and came stands in the cells, for two tables abreast are too narrow."""

    lines: tuple[Line, ...]


Part = Pair | Grid | Gap


def sides(diff: Diff, *, context: int = CONTEXT, limit: int = MAX_SHOWN, whole: bool = False) -> Iterator[Part]:
    """The changes with their context in reading order, unchanged runs folded, at most `limit` blocks.

    A moved paragraph stands where it stands after, beside itself as it was; `whole`: nothing is folded.
    """
    folded = diff.blocks if whole else diff.folded(context)
    for kind, run in groupby(folded[:limit], key=_sort):
        items = list(run)
        if kind is Grid:
            yield Grid(lines=tuple(line_of(item, whole=whole) for item in items if isinstance(item, Block)))
        else:
            yield from (_part(item, whole) for item in items)
    if rest := [item for item in folded[limit:] if isinstance(item, Block) and item.kind is not BlockKind.SAME]:
        yield Gap(
            blocks=len(rest), words=sum(len((one.after or one.before or "").split()) for one in rest), changed=True
        )


def _sort(item: Block | Unchanged) -> type[Pair | Grid | Gap]:
    if isinstance(item, Unchanged):
        return Gap
    return Grid if "\t" in (item.before or "") or "\t" in (item.after or "") else Pair


def _part(item: Block | Unchanged, whole: bool) -> Part:
    if isinstance(item, Unchanged):
        return Gap(blocks=item.blocks, words=item.words)
    return Pair(
        kind=item.kind,
        before=_side(item, item.before, SpanKind.REMOVED, whole),
        after=_side(item, item.after, SpanKind.ADDED, whole),
        before_place=None if item.before_index is None else item.before_index + 1,
        after_place=None if item.after_index is None else item.after_index + 1,
    )


def _side(block: Block, text: str | None, own: SpanKind, whole: bool) -> tuple[Mark, ...] | None:
    """One side's words: what is on both, and what is on this one alone."""
    if text is None:
        return None
    alone = block.before is None or block.after is None
    spans = block.words or (Span(own if alone else SpanKind.SAME, text),)
    kept = (span for span in spans if span.kind in (SpanKind.SAME, own))
    return tuple(mark for span in kept for mark in marked(span.kind, span.text, whole=whole))
