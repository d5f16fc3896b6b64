"""A stored capture read by today's extractor."""

import logging
from pathlib import Path
from typing import Any

from config.site import Site
from crawler.core.files import is_document
from crawler.core.learnt import Learnt
from crawler.core.reading import Reading
from crawler.workers import WorkerFailed
from storage.records import Capture, Page
from storage.warc import read

log = logging.getLogger(__name__)


def unprofiled(site: Site) -> Site:
    """The site without content selectors: the general extractor reads all of its pages."""
    return site.model_copy(update={"extract": site.extract.model_copy(update={"content": ()})})


async def reread(
    capture: Capture, page: Page, *, site: Site, folder: Path, pool: Any, learnt: Learnt | None = None
) -> Reading | None:
    """The document that today's extractor sees in old bytes; null, and said in the log, when it can't be had.

    ``learnt`` is today's knowledge of the site's template.
    """
    if capture.warc is None:
        return None
    stored = read(folder, capture.warc)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in stored.headers}
    try:
        if is_document(capture.media_type, capture.url, stored.body[:2048]):
            name = "crawler.core.reading.read_file"
            reading: Reading = await pool.run(name, stored.body, capture.url, capture.media_type)
        else:
            name = "crawler.core.reading.read_page"
            reading = await pool.run(name, stored.body, capture.url, headers, site, learnt)
    except WorkerFailed as error:
        log.warning("stored bytes of %s could not be read again: %s", page.url, error.message)
        return None
    return reading
