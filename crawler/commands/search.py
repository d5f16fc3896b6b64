"""``letapis search``: full text of all versions, with first and last seen."""

import argparse
from typing import Any
from zoneinfo import ZoneInfo

from rich.text import Text

from config.site import Site
from crawler.commands import DONE
from crawler.commands.context import (
    archive_of,
    clock,
    console,
    counted,
    emit,
    moment,
    one_line,
    say,
    settings_of,
    sites_of,
)
from crawler.core.query import Piece
from crawler.search import BATCH, Result, Results, bring_up_to_date
from crawler.search import search as ask
from storage.archive import Archive
from storage.records import PageKind
from storage.records_search import Places


def search(asked: argparse.Namespace) -> int:
    """Finds pages whose versions have the words; takes new versions into the index first."""
    settings = settings_of(asked)
    sites = sites_of(settings)
    now = clock()
    places = Places(
        site=asked.site,
        section=asked.section,
        languages=tuple(asked.language),
        kinds=tuple(PageKind(kind) for kind in asked.kind),
        since=moment(asked.since, now=now),
        until=moment(asked.until, now=now),
        current=asked.current,
    )
    offset = (asked.page - 1) * asked.limit
    with archive_of(settings) as archive:
        _index(archive, quiet=asked.json)
        found = ask(archive, _query(asked.words), places, offset=offset, limit=asked.limit, most=0)
    if asked.json:
        for result in found.results:
            emit(search_json(result))
        return DONE
    for result in found.results:
        _show(result, sites)
    _sum_up(found, offset, asked.page)
    return DONE


def search_json(result: Result) -> dict[str, Any]:
    """A result as ``letapis search --json`` prints it; the keys are stable, new ones may come."""
    hit = result.hit
    return {
        "url": hit.url,
        "site": hit.site,
        "section": hit.section,
        "kind": hit.kind.value,
        "language": hit.language,
        "title": hit.title,
        "versions": list(hit.numbers),
        "first_seen": hit.first_seen.isoformat(),
        "last_seen": hit.last_seen.isoformat(),
        "still_there": hit.still,
        "snippet": "".join(piece.text for piece in result.snippet),
        "found": [piece.text for piece in (*result.title, *result.snippet) if piece.hit],
    }


def _query(words: list[str]) -> str:
    """The words as one query; what the shell has freed of its quotes is a phrase again."""
    return " ".join(f'"{word}"' if " " in word and '"' not in word and ":" not in word else word for word in words)


def _index(archive: Archive, *, quiet: bool) -> None:
    taken = bring_up_to_date(archive, most=BATCH)
    if taken == BATCH:
        if not quiet:
            say("Indexing new versions; that takes a while the first time ...")
        bring_up_to_date(archive)


def _show(result: Result, sites: dict[str, Site]) -> None:
    hit = result.hit
    zone = sites[hit.site].zone if hit.site in sites else ZoneInfo("UTC")
    first, last = (at.astimezone(zone).strftime("%Y-%m-%d %H:%M") for at in (hit.first_seen, hit.last_seen))
    seen = f"first seen {first}, " + ("still there" if hit.still else f"last seen {last}") + f" ({zone.key})"
    numbers = ", ".join(map(str, hit.numbers[:10])) + (", ..." if len(hit.numbers) > 10 else "")
    versions = f"version {numbers}" if len(hit.numbers) == 1 else f"versions {numbers}"
    text = Text("\n").join(
        [
            _marked(result.title, "bold") if hit.title else Text(hit.url, style="bold"),
            _marked(result.snippet, ""),
            Text(f"{seen}; {versions}", style="dim"),
            Text(one_line(hit.url), style="dim"),
        ]
    )
    console().print(text, soft_wrap=True)
    say()


def _marked(pieces: tuple[Piece, ...], style: str) -> Text:
    made = Text()
    for piece in pieces:
        shown = one_line(f"|{piece.text}|")[1:-1]
        made.append(shown, style="underline bold yellow" if piece.hit else style)
    return made


def _sum_up(found: Results, offset: int, page: int) -> None:
    if not found.total:
        say('No page has these words. Fewer words find more; put "quotes" around a phrase only if it is one.')
        return
    last = offset + len(found.results)
    if not found.results:
        say(f"{counted(found.total, 'page')} in all; there are not so many pages of results.")
        return
    rest = f" Go on: --page {page + 1}" if last < found.total else ""
    say(f"{offset + 1} to {last} of {counted(found.total, 'page')}.{rest} What a page said: letapis history URL")
