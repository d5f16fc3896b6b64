"""The demo's archive, served: what the tests of the screens stand on."""

from datetime import UTC, datetime

import pytest

from config.settings import Settings
from config.site import Site as Profile
from storage.archive import Archive
from storage.records import ChangeKind
from tests.web.conftest import Clock, Site


@pytest.fixture
def web_settings(demo_settings: Settings) -> Settings:
    return demo_settings


@pytest.fixture
def web_archive(demo_archive: Archive) -> Archive:
    return demo_archive


@pytest.fixture
def web_sites(demo_sites: dict[str, Profile]) -> dict[str, Profile]:
    return demo_sites


@pytest.fixture
def web_clock() -> Clock:
    return Clock(now=datetime.now(UTC))


def test_mementos_of_a_crawled_page(web: Site) -> None:
    """Every page of the demo has its TimeMap, and each memento's bytes are read from the WARC files."""
    reader = web.login()
    (edited, *_) = [one for one in web.archive.changes(site="replica") if one.kind is ChangeKind.EDITED]
    listed = reader.get(f"/timemap/json/{edited.url}").json()["mementos"]["list"]
    assert len(listed) >= 2
    bodies = {reader.get(one["uri"]).content for one in listed}
    assert len(bodies) >= 2
    assert all(b"<html" in body for body in bodies)
