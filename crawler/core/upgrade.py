"""New text from old bytes: what today's extractor and profile make of a stored capture."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from config.site import Site
from crawler.core.compare import differing
from crawler.core.diff import Block, BlockKind, SpanKind, diff
from crawler.core.reading import Reading
from crawler.core.scope import judge
from crawler.core.settle.emptied import is_emptied
from crawler.core.urls import BadUrl, canonical
from storage.records import Document, Version, What

WORDS_AROUND = 4  # of an example's difference
LONGEST = 240  # characters of an example


class Delta(StrEnum):
    """What reading a version's bytes again comes to."""

    SAME = "same"
    DIFFERS = "differs"
    EMPTIED = "emptied"  # nothing is left of the text: the profile is wrong, the version before is kept
    FAILED = "failed"  # the bytes are not there, or can't be read


@dataclass(frozen=True, kw_only=True)
class Upgrade:
    delta: Delta
    version: Version | None = None  # to be stored: the next one where it differs, the same with today's stamps if not


def profile_version(site: Site) -> str:
    """Names the part of a profile that decides what is read from a page."""
    rules = json.dumps([site.extract.model_dump(), [kind.model_dump() for kind in site.kinds]], sort_keys=True)
    return hashlib.sha256(rules.encode()).hexdigest()[:12]


def outdated(version: Version, extractor_version: str, profile_version: str) -> bool:
    """Whether a version was made by another extractor or another profile than today's."""
    return (version.extractor_version, version.profile_version) != (extractor_version, profile_version)


def upgraded(before: Version, reading: Reading, extractor_version: str, profile_version: str) -> Version:
    """The version's bytes as read today: its next version, of the same capture and the same moment."""
    return replace(
        before,
        number=before.number + 1,
        document=reading.document,
        digests=reading.digests,
        extractor_version=extractor_version,
        profile_version=profile_version,
        upgrade=True,
    )


def weigh(before: Version, reading: Reading | None, extractor_version: str, profile_version: str) -> Upgrade:
    """Decides whether today's reading of a version's bytes is worth storing."""
    if reading is None:
        return Upgrade(delta=Delta.FAILED)
    if is_emptied(before.document, reading.document):
        return Upgrade(delta=Delta.EMPTIED)
    if before.digests == reading.digests and _told(before.document) == _told(reading.document):
        stamped = replace(before, extractor_version=extractor_version, profile_version=profile_version)
        return Upgrade(delta=Delta.SAME, version=stamped)
    return Upgrade(delta=Delta.DIFFERS, version=upgraded(before, reading, extractor_version, profile_version))


def _told(document: Document) -> Document:
    """The document without what tells how it was read."""
    return replace(document, agreement=None, root=None)


def parts(before: Version, after: Version) -> tuple[str, ...]:
    """What differs: the parts that a change would name, and what a change never names."""
    named: list[str] = [part.value for part in differing(before.digests, after.digests)]
    rest = ("kind", "language", "published", "canonical", "shortlink", "translations", "extractor", "notice")
    silent = (name for name in rest if getattr(before.document, name) != getattr(after.document, name))
    return tuple(dict.fromkeys([*named, *silent])) or (What.FORMATTING.value,)


def linked_documents(document: Document, site: Site) -> tuple[str, ...]:
    """Canonical URLs of the attachments that are the site's own."""
    return tuple(url for file in document.attachments if (url := _ours(file.url, site)))


def _ours(url: str, site: Site) -> str | None:
    try:
        claimed = canonical(url, site)
    except BadUrl:
        return None
    return claimed if judge(claimed, site).in_scope else None


def word_diff(before: Document, after: Document) -> str:
    """A short difference in words: ``the price is [-12-] {+15+} roubles``; empty when the texts are equal."""
    pieces = " … ".join(_block(block) for block in diff(before.text, after.text).changes[:3])
    return pieces if len(pieces) <= LONGEST else pieces[: LONGEST - 1] + "…"


def _block(block: Block) -> str:
    match block.kind:
        case BlockKind.ADDED:
            return f"{{+{_short(block.after or '')}+}}"
        case BlockKind.REMOVED:
            return f"[-{_short(block.before or '')}-]"
        case BlockKind.MOVED if not block.words:
            return f"(moved) {_short(block.after or '')}"
        case _:
            return "".join(_spans(block)).strip()


def _spans(block: Block) -> Iterator[str]:
    for index, span in enumerate(block.words):
        if span.kind is SpanKind.SAME:
            yield _near(span.text, first=index == 0, last=index == len(block.words) - 1)
        else:
            marks = ("{+", "+} ") if span.kind is SpanKind.ADDED else ("[-", "-] ")
            yield f"{marks[0]}{_short(span.text.strip())}{marks[1]}"


def _near(text: str, *, first: bool, last: bool) -> str:
    """Only the words next to what differs."""
    words = text.split()
    if len(words) <= 2 * WORDS_AROUND:
        return text
    head = [] if first else words[:WORDS_AROUND]
    tail = [] if last else words[-WORDS_AROUND:]
    return " ".join([*head, "…", *tail]) + " "


def _short(text: str) -> str:
    words = text.split()
    cut = " ".join(words[: 3 * WORDS_AROUND])
    return cut if len(words) <= 3 * WORDS_AROUND else f"{cut} …"
