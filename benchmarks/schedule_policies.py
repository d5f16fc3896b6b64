"""The ways to spend requests that the simulator compares: each says when a page is visited next."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from benchmarks.schedule_site import SHARES, Site
from crawler.core.schedule import Hint, HintTrust, PageClass, Revisit, Seen, decide, first_state, on_hint
from crawler.core.schedule_budget import multiplier, next_multiplier, share
from crawler.core.schedule_rates import DAY, HABITS

EPOCH = 1_750_000_000.0  # the site's day 0, as a timestamp


@dataclass(kw_only=True)
class Policy:
    """How slots are given away: a page's next visit, in days, after each of its visits."""

    name: str
    site: Site
    budget: float  # requests a day
    waits: bool = True  # a page may be due later than now; else the slot goes to the one that has waited longest

    def __post_init__(self) -> None:
        self.c, self.root, self.errors = 1.0, 0.0, list[float]()

    def found(self, page: int, at: float) -> None:
        """A page has become known."""

    def next(self, page: int, at: float, seen: int, *, first: bool) -> float:
        """The day of the next visit after one at ``at`` that saw so many events."""
        return at

    def control(self, days: float, pages: int) -> None:
        """Sets the multiplier for the next while."""
        self.c = next_multiplier(self.c, days, self.budget, pages, self.errors)
        self.errors = []

    @property
    def k(self) -> float:
        """The multiplier K."""
        return multiplier(self.c, self.root, self.budget)


class FixedByClass(Policy):
    """The best interval for each class, for one who knows the class's true mean rate on this site."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.roots: dict[PageClass, float] = {}
        for kind in SHARES:
            rates = [r for r, k in zip(self.site.rates, self.site.classes, strict=True) if k is kind]
            true = sum(rates) / len(rates) * (1 + self.site.amplitude[kind])
            self.roots[kind] = (true * HABITS[kind].weight) ** 0.5

    def found(self, page: int, at: float) -> None:
        """One more page of the class to share the budget."""
        self.root += self.roots[self.site.classes[page]]

    def next(self, page: int, at: float, seen: int, *, first: bool) -> float:
        """The class's interval."""
        return at + self.k / self.roots[self.site.classes[page]]


class Adaptive(Policy):
    """The revisit policy as it is."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.states: dict[int, Revisit] = {}

    def found(self, page: int, at: float) -> None:
        """Starts from the class's prior; a new article says when it was published."""
        born = self.site.born[page]
        published = None if born is None else EPOCH + born * DAY
        state = first_state(self.site.classes[page], EPOCH + at * DAY, published)
        self._keep(page, state if born is not None else replace(state, last_visit=EPOCH - DAY))

    def next(self, page: int, at: float, seen: int, *, first: bool) -> float:
        """What ``decide`` says."""
        outcome = Seen.CHANGED if seen and not first else Seen.SAME
        state, hint = self.states[page], self.silence(page)
        now = EPOCH + at * DAY
        decision = decide(state, now, self.k, outcome, url=str(page), new_links=seen, hint=hint)
        self._keep(page, decision.state)
        return (decision.next_visit - EPOCH) / DAY

    def silence(self, page: int) -> Hint | None:
        """What a feed's silence on the page is worth; nothing without feeds."""
        return None

    def _keep(self, page: int, state: Revisit) -> None:
        old = self.states.get(page)
        self.root += share(state) - (share(old) if old else 0.0)
        self.states[page] = state


class Oracle(Adaptive):
    """The same planning by one who knows each page's true rate from the first day."""

    def _keep(self, page: int, state: Revisit) -> None:
        super()._keep(page, replace(state, a=self.site.rates[page] * 1e12, b=1e12))


class Hinted(Adaptive):
    """The policy with a sitemap, one more page to be read, that names changes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.sitemap, self.read, self.confirmed = len(self.site.classes), 0, 0
        self.trust, self.named = HintTrust(), dict[int, float]()

    def found(self, page: int, at: float) -> None:
        """As without hints; the sitemap is a feed."""
        if page == self.sitemap:
            self._keep(page, replace(first_state(PageClass.FEED, EPOCH), last_visit=EPOCH))
        else:
            super().found(page, at)

    def next(self, page: int, at: float, seen: int, *, first: bool) -> float:
        """As without hints, and the hint's worth is learnt."""
        if page != self.sitemap and HABITS[self.site.classes[page]].edited and not first:
            hinted = self.named.pop(page, -1.0) > self._last(page)
            self.trust = self.trust.after(hinted=hinted, changed=seen > 0)
            self.confirmed += hinted and seen > 0
        return super().next(page, at, seen, first=first)

    def silence(self, page: int) -> Hint | None:
        """Covered pages may wait: the sitemap will tell."""
        covered = page != self.sitemap and HABITS[self.site.classes[page]].edited
        return self.trust.hint(None) if covered else None

    def read_sitemap(self, at: float) -> Iterator[tuple[int, float]]:
        """What it has said since it was last read: (page, day modified)."""
        while self.read < len(self.site.hints) and self.site.hints[self.read][0] <= at:
            _, modified, page = self.site.hints[self.read]
            self.read += 1
            yield page, modified

    def named_due(self, page: int, modified: float, at: float, due: float) -> float:
        """The day a known page is due, now that the sitemap has named it."""
        self.named[page] = modified
        hint, now = self.trust.hint(EPOCH + modified * DAY), EPOCH + at * DAY
        return (on_hint(self.states[page], EPOCH + due * DAY, now, self.k, hint) - EPOCH) / DAY

    def _last(self, page: int) -> float:
        return ((self.states[page].last_visit or EPOCH) - EPOCH) / DAY
