"""Re-extraction: stored captures read by today's extractor and profile, their new texts stored as upgrades."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from config.site import Site
from crawler.core.canonical import EXTRACTOR_VERSION
from crawler.core.upgrade import Delta, Upgrade, linked_documents, outdated, parts, weigh, word_diff
from crawler.reread import reread
from crawler.runs import LOADED, Wiring, profile_version
from crawler.workers import WorkerPool
from storage.archive import Archive
from storage.reading import KEPT
from storage.records import Page, Run, RunKind, RunState, Version

BATCH = 50  # pages of one transaction
EXAMPLES = 5

T = TypeVar("T")
Told = Callable[[int, int], None]  # pages looked at, pages to look at


@dataclass(frozen=True, kw_only=True)
class Example:
    """One page whose text differs."""

    url: str
    what: tuple[str, ...]
    words: str  # [-before-] {+after+}; empty when the text is the same


@dataclass(kw_only=True)
class Reextraction:
    """What a re-extraction came to."""

    run: Run | None = None  # null for a preview
    pages: int = 0  # whose latest version was made by another extractor or profile
    deltas: Counter[Delta] = field(default_factory=Counter)
    stored: int = 0
    examples: list[Example] = field(default_factory=list)
    troubled: list[tuple[str, Delta]] = field(default_factory=list)  # (URL, failed or emptied)

    @property
    def counts(self) -> dict[str, int]:
        return {**{delta.value: count for delta, count in self.deltas.items()}, "stored": self.stored}


async def reextract(site: Site, wiring: Wiring, *, dry_run: bool, told: Told) -> Reextraction:
    """Reads again what each page's latest version was read from, where extractor or profile are others by now.

    What differs becomes a new version, marked as an upgrade: of the same capture, first seen at the same moment, never
    a change. Stopped midway it has stored whole batches, and the next one goes on; a second one stores nothing.
    ``dry_run`` stores nothing at all.
    """
    done = Reextraction()
    if not dry_run:
        done.run = wiring.archive.begin_run(site.key, RunKind.REEXTRACT, wiring.now(), takeover=False)
    state, error = RunState.INTERRUPTED, None
    try:
        await _all(site, wiring, done, told, dry_run=dry_run)
        state = RunState.DONE
    except Exception as broken:
        state, error = RunState.FAILED, repr(broken)
        raise
    finally:
        if done.run is not None:
            done.run = wiring.archive.finish_run(done.run.id, state, done.counts, wiring.now(), error=error)
    return done


async def _all(site: Site, wiring: Wiring, done: Reextraction, told: Told, *, dry_run: bool) -> None:
    limits = wiring.settings.workers
    profile = profile_version(site)
    page_ids = list(_outdated(wiring.archive, site, profile))
    done.pages = len(page_ids)
    async with WorkerPool(
        count=limits.count, seconds=limits.seconds, memory_mb=limits.memory_mb, imports=LOADED
    ) as pool:
        looked = 0
        for ids in _batches(page_ids):
            await _batch(ids, _Work(site=site, wiring=wiring, pool=pool, profile=profile), done, dry_run=dry_run)
            looked += len(ids)
            told(looked, len(page_ids))


@dataclass(frozen=True, kw_only=True)
class _Work:
    site: Site
    wiring: Wiring
    pool: WorkerPool
    profile: str


def _outdated(archive: Archive, site: Site, profile: str) -> Iterator[int]:
    """Ids of the pages whose latest version is not today's."""
    for pages in _batches(page for page in archive.pages(site.key, states=KEPT) if page.version):
        latest = archive.latest_versions([page.id for page in pages])
        yield from (i for i, version in latest.items() if outdated(version, EXTRACTOR_VERSION, profile))


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while batch := list(islice(rest, BATCH)):
        yield batch


async def _batch(page_ids: list[int], work: _Work, done: Reextraction, *, dry_run: bool) -> None:
    archive = work.wiring.archive
    pages, latest = archive.pages_by_id(page_ids), archive.latest_versions(page_ids)
    weighed = await asyncio.gather(*(_weighed(pages[i], latest[i], work) for i in latest))
    for before, upgrade in zip(latest.values(), weighed, strict=True):
        _note(pages[before.page_id], before, upgrade, done)
    made = [upgrade.version for upgrade in weighed if upgrade.version is not None]
    if made and not dry_run:
        linked = {version.page_id: linked_documents(version.document, work.site) for version in made}
        done.stored += len(archive.upgrade(work.site.key, made, linked))


async def _weighed(page: Page, before: Version, work: _Work) -> Upgrade:
    archive, folder = work.wiring.archive, work.wiring.settings.warc_folder
    capture = archive.capture(before.capture_id) if before.capture_id is not None else None
    try:
        reading = await reread(capture, page, site=work.site, folder=folder, pool=work.pool) if capture else None
    except (OSError, ValueError):  # the WARC file is gone, or damaged
        reading = None
    return weigh(before, reading, EXTRACTOR_VERSION, work.profile)


def _note(page: Page, before: Version, upgrade: Upgrade, done: Reextraction) -> None:
    done.deltas[upgrade.delta] += 1
    after = upgrade.version
    if after is None:
        if upgrade.delta is not Delta.SAME:
            done.troubled.append((page.url, upgrade.delta))
    elif len(done.examples) < EXAMPLES:
        words = word_diff(before.document, after.document)
        done.examples.append(Example(url=page.url, what=parts(before, after), words=words))
