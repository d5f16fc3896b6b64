"""A synthetic site whose every event is known: what the revisit policies of the simulator live through.

The policy's beliefs are not the site's truth: each class's mean rate, burst and rhythm is off by a factor of its own,
and there are new pages, edits that come in flurries, and a sitemap that leaves changes out and makes others up.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from math import exp, log, sqrt
from random import Random

from crawler.core.schedule import PageClass
from crawler.core.schedule_rates import HABITS

SHARES = {  # of a site's pages
    PageClass.LISTING: 0.004,
    PageClass.LISTING_TAIL: 0.03,
    PageClass.LIVE: 0.005,
    PageClass.DOCUMENT: 0.175,
    PageClass.STATIC: 0.136,
    PageClass.NEWS: 0.65,
}
LISTING_MEAN = 0.5  # new pages a day and list: fewer than the policy believes
BIAS = 0.3  # sigma of the log of a class's true mean and burst around what the policy believes
NAMED, FALSE, LAG = 0.75, 0.25, 0.06  # sitemap: share of changes named, of hints that are false, mean delay in days


class Shape(StrEnum):
    """How rates differ within a class; of the same mean and variance both."""

    GAMMA = "gamma"  # as the policy believes: most pages hardly ever change
    LOGNORMAL = "lognormal"  # as it does not: few pages never change, a few change very often


@dataclass(kw_only=True)
class Site:
    """What happens, the same for every policy; times in days."""

    shape: Shape = Shape.GAMMA
    classes: list[PageClass] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)  # true changes a day, flurries left out
    born: list[float | None] = field(default_factory=list)  # null: there from the start
    events: list[list[float]] = field(default_factory=list)  # by page, in order
    offspring: list[list[tuple[float, int]]] = field(default_factory=list)  # by list: (when, new page)
    hints: list[tuple[float, float, int]] = field(default_factory=list)  # (to be read from, modified, page)
    amplitude: dict[PageClass, float] = field(default_factory=dict)  # true changes in a flurry after an edit


def draw_site(seed: int, pages: int, days: float, shape: Shape = Shape.GAMMA) -> Site:
    """A site of so many pages and all that happens on it in ``days``."""
    random, site = Random(seed), Site(shape=shape)
    means: dict[PageClass, float] = {}
    for page_class in SHARES:
        mean = LISTING_MEAN if page_class is PageClass.LISTING else HABITS[page_class].mean
        means[page_class] = mean * random.lognormvariate(0, BIAS)
        edited = HABITS[page_class].edited
        site.amplitude[page_class] = edited[0] * random.lognormvariate(0, BIAS) if edited else 0.0
    for page_class, part in SHARES.items():
        for _ in range(round(part * pages)):
            _add_page(site, random, page_class, means[page_class], None, days)
    for parent, page_class in enumerate(list(site.classes)):
        if page_class is PageClass.LISTING:
            for at in site.events[parent]:
                kind = PageClass.NEWS if random.random() < 0.75 else PageClass.DOCUMENT
                site.offspring[parent].append((at, len(site.classes)))
                _add_page(site, random, kind, means[kind], at, days)
    _add_hints(site, random, days)
    return site


def _add_page(site: Site, random: Random, page_class: PageClass, mean: float, born: float | None, days: float) -> None:
    rate = _drawn(random, site.shape, mean, HABITS[page_class].a0)
    habit, events = HABITS[page_class], []
    if born is not None and habit.published:
        events += _flurry(random, born, *habit.published)
    for at in _poisson(random, rate, born or 0.0, days):
        events.append(at)
        if habit.edited:
            events += _flurry(random, at, site.amplitude[page_class], habit.edited[1])
    site.classes.append(page_class)
    site.rates.append(rate)
    site.born.append(born)
    site.events.append(sorted(at for at in events if at < days))
    site.offspring.append([])


def _drawn(random: Random, shape: Shape, mean: float, a0: float) -> float:
    if shape is Shape.GAMMA:
        return max(random.gammavariate(a0, mean / a0), 1e-7)
    sigma = sqrt(log(1 + 1 / a0))
    return mean * random.lognormvariate(-sigma * sigma / 2, sigma)


def _poisson(random: Random, rate: float, start: float, end: float) -> Iterator[float]:
    at = start + random.expovariate(rate)
    while at < end:
        yield at
        at += random.expovariate(rate)


def _flurry(random: Random, start: float, amplitude: float, tau: float) -> list[float]:
    count, product = 0, random.random()
    while product > exp(-amplitude):  # Knuth's Poisson
        count, product = count + 1, product * random.random()
    return [start + random.expovariate(1 / tau) for _ in range(count)]


def _add_hints(site: Site, random: Random, days: float) -> None:
    covered = [i for i, kind in enumerate(site.classes) if HABITS[kind].edited]
    named = [(at, i) for i in covered for at in site.events[i] if random.random() < NAMED]
    named += [(at, i) for i, at in enumerate(site.born) if at is not None]
    lies = int(len(named) * FALSE / (1 - FALSE))
    named += [(random.uniform(0, days), random.choice(covered)) for _ in range(lies)]
    named = [(at, i) for at, i in named if at >= (site.born[i] or 0.0)]
    site.hints = sorted((at + random.expovariate(1 / LAG), at, i) for at, i in named)
