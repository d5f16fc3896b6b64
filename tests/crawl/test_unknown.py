"""Real crawls of sites that no profile describes: the template is learnt, then nothing but an edit is a change."""

import asyncio
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.settings import Network, Settings
from config.site import Site
from crawler.core.suggest import suggest
from crawler.core.urls import canonical
from crawler.runs import Summary, Wiring, crawl, fetch
from crawler.survey import survey
from storage.archive import Archive
from storage.records import ChangeKind, Extractor, Version, What
from tests.unknown.blog import BLOG
from tests.unknown.manual import MANUAL
from tests.unknown.model import Story
from tests.unknown.portal import PORTAL
from tests.unknown.server import UnknownServer

RECRAWLS = 4


@dataclass(kw_only=True)
class Watched:
    """One unknown site, one archive."""

    server: UnknownServer
    site: Site
    settings: Settings
    archive: Archive

    def crawl(self, *, max_pages: int | None = None) -> Summary:
        wiring = Wiring(settings=self.settings, archive=self.archive)
        return asyncio.run(crawl(self.site, wiring, everything=True, max_pages=max_pages, told=lambda *_: None))

    def fetch(self, story: Story) -> Summary:
        wiring = Wiring(settings=self.settings, archive=self.archive)
        page = self.archive.page(self.site.key, self.url(story))
        assert page is not None
        return asyncio.run(fetch(page, self.site, wiring, told=lambda *_: None))

    def version(self, story: Story) -> Version:
        page = self.archive.page(self.site.key, self.url(story))
        assert page is not None
        return self.archive.latest_versions([page.id])[page.id]

    def url(self, story: Story) -> str:
        """Canonical."""
        return canonical(self.server.url(story.path), self.site)

    def requests_of(self, story: Story) -> int:
        return self.server.requests.count(story.path)


@pytest.fixture(params=[BLOG, MANUAL, PORTAL], ids=lambda site: site.name)
def watched(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Watched]:
    server = UnknownServer(request.param)
    server.start()
    settings = Settings(home=tmp_path, network=Network(allow=(server.host,)))
    with Archive.open(settings.database_url) as archive:
        yield Watched(server=server, site=server.profile(), settings=settings, archive=archive)
    server.stop()


def told(summary: Summary) -> list[tuple[str, str, str]]:
    return [(change.kind.value, change.url, change.summary) for change in summary.changes]


def likeness(found: str, true: str) -> float:
    """F1 over words."""
    ours, theirs = Counter(re.findall(r"\w+", found)), Counter(re.findall(r"\w+", true))
    return 2 * (ours & theirs).total() / (ours.total() + theirs.total())


def poorly_read(watched: Watched) -> dict[str, float]:
    scores = {s.path: likeness(watched.version(s).document.text, s.text) for s in watched.server.site.stories}
    return {path: score for path, score in scores.items() if score < 0.95}


def test_an_unknown_site_is_read_well_and_raises_no_false_change(watched: Watched) -> None:
    stories = watched.server.site.stories
    assert told(watched.crawl()) == []
    twice = sum(watched.requests_of(story) == 2 for story in stories)
    assert twice >= len(stories) // 5
    assert watched.archive.problems(watched.site.key) == []
    assert poorly_read(watched) == {}
    assert [told(watched.crawl()) for _ in range(RECRAWLS)] == [[]] * RECRAWLS
    assert poorly_read(watched) == {}
    assert {watched.version(story).document.extractor for story in stories} == {Extractor.TRAFILATURA}


def test_an_edit_is_told_once_and_a_clock_in_the_text_never(watched: Watched) -> None:
    edited, timed = watched.server.site.stories[13], watched.server.site.stories[15]
    watched.server.put_clock(timed)
    watched.crawl()
    assert [told(watched.crawl()) for _ in range(2)] == [[], []]
    append(watched, edited, "7-77-77")
    (change,) = watched.crawl().changes
    assert (change.kind, change.url) == (ChangeKind.EDITED, watched.url(edited))
    assert {What.TEXT, What.NUMBERS} <= set(change.what)
    assert "7-77-77" in change.summary
    assert [told(watched.crawl()) for _ in range(2)] == [[], []]


def test_an_edit_beside_a_clock_in_the_text_is_told_once(watched: Watched) -> None:
    timed = watched.server.site.stories[15]
    watched.server.put_clock(timed)
    watched.crawl()
    watched.crawl()
    append(watched, timed, "7-77-77")
    assert [change.url for change in watched.crawl().changes] == [watched.url(timed)]
    assert "7-77-77" in watched.version(timed).document.text
    assert told(watched.crawl()) == []


def test_a_fetch_on_demand_confirms_an_edit_at_once(watched: Watched) -> None:
    edited = watched.server.site.stories[13]
    watched.crawl()
    assert told(watched.fetch(edited)) == []
    append(watched, edited, "7-77-77")
    (change,) = watched.fetch(edited).changes
    assert (change.kind, change.url) == (ChangeKind.EDITED, watched.url(edited))
    assert told(watched.fetch(edited)) == []


def test_a_survey_finds_the_boxes_that_change_by_themselves(watched: Watched) -> None:
    pages = asyncio.run(survey(watched.site, watched.settings, pages=30))
    assert sum(count > 1 for count in Counter(url for url, _ in pages).values()) >= 5
    assert watched.archive.counts(watched.site.key)["pages"] == 0
    box = {"blog": ".post-views", "manual": ".stamp", "portal": ".inline-ad"}[watched.server.site.name]
    assert box in " ".join(tomllib.loads(suggest(pages).profile_toml)["extract"]["drop"])


def append(watched: Watched, story: Story, words: str) -> None:
    """An editor's hand: the last words of a story go on."""
    last = story.blocks[-1].rows[-1][-1]
    watched.server.edit(story, last, f"{last} {words}")


def test_what_an_interrupted_crawl_has_learnt_is_kept(watched: Watched) -> None:
    watched.crawl(max_pages=15)
    assert watched.archive.learnt(watched.site.key)
