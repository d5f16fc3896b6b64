"""Site-wide events: the same edit on many pages in one run, or a redesign that moves them all, is one thing to tell."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from crawler.core.canonical import canonical_text
from crawler.core.clauses import Replacement, clause, replacements
from crawler.core.compare import Comparison
from crawler.core.diff import Block, BlockKind, SpanKind, diff
from crawler.core.phrases import ENGLISH, Catalogue, Phrases
from crawler.core.references import References
from storage.records import Change, ChangeKind

SAME_EDIT_PAGES = 10  # at least
SAME_EDIT_SHARE = 0.05  # of the visited pages, at least
SAME_MOVE_PAGES = 30  # at least

Signature = tuple[Hashable, ...]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Changes of one run that are one event."""

    signature: Signature  # equal for all members: words that went and came, or the rewriting of addresses
    members: tuple[int, ...]  # indices into the changes that were given, in their order
    summary: str


def group(
    changes: Sequence[tuple[Change, Comparison | None]], *, visited: int, catalogue: Catalogue = ENGLISH
) -> list[Group]:
    """The site-wide events among one run's changes, largest first. `visited`: pages looked at in the run.

    A page belongs to an event only when all that changed on it is the event: what a page has changed of its own
    is never hidden by what happened to all. No change belongs to two events.
    """
    phrases = Phrases(catalogue)
    found = [*_same_edits(changes, visited, phrases), *_same_moves(changes, phrases)]
    return sorted(found, key=lambda event: (-len(event.members), event.members))


def lead(event: Group, changes: Sequence[Change]) -> Change:
    """The change that stands for an event: its weightiest member with the event's summary and count."""
    members = [changes[index] for index in event.members]
    weightiest = max(members, key=lambda change: change.significance)
    return replace(weightiest, id=None, summary=event.summary, count=len(members), group_id=None)


def _same_edits(changes: Sequence[tuple[Change, Comparison | None]], visited: int, phrases: Phrases) -> Iterator[Group]:
    alike: defaultdict[Signature, list[int]] = defaultdict(list)
    for index, (change, comparison) in enumerate(changes):
        if change.kind is ChangeKind.EDITED and comparison and (signature := edit_signature(comparison)):
            alike[signature].append(index)
    for signature, members in alike.items():
        if _pages(changes, members) >= max(SAME_EDIT_PAGES, SAME_EDIT_SHARE * visited):
            first = changes[members[0]][1]
            told = phrases.summary(edit_clauses(first, phrases)) if first else ""
            summary = phrases.site_wide(_pages(changes, members), told)
            yield Group(signature=signature, members=tuple(members), summary=summary)


def _pages(changes: Sequence[tuple[Change, Comparison | None]], members: Sequence[int]) -> int:
    return len({changes[index][0].url for index in members})


def edit_signature(comparison: Comparison) -> Signature:
    """What went and came on a page, wherever it stood and how often; empty when nothing can be named."""
    edits = {(canonical_text(edit.before), canonical_text(edit.after)) for edit in _edits(comparison)}
    moved = {("moved", block.after) for block in comparison.diff.changes if block.kind is BlockKind.MOVED}
    parts = [_reference_signature(part) for part in (comparison.links, comparison.images, comparison.attachments)]
    if not edits and not moved and not any(parts):
        return ()
    return (frozenset(edits | moved), *parts, comparison.published)


def _edits(comparison: Comparison) -> Iterator[Replacement]:
    if comparison.title:
        for block in diff(*comparison.title).changes:
            yield from _block_edits(block)
    for block in comparison.diff.changes:
        yield from _block_edits(block)


def _block_edits(block: Block) -> Iterator[Replacement]:
    if block.kind in {BlockKind.ADDED, BlockKind.REMOVED}:
        yield Replacement(block.before or "", block.after or "", block)
    elif any(span.kind is not SpanKind.SAME for span in block.words):
        yield from replacements(block)


def _reference_signature(found: References) -> Signature:
    retargeted = frozenset((before.url, after.url) for before, after in found.retargeted)
    relabelled = frozenset((before.label, after.label) for before, after in found.relabelled)
    parts = (frozenset(found.added), frozenset(found.removed), retargeted, relabelled)
    return parts if any(parts) else ()


def edit_clauses(comparison: Comparison, phrases: Phrases) -> list[str]:
    """What went and came, each edit once and without its place: on many pages it has many."""
    told = list(dict.fromkeys(clause(edit, phrases) for edit in _edits(comparison)))
    return told or list(comparison.clauses)


def _same_moves(changes: Sequence[tuple[Change, Comparison | None]], phrases: Phrases) -> Iterator[Group]:
    alike: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for index, (change, comparison) in enumerate(changes):
        unedited = comparison is None or not comparison.what
        if change.kind is ChangeKind.MOVED and change.moved_to and unedited:
            alike[rewriting(change.url, change.moved_to)].append(index)
    for (before, after), members in alike.items():
        if len(members) >= SAME_MOVE_PAGES:
            summary = phrases.site_wide_move(len(members), before, after)
            yield Group(signature=("moved", before, after), members=tuple(members), summary=summary)


def rewriting(before: str, after: str) -> tuple[str, str]:
    """What became of an address, with what stays left out; names of single pages read ``*``.

    >>> rewriting("https://a.by/ru/news/12", "https://a.by/ru/novosti/12")
    ('/news/', '/novosti/')
    >>> rewriting("https://a.by/node/12", "https://a.by/news/forum")
    ('/node/*', '/news/*')
    """
    old, new = _segments(before), _segments(after)
    if old[-1] != new[-1]:
        old, new = [*old[:-1], "*"], [*new[:-1], "*"]
    else:
        old, new = [*old[:-1], ""], [*new[:-1], ""]
        while len(old) > 1 and len(new) > 1 and old[-2] == new[-2]:
            old, new = [*old[:-2], ""], [*new[:-2], ""]
    while len(old) > 1 and len(new) > 1 and old[0] == new[0]:
        old, new = old[1:], new[1:]
    return _path(old), _path(new)


def _segments(url: str) -> list[str]:
    parts = urlsplit(url)
    path = parts.path.strip("/") + (f"?{parts.query}" if parts.query else "")
    return [f"{parts.scheme}://{parts.netloc}", *path.split("/")]


def _path(segments: list[str]) -> str:
    path = "/".join(segments)
    return path if "://" in path else f"/{path}"
