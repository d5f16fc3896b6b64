"""``letapis extract``: the clean text of saved pages, without network."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from config.settings import Settings
from config.site import Site
from crawler.commands import DONE, FAILED, UsageError
from crawler.commands.context import complain, emit, say, settings_of, site_at, site_named, site_read_as, sites_of
from crawler.core.documents import document_json, empty_json
from crawler.core.urls import BadUrl, canonical


def extract(asked: argparse.Namespace) -> int:
    """Extracts saved pages, without network."""
    settings = settings_of(asked)
    if asked.jsonl:
        return _extract_lines(asked, settings)
    if not asked.url:
        raise UsageError("say where the page is from: --url URL (links and the profile depend on it)")
    body = _read_file(asked.file)
    made = _extracted(body, asked.url, site_read_as(asked.url, asked.site, sites_of(settings, asked.site_file)))
    if asked.json:
        emit(made)
    else:
        say(made["markdown"] or "")
    if made["error"]:
        complain(f"{asked.file or 'standard input'}: {made['error']}")
    return FAILED if made["error"] else DONE


def _read_file(path: Path | None) -> bytes:
    if path is None:
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} can't be read ({error.strerror}); name a saved page") from error


def _extract_lines(asked: argparse.Namespace, settings: Settings) -> int:
    sites = sites_of(settings, asked.site_file)
    failed = False
    for line in sys.stdin:
        if line.strip():
            made = _one_line(line, sites)
            failed = failed or made["error"] is not None
            emit(made)
            sys.stdout.flush()
    return FAILED if failed else DONE


def _one_line(line: str, sites: dict[str, Site]) -> dict[str, Any]:
    url = ""
    try:
        asked = json.loads(line)
        url, path = str(asked["url"]), Path(asked["file"])
        site = site_named(asked["site"], sites) if asked.get("site") else site_at(url, sites)
        return _extracted(path.read_bytes(), url, site)
    except (ValueError, KeyError, TypeError, OSError, UsageError) as error:
        return {**empty_json(url), "error": f'want {{"url", "file", "site"?}} with a readable file: {error}'}


def _extracted(body: bytes, url: str, site: Site) -> dict[str, Any]:
    from crawler.core.extract import ExtractionError
    from crawler.core.files import FileError, is_document
    from crawler.core.reading import read_file, read_page

    try:
        page_url = canonical(url, site)
        document = is_document(None, url, body[:2048])
        reading = read_file(body, url, None) if document else read_page(body, url, {}, site)
    except (BadUrl, ExtractionError, FileError) as error:
        return {**empty_json(url), "error": str(error)}
    return {**document_json(reading.document, digests=reading.digests, url=page_url), "error": None}
