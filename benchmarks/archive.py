"""Makes a large archive to measure search and the review screens on.

    python -m benchmarks.archive --versions 100000 --changes 20000 -o DIR

DIR becomes a home folder (``letapis --home DIR ...``): one site, five versions a page, texts of about 3 KB in Russian
and Belarusian made of invented words (the commonest in every text, as in life), a change in several sections and kinds
between versions, some of them reviewed, a visit a day of the last pages, and the text index brought up to date.
"""

import argparse
import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert, text

from crawler.search import bring_up_to_date
from storage.archive import Archive
from storage.engine import chunks
from storage.records import ChangeKind, PageKind, PageState, Run, RunKind, RunState
from storage.tables import captures, changes, pages, versions
from storage.tables_review import reviews

SITE = "bench"
START = datetime(2025, 1, 1, 6, tzinfo=UTC)
VERSIONS = 5  # of each page
SECTIONS = ("новости", "документы", "услуги", "тарифы", "министерство", "обращения", None)
KINDS = (PageKind.NEWS, PageKind.DOCUMENT, PageKind.PAGE)
LETTERS = "авекмнорстуидлбгзпчхшжяю"
ENDINGS = ("", "а", "ы", "у", "ой", "ам", "ами", "ах")


@dataclass(frozen=True, kw_only=True)
class Words:
    """A vocabulary of invented words by Zipf's law, and paragraphs made of it."""

    rare: list[str]
    paragraphs: list[str]
    titles: list[str]

    @classmethod
    def made(cls, chance: random.Random) -> "Words":
        roots = ["".join(chance.choices(LETTERS, k=chance.randint(4, 8))) for _ in range(20_000)]
        common, weights = roots[:15_000], [1 / (rank + 3) for rank in range(15_000)]

        def sentence(words: int) -> str:
            chosen = chance.choices(common, weights, k=words)
            return " ".join(word + chance.choice(ENDINGS) for word in chosen).capitalize() + "."

        paragraphs = [" ".join(sentence(9) for _ in range(5)) for _ in range(5_000)]
        return cls(rare=roots[15_000:], paragraphs=paragraphs, titles=[sentence(7)[:-1] for _ in range(5_000)])

    def text(self, chance: random.Random) -> str:
        return "\n\n".join([*chance.choices(self.paragraphs, k=5), f"Слово {chance.choice(self.rare)}."])


def fill(archive: Archive, count: int, changed: int) -> None:
    """So many versions and changes, the same for the same numbers."""
    chance = random.Random(count)
    words = Words.made(chance)
    run = archive.begin_run(SITE, RunKind.CRAWL, START)
    archive.finish_run(run.id, RunState.DONE, {"visits": count}, START + timedelta(hours=1))
    archive.finish_baseline(SITE, START)
    with archive.writing() as connection:
        _write(connection, pages, (_page(number, count) for number in range(1, count // VERSIONS + 1)))
        _write(connection, captures, (_capture(number, count, run) for number in range(1, count + 1)))
        _write(connection, versions, (_version(number, count, words, chance) for number in range(1, count + 1)))
        _write(connection, changes, (_change(number, count, run, words, chance) for number in range(1, changed + 1)))
        _write(connection, reviews, (_review(number) for number in range(1, changed + 1) if number % 4 == 0))
        connection.execute(text("ANALYZE"))


def _write(connection: Connection, into: Table, rows: Iterator[dict[str, Any]]) -> None:
    for chunk in chunks(rows):
        connection.execute(insert(into), chunk)


def _seen(number: int, count: int) -> datetime:
    """Version numbers rise with time: the first versions of all pages, then the second ones."""
    return START + timedelta(days=365) * (number / count)


def _place(number: int, count: int) -> tuple[int, int]:
    """(page, number of the version) of the n-th version."""
    of_pages = count // VERSIONS
    return (number - 1) % of_pages + 1, (number - 1) // of_pages + 1


def _page(number: int, count: int) -> dict[str, Any]:
    row: dict[str, Any] = {column.name: None for column in pages.c}
    language = "be" if number % 10 == 0 else "ru"
    url = f"https://bench.example/{language}/page-{number // 2 * 2}"
    last = _seen(count // VERSIONS * (VERSIONS - 1) + number, count)
    return row | {
        "id": number,
        "site": SITE,
        "url": f"{url}?{number}",
        "address": url,
        "group": f"https://bench.example/{number // 2}",
        "kind": KINDS[number % 3].value,
        "state": (PageState.GONE if number % 50 == 0 else PageState.LIVE).value,
        "section": SECTIONS[number % 7],
        "priority": 3,
        "depth": 2,
        "found_at": START,
        "baseline": True,
        "version": VERSIONS,
        "title": f"Страница {number}",
        "language": language,
        "last_seen": last + timedelta(days=80),
        "next_visit": last + timedelta(days=number % 90),
        "page_class": "news",
        "a": 1.0,
        "b": 3.0,
        "weight": 1.0,
        "burst_amplitude": 0.0,
        "burst_tau": 1.0,
        "gone_count": 0,
        "failure_count": 0,
    }


def _capture(number: int, count: int, run: Run) -> dict[str, Any]:
    row: dict[str, Any] = {column.name: None for column in captures.c}
    return row | {
        "id": number,
        "site": SITE,
        "run_id": run.id,
        "page_id": _place(number, count)[0],
        "url": f"https://bench.example/{number}",
        "fetched_at": _seen(number, count),
        "status": 200,
        "outcome": "new",
        "size": 70_000,
        "elapsed_ms": 80,
        "chain": "",
    }


def _version(number: int, count: int, words: Words, chance: random.Random) -> dict[str, Any]:
    page_id, of_page = _place(number, count)
    shown = words.text(chance)
    digest = hashlib.sha256(shown.encode()).hexdigest()[:32]
    row: dict[str, Any] = {column.name: None for column in versions.c}
    digests = {column.name: digest for column in versions.c if column.name.startswith("digest_")}
    return (
        row
        | digests
        | {
            "id": number,
            "page_id": page_id,
            "number": of_page,
            "capture_id": number,
            "first_seen": _seen(number, count),
            "title": chance.choice(words.titles),
            "language": "be" if page_id % 10 == 0 else "ru",
            "kind": "news",
            "markdown": shown,
            "text": shown,
            "links": "[]",
            "images": "[]",
            "attachments": "[]",
            "translations": "[]",
            "extractor": "profile",
            "body_class": "",
            "extractor_version": "1",
            "profile_version": "1",
            "upgrade": False,
        }
    )


def _change(number: int, count: int, run: Run, words: Words, chance: random.Random) -> dict[str, Any]:
    of_pages = count // VERSIONS
    page_id, of_page = _place(of_pages + number * (count - of_pages) // 20_000 % (count - of_pages), count)
    seen = _seen(of_pages * (of_page - 1) + page_id, count)
    row: dict[str, Any] = {column.name: None for column in changes.c}
    return row | {
        "id": number,
        "site": SITE,
        "page_id": page_id,
        "url": f"https://bench.example/ru/page-{page_id}",
        "kind": list(ChangeKind)[number % 5 if number % 3 == 0 else 1].value,
        "title": chance.choice(words.titles),
        "page_kind": KINDS[page_id % 3].value,
        "section": SECTIONS[page_id % 7],
        "language": "be" if page_id % 10 == 0 else "ru",
        "last_seen": seen - timedelta(days=1),
        "first_seen": seen,
        "significance": round(chance.random(), 2),
        "what": chance.choice([",text,", ",text,numbers,", ",links,"]),
        "summary": f"number {number} became {number + 1} in paragraph 3",
        "from_version": max(1, of_page - 1),
        "to_version": of_page,
        "run_id": run.id,
        "count": 1,
        "absorbed": False,
        "key": str(number),
    }


def _review(number: int) -> dict[str, Any]:
    return {
        "change_id": number,
        "state": ("triaged", "confirmed", "insignificant", "noise")[number // 4 % 4],
        "assignee": "anna" if number % 3 == 0 else None,
        "significance": 0.9 if number % 40 == 0 else None,
        "updated_at": START,
        "updated_by": "anna",
    }


def made(folder: Path, count: int, changed: int) -> str:
    """The address of the archive in this folder, made where it is not there."""
    url = f"sqlite:///{folder / 'letapis.db'}"
    note = folder / "benchmark.json"
    wanted = {"versions": count, "changes": changed}
    if note.exists() and json.loads(note.read_text()) == wanted:
        return url
    with Archive.open(url) as archive:
        fill(archive, count, changed)
        bring_up_to_date(archive)
    note.write_text(json.dumps(wanted))
    return url


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--versions", type=int, default=100_000)
    asked.add_argument("--changes", type=int, default=20_000)
    asked.add_argument("-o", "--output", type=Path, required=True)
    options = asked.parse_args()
    print(made(options.output, options.versions, options.changes))


if __name__ == "__main__":
    main()
