"""Noise rules: which changes a rule means, the rule that a reviewer most likely wants, what it would have hidden.

A rule whose pattern takes too long (crawler.core.patterns) does not hold.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import regex

from crawler.core.compare import Comparison
from crawler.core.diff import Block, SpanKind
from crawler.core.errors import BadField
from crawler.core.patterns import TooSlow, found, refusal
from crawler.core.references import References
from storage.records import Change
from storage.records_review import NoiseRule, ReviewState
from storage.said import Said

MAX_PASSAGE = 1_000  # characters of a changed passage that a pattern is tried on; longer ones are no noise
MAX_PASSAGES = 500  # more changed passages than that are no noise
MAX_SHAPES = 10  # kinds of passages in a pattern that is suggested
EXAMPLES = 5


@dataclass(frozen=True, kw_only=True)
class Case:
    """A change as a rule looks at it."""

    change: Change
    passages: Sequence[str] = ()  # what changed in it, as `passages` tells; without any, no pattern holds
    state: ReviewState = ReviewState.NEW


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """What a rule would have hidden."""

    hidden: tuple[int, ...]  # ids of changes
    confirmed_hidden: tuple[int, ...]  # those of them that people have confirmed or published: a warning
    examples: tuple[Change, ...]  # a few, confirmed ones first
    looked_at: int
    untouched: int = 0  # how many of the hidden ones nobody has decided about

    @property
    def summary(self) -> str:
        """The warning in words.

        >>> DryRun(hidden=(1, 2), confirmed_hidden=(2,), examples=(), looked_at=9).summary
        'would have hidden 2 of 9 changes, 1 of them confirmed'
        """
        return (
            f"would have hidden {len(self.hidden)} of {self.looked_at} changes, "
            f"{len(self.confirmed_hidden) or 'none'} of them confirmed"
        )


def checked(rule: NoiseRule) -> NoiseRule:
    """The rule, if it may be used. Raises BadField for one that may not, ValueError for one without a condition."""
    if not (rule.section or rule.url or rule.what or rule.pattern):
        raise ValueError(Said("a noise rule needs a condition beside its site: section, url, what or pattern"))
    for field, pattern in (("url", rule.url), ("pattern", rule.pattern)):
        if pattern is not None and (why := refusal(pattern)):
            raise BadField(field, why)
    if not rule.reason.strip():
        raise BadField("reason", Said("say why this is noise; others will want to know"))
    return rule


def matches(rule: NoiseRule, change: Change, changed: Sequence[str]) -> bool:
    """Whether the rule means the change: all its conditions hold.

    A pattern holds when every changed passage fits it whole; it never holds where there is none, nor where it takes too
    long.
    """
    try:
        return _matches(rule, change, changed)
    except TooSlow:
        return False


def _matches(rule: NoiseRule, change: Change, changed: Sequence[str]) -> bool:
    if not rule.active or rule.site != change.site:
        return False
    if rule.section is not None and rule.section != change.section:
        return False
    parts = {part.value for part in change.what}
    if rule.what and not (parts and parts <= set(rule.what)):
        return False
    if rule.url is not None and not found(rule.url, change.url[:2_000], fold=True):
        return False
    return rule.pattern is None or _fits(rule.pattern, changed)


def hidden(rules: Iterable[NoiseRule], change: Change, comparison: Comparison | None) -> NoiseRule | None:
    """The first rule that hides the change; null when none does. Such a change is owed to nobody."""
    changed = passages(comparison) if comparison else ()
    return next((rule for rule in rules if matches(rule, change, changed)), None)


def suggest(change: Change, comparison: Comparison | None, *, by: str, now: datetime) -> NoiseRule:
    """The rule that a reviewer most likely means: the same section, parts and kind of words.

    The pattern is made of the changed passages with their numbers generalised. Without it the rule hides every
    change of these parts in the section: the dry run has to be looked at.
    """
    changed = passages(comparison) if comparison else ()
    shapes = sorted({_shape(passage) for passage in changed if len(passage) <= MAX_PASSAGE})
    pattern = "|".join(shapes)
    usable = 0 < len(shapes) <= MAX_SHAPES and refusal(pattern) is None and len(changed) <= MAX_PASSAGES
    return NoiseRule(
        site=change.site,
        section=change.section,
        what=tuple(part.value for part in change.what),
        pattern=pattern if usable else None,
        reason=f"as in change {change.id}: {change.summary}"[:300],
        created_at=now,
        created_by=by,
    )


def dry_run(rule: NoiseRule, cases: Iterable[Case], among: int) -> DryRun:
    """What the rule would have hidden of these changes, which stand for ``among``: all that were looked at.

    Raises ValueError where its pattern takes too long.
    """
    caught = [case for case in cases if _matches(rule, case.change, case.passages)]
    missed = [case for case in caught if _confirmed(case)]
    examples = [*missed, *(case for case in caught if not _confirmed(case))][:EXAMPLES]
    return DryRun(
        hidden=tuple(_ids(caught)),
        confirmed_hidden=tuple(_ids(missed)),
        examples=tuple(case.change for case in examples),
        looked_at=among,
        untouched=sum(case.state is ReviewState.NEW for case in caught),
    )


def passages(comparison: Comparison) -> tuple[str, ...]:
    """All that changed, each run of words for itself: in the text, the title, links, images and attachments.

    Where there is more than a pattern is ever tried on, it is cut: such a change is no noise.
    """
    return tuple(passage[: MAX_PASSAGE + 1] for passage in islice(_passages(comparison), MAX_PASSAGES + 1))


def _passages(comparison: Comparison) -> Iterator[str]:
    for block in comparison.diff.changes:
        yield from _of_block(block)
    for pair in (comparison.title, comparison.published):
        if pair is not None:
            yield from (text.strip() for text in pair if text)
    for references in (comparison.links, comparison.images, comparison.attachments):
        yield from _of_references(references)


def _confirmed(case: Case) -> bool:
    return case.state in (ReviewState.CONFIRMED, ReviewState.PUBLISHED)


def _of_block(block: Block) -> Iterator[str]:
    if block.words:
        changed = (span.text.strip() for span in block.words if span.kind is not SpanKind.SAME)
        yield from (text for text in changed if text)
    else:
        yield from (text for text in dict.fromkeys((block.before, block.after)) if text)


def _of_references(references: References) -> Iterator[str]:
    single = [*references.added, *references.removed]
    pairs = [one for pair in (*references.retargeted, *references.relabelled) for one in pair]
    yield from (reference.name for reference in (*single, *pairs))


def _ids(cases: Sequence[Case]) -> Iterator[int]:
    return (case.change.id for case in cases if case.change.id is not None)


def _fits(pattern: str, changed: Sequence[str]) -> bool:
    """Whether there are changed passages and each of them fits the pattern whole."""
    if not 0 < len(changed) <= MAX_PASSAGES or any(len(passage) > MAX_PASSAGE for passage in changed):
        return False
    return all(found(pattern, passage, whole=True, fold=True) for passage in changed)


def _shape(passage: str) -> str:
    """A regular expression for passages like this one: any number for a number, any blanks for a blank."""
    pieces = re.split(r"(\d+|\s+)", passage)
    return "".join(_generalised(piece) for piece in pieces if piece)


def _generalised(piece: str) -> str:
    if piece.isspace():
        return r"\s+"
    return r"\d+" if piece.isdecimal() else regex.escape(piece)
