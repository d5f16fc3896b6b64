"""Paragraphs out of lines: what was broken to fit a page's width is joined, what its author broke is not.

The rule is the typesetter's: a line was broken by the width when the next line's first word would not have fitted
on it any more. So the same text set in another font or width gives the same paragraphs.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

HYPHEN = "\x02"  # a hyphen at a line's end that may be the typesetter's (PDFium's mark for it)

_BULLET = re.compile(r"[•●▪◦‣·*–—-]\s")
_NUMBERED = re.compile(r"(\d{1,3}(\.\d{1,3})*[.)]|[а-яёіўa-z]\))\s")
_HALF_WORD = re.compile(r"\w-$")
_SENTENCE_END = re.compile(r"[.:;!?…»\")]$")
_PAGE_NUMBER = re.compile(
    r"\W*(?:стр\.?|старонка|страница|page)?\s*(\d{1,4})(?:\s*(?:из|з|of|/)\s*\d{1,4})?\W*", re.IGNORECASE
)
_KEPT_FIRST = frozenset(
    ("из", "по", "кое", "во", "в", "юго", "северо", "научно", "социально", "экс", "вице", "онлайн", "интернет")
)
_KEPT_SECOND = frozenset(("за", "под", "то", "либо", "нибудь", "таки", "ка", "небудзь"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line as set; lengths in the page's units (points, or character columns of a plain text)."""

    text: str
    left: float
    right: float
    y: float  # of the baseline, upwards
    size: float  # of the letters
    page: int = 0

    @property
    def first_word_width(self) -> float:
        word = self.text.split(None, 1)[0] if self.text.strip() else ""
        return len(word) * (self.right - self.left) / max(len(self.text), 1)


def without_furniture(pages: Sequence[Sequence[Line]]) -> list[Line]:
    """All lines of all pages, without page numbers and with each running head only once."""
    numbers = _numbered_pages(pages)
    heads = Counter(_mask(line.text) for page in pages for line in {*page[:1], *page[-1:]})
    running = {text for text, count in heads.items() if text and count >= 3 and count >= 0.6 * len(pages)}
    kept: list[Line] = []
    seen: set[str] = set()
    for index, page in enumerate(pages):
        for position, line in enumerate(page):
            edge = position in (0, len(page) - 1)
            if edge and (index, position) in numbers:
                continue
            mask = _mask(line.text)
            if edge and mask in running and mask in seen:
                continue
            seen.add(mask)
            kept.append(line)
    return kept


def _mask(text: str) -> str:
    return re.sub(r"\d+", "0", text.strip())


def _numbered_pages(pages: Sequence[Sequence[Line]]) -> set[tuple[int, int]]:
    """(page, line) of the page numbers: edge lines whose number keeps one distance from the page's index."""
    found: dict[int, list[tuple[int, int]]] = {}
    for index, page in enumerate(pages):
        for position in {0, len(page) - 1} if page else set():
            match = _PAGE_NUMBER.fullmatch(page[position].text.strip())
            if match:
                found.setdefault(int(match[1]) - index, []).append((index, position))
    best = max(found.values(), key=len, default=[])
    return set(best) if len({index for index, _ in best}) >= 2 else set()


def paragraphs(lines: Sequence[Line]) -> list[str]:
    """The paragraphs that the lines make, in order; white space single."""
    kept = [line for line in lines if line.text.strip()]
    edges = [_right_edge(kept, index) for index in range(len(kept))]
    step = _usual_step(kept)
    words = frozenset(word for line in kept for word in re.findall(r"\w+(?:-\w+)*", line.text.lower()))
    made: list[list[str]] = []
    for index, line in enumerate(kept):
        text = " ".join(line.text.split())
        if index and _continues(kept[index - 1], line, edge=edges[index - 1], step=step):
            made[-1][-1] = _before(made[-1][-1], text, words)
            made[-1].append(text)
        else:
            made.append([text])
    return ["".join(parts).replace(HYPHEN, "-").replace("\u00ad", "") for parts in made]


def _usual_step(lines: Sequence[Line]) -> float:
    """The usual distance of two baselines, in letter sizes."""
    steps = [(a.y - b.y) / a.size for a, b in _pairs(lines) if a.page == b.page and 0 < a.y - b.y < 4 * a.size]
    return median(steps) if steps else 1.2


def _pairs(lines: Sequence[Line]) -> Iterator[tuple[Line, Line]]:
    return pairwise(lines)


def _right_edge(lines: Sequence[Line], index: int, reach: int = 20) -> tuple[float, bool]:
    """How far right a line might have gone: the farthest of those near it in its column; and if others do too."""
    line = lines[index]
    near = lines[max(0, index - reach) : index + reach + 1]
    column = [other.right for other in near if abs(other.left - line.left) <= 5 * line.size]
    edge = max(column)
    return edge, sum(right >= edge - 0.1 * (edge - line.left) for right in column) >= 2


def _continues(above: Line, line: Line, *, edge: tuple[float, bool], step: float) -> bool:
    """Whether the line goes on with the paragraph of the line above it."""
    before, after = above.text.rstrip(), line.text.lstrip()
    if before.endswith((HYPHEN, "\u00ad")) or (_HALF_WORD.search(before) and above.page == line.page):
        return True
    if abs(above.size - line.size) > 0.2 * above.size or _BULLET.match(after):
        return False
    ended = bool(_SENTENCE_END.search(before))
    amid = after[:1].islower() and not ended  # in the middle of a sentence: a ragged edge is no end then
    turned = above.page != line.page or line.y >= above.y  # to the next page or column
    if turned and (amid or ended):
        return amid
    farthest, usual = edge
    slack = 0.2 * (farthest - above.left) if amid else 0.0
    if above.right + line.first_word_width + 0.25 * above.size < farthest - slack or not (usual or amid):
        return False
    if ended and (_NUMBERED.match(after) or after.startswith("§")):
        return False
    if turned:
        return not _NUMBERED.match(after)
    if (above.y - line.y) / above.size > 1.4 * step:
        return False
    return line.left <= above.left + 0.8 * line.size


def _before(line: str, following: str, words: frozenset[str]) -> str:
    """A line before the one that goes on with its paragraph: with a space, or with or without its hyphen."""
    if line.endswith("\u00ad"):
        return line[:-1]
    if not line.endswith(HYPHEN):
        return line if _HALF_WORD.search(line) else f"{line} "
    first = re.split(r"[^\w-]", line[:-1].lower())[-1]
    second = re.split(r"[^\w-]", following.lower())[0]
    return line[:-1] + ("-" if _keeps_hyphen(first, second, words) else "")


def _keeps_hyphen(first: str, second: str, words: frozenset[str]) -> bool:
    """Whether the hyphen at a line's end is the word's own: the rest of the text knows, or the usual pairs do."""
    if first + second in words:
        return False
    return f"{first}-{second}" in words or first in _KEPT_FIRST or second in _KEPT_SECOND
