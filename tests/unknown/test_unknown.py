"""Sites without a profile: the text that is read, and what changes when nothing has changed."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from config.site import Site, load_site
from crawler.core.canonical import digests
from crawler.core.extract import extract
from crawler.core.learnt import Learnt
from crawler.core.page import Parsed, parse
from crawler.core.remainder import find_text
from crawler.core.suggest import suggest
from crawler.core.template import learn, observe_pair
from storage.records import Document, Extractor, PageKind
from tests.unknown.blog import BLOG
from tests.unknown.manual import MANUAL
from tests.unknown.model import Story, UnknownSite
from tests.unknown.portal import PORTAL

SITES = (BLOG, MANUAL, PORTAL)
DRAWINGS = range(100, 120)
each_site = pytest.mark.parametrize("site", SITES, ids=[site.name for site in SITES])


def likeness(found: str, true: str) -> float:
    """F1 over words."""
    ours, theirs = Counter(re.findall(r"\w+", found)), Counter(re.findall(r"\w+", true))
    return 2 * (ours & theirs).total() / (ours.total() + theirs.total())


def parsed(site: UnknownSite, path: str, drawing: int) -> Parsed:
    return parse(site.page(path, drawing), url=site.url(path), headers={"content-type": "text/html"})


@cache
def learnt_of(site: UnknownSite) -> Learnt:
    """What one crawl teaches: each page once, every fourth story twice."""
    paths = [*site.lists, *(story.path for story in site.stories)]
    learnt = learn((site.url(path), site.page(path, 0)) for path in paths)
    for story in site.stories[::4]:
        learnt = observe_pair(learnt, site.page(story.path, 0), site.page(story.path, 1), site.url(story.path))
    return learnt


def document(page: Parsed, story: Story, learnt: Learnt) -> Document:
    rendered = find_text(page, learnt, title=story.title)
    return Document(
        title=story.title, language=None, published=None, kind=PageKind.PAGE, markdown=rendered.markdown,
        text=rendered.text, links=rendered.links, images=rendered.images, attachments=rendered.attachments,
        extractor=Extractor.TRAFILATURA,
    )  # fmt: skip


def digest(site: UnknownSite, story: Story, drawing: int, learnt: Learnt) -> str:
    return digests(document(parsed(site, story.path, drawing), story, learnt)).content


@each_site
def test_every_story_is_read_in_full_and_alone(site: UnknownSite) -> None:
    learnt = learnt_of(site)
    scores = {s.path: likeness(document(parsed(site, s.path, 7), s, learnt).text, s.text) for s in site.stories}
    assert len(scores) >= 30
    assert {path: score for path, score in scores.items() if score < 0.95} == {}


@each_site
def test_twenty_drawings_of_every_story_are_no_change(site: UnknownSite) -> None:
    learnt = learnt_of(site)
    changed = [s.path for s in site.stories if len({digest(site, s, drawing, learnt) for drawing in DRAWINGS}) > 1]
    assert changed == []


@each_site
def test_without_learning_the_same_drawings_do_differ(site: UnknownSite) -> None:
    """The noise is real: what makes it vanish is the template that was learnt."""
    changed = [s for s in site.stories if len({digest(site, s, drawing, Learnt()) for drawing in range(100, 104)}) > 1]
    assert len(changed) >= 10


@each_site
def test_an_edit_in_the_last_words_of_a_story_is_seen(site: UnknownSite) -> None:
    learnt = learnt_of(site)
    missed = []
    for story in site.stories:
        last = story.blocks[-1].rows[-1][-1]
        page = site.page(story.path, 9)
        edited = page.replace(f"{last}</".encode(), f"{last[:-1]}{'8' if last[-1] != '8' else '3'}</".encode())
        assert edited != page
        before, after = (parse(body, url=site.url(story.path), headers={}) for body in (page, edited))
        if digests(document(before, story, learnt)).content == digests(document(after, story, learnt)).content:
            missed.append(story.path)
    assert missed == []


def suggested(site: UnknownSite, folder: Path) -> Site:
    paths = [*site.lists, *(story.path for story in site.stories)]
    once = [(site.url(path), site.page(path, 0)) for path in paths]
    again = [(site.url(story.path), site.page(story.path, 1)) for story in site.stories[::5]]
    target = folder / f"{site.name}.toml"
    target.write_text(suggest([*once, *again]).profile_toml, encoding="utf-8")
    return load_site(target)


@each_site
def test_a_suggested_profile_reads_the_site(site: UnknownSite, tmp_path: Path) -> None:
    profile = suggested(site, tmp_path)
    for story in site.stories:
        found = [
            extract(
                site.page(story.path, n), url=site.url(story.path), headers={"content-type": "text/html"}, site=profile
            )
            for n in (3, 4, 5)
        ]
        day = "-".join(reversed(story.day.split(".")))
        assert likeness(found[0].text, story.text) >= 0.95
        assert (found[0].title, found[0].published, found[0].kind) == (story.title, day, PageKind.NEWS)
        assert found[0].extractor is Extractor.PROFILE
        assert len({digests(one).content for one in found}) == 1


@each_site
def test_a_suggested_profile_knows_the_listings(site: UnknownSite, tmp_path: Path) -> None:
    profile = suggested(site, tmp_path)
    kinds = {p: extract(site.page(p, 3), url=site.url(p), headers={}, site=profile).kind for p in site.lists}
    assert set(kinds.values()) == {PageKind.LISTING}
    assert profile.listing.row
    assert profile.listing.link
