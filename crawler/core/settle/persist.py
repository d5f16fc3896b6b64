"""Whether a difference lasts: an edit stands in two fetches of a page, noise is another in each."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from rapidfuzz.distance import Indel

from crawler.core.canonical import canonical_text, canonical_url
from crawler.core.leaves import numberless
from crawler.core.pairs import ALIKE, ALIKE_AFAR, LONG, alikeness
from storage.records import Document

_PIECES = re.compile(r"\w+|[^\w\s]")
_WITH_DIGIT = re.compile(r"\d")

Items = Sequence[str]  # lines of a text, addresses of links


class Gap(NamedTuple):
    """A place where two sequences differ: what stands there in each."""

    before: Items
    after: Items


def persists(before: Document, first: Document, second: Document) -> bool:
    """Whether the page was edited since ``before``, by two fetches made one after the other.

    All three read in the same way. What the fetches differ in is volatile (a clock, a rotating box), and says nothing;
    the rest of the difference to ``before`` does. Of a line in which only some words are volatile the others count.
    """
    ways = [(way(before), way(first), way(second)) for way in _PARTS]
    if all(one == other for _, one, other in ways):
        return True
    return any(_edited(*way) for way in ways)


def _texts(document: Document) -> Items:
    lines = (canonical_text(line) for line in document.text.splitlines())
    return [line for line in lines if line]


_PARTS: tuple[Callable[[Document], Items], ...] = (
    lambda document: [canonical_text(document.title)],
    _texts,
    lambda document: [canonical_url(link.url) for link in document.links],
    lambda document: [canonical_url(image.url) for image in document.images],
    lambda document: [canonical_url(attachment.url) for attachment in document.attachments],
)


def _edited(before: Items, first: Items, second: Items) -> bool:
    """Whether one place of the difference is not explained by what is volatile."""
    volatile = list(_gaps(first, second))
    return any(not _explained(gap.before, gap.after, volatile) for gap in _gaps(before, second))


def _explained(old: Items, new: Items, volatile: Sequence[Gap]) -> bool:
    """Whether a place of the page is one that the two fetches differ in, with nothing else edited there."""
    shaky = [gap for gap in volatile if set(gap.after) & set(new) or not new]
    if not shaky:
        return False
    steady = [item for item in new if not any(item in gap.after for gap in shaky)]
    if any(_alike(item, lost) for item in steady for lost in old):
        return False  # a line that is the same in both fetches, and was a little different before
    lines = [line for gap in shaky for line in _paired(gap)]
    boxes = sum(max(len(gap.before), len(gap.after)) for gap in shaky) - len(lines)
    left = [lost for lost in old if not any(_same_frame(lost, *line) for line in lines)]
    if any(line[1] in new and not any(_same_frame(lost, *line) for lost in old) for line in lines):
        return False  # a line that was not there before, though a number in it never stands still
    return len(left) <= (boxes + len(steady) if boxes else 0)


def _paired(gap: Gap) -> list[tuple[str, str]]:
    """Lines of which only some words are volatile, as the two fetches have them."""
    return [(one, other) for one, other in zip(gap.before, gap.after, strict=False) if _one_line(one, other)]


def _one_line(one: str, other: str) -> bool:
    """Whether two lines are states of one: the same but for numbers, or long and mostly the same."""
    if numberless(one) == numberless(other):
        return True
    pieces = [_PIECES.findall(line) for line in (one, other)]
    return min(map(len, pieces)) >= LONG and alikeness(*pieces) >= ALIKE_AFAR


def _same_frame(lost: str, one: str, other: str) -> bool:
    """Whether three lines are the same but for the words that the last two differ in, and numbers next to them.

    A clock's date stands beside its time, and seldom differs between two fetches.
    """
    frames = list(zip(lost.split(), one.split(), other.split(), strict=False))
    if len({len(line.split()) for line in (lost, one, other)}) > 1:
        return _holds(lost.split(), one.split(), other.split())
    shaky = {at for at, (_, then, now) in enumerate(frames) if then != now}
    beside = {at + step for at in shaky for step in (-1, 1)}
    return all(
        was == now or at in shaky or (at in beside and _WITH_DIGIT.search(now) is not None)
        for at, (was, _, now) in enumerate(frames)
    )


def _holds(lost: Items, one: Items, other: Items) -> bool:
    """Whether a line holds all words that two others have in common, and no more besides than they have."""
    common = [
        word for op in Indel.opcodes(one, other) if op.tag == "equal" for word in other[op.dest_start : op.dest_end]
    ]
    kept = sum(op.src_end - op.src_start for op in Indel.opcodes(common, lost) if op.tag == "equal")
    return kept == len(common) and len(lost) <= max(len(one), len(other))


def _alike(one: str, other: str) -> bool:
    return alikeness(_PIECES.findall(one), _PIECES.findall(other)) >= ALIKE


def _gaps(one: Items, other: Items) -> Iterator[Gap]:
    """The places where two sequences differ, in their order."""
    start = (0, 0)
    for op in Indel.opcodes(one, other):
        if op.tag == "equal":
            yield from _gap(one, other, start, (op.src_start, op.dest_start))
            start = (op.src_end, op.dest_end)
    yield from _gap(one, other, start, (len(one), len(other)))


def _gap(one: Items, other: Items, start: tuple[int, int], end: tuple[int, int]) -> Iterator[Gap]:
    if start != end:
        yield Gap(one[start[0] : end[0]], other[start[1] : end[1]])
