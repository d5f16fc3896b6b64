"""A run's share in its host's budget and controller: what it may ask, what it teaches, and its multiplier K."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime

from config.site import Site
from crawler.core.schedule_hints import MEMORY, HintTrust, is_covered, is_hinted
from crawler.core.schedule_host import (
    STEERING,
    accrued,
    asked_by_hand,
    begun,
    counted_lateness,
    factor_k,
    forced,
    given_back,
    on_ladder,
    steered,
    taken,
)
from crawler.core.schedule_rates import tells_edits
from crawler.core.scope import ARTICLE
from crawler.core.settle.doubt import is_asked_again
from crawler.core.visit import Visit
from storage.archive import Archive
from storage.records import Outcome, Page, Run, Settlement
from storage.records_service import Host

FIRST_SETTING = 10  # visits of a first crawl until K is set anew; then at twice as many, and so on


class Steering:
    """One run and its host.

    A *scheduled* run takes the requests that have accrued, and only its visits steer. What people order uses up
    requests and steers nothing. The baseline is exempt, and so is a look at every page. A run over feeds alone
    (``whole`` is false) leaves what it does not need to the next whole run, and steers nothing: it sees only the
    pages that are due the soonest.
    """

    def __init__(
        self,
        archive: Archive,
        site: Site,
        run: Run,
        *,
        now: Callable[[], datetime],
        budgeted: bool = False,
        everything: bool = False,
        whole: bool = True,
    ) -> None:
        self._archive = archive
        self._site = site
        self._name = site.hosts[0]
        self._budget = float(site.policy.budget_per_day)
        self._now = now
        self._baseline = run.baseline
        self._everything = everything
        self.scheduled = budgeted and not everything and not run.baseline
        self._steers = self.scheduled and whole
        self.drained = False  # no more page was found: to be said by who runs it
        self._visits, self._lateness = 0, 0.0  # not noted yet
        self._evidence: Counter[str] = Counter()  # likewise
        self._taken = 0  # visits of the run
        self._next_setting: float = FIRST_SETTING if run.baseline else float("inf")
        self._set_at = now()
        self._host = self._begin()
        self._k = self._multiplier()

    @property
    def k(self) -> float:
        """The multiplier K of the revisit policy, as it is now."""
        return self._k

    @property
    def trust(self) -> HintTrust:
        """In the host's feeds and sitemaps."""
        host = self._host
        return HintTrust(confirmed=host.confirmed, refuted=host.refuted, foretold=host.foretold, missed=host.missed)

    def claimed(self, pages: Iterable[Page]) -> None:
        """Pays for pages that are about to be visited, and notes how late they are; ladders cost nothing."""
        now = self._now()
        for page in pages:
            late = counted_lateness(page, now, self._host.forced_at)
            self.left -= not on_ladder(page)
            if late is not None and self._steers:
                self._visits += 1
                self._lateness += late

    def take(self, visit: Visit, settlement: Settlement) -> None:
        """Learns from a visit what the host's hints are worth; sets K anew when it is time."""
        self._taken += 1
        self._evidence.update(hint_evidence(visit, settlement, self._now()))
        if self._taken >= self._next_setting or self._now() - self._set_at >= STEERING:
            self._set_anew()

    def forced(self, at: datetime) -> None:
        """All pages were made due at this moment: their lateness is nobody's fault."""
        _, self._host = self._archive.change_host(self._name, lambda host: forced(host, at))

    def __enter__(self) -> "Steering":
        return self

    def __exit__(self, *_: object) -> None:
        """The run ends, well or not; requests that are left when it has found no more page had no page."""
        self._note(idle=self.left if self._steers and self.drained else 0)
        self._archive.change_host(self._name, self._ended)

    def _begin(self) -> Host:
        """Takes the requests that have accrued, and steers by what earlier runs have noted."""
        if not self.scheduled:
            self.left = self._site.policy.max_pages
            return self._archive.host(self._name)
        pages, now = self._archive.demand(self._site.key).pages, self._now()
        before, after = self._archive.change_host(
            self._name, lambda host: taken(self._steered(host, now, pages), now, self._budget)
        )
        self.left = int(accrued(before, now, self._budget).tokens)
        return after

    def _ended(self, host: Host) -> Host:
        now = self._now()
        if self.scheduled:
            return host if self.drained and self._steers else given_back(host, max(0, self.left), self._budget)
        if self._baseline or self._everything:
            return begun(host, now) if self.drained else host
        return asked_by_hand(host, now, self._budget, self._taken)

    def _steered(self, host: Host, now: datetime, pages: int) -> Host:
        return steered(host, now, self._budget, pages) if self._steers else host

    def _set_anew(self) -> None:
        now = self._now()
        self._note()
        self._next_setting = max(self._next_setting, 2.0 * self._taken) if self._baseline else self._next_setting
        self._set_at = now
        if self._steers:
            pages = self._archive.demand(self._site.key).pages
            _, self._host = self._archive.change_host(self._name, lambda host: steered(host, now, self._budget, pages))
        else:
            self._host = self._archive.host(self._name)
        self._k = self._multiplier()

    def _note(self, idle: int = 0) -> None:
        """Writes what was counted since the last time."""
        if self._visits or idle:
            self._archive.note_visits(self._name, visits=self._visits, lateness=self._lateness, idle=max(0, idle))
        if self._evidence:
            self._archive.note_trust(self._name, memory=MEMORY, **self._evidence)
        self._visits, self._lateness = 0, 0.0
        self._evidence.clear()

    def _multiplier(self) -> float:
        """In a first crawl pages that wait for their first visit count too: they are what the site will be."""
        demand = self._archive.demand(self._site.key, unseen=self._baseline)
        return factor_k(self._host, demand.roots, self._budget)


def has_feeds_due(archive: Archive, site: Site, now: datetime) -> bool:
    """Whether a run over feeds alone has something to look at, and a request left for it."""
    due = archive.next_due(site.key, below=ARTICLE)
    if due is None or due > now:
        return False
    budget = float(site.policy.budget_per_day)
    begins = archive.baseline_at(site.key) is None  # first visits are not paid for
    return begins or accrued(archive.host(site.hosts[0]), now, budget).tokens >= 1


def hint_evidence(visit: Visit, settlement: Settlement, at: datetime) -> dict[str, int]:
    """What a visit says of the host's hints, as counts to be added to its trust.

    Only good looks with our own eyes at pages that feeds cover or name: not first ones, not a 304, not a first look
    that a second one has to confirm.
    """
    page, outcome = visit.page, settlement.captures[-1].outcome
    now = at.timestamp()
    hinted = is_hinted(page.hint_modified, page.revisit.last_visit, now)
    looked = outcome in (Outcome.CHANGED, Outcome.UNCHANGED) and page.version is not None
    minds = tells_edits(page.revisit.page_class) and (hinted or is_covered(page.hint_read, now))
    if not looked or not minds or is_asked_again(visit, settlement):
        return {}
    trust = HintTrust().after(hinted=hinted, changed=outcome is Outcome.CHANGED)
    before = HintTrust()
    names = ("confirmed", "refuted", "foretold", "missed")
    return {name: int(more) for name in names if (more := getattr(trust, name) - getattr(before, name))}
