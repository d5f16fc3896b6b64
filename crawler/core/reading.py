"""Bytes to a document with its digests: what a worker process is asked for."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from config.site import Site
from crawler.core.learnt import Learnt
from crawler.core.sighting import Sighting
from storage.records import Digests, Document, Extractor


@dataclass(frozen=True, kw_only=True)
class Reading:
    document: Document
    digests: Digests
    sighting: Sighting | None = None  # of a page without a content root, where it was asked for


def read_page(
    body: bytes,
    url: str,
    headers: Mapping[str, str],
    site: Site,
    learnt: Learnt | None = None,
    sight: bool = False,
) -> Reading:
    """Extracts a web page. ``headers`` have lower-case names. Raises ExtractionError for what is not a page.

    ``learnt`` is what is known of the site's template; with ``sight`` the reading brings what there is to learn.
    """
    from crawler.core.canonical import digests
    from crawler.core.extract import read
    from crawler.core.page import parse
    from crawler.core.sighting import sighting

    page = parse(body, url=url, headers=headers)
    document = read(page, site=site, learnt=learnt)
    seen = sighting(page.root) if sight and document.extractor is Extractor.TRAFILATURA else None
    return Reading(document=document, digests=digests(document), sighting=seen)


def read_sighting(body: bytes, url: str, headers: Mapping[str, str]) -> Sighting:
    """What there is to learn from a page, without its text. Raises ExtractionError for what is not a page."""
    from crawler.core.page import parse
    from crawler.core.sighting import sighting

    return sighting(parse(body, url=url, headers=headers).root)


def read_file(body: bytes, url: str, media_type: str | None) -> Reading:
    """Extracts an attached document. Raises FileError for bytes that can't be what they say.

    A file without text (a scan, an archive) differs when its bytes do; one with text when its text does, or its
    pages and pictures (``structure_digest``): a file made anew with the same content is no edit.
    """
    from crawler.core.canonical import digests
    from crawler.core.files import extract_file, structure_digest

    document = extract_file(body, url=url, media_type=media_type)
    made = digests(document)
    mark = structure_digest(body) if document.text else hashlib.sha256(body).hexdigest()
    return Reading(document=document, digests=made if mark is None else _with_mark(made, mark))


def _with_mark(digests: Digests, mark: str) -> Digests:
    def mixed(digest: str) -> str:
        return hashlib.sha256(f"{digest} {mark}".encode()).hexdigest()[:32]

    return replace(digests, content=mixed(digests.content), images=mixed(digests.images))


def second_opinion(body: bytes, url: str, document: Document) -> float:
    """Share of the document's words that the general extractor finds too, 0 to 1."""
    from crawler.core.extract import second_opinion as opinion

    return opinion(body, url, document)


def read_entries(body: bytes, url: str, media_type: str) -> tuple[tuple[str, float | None, bool], ...]:
    """What a feed or sitemap names: address, when it was changed (UTC timestamp, if told), and whether that is told of
    edits or of the publication only. Raises BadFeed for what is neither."""
    from crawler.core.feeds import read_feed

    entries = read_feed(body, url=url).entries
    return tuple((entry.url, entry.updated.timestamp() if entry.updated else None, entry.edited) for entry in entries)
