"""Real crawls of the replica: a server on port 0, an archive in a temporary folder, the spider itself."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from config.settings import Network, Settings
from config.site import Site, load_site
from crawler.runs import Summary, Wiring, crawl, fetch, seed_of
from storage.archive import Archive
from storage.records import Page, PageState, Version
from tests.fresh import open_fresh
from tests.site import Replica


@dataclass(kw_only=True)
class Crawls:
    """One replica, one archive, and what one does with them."""

    replica: Replica
    site: Site
    settings: Settings
    archive: Archive

    def crawl(self, *, everything: bool = True, max_pages: int | None = None) -> Summary:
        wiring = Wiring(settings=self.settings, archive=self.archive)
        return asyncio.run(crawl(self.site, wiring, everything=everything, max_pages=max_pages, told=_nobody))

    def fetch(self, url: str) -> Summary:
        wiring = Wiring(settings=self.settings, archive=self.archive)
        (found, *_) = seed_of(url, self.site, wiring.now(), None)
        self.archive.discover([found])
        page = self.archive.page(self.site.key, found.url)
        assert page is not None
        return asyncio.run(fetch(page, self.site, wiring, told=_nobody))

    def articles(self) -> dict[str, tuple[Page, Version]]:
        """Latest versions of what is kept as a page of its own, by URL."""
        kept = [p for p in self.archive.pages(self.site.key) if p.version and p.state is PageState.LIVE]
        latest = self.archive.latest_versions([page.id for page in kept])
        return {page.url: (page, latest[page.id]) for page in kept}


def _nobody(*_: object) -> None:
    """Progress is not watched in tests."""


def made_in(home: Path, replica: Replica, policy: dict[str, Any]) -> Crawls:
    home.mkdir()
    profile = home / "replica.toml"
    profile.write_text(replica.profile(), encoding="utf-8")
    site = load_site(profile)
    rules = {"gone_after": 0.0, "min_delay": 0.0, "concurrency": 8, **policy}
    site = site.model_copy(update={"policy": site.policy.model_copy(update=rules)})
    settings = Settings(home=home, network=Network(allow=(replica.host,)))
    return Crawls(replica=replica, site=site, settings=settings, archive=open_fresh(home))


@pytest.fixture
def crawls(tmp_path: Path) -> Iterator[Callable[..., Crawls]]:
    """Makes a site to be crawled: ``crawls(size=..., policy={...})``; all is closed when the test ends."""
    with ExitStack() as stack:

        def make(*, policy: dict[str, Any] | None = None, **options: Any) -> Crawls:
            replica = stack.enter_context(Replica(**options))
            made = made_in(tmp_path / f"home-{replica.host}", replica, policy or {})
            stack.callback(made.archive.close)
            return made

        yield make


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """A site that was crawled once for all the tests of this process."""

    crawled: Crawls
    back: Callable[[], None]  # makes the replica what it was then


Prepare = Callable[[Crawls], None]


@pytest.fixture(scope="session")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Baseline]]:
    known: dict[tuple[Prepare, str], Baseline] = {}
    with ExitStack() as stack:

        def make(prepare: Prepare, *, policy: dict[str, Any] | None = None, **options: Any) -> Baseline:
            key = prepare, repr((policy, options))
            if key not in known:
                replica = stack.enter_context(Replica(**options))
                made = made_in(tmp_path_factory.mktemp("baseline") / "home", replica, policy or {})
                with made.archive:
                    prepare(made)
                known[key] = Baseline(crawled=made, back=replica.mark())
            return known[key]

        yield make


def whole(made: Crawls) -> None:
    """All of the site is crawled."""
    made.crawl()


@pytest.fixture
def once(baseline: Callable[..., Baseline], tmp_path: Path) -> Iterator[Callable[..., Crawls]]:
    """The site as ``prepare`` left it, for this test alone: ``once(prepare, size=..., policy={...})``.

    It is prepared once in a process: a crawl is what takes time. Each test has the replica as it was then, and a copy
    of the home folder.
    """
    with ExitStack() as stack:

        def copy(prepare: Prepare, **options: Any) -> Crawls:
            kept = baseline(prepare, **options)
            kept.back()
            home = tmp_path / "home"
            shutil.copytree(kept.crawled.settings.home, home)
            settings = kept.crawled.settings.model_copy(update={"home": home})
            archive = stack.enter_context(Archive.open(f"sqlite:///{home / 'letapis.db'}"))
            return replace(kept.crawled, settings=settings, archive=archive)

        yield copy
