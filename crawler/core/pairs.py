"""Which removed block became which added one, by the words they share."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz.distance import Indel

from crawler.core.words import Edit, rising

Keys = Sequence[str]  # of the words of a block

ALIKE = 0.45  # share of words in common that makes two blocks of one gap the same block, edited
ALIKE_ALONE = 0.25  # the same for the only block that went and the only one that came
ALIKE_AFAR = 0.7  # the same for a block that was moved and edited
SHORT = 3  # words: two blocks alone in a gap and no longer than this are one block, whatever they say
LEAST_MOVED = 4  # characters: a shorter line that went here and came there was not moved
LONG = 8  # words: a shorter block is not looked for elsewhere
RARE = 4  # blocks at most that a word stands in, for it to tell them apart
SMALL = 400  # pairs at most that are all compared


class Pair(NamedTuple):
    before: int
    after: int


@dataclass(frozen=True, kw_only=True)
class Partners:
    """Blocks by index: the one after, and the one before that it comes from."""

    edited: dict[int, int]  # in place
    moved: dict[int, int]  # from elsewhere, edited on the way or not

    @property
    def moved_away(self) -> frozenset[int]:
        """The blocks before that are found elsewhere after."""
        return frozenset(self.moved.values())


def find_partners(
    before: Sequence[str],
    after: Sequence[str],
    edits: Iterable[Edit],
    words_before: Callable[[int], Keys],
    words_after: Callable[[int], Keys],
) -> Partners:
    """Pairs the blocks that `edits` left over: moved whole first, then edited in place, then moved and edited."""
    gaps = [edit for edit in edits if not edit.equal]
    lost = [i for gap in gaps for i in range(gap.b0, gap.b1)]
    found = [j for gap in gaps for j in range(gap.a0, gap.a1)]
    moved = moved_whole([(i, before[i]) for i in lost], [(j, after[j]) for j in found])
    gone = set(moved.values())
    edited: dict[int, int] = {}
    for gap in gaps:
        olds = [(i, words_before(i)) for i in range(gap.b0, gap.b1) if i not in gone]
        news = [(j, words_after(j)) for j in range(gap.a0, gap.a1) if j not in moved]
        pairs = pair_in_order([keys for _, keys in olds], [keys for _, keys in news])
        edited |= {news[j][0]: olds[i][0] for i, j in pairs}
    gone |= set(edited.values())
    olds = [(i, words_before(i)) for i in lost if i not in gone]
    news = [(j, words_after(j)) for j in found if j not in moved and j not in edited]
    return Partners(edited=edited, moved=moved | moved_edited(olds, news))


def pair_in_order(before: Sequence[Keys], after: Sequence[Keys]) -> list[Pair]:
    """Pairs of alike blocks that keep their order: the ones edited in place.

    Small gaps get the best sum of similarities; in large ones, rare words in common find fixed points first.
    """
    if len(before) * len(after) <= SMALL:
        return _best_chain(before, after)
    fixed = rising(sorted(likely_pairs(before, after, ALIKE)))
    pairs: list[Pair] = []
    b = a = 0
    for i, j in [*fixed, (len(before), len(after))]:
        pairs += [Pair(b + x, a + y) for x, y in _between(before[b:i], after[a:j])]
        if i < len(before):
            pairs.append(Pair(i, j))
        b, a = i + 1, j + 1
    return pairs


def _between(before: Sequence[Keys], after: Sequence[Keys]) -> list[Pair]:
    if len(before) * len(after) <= SMALL:
        return _best_chain(before, after)
    if len(before) != len(after):
        return []
    return [Pair(i, i) for i, (x, y) in enumerate(zip(before, after, strict=True)) if alikeness(x, y) >= ALIKE]


def alikeness(before: Keys, after: Keys) -> float:
    """Share of words in common, 0..1, order respected."""
    longer, shorter = max(len(before), len(after)), min(len(before), len(after))
    if longer > 50 * max(shorter, 1) or longer > 20_000:
        return 0.0
    return Indel.normalized_similarity(before, after)


def _best_chain(before: Sequence[Keys], after: Sequence[Keys]) -> list[Pair]:
    if not before or not after:
        return []
    if len(before) == len(after) == 1:
        return [Pair(0, 0)] if _same_alone(before[0], after[0]) else []
    alike = [[score if (score := alikeness(x, y)) >= ALIKE else 0.0 for y in after] for x in before]
    return _trace(alike, _sums(alike))


def _same_alone(before: Keys, after: Keys) -> bool:
    return max(len(before), len(after)) <= SHORT or alikeness(before, after) >= ALIKE_ALONE


def _sums(alike: list[list[float]]) -> list[list[float]]:
    best = [[0.0] * (len(alike[0]) + 1) for _ in range(len(alike) + 1)]
    for i in reversed(range(len(alike))):
        for j in reversed(range(len(alike[0]))):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], alike[i][j] + best[i + 1][j + 1])
    return best


def _trace(alike: list[list[float]], best: list[list[float]]) -> list[Pair]:
    pairs: list[Pair] = []
    i = j = 0
    while i < len(alike) and j < len(alike[0]):
        if alike[i][j] and best[i][j] == alike[i][j] + best[i + 1][j + 1]:
            pairs.append(Pair(i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def likely_pairs(before: Sequence[Keys], after: Sequence[Keys], alike: float) -> list[Pair]:
    """One partner for each block that has one: the block that shares most rare words, if `alike` enough."""
    homes = _rare_homes(before)
    rare_after = {key for key, count in _spread(after).items() if count <= RARE}
    taken: set[int] = set()
    pairs: list[Pair] = []
    for j, keys in enumerate(after):
        votes = Counter(home for key in set(keys) & rare_after for home in homes.get(key, ()))
        for i, _ in sorted(votes.items(), key=lambda vote: (-vote[1], abs(vote[0] - j)))[:3]:
            if i not in taken and alikeness(before[i], keys) >= alike:
                taken.add(i)
                pairs.append(Pair(i, j))
                break
    return pairs


def _spread(blocks: Iterable[Keys]) -> Counter[str]:
    return Counter(key for keys in blocks for key in set(keys))


def _rare_homes(blocks: Sequence[Keys]) -> dict[str, list[int]]:
    homes: defaultdict[str, list[int]] = defaultdict(list)
    for index, keys in enumerate(blocks):
        for key in set(keys):
            homes[key].append(index)
    return {key: places for key, places in homes.items() if len(places) <= RARE}


def moved_whole(before: Iterable[tuple[int, str]], after: Iterable[tuple[int, str]]) -> dict[int, int]:
    """Equal blocks of some length: index after -> index before, first come first served."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for i, key in before:
        if len(key) >= LEAST_MOVED:
            places[key].append(i)
    waiting = {key: iter(found) for key, found in places.items()}
    pairs = ((j, next(waiting.get(key, iter(())), None)) for j, key in after)
    return {j: i for j, i in pairs if i is not None}


def moved_edited(before: Iterable[tuple[int, Keys]], after: Iterable[tuple[int, Keys]]) -> dict[int, int]:
    """Alike blocks of some length, wherever they stand: index after -> index before."""
    olds = [(i, keys) for i, keys in before if len(keys) >= LONG]
    news = [(j, keys) for j, keys in after if len(keys) >= LONG]
    pairs = likely_pairs([keys for _, keys in olds], [keys for _, keys in news], ALIKE_AFAR)
    return {news[j][0]: olds[i][0] for i, j in pairs}
