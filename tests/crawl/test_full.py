"""A site that is hostile to naive crawlers: 430 articles, every trap, a page cache that lies; within 2,500 requests."""

from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from storage.records import Change, PageKind
from tests.crawl.conftest import Crawls
from tests.crawl.test_replica import differs, expected, named, told
from tests.site import Event, Size

BUDGET = 2500


@pytest.mark.long
def test_every_article_within_the_budget_and_every_event_once(crawls: Callable[..., Crawls]) -> None:
    made = crawls(size=Size.FULL, traps=True, page_cache=True)
    made.crawl(max_pages=BUDGET)
    articles_once(made)
    made.replica.noise()
    as_expected(made.replica.apply(), made.crawl().changes)  # nothing else: of the noise, of what was beyond the budget
    for event in made.replica.apply():  # one comes back
        as_expected([event], made.fetch(event.url).changes)
        assert made.fetch(event.url).changes == ()


def articles_once(made: Crawls) -> None:
    truth = {one.url: one for one in made.replica.truth()}
    kept = made.articles()
    assert {url for url, (page, _) in kept.items() if page.kind is not PageKind.LISTING} == set(truth)
    assert [fault for url, one in truth.items() for fault in differs(one, kept[url][1].document)] == []


def as_expected(events: Sequence[Event], changes: tuple[Change, ...]) -> None:
    assert Counter(map(told, changes)) == Counter(map(expected, events))
    assert [event.name for event in events if not named(event, changes)] == []
