"""What one visit brought back, and what the archive knows about it: the input of a settlement."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from config.site import Policy
from crawler.core.schedule_hints import HintTrust
from crawler.core.sighting import Sighting
from storage.records import Capture, Digests, Discovery, Document, Named, Page, PageState, Run, Settlement, Version


class Found(StrEnum):
    """What the server's answer amounts to, before it is compared with what we know."""

    DOCUMENT = "document"  # a text was extracted
    SAME = "same"  # 304, the same bytes, or the same content region as last time
    MISSING = "missing"  # 404, 410, 403 where there was a page, a "not found" in words
    REDIRECT = "redirect"  # sent on to another page, or out of scope
    BLOCKED = "blocked"  # a firewall, a captcha, a login: not the page's own answer
    FAILED = "failed"  # network, 5xx, 429, unreadable
    FORBIDDEN = "forbidden"  # by robots.txt or by scope: not asked at all
    PASSED = "passed"  # left alone for now: pages like it bring nothing new, or their budget is spent


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """What a feed or sitemap says of one page: these may be many."""

    url: str  # canonical
    modified: float | None  # UTC timestamp: of the last edit, or of publication where it tells no more
    edits: bool  # it tells of edits: its silence says something too


@dataclass(frozen=True, kw_only=True)
class Visit:
    page: Page  # as it was claimed
    capture: Capture
    found: Found
    address: str  # that answered
    document: Document | None = None
    digests: Digests | None = None
    body_digest: str | None = None
    region_digest: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    conditional: bool = False  # the request carried validators
    not_modified: bool = False  # the answer was 304: the server's word, not seen by us
    target: str | None = None  # canonical URL that a redirect names; null when it leads out of scope
    prefers: str | None = None  # canonical URL that the page declares as its own, when it is another one
    node: str | None = None  # canonical URL of the shortlink, when it is another one
    attachments: tuple[str, ...] = ()  # canonical URLs
    discoveries: tuple[Discovery, ...] = ()
    new_links: int | None = None  # never-seen addresses among them; null where that says nothing
    words: tuple[Word, ...] | None = None  # of a feed or sitemap, where it dates pages; null: this is none
    retry_after: float | None = None  # seconds
    sighting: Sighting | None = None  # of a page read without a content root, in a run that learns the template
    robots: bool = False  # forbidden by robots.txt


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What holds for all visits of a batch."""

    run: Run
    policy: Policy
    now: datetime
    multiplier: float  # K of the revisit policy
    trust: HintTrust = field(default_factory=HintTrust)  # in the host's feeds and sitemaps
    extractor_version: str
    profile_version: str


@dataclass(kw_only=True)
class Known:
    """What the archive says about a batch of visits, kept up to date while the batch is settled."""

    by_url: dict[str, Page] = field(default_factory=dict)  # aliases followed
    by_id: dict[int, Page] = field(default_factory=dict)
    latest: dict[int, Version] = field(default_factory=dict)
    rebased: dict[int, Version] = field(default_factory=dict)  # last version's bytes read by today's extractor
    twins: dict[tuple[str, str], list[Page]] = field(default_factory=dict)  # by digests of (text, title)
    held: dict[int, list[Page]] = field(default_factory=dict)  # pages that wait for a look at the page with this id
    parents: dict[str, list[Page]] = field(default_factory=dict)  # of documents, by canonical URL
    named: dict[str, Named] = field(default_factory=dict)  # pages that feeds date, by the URL that these name
    doubts: dict[int, Document] = field(default_factory=dict)  # first looks at edits that a second look has to confirm

    def page(self, page: Page) -> Page:
        """The page's newest state in this batch."""
        return self.by_id.get(page.id, page)

    def learn(self, settlement: Settlement) -> None:
        """Takes in what a settlement of the same batch has decided."""
        for page in settlement.pages:
            self._forget_hold(page)
            self.by_id[page.id] = page
            self.by_url[page.url] = page
            if page.state is PageState.HELD and page.twin_of is not None:
                self.held.setdefault(page.twin_of, []).append(page)
        for alias in settlement.aliases:
            if alias.page_id in self.by_id:
                self.by_url[alias.url] = self.by_id[alias.page_id]
        for version in settlement.versions:
            self.latest[version.page_id] = version
            key = (version.digests.text, version.digests.title)
            self.twins.setdefault(key, []).append(self.by_id[version.page_id])

    def _forget_hold(self, page: Page) -> None:
        for waiting in self.held.values():
            waiting[:] = [other for other in waiting if other.id != page.id]

    def twins_of(self, page: Page, digests: Digests) -> list[Page]:
        """Other pages whose latest version has the same text and title, in their newest state."""
        found = (self.page(twin) for twin in self.twins.get((digests.text, digests.title), []))
        return [
            twin
            for twin in {t.id: t for t in found}.values()
            if twin.id != page.id and (v := self.latest.get(twin.id)) and v.digests.text == digests.text
        ]
