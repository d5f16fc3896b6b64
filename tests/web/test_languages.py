"""Every page in every language: it says which it speaks, and no word of another's catalogue is left in it."""

import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from lxml import html

from config.settings import Settings
from config.site import BUILT_IN, load_sites
from config.site import Site as Profile
from docs.messages import po_file
from storage.archive import Archive
from storage.records_accounts import Role
from tests.web.conftest import Client, Site
from tests.web.walk import screens

_SAME = {"API", "SHA-256"}  # said alike in every language
_STORED = "//*[@lang and not(self::html)] | //code | //pre | //kbd | //script | //style | //option[not(@value='')]"


@pytest.fixture
def web_settings(tmp_path: Path, hostile_home: Path) -> Settings:
    return Settings(home=Path(shutil.copytree(hostile_home, tmp_path / "home")))


@pytest.fixture
def web_archive(web_settings: Settings) -> Iterator[Archive]:
    with Archive.open(web_settings.database_url) as opened:
        yield opened


@pytest.fixture
def web_sites(web_settings: Settings) -> dict[str, Profile]:
    return load_sites(BUILT_IN, web_settings.home / "sites")


@cache
def english(language: str) -> frozenset[str]:
    """The English messages that this language says otherwise."""
    with po_file(language).open("rb") as file:
        found = {(m.id if isinstance(m.id, str) else m.id[0], m.string) for m in read_po(file) if m.id}
    return frozenset(one for one, told in found if one != told and one not in _SAME)


def left_overs(page: Any, language: str) -> list[str]:
    """English messages that stand in the page as a text, a label or a hint of their own."""
    for element in page.xpath(_STORED):
        element.text = None
        for child in list(element):
            element.remove(child)
    said = page.xpath("//text()") + page.xpath("//@aria-label | //@title | //@placeholder | //@alt")
    told = {re.sub(r"^[\W\d]+|[\s↑↓→←:…]+$", "", " ".join(str(one).split())) for one in said}
    return sorted(told & english(language))


def in_language(web: Site, language: str) -> Client:
    client = web.login("boss", Role.ADMIN)
    user = web.archive.user("boss")
    assert user
    web.archive.set_language(user.id, language)
    return client


@pytest.mark.parametrize("language", ["ru", "be"])
def test_no_page_speaks_two_languages(web: Site, language: str) -> None:
    client = in_language(web, language)
    found: dict[str, list[str]] = {}
    for path in [*screens(web), "/nothing"]:
        answer = client.get(path, follow_redirects=True)
        page = html.document_fromstring(answer.text.replace("\0", "\ufffd"))
        whole = "<html" in answer.text  # not a part that htmx puts into a page
        assert not whole or page.get("lang") == language == answer.headers["content-language"], path
        found[path] = left_overs(page, language)
    told = [f"{path}: {said}" for path, said in found.items() if said]
    assert not told, "\n".join(told)


def test_a_left_over_is_found() -> None:
    page = html.document_fromstring("<html lang=ru><p>Изменения<p>Changes:<p lang=be>Search<p title=Reports>")
    assert left_overs(page, "ru") == ["Changes", "Reports"]


def test_refusals_and_feeds_are_told_in_the_language_too(web: Site) -> None:
    client = in_language(web, "be")
    assert "Такой старонкі няма." in client.get("/nothing").text
    assert "Змены" in client.get("/feeds.opml").text
