"""What a run has shown of the site's and our own health: counted visit by visit, judged when the run closes."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from crawler.core.visit import Found, Visit
from storage.records import Extractor, Outcome, Settlement

EXAMPLES = 3  # pages named for each sign
MIN_OPINION = 250  # characters: of shorter texts the general extractor's opinion says nothing
SAME_REGION = "(unchanged)"  # stands for the selector where an equal content region spared the reading


class Sign(StrEnum):
    """What a visit was, as far as the monitoring minds it."""

    WELL = "well"  # the page's own answer, whatever it says
    BLOCKED = "blocked"  # a firewall, a captcha, a login, "too many requests"
    SILENT = "silent"  # no answer, or none but 5xx
    ROBOTS = "robots"  # robots.txt forbids to ask
    SOFT_404 = "soft_404"  # "not found" in a 200 answer
    EMPTY = "empty"  # nothing in the content where there was text
    UNREADABLE = "unreadable"  # an answer that is too hard to read


@dataclass(kw_only=True)
class Signs:
    """Fed with each committed visit; memory is bounded by the number of troubled pages."""

    watched: Collection[str] = ()  # URLs that a problem is open for
    counts: Counter[Sign] = field(default_factory=Counter)
    examples: defaultdict[Sign, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    seed_troubled: bool = False  # a seed was blocked, silent or forbidden
    recovered: set[str] = field(default_factory=set)  # of the watched URLs: something is to be read there again
    emptied: Counter[str] = field(default_factory=Counter)  # URL -> looks in a row that found it empty
    roots: Counter[str] = field(default_factory=Counter)  # content selector -> pages that it matched
    rootless: list[str] = field(default_factory=list)  # web pages that no content selector matched
    opinions: list[tuple[str, float]] = field(default_factory=list)  # (URL, agreement) of new versions

    def take(self, visit: Visit, settlement: Settlement) -> None:
        """Counts one visit, as it was settled."""
        sign = sign_of(visit, settlement)
        if sign is None:
            return
        self.counts[sign] += 1
        if len(self.examples[sign]) < EXAMPLES:
            self.examples[sign].append((visit.page.url, settlement.captures[-1].error or ""))
        if sign in (Sign.BLOCKED, Sign.SILENT, Sign.ROBOTS) and visit.page.found_on is None:
            self.seed_troubled = True
        self._emptiness(visit, sign)
        self._root(visit, sign)
        self._opinion(visit, settlement)

    @property
    def visits(self) -> int:
        return self.counts.total()

    @property
    def answered(self) -> int:
        """Visits that the site itself answered."""
        return sum(self.counts[sign] for sign in (Sign.WELL, Sign.SOFT_404, Sign.EMPTY, Sign.UNREADABLE))

    def _emptiness(self, visit: Visit, sign: Sign) -> None:
        """A page that had failed before counts twice: its second look is not in this run."""
        url = visit.page.url
        if sign is Sign.EMPTY:
            self.emptied[url] += 1 + min(1, visit.page.revisit.failure_count if url not in self.emptied else 0)
        elif sign in (Sign.WELL, Sign.SOFT_404):
            self.emptied.pop(url, None)
            if url in self.watched:
                self.recovered.add(url)

    def _root(self, visit: Visit, sign: Sign) -> None:
        document = visit.document
        if visit.found is Found.SAME and not visit.not_modified and visit.page.region_digest is not None:
            self.roots[SAME_REGION] += 1
        elif sign is Sign.WELL and document is not None and document.extractor is Extractor.TRAFILATURA:
            self.rootless.append(visit.page.url)
        elif document is not None and document.extractor is Extractor.PROFILE and document.root:
            self.roots[document.root] += 1

    def _opinion(self, visit: Visit, settlement: Settlement) -> None:
        made = [version for version in settlement.versions if version.page_id == visit.page.id]
        agreement = made[-1].document.agreement if made else None
        if agreement is not None:
            self.opinions.append((visit.page.url, agreement))


def sign_of(visit: Visit, settlement: Settlement) -> Sign | None:
    """What the visit says of the site's health; null where it says nothing (we never asked)."""
    match visit.found:
        case Found.FORBIDDEN:
            return Sign.ROBOTS if visit.robots else None
        case Found.BLOCKED:
            return Sign.BLOCKED
        case Found.FAILED if visit.capture.status == 429:
            return Sign.BLOCKED
        case Found.FAILED:
            silent = visit.capture.status is None or visit.capture.status >= 500
            return Sign.SILENT if silent else Sign.UNREADABLE
        case Found.MISSING if visit.capture.status == 200:
            return Sign.SOFT_404
        case Found.DOCUMENT if settlement.captures[-1].outcome is Outcome.ERROR:
            return Sign.EMPTY
        case _:
            return Sign.WELL
