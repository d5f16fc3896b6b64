"""What differs between two texts: blocks aligned first, then the words inside the changed ones.

A block is a line with something in it: a paragraph, a list item, a table row. Texts are compared by a folded form
(`fold`), so that typography is no difference, and shown as they are.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from crawler.core.canonical import canonical_text
from crawler.core.pairs import Partners, find_partners
from crawler.core.words import MAX_CHARACTERS, Edit, Fold, Lexicon, Words, align, common_head

MAX_BLOCKS = 50_000  # the lines after these are one last block
SMALL_TALK = 2  # words: an equal run of at most so many inside a rewritten passage counts as rewritten
REWRITTEN = 3  # words on either side of it that make the passage a rewritten one


class BlockKind(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


class SpanKind(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Span:
    """A run of words. The same and added ones joined are the text after, to the letter."""

    kind: SpanKind
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    kind: BlockKind
    before: str | None  # null for added
    after: str | None  # null for removed
    words: tuple[Span, ...] = ()  # of changed blocks, and of moved ones that were edited on the way
    before_index: int | None = None  # place among the blocks before, from 0; null for added
    after_index: int | None = None  # place among the blocks after, from 0; null for removed


@dataclass(frozen=True, kw_only=True, slots=True)
class Unchanged:
    """Blocks left out because nothing changed in them."""

    blocks: int
    words: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Diff:
    """All blocks in reading order; a moved block stands where it stands after."""

    blocks: tuple[Block, ...]

    @property
    def changes(self) -> tuple[Block, ...]:
        """The blocks that are not the same, in reading order."""
        return tuple(block for block in self.blocks if block.kind is not BlockKind.SAME)

    def folded(self, context: int = 1) -> tuple["Block | Unchanged", ...]:
        """The changes with `context` unchanged blocks around each; longer unchanged runs become folds."""
        return tuple(_folded(self.blocks, context))


def diff(before: str, after: str, *, fold: Fold = canonical_text) -> Diff:
    """What happened between two texts, as blocks in reading order.

    Time is linear but for capped alignments: two 200 KB texts take some 10 ms, any two texts of 5 MB a few seconds.

    >>> [block.kind.value for block in diff("Adult: 12\\n\\nChild: 6", "Adult: 15\\n\\nChild: 6").blocks]
    ['changed', 'same']
    """
    return Diff(blocks=tuple(_blocks(split_blocks(before), split_blocks(after), Lexicon(fold))))


def split_blocks(text: str) -> list[str]:
    """Lines with something in them, without white space at their ends (tabs inside rows stay)."""
    lines = [line.strip(" \r\u00a0") for line in text.split("\n", MAX_BLOCKS)]
    return [line for line in lines if line and not line.isspace()]


def word_spans(before: str, after: str, lexicon: Lexicon) -> tuple[Span, ...]:
    """Two texts as one run of spans; removed words stand before the ones that took their place."""
    head, tail = _shared_ends(before, after)
    old, new = before[len(head) : len(before) - len(tail)], after[len(head) : len(after) - len(tail)]
    spans = [Span(SpanKind.SAME, head), *_spans(lexicon.words(old), lexicon.words(new)), Span(SpanKind.SAME, tail)]
    return tuple(_joined(span for span in spans if span.text))


def _blocks(before: list[str], after: list[str], lexicon: Lexicon) -> Iterator[Block]:
    old, new = _keys(before, after, lexicon)
    edits = align(old, new)
    partners = find_partners(
        old, new, edits, lambda b: lexicon.words(before[b]).keys, lambda a: lexicon.words(after[a]).keys
    )
    for edit in edits:
        if edit.equal:
            yield from _same(before, after, edit)
        else:
            yield from _gap(before, after, edit, partners, lexicon)


def _keys(before: list[str], after: list[str], lexicon: Lexicon) -> tuple[list[str], list[str]]:
    """What blocks are compared by. Lines that stand on both sides to the letter need no folding."""
    known = {line: lexicon.key(line) for line in set(before) ^ set(after)}
    return [known.get(line, line) for line in before], [known.get(line, line) for line in after]


def _same(before: list[str], after: list[str], edit: Edit) -> Iterator[Block]:
    for b, a in zip(range(edit.b0, edit.b1), range(edit.a0, edit.a1), strict=True):
        yield Block(kind=BlockKind.SAME, before=before[b], after=after[a], before_index=b, after_index=a)


def _gap(before: list[str], after: list[str], gap: Edit, partners: Partners, lexicon: Lexicon) -> Iterator[Block]:
    moved_away = partners.moved_away
    left = deque(b for b in range(gap.b0, gap.b1) if b not in moved_away)
    for a in range(gap.a0, gap.a1):
        b = partners.edited.get(a)
        while b is not None and left and left[0] < b:
            yield _removed(before, left.popleft())
        if b is not None:
            left.popleft()
            yield _edited(before, after, b, a, lexicon)
        elif a in partners.moved:
            yield _moved(before, after, partners.moved[a], a, lexicon)
        else:
            yield Block(kind=BlockKind.ADDED, before=None, after=after[a], after_index=a)
    for b in left:
        yield _removed(before, b)


def _removed(before: list[str], b: int) -> Block:
    return Block(kind=BlockKind.REMOVED, before=before[b], after=None, before_index=b)


def _edited(before: list[str], after: list[str], b: int, a: int, lexicon: Lexicon) -> Block:
    spans = word_spans(before[b], after[a], lexicon)
    kind = (
        BlockKind.CHANGED if _differ(spans) and not _only_signs(before[b], after[a], spans, lexicon) else BlockKind.SAME
    )
    words = spans if kind is BlockKind.CHANGED else ()
    return Block(kind=kind, before=before[b], after=after[a], words=words, before_index=b, after_index=a)


def _moved(before: list[str], after: list[str], b: int, a: int, lexicon: Lexicon) -> Block:
    spans = word_spans(before[b], after[a], lexicon)
    words = spans if _differ(spans) else ()
    return Block(kind=BlockKind.MOVED, before=before[b], after=after[a], words=words, before_index=b, after_index=a)


def _differ(spans: tuple[Span, ...]) -> bool:
    return any(span.kind is not SpanKind.SAME for span in spans)


def _only_signs(before: str, after: str, spans: tuple[Span, ...], lexicon: Lexicon) -> bool:
    """Whether the texts fold to the same whole though their signs do not one by one, as two apostrophes for a quote."""
    changed = (span.text for span in spans if span.kind is not SpanKind.SAME)
    return not any(char.isalnum() for text in changed for char in text) and lexicon.fold(before) == lexicon.fold(after)


def _shared_ends(before: str, after: str) -> tuple[str, str]:
    """Equal beginnings and ends, cut between words, of texts that are too long to be split whole."""
    if max(len(before), len(after)) <= MAX_CHARACTERS:
        return "", ""
    head = _to_blank(before[: common_head(before, after)])
    back, forth = before[len(head) :][::-1], after[len(head) :][::-1]
    return head, _to_blank(back[: common_head(back, forth)])[::-1]


def _to_blank(text: str) -> str:
    return text[: text.rfind(" ") + 1]


def _spans(before: Words, after: Words) -> Iterator[Span]:
    for edit in _without_small_talk(align(before.keys, after.keys)):
        if not edit.equal:
            yield Span(SpanKind.REMOVED, "".join(before.texts[edit.b0 : edit.b1]))
        kind = SpanKind.SAME if edit.equal else SpanKind.ADDED
        yield Span(kind, "".join(after.texts[edit.a0 : edit.a1]))


def _without_small_talk(edits: list[Edit]) -> list[Edit]:
    """Stray words in common inside a rewritten passage ("и", a comma) make it unreadable: they join it."""
    kept: list[Edit] = []
    for index, edit in enumerate(edits):
        between = 0 < index < len(edits) - 1 and edit.equal and edit.a1 - edit.a0 <= SMALL_TALK
        if between and min(_weight(edits[index - 1]), _weight(edits[index + 1])) >= REWRITTEN:
            edit = edit._replace(equal=False)
        if kept and kept[-1].equal == edit.equal:
            edit = edit._replace(b0=kept[-1].b0, a0=kept.pop().a0)
        kept.append(edit)
    return kept


def _weight(edit: Edit) -> int:
    return min(edit.b1 - edit.b0, edit.a1 - edit.a0)


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    for kind, run in groupby(spans, key=lambda span: span.kind):
        yield Span(kind, "".join(span.text for span in run))


def _folded(blocks: tuple[Block, ...], context: int) -> Iterator[Block | Unchanged]:
    near = _near_changes(blocks, context)
    for shown, run in groupby(range(len(blocks)), key=near.__getitem__):
        indices = list(run)
        if shown or len(indices) == 1:  # a fold of one block would take as much room as the block
            yield from (blocks[index] for index in indices)
        else:
            yield Unchanged(blocks=len(indices), words=sum(len((blocks[i].after or "").split()) for i in indices))


def _near_changes(blocks: tuple[Block, ...], context: int) -> list[bool]:
    near = [False] * len(blocks)
    for index, block in enumerate(blocks):
        if block.kind is not BlockKind.SAME:
            start = max(0, index - context)
            near[start : index + context + 1] = [True] * (min(len(blocks), index + context + 1) - start)
    return near
