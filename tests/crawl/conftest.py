"""Real crawls of the replica: a server on port 0, an archive in a temporary folder, the spider itself."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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


@pytest.fixture
def crawls(tmp_path: Path) -> Iterator[Callable[..., Crawls]]:
    """Makes a crawled site: ``crawls(size=..., policy={...})``; all is closed when the test ends."""
    made: list[Crawls] = []

    def make(*, policy: dict[str, Any] | None = None, **options: Any) -> Crawls:
        replica = Replica(**options)
        replica.start()
        home = tmp_path / f"home{len(made)}"
        home.mkdir()
        profile = home / "replica.toml"
        profile.write_text(replica.profile(), encoding="utf-8")
        site = load_site(profile)
        rules = {"gone_after": 0.0, "min_delay": 0.0, "concurrency": 8, **(policy or {})}
        site = site.model_copy(update={"policy": site.policy.model_copy(update=rules)})
        settings = Settings(home=home, network=Network(allow=(replica.host,)))
        archive = open_fresh(home)
        made.append(Crawls(replica=replica, site=site, settings=settings, archive=archive))
        return made[-1]

    yield make
    for one in made:
        one.archive.close()
        one.replica.stop()
