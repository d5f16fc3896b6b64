"""One page on demand: any address to its site, visited now as every visit is, told as one document."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from config.settings import Database, Settings
from config.site import Site
from crawler.core.documents import document_json, empty_json
from crawler.core.owner import lent, owner
from crawler.core.pace import Haste
from crawler.core.scope import judge
from crawler.core.urls import BadUrl, canonical
from crawler.core.visit import Found
from crawler.runs import ON_DEMAND, Summary, Wiring, clock, fetch, seed_of
from crawler.workers import WorkerPool
from storage.archive import Archive
from storage.records import Capture, Change, Outcome, Page, Version
from storage.said import Said, saying
from storage.warc import read

MAX_SITES = 10  # redirects from one site to another
_FAILED = (Outcome.ERROR, Outcome.BLOCKED, Outcome.GONE, Outcome.EXCLUDED)


class FetchRefused(Exception):
    """The address was not asked for; ``str()`` says to people why not."""


class FetchInterrupted(Exception):
    """A signal ended the fetch before there was an answer."""


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What one fetch brought."""

    requested_url: str
    page: Page  # that the text belongs to: where the address is an alias, what it stands for
    capture: Capture  # the last one, where redirects led
    version: Version | None  # what the page says; null where the fetch failed, or the page has no text of its own
    changes: tuple[Change, ...]  # since last time
    new: bool  # nothing was known of the page
    body: bytes = b""  # as sent, decompressed; where the server said "not modified", what it meant; if asked for

    @property
    def failed(self) -> bool:
        return self.capture.outcome in _FAILED


async def fetch_url(
    url: str,
    *,
    site: str | None,
    settings: Settings,
    sites: Mapping[str, Site],
    archive: Archive | None,
    store: bool = True,
    now: Callable[[], datetime] = clock,
    with_body: bool = False,
    haste: Haste = ON_DEMAND,
    pool: WorkerPool | None = None,
) -> Fetched:
    """Visits an address now, and the addresses that it redirects to, from site to site.

    ``site`` lends its profile to addresses on other hosts, too. ``store=False`` keeps nothing and needs no archive.
    ``pool``: workers that are warm already. What the server or its robots.txt refuses is an outcome of the fetch;
    FetchRefused is raised for what is not asked for at all (not http, no such site, out of scope), FetchInterrupted
    after a signal.
    """
    with _kept(settings, archive if store else None) as (kept_by, kept_in):
        wiring = Wiring(settings=kept_by, archive=kept_in, now=now, haste=haste, pool=pool)
        summary = await _visited(url, site, sites, wiring)
        return _fetched(url, summary, wiring, with_body=with_body)


def fetched_json(fetched: Fetched) -> dict[str, Any]:
    """The document of a fetch for scripts: plain values, the same keys whether there is a text or not."""
    page, version, capture = fetched.page, fetched.version, fetched.capture
    if version is None:
        document = {**empty_json(page.url), "kind": page.kind.value}
    else:
        document = document_json(version.document, digests=version.digests, url=page.url)
    return {
        **document,
        "requested_url": fetched.requested_url,
        "final_url": capture.url,
        "status": capture.status,
        "outcome": capture.outcome.value,
        "error": capture.error,
        "fetched_at": capture.fetched_at.isoformat(),
        "version": version.number if version else None,
        "changes": [change.summary for change in fetched.changes],
    }


def refused_json(url: str, error: str, *, now: datetime) -> dict[str, Any]:
    """The same document for an address that was not asked for."""
    nothing = dict.fromkeys(("final_url", "status", "version"))
    about = {"requested_url": url, "outcome": Outcome.EXCLUDED.value, "error": error}
    return {**empty_json(url), **nothing, **about, "fetched_at": now.isoformat(), "changes": []}


@contextmanager
def _kept(settings: Settings, archive: Archive | None) -> Iterator[tuple[Settings, Archive]]:
    """Where the fetch is stored: in the archive, or in one that goes with the fetch."""
    if archive is not None:
        yield settings, archive
        return
    with tempfile.TemporaryDirectory(prefix="letapis-fetch-") as folder:
        apart = settings.model_copy(update={"home": Path(folder), "database": Database(), "pace": settings.pace_folder})
        with Archive.open(apart.database_url) as passing:
            yield apart, passing


async def _visited(url: str, key: str | None, sites: Mapping[str, Site], wiring: Wiring) -> Summary:
    """One visit after the other, for as long as redirects lead from site to site."""
    for _ in range(MAX_SITES):
        site = _site(url, key, sites)
        page = _page(url, site, wiring)
        summary = await fetch(page, site, wiring, told=lambda brought, settlement: None)
        if summary.interrupted or summary.tally.last is None:
            raise FetchInterrupted
        brought, _ = summary.tally.last
        if brought.visit.found is not Found.REDIRECT or brought.visit.target is not None:
            return summary
        url = brought.visit.capture.redirect_to or url
    return summary


def _site(url: str, key: str | None, sites: Mapping[str, Site]) -> Site:
    """The site that the address is read as."""
    if key is not None and key not in sites:
        raise FetchRefused(
            Said('there is no site "{key}"; known: {sites} (letapis sites list)', key=key, sites=sorted(sites))
        )
    try:
        here = owner(url, sites)
    except BadUrl as error:
        raise FetchRefused(saying(error)) from error
    return here if key is None else lent(sites[key], here)


def _page(url: str, site: Site, wiring: Wiring) -> Page:
    """The page at the address, discovered now where nobody knew of it."""
    found = _in_scope(url, site)
    page = wiring.archive.page(site.key, found)
    if page is None:
        wiring.archive.discover(seed_of(url, site, wiring.now(), None))
        page = wiring.archive.page(site.key, found)
    if page is None:
        raise FetchRefused(Said("{url} can't become a page of site {site}", url=url, site=site.key))
    return page


def _in_scope(url: str, site: Site) -> str:
    try:
        found = canonical(url, site)
    except BadUrl as error:
        raise FetchRefused(saying(error)) from error
    verdict = judge(found, site)
    if not verdict.in_scope:
        raise FetchRefused(
            Said("{url} is out of the scope of site {site}: {why}", url=url, site=site.key, why=verdict.reason)
        )
    return found


def _fetched(url: str, summary: Summary, wiring: Wiring, *, with_body: bool) -> Fetched:
    assert summary.tally.last is not None
    archive = wiring.archive
    capture = summary.tally.last[1].captures[-1]
    page = archive.pages_by_id([capture.page_id])[capture.page_id]
    if page.alias_of is not None:
        page = archive.pages_by_id([page.alias_of])[page.alias_of]
    shown = page.version if capture.outcome not in _FAILED else None
    version = archive.version(page.id, shown) if shown else None
    return Fetched(
        requested_url=url,
        page=page,
        capture=capture,
        version=version,
        changes=summary.changes,
        new=bool(summary.tally.outcomes["new"]),
        body=_body(archive, version, capture, wiring.settings) if with_body else b"",
    )


def _body(archive: Archive, version: Version | None, capture: Capture, settings: Settings) -> bytes:
    made_from = archive.capture(version.capture_id) if version and version.capture_id else None
    meant = made_from if capture.outcome is Outcome.NOT_MODIFIED and made_from else capture
    return read(settings.warc_folder, meant.warc).body if meant.warc else b""
