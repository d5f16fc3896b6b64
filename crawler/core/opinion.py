"""Of which pages a second opinion is asked: edits of what we know, and a few of the new ones."""

from hashlib import blake2b

from crawler.core.signs import MIN_OPINION
from crawler.core.visit import Found, Visit
from storage.records import Extractor, PageKind, Version

ONE_IN = 20  # first versions


def wants_opinion(visit: Visit, before: Version | None) -> bool:
    """Whether the general extractor should look at the page too: an article, read by a profile, with some text.

    Of a known page when its text is new; of a new page if its URL is of the one in twenty.
    """
    document = visit.document
    if visit.found is not Found.DOCUMENT or document is None or document.extractor is not Extractor.PROFILE:
        return False
    if document.kind is PageKind.LISTING or len(document.text) <= MIN_OPINION or visit.digests is None:
        return False
    return sampled(visit.page.url) if before is None else visit.digests.text != before.digests.text


def sampled(url: str) -> bool:
    """Whether the URL is of the sample; the same in every run and process."""
    return int.from_bytes(blake2b(url.encode("utf-8", "surrogatepass"), digest_size=4).digest()) % ONE_IN == 0
