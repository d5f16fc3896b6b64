"""How much sooner the revisit policy knows of changes than other ways to spend the same requests, on synthetic sites.

    python -m benchmarks.schedule_simulator [--seeds 9001 9002 ...] [--days 45] [--pages 2000] [--a-page-a-day 1.0]
    [--shape gamma|lognormal]

Each seed draws a site: pages of all classes with rates of their own, articles that appear, flurries of corrections, a
sitemap that names most changes and some that did not happen. Every policy then lives through the same events with the
same slots, one request each. What counts is the mean time from a change to the visit that sees it, weighted as the
policy weighs (live pages 0.1); of a new page, from its appearing to its first visit. The first ``days`` are for
learning and do not count.
"""

import argparse
import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from benchmarks.schedule_policies import Adaptive, FixedByClass, Hinted, Oracle, Policy
from benchmarks.schedule_site import Shape, draw_site
from crawler.core.schedule import PageClass
from crawler.core.schedule_budget import IDLE, attainable_gain, lateness
from crawler.core.schedule_rates import DAY, HABITS

AHEAD = 20  # pages looked at for one that may come early
CONTROL = 1 / 48  # days between two settings of K


@dataclass(kw_only=True)
class Result:
    name: str
    delays: list[tuple[float, float]]  # (days, weight) of each change that counts
    slots: int
    idle: int
    seconds: float

    @property
    def mean(self) -> float:
        """Weighted mean delay, days."""
        return sum(d * w for d, w in self.delays) / sum(w for _, w in self.delays)

    def quantile(self, share_below: float) -> float:
        """Weighted quantile of the delay, days."""
        left = share_below * sum(w for _, w in self.delays)
        for delay, weight in sorted(self.delays):
            left -= weight
            if left <= 0:
                return delay
        return 0.0


class Life:
    """One policy's way through a site's events."""

    def __init__(self, policy: Policy, days: float, warm: float, seed: int) -> None:
        self.policy, self.site, self.days, self.warm = policy, policy.site, days, warm
        self.heap: list[tuple[float, int, int]] = []  # (due, page, ticket)
        self.due: dict[int, float] = {}
        self.last: dict[int, float] = {}
        self.ticket: dict[int, int] = {}
        self.unread = [0] * (len(self.site.classes) + 1)  # by page: events seen so far
        self.children = [0] * len(self.site.classes)
        self.delays: list[tuple[float, float]] = []
        random = Random(seed)
        for page, born in enumerate(self.site.born):
            if born is None:
                self.meet(page, 0.0, random.random(), seen_at=random.random() - 1)
        if isinstance(policy, Hinted):
            self.meet(policy.sitemap, 0.0, 0.0, seen_at=-1.0)

    def meet(self, page: int, at: float, due: float, seen_at: float | None = None) -> None:
        """A page becomes known; ``seen_at``: it has been visited before."""
        if page not in self.ticket:
            self.policy.found(page, at)
            if seen_at is not None:
                self.last[page] = seen_at
            self.plan(page, due)

    def plan(self, page: int, due: float) -> None:
        """Sets a page's next visit; what was planned before is void."""
        self.due[page], self.ticket[page] = due, self.ticket.get(page, 0) + 1
        heapq.heappush(self.heap, (due, page, self.ticket[page]))

    def run(self) -> Result:
        """All slots of all days, one after another."""
        started, idle, slots = time.process_time(), 0, int(self.days * self.policy.budget)
        checked = 0.0
        for slot in range(slots):
            at = slot / self.policy.budget
            if at - checked >= CONTROL:
                self.policy.control(at - checked, len(self.due))
                checked = at
            page = self.claim(at)
            if page is None:
                idle += 1
                self.policy.errors.append(IDLE)
            else:
                self.visit(page, at)
        self.close()
        seconds = time.process_time() - started
        return Result(name=self.policy.name, delays=self.delays, slots=slots, idle=idle, seconds=seconds)

    def claim(self, at: float) -> int | None:
        """The earliest due page; failing that the earliest past half its interval."""
        kept: list[tuple[float, int, int]] = []
        chosen = None
        while self.heap and len(kept) < AHEAD:
            entry = heapq.heappop(self.heap)
            due, page, ticket = entry
            if ticket != self.ticket[page]:
                continue
            half = (self.last.get(page, due) + due) / 2
            if not self.policy.waits or due <= at or half <= at:
                chosen = page
                break
            kept.append(entry)
        for entry in kept:
            heapq.heappush(self.heap, entry)
        return chosen

    def visit(self, page: int, at: float) -> None:
        """Sees what has happened since, and plans the next visit."""
        first = page not in self.last
        if not first:
            self.policy.errors.append(lateness(at * DAY, self.due[page] * DAY, self.last[page] * DAY))
        if isinstance(self.policy, Hinted) and page == self.policy.sitemap:
            seen = self.visit_sitemap(self.policy, at)
        else:
            seen = self.look(page, at, first)
        self.last[page] = at
        self.plan(page, self.policy.next(page, at, seen, first=first))

    def look(self, page: int, at: float, first: bool) -> int:
        """Counts the events that this visit is the first to see, and meets the new pages that a list shows."""
        events, start = self.site.events[page], self.unread[page]
        end = start
        while end < len(events) and events[end] <= at:
            end += 1
        self.unread[page] = end
        born = self.site.born[page]
        if first and born is not None:
            self.count(born, at, 1.0)  # what happened before its first visit is part of what is first seen
        elif self.site.classes[page] is not PageClass.LISTING:  # a list's links count when their pages are read
            for event in events[start:end]:
                self.count(event, at, HABITS[self.site.classes[page]].weight)
        return (end - start) if self.site.classes[page] is not PageClass.LISTING else self.meet_children(page, at)

    def meet_children(self, page: int, at: float) -> int:
        """Never-seen links of a list become pages, due now."""
        before = len(self.ticket)
        children = self.site.offspring[page]
        while self.children[page] < len(children) and children[self.children[page]][0] <= at:
            self.meet(children[self.children[page]][1], at, at if self.policy.waits else -1.0)
            self.children[page] += 1
        return len(self.ticket) - before

    def visit_sitemap(self, policy: Hinted, at: float) -> int:
        """New pages are met, named ones may be due; returns what counts as a feed's events."""
        new, policy.confirmed = policy.confirmed, 0
        for page, modified in policy.read_sitemap(at):
            if page not in self.ticket:
                self.meet(page, at, at)
                new += 1
            elif page in self.last and modified > self.last[page]:
                due = policy.named_due(page, modified, at, self.due[page])
                if due < self.due[page]:
                    self.plan(page, due)
        return new

    def count(self, event: float, known: float, weight: float) -> None:
        """One change's delay, if it happened in the days that count."""
        if event >= self.warm:
            self.delays.append((known - event, weight))

    def close(self) -> None:
        """What nobody has seen by the end is as late as the end."""
        for page, events in enumerate(self.site.events):
            born, kind = self.site.born[page], self.site.classes[page]
            if born is not None and page not in self.last:
                self.count(born, self.days, 1.0)
            elif kind is not PageClass.LISTING:
                for event in events[self.unread[page] :]:
                    self.count(event, self.days, HABITS[kind].weight)


def compare(seed: int, shape: Shape, pages: int, days: float, a_page_a_day: float) -> list[Result]:
    """Every policy's life on one site; the first result is uniform polling."""
    site, budget = draw_site(seed, pages, 2 * days, shape), pages * a_page_a_day
    make: list[Callable[[], Policy]] = [
        lambda: Policy(name="uniform polling", site=site, budget=budget, waits=False),
        lambda: FixedByClass(name="best fixed by class", site=site, budget=budget),
        lambda: Adaptive(name="adaptive", site=site, budget=budget),
        lambda: Hinted(name="adaptive, with hints", site=site, budget=budget),
        lambda: Oracle(name="oracle, no hints", site=site, budget=budget),
    ]
    weighted = [
        rate * HABITS[kind].weight * (1 + site.amplitude[kind])
        for rate, kind, born in zip(site.rates, site.classes, site.born, strict=True)
        if born is None
    ]
    print(
        f"seed {seed}: {pages} pages, {sum(b is not None for b in site.born)} more appear, {budget:.0f} requests a day"
    )
    print(f"  gain that the best constant interval of each page could attain: {attainable_gain(weighted):.2f}")
    return [Life(each(), 2 * days, days, seed).run() for each in make]


def show(results: list[Result]) -> None:
    """One line a policy: mean, median, 90th percentile of the delay in hours, and how many times sooner than
    uniform."""
    for result in results:
        hours = [24 * value for value in (result.mean, result.quantile(0.5), result.quantile(0.9))]
        print(
            f"  {result.name:<22} mean {hours[0]:6.2f} h  median {hours[1]:6.2f}  90 % {hours[2]:6.2f}"
            f"  {results[0].mean / result.mean:5.2f} x sooner  idle {100 * result.idle / result.slots:4.1f} %"
            f"  {1e6 * result.seconds / result.slots:5.1f} us a slot"
        )


def main() -> None:
    """Runs the seeds and prints each, then the geometric mean and the worst of the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[9001, 9002, 9003, 9004, 9005])
    parser.add_argument("--shape", type=Shape, choices=list(Shape), default=Shape.GAMMA, help="rates within a class")
    parser.add_argument("--days", type=float, default=30.0, help="to learn, and as many again to count")
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--a-page-a-day", type=float, default=1.0, help="requests a day and page")
    options = parser.parse_args()
    summary(options)


def summary(options: argparse.Namespace) -> None:
    """Each seed's table, and the ratios of all."""
    ratios: dict[str, list[float]] = {}
    for seed in options.seeds:
        results = compare(seed, options.shape, options.pages, options.days, options.a_page_a_day)
        show(results)
        for result in results:
            ratios.setdefault(result.name, []).append(results[0].mean / result.mean)
    print(f"all {len(options.seeds)} seeds, times sooner than uniform polling (geometric mean, least)")
    for name, values in ratios.items():
        product = 1.0
        for value in values:
            product *= value
        print(f"  {name:<22} {product ** (1 / len(values)):5.2f} {min(values):5.2f}")


if __name__ == "__main__":
    main()
