"""The demo's archive, served: what the tests of the screens stand on."""

import pytest

from storage.records import ChangeKind
from tests.web.conftest import Site

pytestmark = pytest.mark.kept("demo")


def test_mementos_of_a_crawled_page(web: Site) -> None:
    """Every page of the demo has its TimeMap, and each memento's bytes are read from the WARC files."""
    reader = web.login()
    (edited, *_) = [one for one in web.archive.changes(site="replica") if one.kind is ChangeKind.EDITED]
    listed = reader.get(f"/timemap/json/{edited.url}").json()["mementos"]["list"]
    assert len(listed) >= 2
    bodies = {reader.get(one["uri"]).content for one in listed}
    assert len(bodies) >= 2
    assert all(b"<html" in body for body in bodies)
