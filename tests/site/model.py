"""The replica's public words: sizes, markups, what is true of each page, what happens to pages."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Size(StrEnum):
    DEMO = "demo"  # the hand-written articles
    FULL = "full"  # and composed ones: at least 420
    BENCH = "bench"  # 2,000 articles on pages of about 70 KB


class Markup(StrEnum):
    D7 = "d7"  # Drupal 7, Bartik
    D10 = "d10"  # Drupal 10, Olivero
    MIXED = "mixed"  # by node: two thirds Drupal 7


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request that was answered."""

    method: str
    path: str  # with query, as asked
    user_agent: str
    conditional: bool  # If-None-Match or If-Modified-Since was sent
    status: int  # 0: the connection was dropped on purpose
    at: datetime  # UTC


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What a perfect crawler stores of one page.

    All parts hold the body field first, then the node's own image and file fields that stand below it in the article,
    each value a block of its own. `links` are all anchors in order, those to files included, `#` anchors left out.
    """

    url: str  # canonical, without prefix (a true translation: with its prefix)
    aliases: tuple[str, ...]  # other addresses of the same article
    kind: str  # news, page or document
    title: str
    language: str  # ru, be or en: of the words, whatever <html lang> says
    published: str | None  # with the zone, +03:00
    text: str
    markdown: str
    links: tuple[tuple[str, str], ...] = ()  # (absolute URL, text)
    images: tuple[tuple[str, str], ...] = ()  # (absolute URL, alt)
    attachments: tuple[tuple[str, str], ...] = ()
    body_bytes: bytes | None = None  # documents only
    node: int  # documents: of a page that links it
    orphan: bool = False  # linked from nowhere, not even the feed


@dataclass(frozen=True, kw_only=True)
class Event:
    """One true event, with the change that it has to be reported as."""

    name: str
    url: str  # of the page whose change is expected (an attachment's: its parent page)
    kind: str  # added, edited, removed, restored or moved
    what: frozenset[str] = frozenset()  # the least that must be named; for edits only
    moved_to: str | None = None
    note: str  # a sentence for people, with the values before and after
    stage: int = 1  # the call of apply() without names that makes it happen
