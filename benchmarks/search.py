"""Measures search, the change queue and history by date on the archive of ``benchmarks.archive``.

    python -m benchmarks.search -o DIR [--versions 100000] [--changes 20000]

The archive is made in DIR where it is not there. Milliseconds by the wall clock and of this process's CPU: the median
and the worst of seven. The bars: a search under 100 ms, everything else under 50 ms.
"""

import argparse
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.archive import SITE, START, Words, made
from crawler.core.query import parsed
from crawler.search import search
from storage.archive import Archive
from storage.records import PageKind, What
from storage.records_queue import ChangeFilter, Order
from storage.records_review import ReviewState
from storage.records_search import Places

ROUNDS = 7
MIDDLE = START + timedelta(days=180)


def show(name: str, ask: Callable[[], object]) -> None:
    """What asking takes, and how much was found."""
    walls, cpus, found = [], [], None
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        found = ask()
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
    count = getattr(found, "total", None)
    if count is None:
        count = len(found) if isinstance(found, list | dict | tuple) else ""
    middle = f"median {statistics.median(walls):6.1f} ms (CPU {statistics.median(cpus):6.1f})"
    print(f"{name:44} {middle}   worst {max(walls):6.1f}   {count}", flush=True)


def searches(archive: Archive, words: Words) -> None:
    counted = Counter(" ".join(words.paragraphs[:500]).lower().replace(".", "").split()).most_common(30)
    top, middling, rare = counted[0][0], counted[25][0], words.rare[7]
    some = words.paragraphs[0].lower().replace(".", "").split()
    queries = {
        "a word of every version": top,
        "a common word": middling,
        "a rare word": rare,
        "two common words": f"{top} {middling}",
        "a phrase": f'"{some[3]} {some[4]}"',
        "a phrase of two common words": f'"{top} {middling}"',
        "a common word in titles": f"title:{top}",
    }
    for name, query in queries.items():
        show(f"search: {name}", lambda query=query: search(archive, query))  # type: ignore[misc]
    places = {
        "of a section": Places(section="тарифы"),
        "of a language and kind": Places(languages=("be",), kinds=(PageKind.NEWS,)),
        "that stands there now": Places(current=True),
        "that stood in a month": Places(since=MIDDLE, until=MIDDLE + timedelta(days=30)),
    }
    for name, place in places.items():
        show(f"search: the first {name}", lambda place=place: search(archive, top, place))  # type: ignore[misc]
    for name, word in (("a rare word", rare), ("a word of every version", top)):
        asked = ChangeFilter(words=word)
        show(f"queue: {name}", lambda asked=asked, word=word: archive.queue(asked, stems=parsed(word)))  # type: ignore[misc]


def queues(archive: Archive) -> None:
    everything = ChangeFilter()
    first = archive.queue(everything)
    close = ChangeFilter(
        section="тарифы", states=(ReviewState.NEW,), what=(What.NUMBERS,), min_significance=0.5, order=Order.TIME
    )
    show("queue: everything", lambda: archive.queue(everything))
    show("queue: the next page", lambda: archive.queue(everything, after=first.next))
    show("queue: by time", lambda: archive.queue(ChangeFilter(order=Order.TIME)))
    show("queue: five conditions", lambda: archive.queue(close))
    show("queue: counts by value", lambda: archive.facets(everything))
    show("queue: neighbours", lambda: archive.neighbours(first.rows[3].change.id or 0, everything))


def histories(archive: Archive) -> None:
    until = START + timedelta(days=400)
    show("history: 1,000 pages as on a day", lambda: archive.as_on(SITE, MIDDLE))
    show("history: a section as on a day", lambda: archive.as_on(SITE, MIDDLE, section="тарифы"))
    show("history: versions of a page", lambda: archive.versions_of(77))
    show("history: translations", lambda: archive.translations(77, MIDDLE))
    show("history: changes by day", lambda: archive.daily_changes(START, until, ZoneInfo("Europe/Minsk")))
    show("history: health of a site", lambda: archive.health(SITE, MIDDLE))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--versions", type=int, default=100_000)
    asked.add_argument("--changes", type=int, default=20_000)
    asked.add_argument("-o", "--output", type=Path, required=True)
    options = asked.parse_args()
    words = Words.made(random.Random(options.versions))
    with Archive.open(made(options.output, options.versions, options.changes)) as archive:
        searches(archive, words)
        queues(archive)
        histories(archive)


if __name__ == "__main__":
    main()
