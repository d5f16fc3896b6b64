"""What differs between two versions of a page or a file, part by part, and how to say it in one line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from crawler.core.canonical import canonical_text
from crawler.core.clauses import TextClauses, attachment_clauses, image_clauses, link_clauses, text_clauses
from crawler.core.diff import Diff, diff
from crawler.core.phrases import ENGLISH, Catalogue, Phrases
from crawler.core.references import (
    Reference,
    References,
    attachments_of,
    compare_references,
    images_of,
    links_of,
)
from crawler.core.words import Fold, Lexicon, shared
from storage.records import Digests, Document, Version, What

_PARTS = (What.TITLE, What.TEXT, What.NUMBERS, What.DATES, What.LINKS, What.IMAGES, What.ATTACHMENTS)
_TEXT = frozenset({What.TEXT, What.NUMBERS, What.DATES})


@dataclass(frozen=True, kw_only=True)
class Comparison:
    what: tuple[What, ...]  # in the order of showing; empty when nothing differs
    summary: str  # one line in plain words
    clauses: tuple[str, ...]  # all of what the summary is made of, most telling first
    diff: Diff  # of the texts
    title: tuple[str, str] | None = None  # before and after, when they differ
    published: tuple[str | None, str | None] | None = None  # before and after, when they differ
    links: References = field(default_factory=References)
    images: References = field(default_factory=References)
    attachments: References = field(default_factory=References)
    file: bool = False  # two versions of a file, not of a page
    replaced: bool = False  # of a file: other bytes, the same text


def compare(
    before: Version, after: Version, *, fold: Fold = canonical_text, catalogue: Catalogue = ENGLISH
) -> Comparison:
    """What differs between two versions of a page, by their digests, and a summary of at most three clauses.

    Say, ``number 12 became 15 in paragraph 3; attachment «Тарифы» replaced``.
    """
    phrases = Phrases(catalogue)
    parts = _compared(before.document, after.document, differing(before.digests, after.digests), fold)
    clauses = _told(parts, phrases)
    return replace(parts, clauses=clauses, summary=phrases.summary(clauses))


def compare_files(
    before: Version,
    after: Version,
    *,
    name: str | None = None,
    fold: Fold = canonical_text,
    catalogue: Catalogue = ENGLISH,
) -> Comparison:
    """What differs between two versions of a file that pages link to: other bytes, with or without another text.

    Say, ``attachment tariffs.pdf: number 12 became 15``; `name` stands in for the file's own title.
    """
    phrases = Phrases(catalogue)
    text = tuple(part for part in differing(before.digests, after.digests) if part in _TEXT | {What.TITLE})
    parts = _compared(before.document, after.document, text, fold)
    clauses = _told(parts, phrases) if text else (_same_text(after.document, phrases),)
    summary = phrases.file(name or after.document.title or "?", phrases.summary(clauses))
    return replace(
        parts, what=(*text, What.ATTACHMENTS), clauses=clauses, summary=summary, file=True, replaced=not text
    )


def clauses_of(comparison: Comparison, after: Document, catalogue: Catalogue) -> tuple[str, ...]:
    """The clauses of a comparison told anew, in another language; `after`: the document that it ended with."""
    phrases = Phrases(catalogue)
    if comparison.replaced:
        return (_same_text(after, phrases),)
    parts = tuple(part for part in comparison.what if not comparison.file or part is not What.ATTACHMENTS)
    return _told(replace(comparison, what=parts), phrases)


def differing(before: Digests, after: Digests) -> tuple[What, ...]:
    """The parts whose digests differ; formatting only where nothing else does."""
    parts = tuple(part for part in _PARTS if getattr(before, part.value) != getattr(after, part.value))
    if parts or before.formatting == after.formatting:
        return parts
    return (What.FORMATTING,)


def similarity(before: str, after: str, *, fold: Fold = canonical_text) -> float:
    """Share of words that two texts have in common, 0..1, order respected; two empty texts are alike.

    >>> similarity("one two three", "one two four") > 0.6
    True
    """
    lexicon = Lexicon(fold)
    return shared(lexicon.words(before).keys, lexicon.words(after).keys)


def _compared(before: Document, after: Document, what: tuple[What, ...], fold: Fold) -> Comparison:
    def references(of: Callable[[Document], list[Reference]]) -> References:
        return compare_references(of(before), of(after), fold=fold)

    return Comparison(
        what=what,
        summary="",
        clauses=(),
        diff=diff(before.text, after.text, fold=fold),
        title=(before.title, after.title) if What.TITLE in what else None,
        published=(before.published, after.published) if before.published != after.published else None,
        links=references(links_of) if What.LINKS in what else References(),
        images=references(images_of) if What.IMAGES in what else References(),
        attachments=references(attachments_of) if What.ATTACHMENTS in what else References(),
    )


def _clauses(parts: Comparison, phrases: Phrases) -> Iterator[str]:
    if parts.title:
        yield phrases.title(*parts.title)
    if parts.published and What.DATES in parts.what:
        yield phrases.published(*parts.published)
    text = text_clauses(parts.diff, phrases) if _TEXT & set(parts.what) else TextClauses()
    yield from text.facts
    yield from attachment_clauses(parts.attachments, phrases)
    yield from text.words
    yield from link_clauses(parts.links, phrases)
    yield from image_clauses(parts.images, phrases)
    yield from text.moves


_UNNAMED = {
    What.TEXT: Phrases.text_edited,
    What.LINKS: Phrases.links_edited,
    What.IMAGES: Phrases.images_edited,
    What.ATTACHMENTS: Phrases.attachments_edited,
    What.FORMATTING: Phrases.formatting,
}


def _told(parts: Comparison, phrases: Phrases) -> tuple[str, ...]:
    """The clauses; where the digests see more than we can name, the part's name at least."""
    clauses = tuple(_clauses(parts, phrases))
    if clauses:
        return clauses
    named = tuple(_UNNAMED[part](phrases) for part in parts.what if part in _UNNAMED)
    return named or ((phrases.text_edited() if parts.what else phrases.nothing()),)


def _same_text(document: Document, phrases: Phrases) -> str:
    return phrases.file_unreadable(document.notice) if document.notice else phrases.file_same_text()
