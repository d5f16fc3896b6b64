"""How much a change matters, 0 to 1, as a sum of points that each give their reason."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import e, log

from crawler.core.compare import Comparison
from crawler.core.diff import Block, BlockKind, Diff, SpanKind
from crawler.core.mentions import mentions
from crawler.core.phrases import ENGLISH, Catalogue
from crawler.core.reasons import MENTIONED, Reasons
from crawler.core.references import References
from storage.records import ChangeKind, What


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Points for each reason; the sum is cut at 1."""

    text: float = 0.25  # of a text rewritten whole; a share of it for a share of the words
    title: float = 0.25
    published: float = 0.1
    act: float = 0.35
    money: float = 0.35
    obligation: float = 0.35
    negation: float = 0.35
    number: float = 0.25
    date: float = 0.25
    phone: float = 0.2
    paragraph_removed: float = 0.05  # each
    paragraphs_removed: float = 0.2  # all together at most
    attachment: float = 0.35
    attachment_same_text: float = 0.1  # other bytes, the same text
    link_lost: float = 0.15  # removed, or led elsewhere
    link_added: float = 0.1
    image: float = 0.1
    floor: float = 0.05  # of any change that is more than formatting
    page_added: float = 0.5
    page_removed: float = 0.75
    page_restored: float = 0.5
    page_moved: float = 0.3


@dataclass(frozen=True, kw_only=True)
class Point:
    reason: str
    value: float


@dataclass(frozen=True, kw_only=True)
class Score:
    value: float  # 0..1, the sum of the points cut at 1
    points: tuple[Point, ...]  # weightiest first


DEFAULT = Weights()


def significance(
    kind: ChangeKind,
    comparison: Comparison | None = None,
    weights: Weights = DEFAULT,
    catalogue: Catalogue = ENGLISH,
) -> Score:
    """The score of a change of any kind; `comparison` where there are two versions.

    Formatting alone weighs nothing. The same input always gives the same score.
    """
    reasons = Reasons(catalogue)
    match kind:
        case ChangeKind.EDITED:
            return of_comparison(comparison, weights, catalogue) if comparison else _score(())
        case ChangeKind.REMOVED:
            return of_removal(weights, catalogue)
        case ChangeKind.ADDED:
            return _score([Point(reason=reasons.page_new(), value=weights.page_added)])
        case ChangeKind.RESTORED:
            return _score([Point(reason=reasons.page_back(), value=weights.page_restored)])
        case ChangeKind.MOVED:
            edits = of_comparison(comparison, weights, catalogue).points if comparison else ()
            return _score([Point(reason=reasons.page_moved(), value=weights.page_moved), *edits])


def of_removal(weights: Weights = DEFAULT, catalogue: Catalogue = ENGLISH) -> Score:
    """The score of a page that is gone."""
    return _score([Point(reason=Reasons(catalogue).page_gone(), value=weights.page_removed)])


def of_comparison(comparison: Comparison, weights: Weights = DEFAULT, catalogue: Catalogue = ENGLISH) -> Score:
    """The score of an edit: what it touches, and how much of the text."""
    if comparison.what in {(), (What.FORMATTING,)}:
        return _score(())
    reasons = Reasons(catalogue)
    points = list(_points(comparison, weights, reasons))
    low = weights.floor - sum(point.value for point in points)
    return _score([*points, Point(reason=reasons.content(), value=low)] if low > 0 else points)


def _score(points: Iterable[Point]) -> Score:
    kept = sorted((point for point in points if point.value > 0), key=lambda point: -point.value)
    rounded = tuple(Point(reason=point.reason, value=round(point.value, 3)) for point in kept)
    return Score(value=round(min(1.0, sum(point.value for point in rounded)), 3), points=rounded)


def _points(comparison: Comparison, weights: Weights, reasons: Reasons) -> Iterator[Point]:
    if comparison.title:
        yield Point(reason=reasons.title(comparison.title[1]), value=weights.title)
    if comparison.published and What.DATES in comparison.what:
        yield Point(reason=reasons.published(comparison.published[1]), value=weights.published)
    yield from _text_points(comparison.diff, comparison.title or ("", ""), weights, reasons)
    yield from _file_points(comparison, weights, reasons)
    yield from _link_points(comparison.links, weights, reasons)
    if What.IMAGES in comparison.what:
        yield Point(reason=reasons.images(), value=weights.image)


def _text_points(diff: Diff, title: tuple[str, str], weights: Weights, reasons: Reasons) -> Iterator[Point]:
    changes = [block for block in diff.changes if block.kind is not BlockKind.MOVED or block.words]
    before = mentions("\n".join([title[0], *(block.before or "" for block in changes)]))
    after = mentions("\n".join([title[1], *(block.after or "" for block in changes)]))
    for kind in MENTIONED:
        lost, gained = before[kind] - after[kind], after[kind] - before[kind]
        if lost or gained:
            yield Point(reason=reasons.mention(kind, lost, gained), value=getattr(weights, kind.value))
    if share := changed_share(diff):
        yield Point(reason=reasons.words(share), value=weights.text * log(1 + (e - 1) * share))
    if removed := sum(block.kind is BlockKind.REMOVED for block in changes):
        value = min(weights.paragraphs_removed, removed * weights.paragraph_removed)
        yield Point(reason=reasons.paragraphs_removed(removed), value=value)


def changed_share(diff: Diff) -> float:
    """Share of the words, before and after taken together, that went or came; 0..1."""
    changed = sum(_changed_words(block) for block in diff.blocks)
    whole = sum(_words(block.before) + _words(block.after) for block in diff.blocks)
    return changed / whole if whole else 0.0


def _changed_words(block: Block) -> int:
    if block.kind in {BlockKind.ADDED, BlockKind.REMOVED}:
        return _words(block.before) + _words(block.after)
    return sum(_words(span.text) for span in block.words if span.kind is not SpanKind.SAME)


def _words(text: str | None) -> int:
    return len(text.split()) if text else 0


def _file_points(comparison: Comparison, weights: Weights, reasons: Reasons) -> Iterator[Point]:
    if comparison.replaced:
        yield Point(reason=reasons.file_same_text(), value=weights.attachment_same_text)
    elif What.ATTACHMENTS in comparison.what:
        yield Point(reason=reasons.attachment(), value=weights.attachment)


def _link_points(links: References, weights: Weights, reasons: Reasons) -> Iterator[Point]:
    if lost := len(links.removed) + len(links.retargeted):
        yield Point(reason=reasons.links_lost(lost), value=weights.link_lost)
    if links.added:
        yield Point(reason=reasons.links_added(len(links.added)), value=weights.link_added)
