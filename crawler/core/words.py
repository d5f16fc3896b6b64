"""Words of a text, and the alignment of two sequences of them.

A word is what a reader would point at as one thing: a word, a number with its groups and decimals (``1 850,5``), a
whole date (``5 марта 2024``), an address, a punctuation mark. Words are compared by a folded key and shown as they are.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple, TypeVar

from rapidfuzz.distance import Indel

Fold = Callable[[str], str]
T = TypeVar("T", bound=Hashable)

MAX_CELLS = 25_000_000  # of one alignment matrix, in bits: about 6 ms and 3 MB
MAX_DEPTH = 20  # of parting by anchors; what is still too large then counts as replaced
MAX_CHARACTERS = 400_000  # of one text that is split into words; what is longer is one "word"

ENGLISH_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_ENGLISH = "|".join(ENGLISH_MONTHS)
MONTHS = (
    "январ[яь]|феврал[яь]|марта?|апрел[яь]|ма[яй]|июн[яь]|июл[яь]|августа?|сентябр[яь]|октябр[яь]|ноябр[яь]|декабр[яь]"
    "|студзен[яь]|лютага|сакавіка?|красавіка?|мая|траўня|чэрвен[яь]|ліпен[яь]|жніўня|верасня|кастрычніка?|лістапада?"
    f"|снежня|{_ENGLISH}"
)
DATE = (
    rf"(?<!\d)(?:0?[1-9]|[12]\d|3[01])\s(?:{MONTHS})(?:\s\d{{4}})?(?!\w)"
    rf"|(?:{_ENGLISH})\s\d{{1,2}},\s\d{{4}}(?!\w)"
    r"|(?<![\d.])\d{1,2}\.\d{1,2}\.\d{4}(?![\w])|(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)"
)
NUMBER = r"\d{1,3}(?:[ \u00a0\u2007\u2009\u202f]\d{3}){1,6}(?:[.,]\d+)?(?!\w)|\d++(?:[.,:]\d++){0,4}(?!\w)"
PHONE = (
    r"(?<![\d-])(?:\+375|8)[\s(]{1,2}\d{2,4}[\s)-]{1,2}\d{2,3}[\s-]?\d{2}[\s-]?\d{2}(?!\d)"
    r"|\+375\d{9}(?!\d)|(?<![\d-])\d{2,3}-\d{2}-\d{2}(?![\d-])"
)
_RUN = "[\\w\u00ad\u200b-\u200d\u2060\ufeff\u0300-\u036f]+"  # letters, with what is set between and upon them
_WORD = re.compile(
    rf"[^\S\t\n]*(?:{DATE}|{PHONE}|{NUMBER}|https?://\S++|{_RUN}(?:['’ʼ‘‑-]{_RUN})*|\t|\n|\.{{2,}}|-{{2,}}|'{{2}}|[^\w\s])|\s+",
    re.IGNORECASE,
)
# most words: no folding of typography has anything to do there
_PLAIN = re.compile(r"[А-ЯЎІа-яўі]+|\d+(?:[.,]\d+)*|[.,;:!?()]")


class Words(NamedTuple):
    """The words of a text, one by one."""

    texts: list[str]  # as they stand, white space before each included; joined, they are the text again
    keys: list[str]  # what they are compared by


class Edit(NamedTuple):
    """Items ``before[b0:b1]`` and ``after[a0:a1]``: equal one by one, or one in place of the other."""

    equal: bool
    b0: int
    b1: int
    a0: int
    a1: int


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Splits texts into words; every distinct text is split once, every distinct word is folded once."""

    fold: Fold
    _keys: dict[str, str] = field(default_factory=dict)
    _split: dict[str, Words] = field(default_factory=dict)

    def words(self, text: str) -> Words:
        """The words of a text; a text beyond `MAX_CHARACTERS` is one word."""
        words = self._split.get(text)
        if words is None:
            words = self._split[text] = self._words(text)
        return words

    def _words(self, text: str) -> Words:
        if len(text) > MAX_CHARACTERS:
            return Words([text], [text])
        texts = _WORD.findall(text)
        return Words(texts, [self._keys.get(word) or self._key(word) for word in texts])

    def key(self, text: str) -> str:
        """What a whole text is compared by: the keys of its words."""
        return "\x1f".join(self.words(text).keys)

    def _key(self, word: str) -> str:
        bare = word.strip()
        if _PLAIN.fullmatch(bare):
            self._keys[word] = bare
            return bare
        # a tab parts the cells of a row: folded away, two cells would read as one
        key = self._keys[word] = (self.fold(bare) or bare) if bare else word.strip(" \u00a0")
        return key


def align(before: Sequence[T], after: Sequence[T]) -> list[Edit]:
    """The longest common subsequence as alternating equal and different runs, in order, without gaps.

    Quadratic work is capped: beyond `MAX_CELLS` the items that stand once on either side part the problem first
    (patience diff, Bram Cohen), and a stretch without any such item counts as replaced.
    """
    return list(_merged(_aligned(before, after, 0, 0, MAX_DEPTH)))


def _aligned(before: Sequence[T], after: Sequence[T], b: int, a: int, depth: int) -> Iterator[Edit]:
    head = common_head(before, after)
    tail = common_head(before[head:][::-1], after[head:][::-1])
    if head:
        yield Edit(True, b, b + head, a, a + head)
    b1, a1 = len(before) - tail, len(after) - tail
    if b1 > head or a1 > head:
        yield from _core(before[head:b1], after[head:a1], b + head, a + head, depth)
    if tail:
        yield Edit(True, b + b1, b + b1 + tail, a + a1, a + a1 + tail)


def common_head(before: Sequence[T], after: Sequence[T]) -> int:
    """How many items both begin with."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((i for i, (x, y) in pairs if x != y), min(len(before), len(after)))


def _core(before: Sequence[T], after: Sequence[T], b: int, a: int, depth: int) -> Iterator[Edit]:
    if not before or not after or len(before) * len(after) <= MAX_CELLS:
        yield from _exact(before, after, b, a)
        return
    anchors = _anchors(before, after) if depth else []
    if not anchors:
        yield Edit(False, b, b + len(before), a, a + len(after))
        return
    last_b = last_a = 0
    for i, j in [*anchors, (len(before), len(after))]:
        yield from _aligned(before[last_b:i], after[last_a:j], b + last_b, a + last_a, depth - 1)
        if i < len(before):
            yield Edit(True, b + i, b + i + 1, a + j, a + j + 1)
        last_b, last_a = i + 1, j + 1


def _exact(before: Sequence[T], after: Sequence[T], b: int, a: int) -> Iterator[Edit]:
    ids: dict[T, int] = {}
    opcodes = Indel.opcodes(
        [ids.setdefault(item, len(ids)) for item in before], [ids.setdefault(item, len(ids)) for item in after]
    )
    for op in opcodes:
        yield Edit(op.tag == "equal", b + op.src_start, b + op.src_end, a + op.dest_start, a + op.dest_end)


def _anchors(before: Sequence[T], after: Sequence[T]) -> list[tuple[int, int]]:
    counts_b, counts_a = Counter(before), Counter(after)
    where = {item: j for j, item in enumerate(after) if counts_a[item] == 1}
    pairs = [(i, where[item]) for i, item in enumerate(before) if counts_b[item] == 1 and item in where]
    return rising(pairs)


def rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of pairs (sorted by their first) whose seconds rise."""
    tails: list[int] = []
    ends: list[int] = []
    previous: list[int] = []
    for index, (_, j) in enumerate(pairs):
        place = bisect_left(tails, j)
        tails[place : place + 1] = [j]
        ends[place : place + 1] = [index]
        previous.append(ends[place - 1] if place else -1)
    chain: list[tuple[int, int]] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        chain.append(pairs[index])
        index = previous[index]
    return chain[::-1]


def _merged(edits: Iterator[Edit]) -> Iterator[Edit]:
    for equal, run in groupby(edits, key=lambda edit: edit.equal):
        parts = list(run)
        yield Edit(equal, parts[0].b0, parts[-1].b1, parts[0].a0, parts[-1].a1)


def shared(before: Sequence[str], after: Sequence[str]) -> float:
    """Share of words in common, 0..1, order respected; for very long texts order is not looked at."""
    if not before and not after:
        return 1.0
    if len(before) * len(after) <= MAX_CELLS:
        return Indel.normalized_similarity(before, after)
    common = sum((Counter(before) & Counter(after)).values())
    return 2 * common / (len(before) + len(after))
