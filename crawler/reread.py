"""A stored capture read by today's extractor."""

import logging
from pathlib import Path
from typing import Any

from config.site import Site
from crawler.core.files import is_document
from crawler.core.reading import Reading
from crawler.workers import WorkerFailed
from storage.records import Capture, Page
from storage.warc import read

log = logging.getLogger(__name__)


async def reread(capture: Capture, page: Page, *, site: Site, folder: Path, pool: Any) -> Reading | None:
    """The document that today's extractor sees in old bytes; null, and said in the log, when it can't be had."""
    if capture.warc is None:
        return None
    stored = read(folder, capture.warc)
    headers = {name.lower(): value for name, value in stored.headers}
    try:
        if is_document(capture.media_type, capture.url, stored.body[:2048]):
            task = ("read_file", stored.body, capture.url, capture.media_type)
        else:
            task = ("read_page", stored.body, capture.url, headers, site)
        reading: Reading = await pool.run(f"crawler.core.reading.{task[0]}", *task[1:])
    except WorkerFailed as error:
        log.warning("stored bytes of %s could not be read again: %s", page.url, error.message)
        return None
    return reading
