"""Search over all versions: keeps the text index up to date, and asks it in the words of people."""

from collections.abc import Iterator
from dataclasses import dataclass

from crawler.core.query import STEMMER, Piece, marked, parsed, snippet, stemmed
from storage.archive import Archive
from storage.records_search import Hit, Places, Stemmed, Stems, Unindexed

BATCH = 200  # versions that are stemmed and stored at a time


@dataclass(frozen=True, kw_only=True)
class Result:
    """A page that was found, as it is shown."""

    hit: Hit
    title: tuple[Piece, ...]
    snippet: tuple[Piece, ...]


@dataclass(frozen=True, kw_only=True)
class Results:
    results: tuple[Result, ...]
    total: int
    waiting: bool = False  # there are versions that the index does not have yet


def bring_up_to_date(archive: Archive, *, most: int | None = None) -> int:
    """Takes versions into the index that it does not have, at most so many; returns how many it took.

    Each batch is whole or not at all, so it can be interrupted at any moment, and run by several processes at once.
    """
    return sum(_batches(archive, most))


def search(
    archive: Archive, words: str, places: Places | None = None, *, offset: int = 0, limit: int = 20, most: int = 2_000
) -> Results:
    """Pages with versions that have these words (see ``crawler.core.query.parsed``), in the order of ``Search.search``.

    Before it asks it takes up to ``most`` new versions into the index; ``waiting`` says whether there are still more.
    """
    taken = bring_up_to_date(archive, most=most) if most else 0
    asked = parsed(words)
    found = archive.search(asked, places, offset=offset, limit=limit)
    shown = tuple(_shown(hit, asked) for hit in found.hits)
    return Results(results=shown, total=found.total, waiting=taken >= most and bool(archive.unindexed(STEMMER, 1)))


def _shown(hit: Hit, asked: Stems) -> Result:
    title = marked(hit.title, hit.language, asked)
    return Result(hit=hit, title=title, snippet=snippet(hit.text, hit.language, asked))


def _batches(archive: Archive, most: int | None) -> Iterator[int]:
    left = most
    while left is None or left > 0:
        size = BATCH if left is None else min(BATCH, left)
        rows = archive.unindexed(STEMMER, size)
        if not rows:
            return
        yield archive.index(STEMMER, [_stemmed(row) for row in rows])
        left = None if left is None else left - len(rows)


def _stemmed(row: Unindexed) -> Stemmed:
    return Stemmed(
        id=row.id,
        page_id=row.page_id,
        number=row.number,
        title=stemmed(row.title, row.language),
        text=stemmed(row.text, row.language),
    )
