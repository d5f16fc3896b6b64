"""An answer of the server read into a Visit: by status, by sameness with last time, by its text."""

import hashlib
import logging
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urljoin

from scrapy.http import Response

from config.site import Site
from crawler.core.answers import found_by_status, status_error
from crawler.core.blocked import block_reason, challenge
from crawler.core.files import is_document
from crawler.core.learnt import Learnt
from crawler.core.links import LinkCache, hrefs
from crawler.core.reading import Reading
from crawler.core.region import region_digest
from crawler.core.scope import LISTS, Target, discover, judge, kind_by_url, targets
from crawler.core.sighting import Sighting
from crawler.core.soft404 import Answer, Signature, is_soft_404, learn
from crawler.core.urls import BadUrl, canonical
from crawler.core.visit import Found, Visit, Word
from crawler.workers import WorkerFailed
from storage.records import Capture, Discovery, Document, Outcome, Page, PageKind
from storage.said import Said

log = logging.getLogger(__name__)

_PAGES = ("text/html", "application/xhtml+xml")
_FEEDS = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml")


class Pool(Protocol):
    async def run(self, function: str, /, *args: Any, **kwargs: Any) -> Any: ...


class Reader:
    """Reads the answers of one site's server in one run."""

    def __init__(
        self,
        *,
        site: Site,
        run_id: int,
        pool: Pool,
        clock: Callable[[], datetime],
        baseline: bool,
        learnt: Learnt | None = None,  # the site's template to read by
        sight: bool = False,  # bring what there is to learn of it
    ) -> None:
        self._site = site
        self._learnt = learnt
        self._sight = sight
        self._run_id = run_id
        self._pool = pool
        self._clock = clock
        self._baseline = baseline
        self._cache = LinkCache(site)
        self._signatures: list[Signature] = []  # of "not found" in a 200 answer
        self._answers: Counter[int] = Counter()  # by status
        self._told: dict[str, int] = {}  # URL -> best priority that it was discovered with in this run
        # (clicks from a seed, on a list) -> URLs that links of such pages lead to: their priority is known
        self._weighed: defaultdict[tuple[int, bool], dict[str, PageKind]] = defaultdict(dict)

    async def read(self, response: Response, page: Page) -> Visit:
        """What the answer means for this page."""
        headers = headers_of(response)
        reason = self._block(response, page, headers)
        found = found_by_status(response.status, known=page.version is not None, blocked=reason is not None)
        visit = self._visit(response, page, headers, found or Found.DOCUMENT)
        if found is Found.REDIRECT:
            return self._redirect(visit, response, headers)
        if found is not None:
            error = reason or status_error(response.status, found)
            return replace(visit, capture=replace(visit.capture, error=error), retry_after=retry_after(headers))
        return await self._content(visit, response, headers)

    def _block(self, response: Response, page: Page, headers: Mapping[str, str]) -> str | None:
        """Why the answer is a block and not the page's own.

        A page that was there and is denied now was taken down, if the site says so in its own frame, or if few are
        denied and the rest of the site answers. Where everything is denied, it is us who are.
        """
        self._answers[response.status] += 1
        pairs = tuple(headers.items())
        if response.status != 403 or page.version is None:
            return block_reason(response.status, pairs, response.body)
        if region_digest(response.body, self._site) is not None:
            return None
        denied, well = self._answers[403], self._answers[200]
        few = well > 0 and denied <= max(3, well / 5)
        return challenge(403, pairs, response.body) if few else block_reason(403, pairs, response.body)

    def failed(self, page: Page, message: str, *, found: Found, elapsed_ms: int = 0, robots: bool = False) -> Visit:
        """A request that brought no answer."""
        outcome = Outcome.EXCLUDED if found is Found.FORBIDDEN else Outcome.ERROR
        capture = Capture(
            run_id=self._run_id,
            page_id=page.id,
            url=page.address,
            fetched_at=self._clock(),
            status=None,
            outcome=outcome,
            error=message,
            elapsed_ms=elapsed_ms,
        )
        return Visit(page=page, capture=capture, found=found, address=page.address, robots=robots)

    def _visit(self, response: Response, page: Page, headers: Mapping[str, str], found: Found) -> Visit:
        body_digest = hashlib.sha256(response.body).hexdigest() if response.body else None
        exchange = response.meta["exchange"]
        capture = Capture(
            run_id=self._run_id,
            page_id=page.id,
            url=response.url,
            fetched_at=exchange.fetched_at,
            status=response.status,
            outcome=_outcome(found),
            media_type=media_type(headers),
            digest=body_digest,
            size=len(response.body),
            elapsed_ms=exchange.elapsed_ms,
        )
        return Visit(
            page=page,
            capture=capture,
            found=found,
            address=response.url,
            body_digest=body_digest,
            etag=headers.get("etag"),
            last_modified=headers.get("last-modified"),
            conditional=bool(response.meta.get("conditional")),
            not_modified=response.status == 304,
        )

    def _redirect(self, visit: Visit, response: Response, headers: Mapping[str, str]) -> Visit:
        location = urljoin(response.url, headers.get("location", ""))
        target = self._claim(location, None)
        found = self._discoveries(targets(location, self._site), visit.page, again=True)
        capture = replace(visit.capture, redirect_to=location)
        return replace(visit, capture=capture, target=target, discoveries=found)

    async def _content(self, visit: Visit, response: Response, headers: Mapping[str, str]) -> Visit:
        kind = media_type(headers)
        page = visit.page
        # The same feed may say something else today: a date that was ahead has come. A sitemap may come as a gzip file.
        if kind in _FEEDS or (page.kind is PageKind.FEED and kind not in _PAGES):
            return await self._feed(visit, response, kind)
        if page.body_digest is not None and page.body_digest == visit.body_digest:
            return replace(visit, found=Found.SAME)
        if is_document(kind, response.url, response.body[:2048]):
            return await self._file(visit, response, kind)
        if kind in _PAGES or kind is None:
            return await self._page(visit, response, headers)
        error = Said("neither a page nor a document: {kind}", kind=kind)
        return replace(visit, found=Found.FORBIDDEN, capture=replace(visit.capture, error=error))

    async def _page(self, visit: Visit, response: Response, headers: Mapping[str, str]) -> Visit:
        region = region_digest(response.body, self._site)
        found = self._discoveries(self._cache.targets(hrefs(response.body, response.url)), visit.page)
        visit = replace(visit, region_digest=region, discoveries=found)
        if region is not None and region == visit.page.region_digest:
            return replace(visit, found=Found.SAME)
        rules = (self._site, self._learnt, self._sight)
        return await self._read(visit, "read_page", response.body, response.url, headers, *rules)

    async def _file(self, visit: Visit, response: Response, kind: str | None) -> Visit:
        return await self._read(visit, "read_file", response.body, response.url, kind)

    async def _feed(self, visit: Visit, response: Response, kind: str | None) -> Visit:
        try:
            said = await self._pool.run("crawler.core.reading.read_entries", response.body, response.url, kind or "")
        except WorkerFailed as error:
            return _unreadable(visit, error.message)
        entries = [(targets(url, self._site), modified, edits) for url, modified, edits in said]
        found = self._discoveries([target for named, _, _ in entries for target in named], visit.page)
        words = [Word(url=n[-1].url, modified=at, edits=edits) for n, at, edits in entries if n and at is not None]
        return replace(visit, found=Found.SAME, discoveries=found, words=tuple(words))

    async def _read(self, visit: Visit, task: str, *arguments: Any) -> Visit:
        try:
            reading: Reading = await self._pool.run(f"crawler.core.reading.{task}", *arguments)
        except WorkerFailed as error:
            return _unreadable(visit, error.message)
        if task == "read_page" and self._says_missing(visit, reading.document):
            capture = replace(visit.capture, error=Said("answers 200, but says that there is no such page"))
            return replace(visit, found=Found.MISSING, capture=capture)
        visit = replace(visit, digests=reading.digests, sighting=reading.sighting)
        return self._with_document(visit, reading.document)

    async def sighted(self, response: Response) -> Sighting | None:
        """What a second fetch of a page shows of the site's template; null for all that is no good page."""
        headers = headers_of(response)
        if response.status != 200 or media_type(headers) not in _PAGES:
            return None
        try:
            seen: Sighting = await self._pool.run(
                "crawler.core.reading.read_sighting", response.body, response.url, headers
            )
        except WorkerFailed as error:
            log.info("a second fetch of %s could not be read: %s", response.url, error.message)
            return None
        return seen

    async def learn_missing(self, response: Response) -> None:
        """Takes in how the site answers for an address that can't exist (a probe)."""
        if response.status != 200 or media_type(headers_of(response)) not in _PAGES:
            return
        headers = headers_of(response)
        try:
            reading: Reading = await self._pool.run(
                "crawler.core.reading.read_page", response.body, response.url, headers, self._site, self._learnt
            )
        except WorkerFailed as error:
            log.info("the answer to a probe could not be read: %s", error.message)
            return
        self._signatures.append(learn(self._answer(response.url, response.url, 200, reading.document), self._site))

    def _says_missing(self, visit: Visit, document: Document) -> bool:
        answer = self._answer(visit.page.url, visit.address, visit.capture.status or 0, document)
        return is_soft_404(answer, self._signatures, self._site)

    def _answer(self, url: str, final_url: str, status: int, document: Document) -> Answer:
        return Answer(
            url=canonical(url, self._site),
            final_url=canonical(final_url, self._site),
            status=status,
            title=document.title,
            text=document.text,
        )

    def _with_document(self, visit: Visit, document: Document) -> Visit:
        return replace(
            visit,
            document=document,
            prefers=self._claim(document.canonical, visit.page),
            node=self._claim(document.shortlink, visit.page),
            attachments=tuple(url for file in document.attachments if (url := self._claim(file.url, None))),
        )

    def _claim(self, url: str | None, page: Page | None) -> str | None:
        """The canonical form of an address that a page names; null when there is none, it is out or its own."""
        if not url:
            return None
        try:
            claimed = canonical(url, self._site)
        except BadUrl:
            return None
        ours = judge(claimed, self._site).in_scope and (page is None or claimed != page.url)
        return claimed if ours else None

    def _discoveries(self, found: Iterable[Target], page: Page, *, again: bool = False) -> tuple[Discovery, ...]:
        """The targets as pages to be; what this run has told before is not told again, unless it gets an earlier turn.

        ``again``: told in any case.
        """
        if not again:
            found = self._unweighed(found, page)
        made = (self._discovered(target, page) for target in found)
        fresh = [one for one in made if one and (again or one.priority < self._told.get(one.url, sys.maxsize))]
        self._told.update({one.url: one.priority for one in fresh})
        return tuple(fresh)

    def _unweighed(self, found: Iterable[Target], page: Page) -> list[Target]:
        """Without the targets that pages as far away have named before: nearly all of a page's links, on every page."""
        weighed = self._weighed[page.depth, kind_by_url(page.url, self._site) in LISTS]
        fresh = [target for target in found if weighed.get(target.url) is not target.kind]
        weighed.update({target.url: target.kind for target in fresh if not target.further})  # a leaf of the same list?
        return fresh

    def _discovered(self, target: Target, page: Page) -> Discovery | None:
        return discover(
            target, site=self._site, now=self._clock(), depth=page.depth, found_on=page.url, baseline=self._baseline
        )


def headers_of(response: Response) -> dict[str, str]:
    """Header names in lower case; the values of repeated ones joined by commas (RFC 9110, 5.3)."""
    joined: dict[str, str] = {}
    for name, values in response.headers.items():
        key = name.decode("latin-1").lower()
        joined[key] = ", ".join(value.decode("latin-1") for value in values)
    return joined


def media_type(headers: Mapping[str, str]) -> str | None:
    return headers.get("content-type", "").split(";")[0].strip().lower() or None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks for; the date form is the politeness middleware's."""
    value = headers.get("retry-after", "").strip()
    return float(value) if value.isdigit() else None


def _unreadable(visit: Visit, message: str) -> Visit:
    return replace(visit, found=Found.FAILED, capture=replace(visit.capture, outcome=Outcome.ERROR, error=message))


def _outcome(found: Found) -> Outcome:
    """Provisional: the settlement has the last word."""
    match found:
        case Found.BLOCKED:
            return Outcome.BLOCKED
        case Found.FAILED:
            return Outcome.ERROR
        case Found.MISSING:
            return Outcome.GONE
        case Found.REDIRECT:
            return Outcome.REDIRECT
        case Found.SAME:
            return Outcome.UNCHANGED
        case _:
            return Outcome.NEW
