"""How long the word-level diff takes: two 200 KB Russian texts, edited little, much, and beyond recognition.

    python -m benchmarks.diff [--large]

prints one line a case: the size of each text, median and worst of seven runs in CPU milliseconds, the blocks found.
`--large` adds texts of 5 MB and hostile ones.
"""

import argparse
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

from crawler.core.diff import Diff, diff

RUNS = 7
PARAGRAPHS = 295  # about 200 KB in UTF-8
VOCABULARY = 4_000  # different words; a text of 200 KB has about as many
LETTERS = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэф"  # of Russian, commonest first; ё is hardly written in official texts


def vocabulary(chance: random.Random) -> list[str]:
    """Words as long as Russian ones are, and some numbers."""
    words = ["".join(chance.choices(LETTERS, k=chance.randint(1, 14))) for _ in range(VOCABULARY)]
    return [*words, *(str(chance.randint(1, 3000)) for _ in range(VOCABULARY // 20))]


def paragraphs(chance: random.Random, count: int, words: list[str]) -> list[str]:
    """Paragraphs of 20 to 80 words; few words are frequent, most are rare (Zipf)."""
    weights = [1 / rank for rank in range(1, len(words) + 1)]
    return [" ".join(chance.choices(words, weights, k=chance.randint(20, 80))) + "." for _ in range(count)]


def edited(chance: random.Random, texts: list[str], share: float) -> list[str]:
    """A number in place of a word in a share of the paragraphs."""
    return [_edited(chance, text) if chance.random() < share else text for text in texts]


def _edited(chance: random.Random, text: str) -> str:
    words = text.split()
    words[chance.randrange(len(words))] = str(chance.randint(1, 999))
    return " ".join(words)


def cases(chance: random.Random) -> Iterator[tuple[str, str, str]]:
    """(what happened, before, after) of 200 KB texts."""
    words = vocabulary(chance)
    texts = paragraphs(chance, PARAGRAPHS, words)
    before = "\n\n".join(texts)
    yield "nothing", before, before
    yield "1 paragraph in 20 edited", before, "\n\n".join(edited(chance, texts, 0.05))
    yield "every other paragraph edited", before, "\n\n".join(edited(chance, texts, 0.5))
    yield "every paragraph edited", before, "\n\n".join(edited(chance, texts, 1))
    yield "shuffled", before, "\n\n".join(chance.sample(texts, k=len(texts)))
    yield "another text", before, "\n\n".join(paragraphs(chance, PARAGRAPHS, words))
    yield "one paragraph, 1 word in 150 edited", " ".join(texts), " ".join(edited(chance, texts, 0.3))


def large_cases(chance: random.Random) -> Iterator[tuple[str, str, str]]:
    """The same of 5 MB, and texts made to hurt."""
    words = vocabulary(chance)
    texts = paragraphs(chance, PARAGRAPHS * 25, words)
    yield "5 MB, 1 paragraph in 20 edited", "\n\n".join(texts), "\n\n".join(edited(chance, texts, 0.05))
    yield "5 MB, every paragraph edited", "\n\n".join(texts), "\n\n".join(edited(chance, texts, 1))
    yield "5 MB, another text", "\n\n".join(texts), "\n\n".join(paragraphs(chance, PARAGRAPHS * 25, words))
    yield "5 MB, one paragraph", " ".join(texts), " ".join(edited(chance, texts, 0.1))
    yield "5 MB of one-letter lines", "а\n" * 1_700_000, "б\n" * 1_700_000
    yield "400 KB of punctuation", "!?" * 190_000, "?!" * 190_000


def measured(job: Callable[[], Diff], runs: int) -> tuple[list[float], Diff]:
    """CPU milliseconds of each run, and what the last one found."""
    spent = []
    for _ in range(runs):
        started = time.process_time()
        found = job()
        spent.append((time.process_time() - started) * 1000)
    return spent, found


def main() -> None:
    """Runs all cases with the same random texts each time."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--large", action="store_true")
    large = asked.parse_args().large
    chance = random.Random(20260312)
    for name, before, after in [*cases(chance), *(large_cases(chance) if large else ())]:
        spent, found = measured(partial(diff, before, after), 1 if "MB" in name else RUNS)
        kinds = ", ".join(f"{n} {kind.value}" for kind, n in Counter(block.kind for block in found.blocks).items())
        size = len(before.encode()) // 1000
        print(f"{name:<38} {size:>5} KB  median {statistics.median(spent):8.1f}  worst {max(spent):8.1f} ms  {kinds}")


if __name__ == "__main__":
    main()
