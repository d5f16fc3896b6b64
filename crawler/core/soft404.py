"""Soft 404s: answers of status 200 that say "not found" in words, or show a list in the place of a page.

What such an answer looks like is learnt from the site itself: it is asked for addresses that can't exist, one in each
folder that may answer in a way of its own (``/news/xxx`` may show the list of news where ``/xxx`` is an honest 404).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit
from zlib import crc32

from config.site import Site
from crawler.core.scope import kind_by_url
from crawler.core.urls import canonical, place
from storage.records import PageKind

ALIKE = 0.8  # Jaccard similarity of shingles; a list that has got a new item stays above, another page is near 0
SHINGLE = 3  # words
WORDS_ENOUGH = 400  # characters; a longer text that says "not found" somewhere is about something else
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back for an address; texts as extracted."""

    url: str  # canonical, as requested
    final_url: str  # canonical, after redirects
    status: int
    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Signature:
    """How the site answers for an address in a folder that can't exist."""

    folder: str  # path, language prefix off; "/" covers the whole site
    status: int
    final_url: str
    redirected: bool
    title: str  # folded
    shingles: frozenset[int]


def probe_url(site: Site, token: str, folder: str = "/") -> str:
    """An address in a folder that can't exist; ``token`` makes it one that was never asked before.

    >>> probe_url(mpt, "20240506", "/news")
    'https://mpt.gov.by/news/no-such-page-20240506'
    """
    plain = re.sub(r"[^a-z0-9]+", "", token.lower())
    return f"{site.scheme}://{site.hosts[0]}{folder.rstrip('/')}/no-such-page-{plain}"


def probe_urls(site: Site, token: str) -> tuple[str, ...]:
    """A probe of the site, and one of each folder that the profile's seeds name: lists, and where its articles lie."""
    folders = {"/": None}
    for seed in site.seeds:
        url = canonical(seed, site)
        path = place(url, site).partition("?")[0]
        kind = kind_by_url(url, site)
        if kind is PageKind.LISTING or kind is PageKind.NEWS:
            folders[path if kind is PageKind.LISTING else path.rpartition("/")[0] or "/"] = None
    return tuple(probe_url(site, token, folder) for folder in folders)


def learn(probe: Answer, site: Site) -> Signature:
    """The signature that a probe's answer teaches."""
    path = place(probe.url, site).partition("?")[0]
    return Signature(
        folder=path.rpartition("/")[0] or "/",
        status=probe.status,
        final_url=probe.final_url,
        redirected=probe.final_url != probe.url,
        title=_folded(probe.title, probe.url),
        shingles=shingles(_folded(probe.text, probe.url)),
    )


def is_soft_404(answer: Answer, signatures: Iterable[Signature], site: Site) -> bool:
    """Is an answer of status 200 a "not found"? By the profile's words, or by being what a probe's answer was.

    The list that a soft 404 shows is none at its own address.
    """
    if answer.status != 200:
        return False
    return says_missing(answer.title, answer.text, site) or any(
        _matches(answer, signature, site) for signature in signatures
    )


def says_missing(title: str, text: str, site: Site) -> bool:
    """Do the profile's ``extract.missing_text`` patterns match the title, or a line of a text too short for a page?"""
    said = f"{title}\n{text}" if len(text) <= WORDS_ENOUGH else title
    return any(re.search(words, said, re.MULTILINE) for words in site.extract.missing_text)


def _matches(answer: Answer, signature: Signature, site: Site) -> bool:
    path = place(answer.url, site).partition("?")[0]
    if signature.status != 200 or path == signature.folder or not path.startswith(signature.folder.rstrip("/") + "/"):
        return False
    if signature.redirected:
        return answer.final_url == signature.final_url != answer.url
    if answer.final_url != answer.url or _folded(answer.title, answer.url) != signature.title:
        return False
    return similarity(shingles(_folded(answer.text, answer.url)), signature.shingles) >= ALIKE


def shingles(text: str) -> frozenset[int]:
    """Checksums of all runs of three words (Broder 1997); of the whole of a shorter text."""
    words = text.split()
    runs = (" ".join(words[n : n + SHINGLE]) for n in range(max(1, len(words) - SHINGLE + 1)))
    return frozenset(crc32(run.encode("utf-8", "replace")) for run in runs) if words else frozenset()


def similarity(a: frozenset[int], b: frozenset[int]) -> float:
    """Jaccard: 1 is the same, 0 nothing in common; no text is like nothing."""
    return len(a & b) / len(a | b) if a and b else 0.0


def _folded(text: str, url: str) -> str:
    """Case, digits (clocks, counters) and the echo of the address folded away."""
    path = urlsplit(url).path
    folded = text
    for echo in (url, path, unquote(path), path.strip("/"), path.rpartition("/")[2]):
        if len(echo) > 3:
            folded = folded.replace(echo, "")
    return " ".join(_DIGITS.sub("0", folded.lower()).split())
