"""The vocabulary as values: pages, captures, documents, versions, changes, runs.

Standard library only. Every date-time is aware and in UTC; every digest is lower-case hex.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class PageKind(StrEnum):
    NEWS = "news"
    LISTING = "listing"
    DOCUMENT = "document"
    PAGE = "page"
    FEED = "feed"
    OTHER = "other"


class PageState(StrEnum):
    NEW = "new"  # known by address only, never visited well
    LIVE = "live"
    HELD = "held"  # visited well, but perhaps another page's article: not reported until that page has been looked at
    MISSING = "missing"  # not there at the last look, was there before; gone when a later look confirms it
    GONE = "gone"
    ALIAS = "alias"  # another address of the page named by alias_of
    EXCLUDED = "excluded"  # not ours to keep: robots.txt, out of scope, a soft 404, never existed


class Outcome(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    NOT_MODIFIED = "not_modified"
    REDIRECT = "redirect"  # the server sent us on; the target has a capture of its own
    GONE = "gone"
    BLOCKED = "blocked"
    ERROR = "error"
    EXCLUDED = "excluded"


class Extractor(StrEnum):
    PROFILE = "profile"
    TRAFILATURA = "trafilatura"
    FILE = "file"


class ChangeKind(StrEnum):
    ADDED = "added"
    EDITED = "edited"
    REMOVED = "removed"
    RESTORED = "restored"
    MOVED = "moved"


class What(StrEnum):
    """Which part of a document differs; the order is the order of showing."""

    TITLE = "title"
    TEXT = "text"
    NUMBERS = "numbers"
    DATES = "dates"
    LINKS = "links"
    IMAGES = "images"
    ATTACHMENTS = "attachments"
    FORMATTING = "formatting"


class RunKind(StrEnum):
    CRAWL = "crawl"
    FETCH = "fetch"
    REEXTRACT = "reextract"


class RunState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, kw_only=True)
class Link:
    url: str  # absolute, as written (not canonical)
    text: str


@dataclass(frozen=True, kw_only=True)
class Image:
    url: str
    alt: str


@dataclass(frozen=True, kw_only=True)
class Attachment:
    url: str
    text: str
    media_type: str | None  # by the page's own word or the file's ending; null when neither tells


@dataclass(frozen=True, kw_only=True)
class Document:
    """What a reader sees, extracted from a capture."""

    title: str
    language: str | None  # "ru", "be", "en", ...; null when there is too little text to tell
    published: str | None  # ISO date, or date-time with zone; null when the page does not say
    kind: PageKind
    markdown: str
    text: str
    links: tuple[Link, ...] = ()
    images: tuple[Image, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    extractor: Extractor
    root: str | None = None  # the content selector that matched; null when none did
    canonical: str | None = None  # absolute, as the page declares it (HTML or Link header)
    shortlink: str | None = None  # absolute, as declared; Drupal's /node/N
    translations: tuple[tuple[str, str], ...] = ()  # (language, absolute URL) by language switcher or hreflang
    body_class: str = ""
    agreement: float | None = None  # share of words that trafilatura finds too, 0..1; null when not asked
    notice: str | None = None  # why there is less text than one expects ("needs_ocr", "encrypted", ...)


@dataclass(frozen=True, kw_only=True)
class Digests:
    """Digests of a document's canonical form, part by part (32 hex digits each)."""

    content: str  # over title, text, links, images, numbers and attachments: what an alarm goes by
    title: str
    text: str
    links: str
    images: str
    numbers: str
    dates: str  # published, and dates written in the text
    attachments: str
    formatting: str  # of the Markdown as it is


@dataclass(frozen=True, kw_only=True)
class WarcPlace:
    file: str  # name relative to the archive's WARC folder
    offset: int  # of the gzip member of the response or revisit record
    length: int


@dataclass(frozen=True, kw_only=True)
class Revisit:
    """State of the revisit policy for one page; times are UTC timestamps, rates are per day."""

    page_class: str  # a schedule.PageClass value
    last_visit: float | None = None  # of the last good visit
    a: float = 0.0  # Gamma posterior: pseudo-changes
    b: float = 0.0  # Gamma posterior: exposure in days
    weight: float = 1.0
    burst_at: float | None = None
    burst_amplitude: float = 0.0
    burst_tau: float = 1.0  # days
    gone_count: int = 0
    failure_count: int = 0


@dataclass(frozen=True, kw_only=True)
class Page:
    """One canonical URL of a site."""

    id: int
    site: str
    url: str  # canonical: the page's identity
    address: str  # the address to request: the one last seen to answer for this page
    group: str  # canonical URL without language prefix: the same for all language variants of one node
    kind: PageKind = PageKind.OTHER
    state: PageState = PageState.NEW
    section: str | None = None
    priority: int = 5  # 0 first; never-seen articles before what is likely a duplicate
    depth: int = 0  # clicks from a seed
    found_at: datetime
    found_on: str | None = None  # URL of the page that linked here; null for seeds
    baseline: bool = False  # known without a change to report: first crawl, imported lists
    alias_of: int | None = None
    twin_of: int | None = None  # the page that has to be looked at before a HELD page is reported
    node: str | None = None  # the site's own name of it, from the shortlink: the same for all its addresses
    etag: str | None = None  # exactly as the server sent it
    last_modified: str | None = None  # exactly as the server sent it
    body_digest: str | None = None  # sha256 of the decoded body
    region_digest: str | None = None  # of the content region's markup, noise folded away
    version: int | None = None  # number of the latest version
    title: str | None = None  # of the latest version
    language: str | None = None
    last_seen: datetime | None = None  # last good visit that found it there
    missing_since: datetime | None = None  # first look that did not find it
    next_visit: datetime | None = None  # null: not to be visited (aliases, excluded)
    unconditional_at: datetime | None = None  # last good visit without conditional headers
    hint_modified: float | None = None  # the latest change that a feed or sitemap names; UTC timestamp
    hint_read: float | None = None  # when one that tells of edits was last read with the page on it; UTC timestamp
    revisit: Revisit


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """What the revisit policy knows of a page that a feed or sitemap names: these may be many."""

    page_id: int
    next_visit: datetime | None
    hint_modified: float | None
    hint_read: float | None
    revisit: Revisit


@dataclass(frozen=True, kw_only=True, slots=True)
class HintMark:
    """What a feed or sitemap has said of a known page, as it is kept."""

    page_id: int
    modified: float | None  # UTC timestamp; the latest that was ever named
    read: float | None  # UTC timestamp; null: a word on this page's edits is not to be expected of it
    due: datetime | None = None  # when the page is to be visited, unless it is due before; null: not for this


@dataclass(frozen=True, kw_only=True)
class Discovery:
    """An address found on a page, a feed or a list: a page to be, unless it is known."""

    site: str
    url: str
    address: str
    group: str
    kind: PageKind
    section: str | None = None
    priority: int = 5
    depth: int = 0
    found_on: str | None = None
    baseline: bool = False
    next_visit: datetime
    revisit: Revisit


@dataclass(frozen=True, kw_only=True)
class Capture:
    """What one request brought back, failures included."""

    id: int | None = None  # null before it is recorded
    run_id: int
    page_id: int
    url: str  # as requested
    fetched_at: datetime
    status: int | None  # null when no answer came
    outcome: Outcome
    error: str | None = None  # one line for people; null when all is well
    media_type: str | None = None
    digest: str | None = None  # sha256 of the decoded body
    size: int = 0  # bytes of the decoded body
    elapsed_ms: int = 0
    redirect_to: str | None = None
    warc: WarcPlace | None = None  # null when nothing came back


@dataclass(frozen=True, kw_only=True)
class Version:
    """A distinct document of a page."""

    page_id: int
    number: int  # 1, 2, ... for each page
    capture_id: int | None = None  # null before it is recorded: then the settlement's last capture
    first_seen: datetime
    document: Document
    digests: Digests
    extractor_version: str
    profile_version: str
    upgrade: bool = False  # new text from old bytes: never a change


@dataclass(frozen=True, kw_only=True)
class Change:
    """Between two versions of a page, or a page appearing, vanishing, returning, moving."""

    id: int | None = None
    site: str
    page_id: int
    url: str
    kind: ChangeKind
    title: str
    page_kind: PageKind
    section: str | None = None
    language: str | None = None
    last_seen: datetime | None  # last seen as before; null for added
    first_seen: datetime  # first seen as after
    significance: float  # 0..1
    what: tuple[What, ...] = ()
    summary: str
    from_version: int | None = None
    to_version: int | None = None
    subject_id: int | None = None  # the document page whose versions these are; null: the page itself
    subject_url: str | None = None
    moved_to: str | None = None
    run_id: int
    group_id: int | None = None  # the site-wide event that this is a part of
    count: int = 1  # how many pages a site-wide event touches


@dataclass(frozen=True, kw_only=True)
class Alias:
    url: str  # another canonical-form URL of the page
    page_id: int
    how: str  # "redirect", "canonical", "same content", "shortlink", "print view", ...


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """All that one visit brings into the archive: written whole or not at all."""

    pages: tuple[Page, ...]  # new state of the visited page, and of others that the visit settles
    captures: tuple[Capture, ...]
    versions: tuple[Version, ...] = ()
    changes: tuple[Change, ...] = ()
    aliases: tuple[Alias, ...] = ()
    discoveries: tuple[Discovery, ...] = ()
    absorb: tuple[tuple[int, ChangeKind], ...] = ()  # (page id, kind): this run's change that another one replaces
    due_now: tuple[int, ...] = ()  # pages to look at at once
    hints: tuple[HintMark, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Run:
    id: int
    site: str
    kind: RunKind
    state: RunState
    started_at: datetime
    finished_at: datetime | None = None
    baseline: bool = False  # the site's first crawl: reports nothing as added
    counts: dict[str, int] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Monitoring itself is troubled; opened with evidence, closed by itself when healed."""

    id: int | None = None
    site: str
    kind: str  # "blocked", "empty", "drift", "soft_404", "feed_silent", "down", ...
    subject: str  # URL, section or selector that it is about
    evidence: str
    opened_at: datetime
    seen_at: datetime
    closed_at: datetime | None = None
