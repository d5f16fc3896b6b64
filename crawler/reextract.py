"""Re-extraction: stored captures read by today's extractor and profile, their new texts stored as upgrades."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Protocol, TypeVar

from config.settings import Settings
from config.site import Site
from crawler.core.canonical import EXTRACTOR_VERSION
from crawler.core.learnt import Learnt
from crawler.core.reading import Reading
from crawler.core.upgrade import (
    Delta,
    Upgrade,
    linked_documents,
    outdated,
    parts,
    profile_version,
    weigh,
    word_diff,
)
from crawler.lessons import stamp, template_of
from crawler.reread import reread
from crawler.workers import WorkerPool
from storage.archive import Archive
from storage.reading import KEPT
from storage.records import Capture, Page, Run, RunKind, RunState, Version
from storage.said import Said

BATCH = 50  # pages of one transaction
EXAMPLES = 5

T = TypeVar("T")
Told = Callable[[int, int], None]  # pages looked at, pages to look at
LOADED = ("crawler.core.reading", "crawler.core.extract", "crawler.core.canonical")


class Wiring(Protocol):
    """What a re-extraction works with: the same as any run."""

    @property
    def settings(self) -> Settings: ...

    @property
    def archive(self) -> Archive: ...

    @property
    def now(self) -> Callable[[], datetime]: ...


@dataclass(frozen=True, kw_only=True)
class Example:
    """One page whose text differs."""

    url: str
    what: tuple[str, ...]
    words: str  # [-before-] {+after+}; empty when the text is the same


@dataclass(kw_only=True)
class Reextraction:
    """What a re-extraction came to."""

    run: Run | None = None  # null for a preview, and when there was nothing to read
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
    a change; what comes out the same gets today's stamps. Stopped midway it has stored whole batches, and the next one
    goes on from there; a second one finds nothing to read.
    ``dry_run`` stores nothing at all.
    """
    template = template_of(site, wiring.archive)
    profile = stamp(profile_version(site), template)
    work = _Work(site=site, wiring=wiring, profile=profile, template=template, dry_run=dry_run)
    page_ids = list(_outdated(wiring.archive, site, work.profile))
    done = Reextraction(pages=len(page_ids))
    if not page_ids:
        return done
    if not dry_run:
        done.run = wiring.archive.begin_run(site.key, RunKind.REEXTRACT, wiring.now(), takeover=False)
    state, error = RunState.INTERRUPTED, None
    try:
        await _all(page_ids, work, done, told)
        state = RunState.DONE
    except Exception as broken:
        state, error = RunState.FAILED, Said("an error ended the run: {error}", error=repr(broken))
        raise
    finally:
        if done.run is not None:
            done.run = wiring.archive.finish_run(done.run.id, state, done.counts, wiring.now(), error=error)
    return done


async def _all(page_ids: list[int], work: "_Work", done: Reextraction, told: Told) -> None:
    limits = work.wiring.settings.workers
    async with WorkerPool(
        count=limits.count, seconds=limits.seconds, memory_mb=limits.memory_mb, imports=LOADED
    ) as pool:
        looked = 0
        for ids in _batches(page_ids):
            await _batch(ids, work, pool, done)
            looked += len(ids)
            told(looked, len(page_ids))


@dataclass(frozen=True, kw_only=True)
class _Work:
    site: Site
    wiring: Wiring
    profile: str  # its version
    template: Learnt | None
    dry_run: bool


def _outdated(archive: Archive, site: Site, profile: str) -> Iterator[int]:
    """Ids of the pages whose latest version is not today's."""
    for pages in _batches(page for page in archive.pages(site.key, states=KEPT) if page.version):
        latest = archive.latest_versions([page.id for page in pages])
        yield from (i for i, version in latest.items() if outdated(version, EXTRACTOR_VERSION, profile))


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(values)
    while batch := list(islice(rest, BATCH)):
        yield batch


async def _batch(page_ids: list[int], work: _Work, pool: WorkerPool, done: Reextraction) -> None:
    archive = work.wiring.archive
    pages, latest = archive.pages_by_id(page_ids), archive.latest_versions(page_ids)
    weighed = await asyncio.gather(*(_weighed(pages[i], latest[i], work, pool) for i in latest))
    for before, upgrade in zip(latest.values(), weighed, strict=True):
        _note(pages[before.page_id], before, upgrade, done)
    if not work.dry_run:
        done.stored += _store(weighed, work)


def _store(weighed: list[Upgrade], work: _Work) -> int:
    """Returns how many are new."""
    made, same = ([u.version for u in weighed if u.version and u.delta is d] for d in (Delta.DIFFERS, Delta.SAME))
    linked = {version.page_id: linked_documents(version.document, work.site) for version in made}
    return len(work.wiring.archive.upgrade(work.site.key, made, linked, confirmed=same))


async def _weighed(page: Page, before: Version, work: _Work, pool: WorkerPool) -> Upgrade:
    archive = work.wiring.archive
    capture = archive.capture(before.capture_id) if before.capture_id is not None else None
    try:
        reading = await _read(capture, page, work, pool) if capture else None
    except (OSError, ValueError):  # the WARC file is gone, or damaged
        reading = None
    return weigh(before, reading, EXTRACTOR_VERSION, work.profile)


async def _read(capture: Capture, page: Page, work: _Work, pool: WorkerPool) -> Reading | None:
    folder = work.wiring.settings.warc_folder
    return await reread(capture, page, site=work.site, folder=folder, pool=pool, learnt=work.template)


def _note(page: Page, before: Version, upgrade: Upgrade, done: Reextraction) -> None:
    done.deltas[upgrade.delta] += 1
    after = upgrade.version
    if after is None:
        done.troubled.append((page.url, upgrade.delta))
    elif upgrade.delta is Delta.DIFFERS and len(done.examples) < EXAMPLES:
        words = word_diff(before.document, after.document)
        done.examples.append(Example(url=page.url, what=parts(before, after), words=words))
