"""Feeds as feed readers get them: by token, page after page without a gap, and only what is asked for."""

import base64
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import httpx
import pytest
from lxml import etree

from storage.archive import Archive
from storage.records import Settlement
from storage.records_accounts import Role
from storage.records_outbox import Owing, Subscription
from tests.storage.making import change, discovery, live, started, version, visit
from tests.web.conftest import Site

NOON = datetime(2026, 11, 19, 9, 0, tzinfo=UTC)
CHANGES = 130  # of 20 pages; of every seven, five share one moment


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("feeds") / "letapis.db"
    with Archive.open(f"sqlite:///{file}") as opened:
        fill(opened)
    return file


@pytest.fixture
def web_archive(tmp_path: Path, filled: Path) -> Iterator[Archive]:
    with Archive.open(f"sqlite:///{shutil.copy(filled, tmp_path)}") as opened:
        yield opened


def fill(archive: Archive) -> None:
    """Twenty pages of two sections, each with edits from version to version; one subscription owed every tenth."""
    to = archive.add_subscription(
        Subscription(name="Тарифы & <b>", channel="mailto:a@example.org", created_at=NOON), actor="boss"
    )
    urls = [f"https://mpt.gov.by/ru/{number}" for number in range(20)]
    archive.discover([discovery("", url=url, address=url, group=url) for url in urls])
    pages, run = archive.pages_by_url("mpt", urls), started(archive)
    for number in range(CHANGES):
        page, last = pages[urls[number % 20]], number // 20 + 1
        at = NOON + timedelta(minutes=number - number % 7 if number % 7 < 5 else number)
        if last == 1:
            archive.record([visit(page, run, text="Плата 0")])
        made = change(
            page,
            run,
            title=f"Изменение {number}",
            section="news" if number % 20 % 3 else "documents",
            first_seen=at,
            last_seen=at - timedelta(hours=1),
            from_version=last,
            to_version=last + 1,
        )
        settled = Settlement(
            pages=(live(page, last + 1),),
            captures=visit(page, run).captures,
            versions=(version(page, last + 1, text=f"Плата {last}"),),
            changes=(made,),
        )
        owings = [Owing(subscription=to, owed_at=at, not_before=at)] if number % 10 == 0 else []
        archive.record([settled], owed=lambda _, owings=owings: owings)  # type: ignore[misc]


def read(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    found = feedparser.parse(answer.content)
    assert found.bozo is False
    return found


def walked(client: httpx.Client, path: str) -> list[str]:
    """Titles of all pages of a feed."""
    titles: list[str] = []
    for _ in range(10):
        found = read(client.get(path))
        titles += [one.title for one in found.entries]
        following = [link.href for link in found.feed.links if link.rel == "next"]
        if not following:
            return titles
        path = "/feeds" + following[0].partition("/feeds")[2]
    raise AssertionError(f"{path} goes round in a circle")


def test_a_feed_goes_on_page_after_page_without_gap_or_repetition(web: Site) -> None:
    http = web.login().http
    titles = walked(http, "/feeds/mpt.atom")
    assert len(titles) == len(set(titles)) == CHANGES
    assert titles[0] == f"edited: Изменение {CHANGES - 1}"
    assert walked(http, "/feeds/all.atom") == titles
    documents = walked(http, "/feeds/mpt/documents.atom")
    assert documents == [title for title in titles if int(title.split()[-1]) % 20 % 3 == 0]


def test_an_entry_shows_what_differs_and_leads_to_its_review(web: Site) -> None:
    entry = read(web.login().get("/feeds/mpt.atom")).entries[0]
    assert "<del>6</del> <ins>7</ins>" in entry.content[0].value
    assert entry.link.startswith(f"{web.settings.public_url}/changes/")


def test_the_feed_of_a_subscription_has_what_was_owed_to_it(web: Site) -> None:
    boss = web.login("boss", Role.ADMIN)
    found = read(boss.get("/feeds/subscription/1.atom"))
    assert found.feed.title == "Тарифы & <b>"
    assert [one.title for one in found.entries] == [f"edited: Изменение {n}" for n in range(120, -1, -10)]
    assert b"/feeds/subscription/1.atom" in boss.get("/feeds.opml").content
    boss.submit("/subscriptions/new", name="mine", channel="mailto:b@b.example", topics="changes")
    assert read(boss.get("/feeds/subscription/2.atom")).entries == []


def test_what_another_is_told_of_is_his_own(web: Site) -> None:
    for role in (Role.READER, Role.REVIEWER):
        client = web.login(role.value, role)
        assert client.get("/feeds/subscription/1.atom").status_code == 404
        assert b"subscription" not in client.get("/feeds.opml").content
    web.user("boss", Role.ADMIN)
    read_only = web.client(Authorization=f"Bearer {web.token('boss', 'read')}")
    assert read_only.get("/feeds/subscription/1.atom").status_code == 404


@pytest.mark.parametrize("how", ["bearer", "basic", "session"])
def test_a_reader_is_let_in_by_token_or_session_and_speaks_its_users_language(web: Site, how: str) -> None:
    user = web.user(role=Role.READER)
    web.archive.set_language(user.id, "be")
    secret = web.token("anna", "read")
    basic = base64.b64encode(f"whoever:{secret}".encode()).decode()
    headers = {"bearer": {"Authorization": f"Bearer {secret}"}, "basic": {"Authorization": f"Basic {basic}"}}
    http = web.login().http if how == "session" else web.client(**headers[how]).http
    assert read(http.get("/feeds/mpt.atom")).entries[0].title.startswith("зменена: ")


@pytest.mark.parametrize(
    "path", ["/feeds.opml", "/feeds/mpt.atom", "/feeds/mpt/news.atom", "/feeds/subscription/1.atom"]
)
def test_nobody_reads_without_a_token_and_none_goes_by_the_address(web: Site, path: str) -> None:
    web.user()
    secret = web.token("anna", "read")
    refused = web.client().get(path, params={"token": secret, "key": secret})
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic ")
    assert web.client(Authorization=f"Bearer {web.token('anna', 'fetch')}").get(path).status_code == 403


def test_a_reader_that_has_the_feed_already_is_told_so(web: Site) -> None:
    http = web.login().http
    for path in ("/feeds/mpt.atom", "/feeds.opml", "/feeds/mpt/ministry.atom"):  # the last is empty
        first = http.get(path)
        web.clock.on(minutes=5)
        again = http.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), path


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/none.atom",
        "/feeds/mpt/none.atom",
        "/feeds/subscription/99.atom",
        "/feeds/mpt.atom?before=99999",
        "/feeds/mpt.atom?before=-1",
        "/feeds/mpt.atom?before=99999999999999999999999999",
        "/feeds/..%2fmpt.atom",
    ],
)
def test_what_is_not_there_is_said_to_be_so(web: Site, path: str) -> None:
    assert web.login().get(path).status_code == 404


def test_the_list_of_feeds_names_addresses_that_answer(web: Site) -> None:
    http = web.login().http
    outlines = etree.fromstring(http.get("/feeds.opml").content).xpath("//outline[@xmlUrl]")
    paths = [one.get("xmlUrl").removeprefix(web.settings.public_url) for one in outlines]
    assert paths[0] == "/feeds/all.atom"
    assert "/feeds/mpt/news.atom" in paths
    for path in paths:
        read(http.get(path))
