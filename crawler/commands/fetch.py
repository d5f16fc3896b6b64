"""``letapis fetch``: the clean text of one page, from the server, now."""

import argparse
import asyncio
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from config.settings import Settings
from config.site import Site
from crawler.commands import DONE, FAILED, UsageError
from crawler.commands.context import (
    archive_of,
    clock,
    complain,
    counted,
    emit,
    in_folder,
    one_line,
    say,
    settings_of,
    site_at,
    site_named,
    sites_of,
)
from crawler.core.documents import document_json, empty_json
from crawler.core.scope import judge
from crawler.core.urls import BadUrl, canonical
from crawler.core.visit import Found
from crawler.log import log_to
from crawler.runs import Summary, Wiring, seed_of
from crawler.runs import fetch as run_fetch
from storage.archive import Archive
from storage.records import Document, Outcome, Page, Version
from storage.warc import read

MAX_SITES = 10  # redirects from one site to another


def fetch(asked: argparse.Namespace) -> int:
    """Fetches one URL now, shows its clean text, stores it, says what changed since last time."""
    settings = settings_of(asked)
    with ExitStack() as stack:
        if asked.no_store:
            settings = in_folder(settings, Path(stack.enter_context(tempfile.TemporaryDirectory())))
        archive = stack.enter_context(archive_of(settings))
        log_to(settings.home)
        try:
            summary = _fetched(asked, settings, archive)
        except UsageError as error:
            if asked.json:
                emit(_refused(asked.url, str(error)))
            raise
        return _answer(asked, summary, archive, settings)


def _fetched(asked: argparse.Namespace, settings: Settings, archive: Archive) -> Summary:
    """One visit after the other, for as long as redirects lead from site to site."""
    wiring = Wiring(settings=settings, archive=archive)
    url = asked.url
    for _ in range(MAX_SITES):
        site = site_of(asked, settings, url)
        page = _page(_in_scope(url, site), url, site, archive)
        summary = asyncio.run(run_fetch(page, site, wiring, told=lambda brought, settlement: None))
        if summary.interrupted or summary.tally.last is None:
            raise KeyboardInterrupt
        brought, _ = summary.tally.last
        if brought.visit.found is not Found.REDIRECT or brought.visit.target is not None:
            return summary
        url = brought.visit.capture.redirect_to or url
    return summary


def site_of(asked: argparse.Namespace, settings: Settings, url: str) -> Site:
    """The site that the address is read as. ``--site`` lends its profile to addresses on other hosts, too."""
    sites = sites_of(settings, asked.site_file)
    here = site_at(url, sites)
    if asked.site is None or here.key == asked.site:
        return here
    return site_named(asked.site, sites).model_copy(update={"key": here.key, "hosts": here.hosts, "seeds": here.seeds})


def _in_scope(url: str, site: Site) -> str:
    try:
        found = canonical(url, site)
    except BadUrl as error:
        raise UsageError(str(error)) from error
    verdict = judge(found, site)
    if not verdict.in_scope:
        raise UsageError(f"{url} is out of the scope of site {site.key}: {verdict.reason}")
    return found


def _refused(url: str, error: str) -> dict[str, Any]:
    """The JSON document of an address that was not asked for."""
    nothing = dict.fromkeys(("final_url", "status", "version"))
    about = {"requested_url": url, "outcome": Outcome.EXCLUDED.value, "error": error}
    return {**empty_json(url), **nothing, **about, "fetched_at": clock().isoformat(), "changes": []}


def _page(url: str, asked_url: str, site: Site, archive: Archive) -> Page:
    page = archive.page(site.key, url)
    if page is None:
        archive.discover(seed_of(asked_url, site, clock(), None))
        page = archive.page(site.key, url)
    if page is None:
        raise UsageError(f"{asked_url} can't become a page of site {site.key}")
    return page


def _answer(asked: argparse.Namespace, summary: Summary, archive: Archive, settings: Settings) -> int:
    if summary.tally.last is None:
        raise RuntimeError("the fetch ended without a visit")
    _, settlement = summary.tally.last
    capture = settlement.captures[-1]
    page = archive.pages_by_id([capture.page_id])[capture.page_id]
    if page.alias_of is not None:
        page = archive.pages_by_id([page.alias_of])[page.alias_of]
    failed = capture.outcome in (Outcome.ERROR, Outcome.BLOCKED, Outcome.GONE, Outcome.EXCLUDED)
    version = archive.version(page.id, page.version) if page.version and not failed else None
    if asked.json:
        emit(_json(asked.url, page, version, summary, settlement))
    elif failed:
        pass
    elif asked.html:
        _put(_body(archive, version, capture, settings))
    elif asked.markdown:
        say(version.document.markdown if version else "")
    else:
        _show(page, version, summary)
    if failed:
        complain(f"{asked.url}: {capture.error or capture.outcome.value}")
    return FAILED if failed else DONE


def _put(body: bytes) -> None:
    """Bytes as they are; on a terminal what could steer it is left out."""
    if sys.stdout.isatty():
        say(body.decode("utf-8", "replace"))
    else:
        sys.stdout.buffer.write(body)


def _json(asked_url: str, page: Page, version: Version | None, summary: Summary, settlement: Any) -> dict[str, Any]:
    capture = settlement.captures[-1]
    if version is None:
        document = {**empty_json(page.url), "kind": page.kind.value}
    else:
        document = document_json(version.document, digests=version.digests, url=page.url)
    return {
        **document,
        "requested_url": asked_url,
        "final_url": capture.url,
        "status": capture.status,
        "outcome": capture.outcome.value,
        "error": capture.error,
        "fetched_at": capture.fetched_at.isoformat(),
        "version": version.number if version else None,
        "changes": [change.summary for change in summary.changes],
    }


def _body(archive: Archive, version: Version | None, capture: Any, settings: Settings) -> bytes:
    """The body that was sent just now, or, where the server said "not modified", the one that it meant."""
    made_from = archive.capture(version.capture_id) if version and version.capture_id else None
    meant = made_from if capture.outcome is Outcome.NOT_MODIFIED and made_from else capture
    return read(settings.warc_folder, meant.warc).body if meant.warc else b""


def _show(page: Page, version: Version | None, summary: Summary) -> None:
    if version is None:
        say(f"{page.url}: no text to show (a feed, or nothing that is a page)")
        return
    document = version.document
    say(f"# {one_line(document.title)}\n")
    if document.published:
        say(f"{document.published}\n")
    say(document.markdown or f"(no text{': ' + document.notice if document.notice else ''})")
    say(f"\n---\n{page.url}")
    say(f"{_what(document)}, read by {document.extractor.value}, version {version.number}")
    for change in summary.changes:
        say(f"{change.kind.value}: {change.summary}")
        say(f"See it word by word: letapis diff {page.url}")
    if not summary.changes:
        say("First version." if summary.tally.outcomes["new"] else "No change since last time.")


def _what(document: Document) -> str:
    files = f", {counted(len(document.attachments), 'attachment')}" if document.attachments else ""
    return f"{document.kind.value}, language {document.language or 'unknown'}{files}"
