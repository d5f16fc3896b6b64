"""Trouble with the monitoring itself, on real crawls: told with evidence, never a change, healed by itself."""

from collections.abc import Callable
from typing import Any

import pytest

from config.site import Rhythm, Site
from storage.records import Outcome, PageKind
from tests.crawl.conftest import Crawls
from tests.site import Markup, Replica

PATIENT = {"gone_after": 3600.0}


NEWS = (r"^/(\?|$)", r"^/news(\?|$)", r"^/news/\d")


def news_crawled(made: Crawls) -> None:
    made.site = made.site.model_copy(update={"scope": made.site.scope.model_copy(update={"allow": NEWS})})
    made.crawl()


@pytest.fixture
def crawled(once: Callable[..., Crawls]) -> Crawls:
    """The news of the site, crawled once: enough to see trouble by."""
    return once(news_crawled, markup=Markup.D7, policy=PATIENT)


def opened(crawls: Crawls) -> list[tuple[str, str]]:
    return [(problem.kind, problem.subject) for problem in crawls.archive.problems(crawls.site.key)]


def with_rules(site: Site, **rules: Any) -> Site:
    return site.model_copy(update={"extract": site.extract.model_copy(update=rules)})


def with_health(site: Site, **health: Any) -> Site:
    return site.model_copy(update={"health": site.health.model_copy(update=health)})


def fail_everywhere(replica: Replica, *, status: int) -> None:
    for path in {request.path for request in replica.requests} - {"/robots.txt"}:
        replica.fail(path, status=status)


def text_of(crawls: Crawls, url: str) -> str:
    return crawls.articles()[url][1].document.text


def texts(crawls: Crawls) -> dict[str, str]:
    kept = crawls.articles().items()
    return {url: version.document.text for url, (page, version) in kept if page.kind is not PageKind.LISTING}


def news(crawls: Crawls) -> str:
    """The URL of node 301, whose markup names it."""
    return f"{crawls.replica.url}/news/14-02-2022-301"


def test_a_sound_crawl_opens_nothing(crawled: Crawls) -> None:
    crawled.replica.apply()
    crawled.crawl()
    assert crawled.archive.problems(crawled.site.key, open_only=False) == []


def test_a_site_that_turns_us_away_is_a_problem_and_no_change(crawled: Crawls) -> None:
    fail_everywhere(crawled.replica, status=403)
    turned_away = crawled.crawl()
    assert turned_away.changes == ()
    (problem,) = crawled.archive.problems(crawled.site.key)
    assert (problem.kind, problem.subject) == ("blocked", "site")
    assert crawled.replica.url in problem.evidence
    assert "403" in problem.evidence
    crawled.crawl()
    (still,) = crawled.archive.problems(crawled.site.key)
    assert (still.id, still.opened_at) == (problem.id, problem.opened_at)
    assert still.seen_at > problem.seen_at
    crawled.replica.heal()
    assert crawled.crawl().changes == ()
    assert opened(crawled) == []
    (healed,) = crawled.archive.problems(crawled.site.key, open_only=False)
    assert healed.closed_at is not None


def test_a_site_that_does_not_answer_is_down(crawls: Callable[..., Crawls]) -> None:
    made = crawls(markup=Markup.D7, policy=PATIENT)
    made.crawl(max_pages=20)
    made.replica.stop()
    assert made.crawl(max_pages=4).changes == ()
    (problem,) = made.archive.problems(made.site.key)
    assert (problem.kind, problem.subject) == ("down", "site")


def empty(crawls: Crawls, *selectors: str) -> Site:
    """The site's profile, with a rule that leaves nothing of what the selectors name."""
    return with_rules(crawls.site, drop=(*crawls.site.extract.drop, *selectors))


def test_an_emptied_page_keeps_its_text_and_is_looked_at_twice(crawled: Crawls) -> None:
    before, sound = text_of(crawled, news(crawled)), crawled.site
    crawled.site = empty(crawled, "#node-301 .field")
    summary = crawled.crawl()
    assert summary.changes == ()
    assert text_of(crawled, news(crawled)) == before
    looks = [c for c in crawled.archive.captures(run_id=summary.run.id) if c.url.endswith("-301")]
    assert [(look.outcome, look.error) for look in looks] == [(Outcome.ERROR, "the content is empty")] * 2
    assert opened(crawled) == [("empty", news(crawled))]
    crawled.site = sound
    assert crawled.crawl().changes == ()
    assert opened(crawled) == []


def test_an_emptied_page_that_has_its_text_back_at_the_second_look_is_no_problem(crawled: Crawls) -> None:
    before, sound = text_of(crawled, news(crawled)), crawled.site
    crawled.site = empty(crawled, "#node-301 .field")
    fetched = crawled.fetch(news(crawled))
    assert fetched.changes == ()
    assert [error for _, error in fetched.tally.failures] == ["the content is empty"]
    crawled.site = sound
    assert crawled.crawl(everything=False).changes == ()
    assert opened(crawled) == []
    assert text_of(crawled, news(crawled)) == before


def test_many_emptied_pages_are_one_problem(crawled: Crawls) -> None:
    before, sound = texts(crawled), crawled.site
    crawled.site = empty(crawled, ".field-name-body", ".field-type-image", ".field-type-file")
    assert crawled.crawl().changes == ()
    assert opened(crawled) == [("empty", "site")]
    assert texts(crawled) == before
    crawled.site = sound
    assert crawled.crawl().changes == ()
    assert opened(crawled) == []


def test_content_selectors_that_match_nowhere_are_drift(crawled: Crawls) -> None:
    sound = crawled.site
    crawled.site = with_rules(sound, content=(".of-another-theme",))
    crawled.crawl()
    (problem,) = crawled.archive.problems(crawled.site.key)
    assert (problem.kind, problem.subject) == ("drift", "content root")
    assert "matched 0 of" in problem.evidence
    crawled.site = sound
    crawled.crawl()
    assert opened(crawled) == []


def test_a_profile_that_reads_what_is_no_content_is_drift(crawled: Crawls) -> None:
    """The second opinion: the selector matches on each page, but what it matches is a block in the margin."""
    crawled.site = with_rules(crawled.site, content=(".region-sidebar-second",))
    crawled.crawl()
    assert opened(crawled) == [("drift", "second opinion")]


def test_new_versions_of_known_pages_carry_the_second_opinion(crawled: Crawls) -> None:
    first = [version.document.agreement for _, version in crawled.articles().values()]
    assert sum(agreement is not None for agreement in first) < len(first) / 4
    crawled.replica.apply("digit", "negation")
    edited = crawled.crawl().changes
    agreements = [crawled.articles()[change.url][1].document.agreement for change in edited]
    assert len(agreements) == 2
    assert all(agreement is not None and agreement > 0.5 for agreement in agreements)


def test_pages_that_all_say_not_found(crawled: Crawls) -> None:
    crawled.site = with_rules(crawled.site, missing_text=("^200$",))
    fail_everywhere(crawled.replica, status=200)
    assert crawled.crawl().changes == ()
    assert ("soft_404", "site") in opened(crawled)


def test_a_section_against_its_rhythm(crawled: Crawls) -> None:
    usual = crawled.site
    crawled.site = with_health(usual, rhythm=(Rhythm(section="news", every=0.0),))
    crawled.crawl()
    assert opened(crawled) == [("feed_silent", "news")]
    crawled.site = usual
    crawled.crawl()
    assert opened(crawled) == []
