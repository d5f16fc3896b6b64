"""``letapis fetch``: the clean text of one page, from the server, now."""

import argparse
import asyncio
import sys
from contextlib import nullcontext

from crawler.commands import DONE, FAILED, UsageError
from crawler.commands.context import (
    archive_of,
    clock,
    complain,
    counted,
    emit,
    one_line,
    say,
    settings_of,
    sites_of,
)
from crawler.log import log_to
from crawler.ondemand import Fetched, FetchInterrupted, FetchRefused, fetch_url, fetched_json, refused_json
from storage.records import Document


def fetch(asked: argparse.Namespace) -> int:
    """Fetches one URL now, shows its clean text, stores it, says what changed since last time."""
    try:
        fetched = asyncio.run(_fetched(asked))
    except FetchInterrupted as error:
        raise KeyboardInterrupt from error
    except FetchRefused as error:
        if asked.json:
            emit(refused_json(asked.url, str(error), now=clock()))
        raise UsageError(str(error)) from error
    return _answer(asked, fetched)


async def _fetched(asked: argparse.Namespace) -> Fetched:
    settings = settings_of(asked)
    sites = sites_of(settings, asked.site_file)
    with nullcontext() if asked.no_store else archive_of(settings) as archive:
        if not asked.no_store:
            log_to(settings.home)
        return await fetch_url(
            asked.url,
            site=asked.site,
            settings=settings,
            sites=sites,
            archive=archive,
            store=not asked.no_store,
            with_body=asked.html,
        )


def _answer(asked: argparse.Namespace, fetched: Fetched) -> int:
    if asked.json:
        emit(fetched_json(fetched))
    elif fetched.failed:
        pass
    elif asked.html:
        _put(fetched.body)
    elif asked.markdown:
        say(fetched.version.document.markdown if fetched.version else "")
    else:
        _show(fetched)
    if fetched.failed:
        complain(f"{asked.url}: {fetched.capture.error or fetched.capture.outcome.value}")
    return FAILED if fetched.failed else DONE


def _put(body: bytes) -> None:
    """Bytes as they are; on a terminal what could steer it is left out."""
    if sys.stdout.isatty():
        say(body.decode("utf-8", "replace"))
    else:
        sys.stdout.buffer.write(body)


def _show(fetched: Fetched) -> None:
    page, version = fetched.page, fetched.version
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
    for change in fetched.changes:
        say(f"{change.kind.value}: {change.summary}")
        say(f"See it word by word: letapis diff {page.url}")
    if not fetched.changes:
        say("First version." if fetched.new else "No change since last time.")


def _what(document: Document) -> str:
    files = f", {counted(len(document.attachments), 'attachment')}" if document.attachments else ""
    return f"{document.kind.value}, language {document.language or 'unknown'}{files}"
