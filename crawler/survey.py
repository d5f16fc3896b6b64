"""A first look at an unknown site: some of its pages as they are, by the same polite way as every crawl."""

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from config.settings import Database, Settings
from config.site import Site
from crawler.runs import Wiring, crawl, fetch
from storage.archive import Archive
from storage.records import Capture, Page, PageState
from storage.warc import read

TWICE = 6  # pages that are fetched a second time: what differs at once is noise
_PAGES = ("text/html", "application/xhtml+xml")


async def survey(
    site: Site, settings: Settings, *, pages: int, told: Callable[..., None] = lambda *_: None
) -> list[tuple[str, bytes]]:
    """Up to so many HTML pages of a site as (address, body), some of them twice; nothing of it is kept.

    ``told`` hears of each visit, as a crawl's does.
    """
    with tempfile.TemporaryDirectory(prefix="letapis-survey-") as folder:
        apart = settings.model_copy(update={"home": Path(folder), "database": Database(), "pace": settings.pace_folder})
        with Archive.open(apart.database_url) as archive:
            wiring = Wiring(settings=apart, archive=archive)
            summary = await crawl(site, wiring, everything=False, max_pages=pages, told=told)
            if not summary.interrupted:
                for page in _some(archive.pages(site.key, states=[PageState.LIVE])):
                    await fetch(page, site, wiring, told=told)
            stored = archive.captures(site=site.key)
            return [(capture.url, body) for capture in stored if (body := _body(capture, apart.warc_folder))]


def _some(found: Iterable[Page]) -> list[Page]:
    """Pages from all over what was found; those far from the start are the ones with a text of their own."""
    texts = [page for page in found if page.version is not None]
    return texts[:: -max(1, len(texts) // TWICE)][:TWICE]


def _body(capture: Capture, folder: Path) -> bytes:
    """An HTML page's body; empty for everything else."""
    if capture.status != 200 or capture.media_type not in _PAGES or capture.warc is None:
        return b""
    return read(folder, capture.warc).body
