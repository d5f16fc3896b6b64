"""A difference in clauses: "number 12 became 15 in paragraph 3", most telling first."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from crawler.core.diff import Block, BlockKind, Diff, SpanKind
from crawler.core.phrases import Phrases
from crawler.core.references import References
from crawler.core.words import DATE, NUMBER, PHONE

_DATE = re.compile(DATE, re.IGNORECASE)
_NUMBER = re.compile(NUMBER)
_PHONE = re.compile(PHONE)


@dataclass(frozen=True, kw_only=True)
class TextClauses:
    facts: tuple[str, ...] = ()  # numbers, dates, phone numbers
    words: tuple[str, ...] = ()  # other words; paragraphs removed and added
    moves: tuple[str, ...] = ()


class Replacement(NamedTuple):
    """Words in place of others; either may be empty, not both."""

    before: str
    after: str
    block: Block


def replacements(block: Block) -> Iterator[Replacement]:
    """The edits inside a changed or moved block, in reading order."""
    for same, run in groupby(block.words, key=lambda span: span.kind is SpanKind.SAME):
        if not same:
            spans = list(run)
            before = "".join(span.text for span in spans if span.kind is SpanKind.REMOVED)
            after = "".join(span.text for span in spans if span.kind is SpanKind.ADDED)
            yield Replacement(before.strip(), after.strip(), block)


def text_clauses(diff: Diff, phrases: Phrases) -> TextClauses:
    """Clauses for a text's differences; the same edit in several places is told once."""
    edits = [edit for block in diff.changes for edit in replacements(block)]
    facts = [edit for edit in edits if _is_fact(edit)]
    words = [edit for edit in edits if not _is_fact(edit)]
    moved = sum(block.kind is BlockKind.MOVED for block in diff.changes)
    return TextClauses(
        facts=tuple(_placed(facts, phrases)),
        words=(
            *_whole(diff, BlockKind.REMOVED, phrases),
            *_placed(words, phrases),
            *_whole(diff, BlockKind.ADDED, phrases),
        ),
        moves=(phrases.moved(moved),) if moved else (),
    )


def _is_fact(edit: Replacement) -> bool:
    return any(pattern.fullmatch(edit.before) and pattern.fullmatch(edit.after) for pattern in (_DATE, _PHONE, _NUMBER))


def clause(edit: Replacement, phrases: Phrases) -> str:
    """The edit in words, without its place."""
    if _DATE.fullmatch(edit.before) and _DATE.fullmatch(edit.after):
        return phrases.date(edit.before, edit.after)
    if _PHONE.fullmatch(edit.before) and _PHONE.fullmatch(edit.after):
        return phrases.phone(edit.before, edit.after)
    if _is_fact(edit):
        return phrases.number(edit.before, edit.after)
    return phrases.words(edit.before, edit.after)


def _placed(edits: Iterable[Replacement], phrases: Phrases) -> Iterator[str]:
    places: dict[str, list[Block]] = {}
    for edit in edits:
        places.setdefault(clause(edit, phrases), []).append(edit.block)
    for told, blocks in places.items():
        yield phrases.in_places(told, len(blocks)) if len(blocks) > 1 else _in_block(told, blocks[0], phrases)


def _in_block(told: str, block: Block, phrases: Phrases) -> str:
    row, tab, _ = (block.after or "").partition("\t")
    if tab and row.strip():
        return phrases.in_row(told, row)
    return phrases.in_paragraph(told, (block.after_index or 0) + 1)


def _whole(diff: Diff, kind: BlockKind, phrases: Phrases) -> Iterator[str]:
    blocks = [block for block in diff.changes if block.kind is kind]
    if not blocks:
        return
    if kind is BlockKind.ADDED:
        yield phrases.added([block.after or "" for block in blocks], (blocks[0].after_index or 0) + 1)
    else:
        yield phrases.removed([block.before or "" for block in blocks], (blocks[0].before_index or 0) + 1)


def link_clauses(links: References, phrases: Phrases) -> Iterator[str]:
    """Targets that changed, links gone, links new. A link's text is text, and told there."""
    yield from (phrases.link_target(after.name, after.url) for _, after in links.retargeted)
    yield from (phrases.link_removed(item.name) for item in links.removed)
    yield from (phrases.link_added(item.name, item.url) for item in links.added)


def image_clauses(images: References, phrases: Phrases) -> Iterator[str]:
    """Images replaced, gone, new, described otherwise."""
    yield from (phrases.image_replaced(after.name) for _, after in images.retargeted)
    yield from (phrases.image_removed(item.name) for item in images.removed)
    yield from (phrases.image_added(item.name) for item in images.added)
    yield from (phrases.image_words(before.name, after.name) for before, after in images.relabelled)


def attachment_clauses(attachments: References, phrases: Phrases) -> Iterator[str]:
    """Attachments replaced, gone, new, called otherwise."""
    yield from (phrases.attachment_replaced(after.name) for _, after in attachments.retargeted)
    yield from (phrases.attachment_removed(item.name) for item in attachments.removed)
    yield from (phrases.attachment_added(item.name) for item in attachments.added)
    yield from (phrases.attachment_words(before.name, after.name) for before, after in attachments.relabelled)
