"""Memento: what a page's past holds besides its texts, and a client that follows links alone."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from config.settings import Settings
from crawler.core import memento
from crawler.core.memento import http_date, original_of, parts, stamp
from storage.archive import Archive
from storage.records import Outcome, Page, PageState, RunKind, Settlement
from storage.warc import Exchange, WarcWriter
from tests.storage.making import capture, discovery, live
from tests.web.conftest import Client, Site

DAY = timedelta(days=1)
BEGUN = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
OLD, NEW = "https://mpt.gov.by/ru/old", "https://mpt.gov.by/ru/new"
CYRILLIC = "<p>тариф</p>".encode("cp1251")
HTML = (b"Content-Type", b"text/html; charset=windows-1251")


@pytest.fixture
def web_settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def web_archive(tmp_path: Path, web_settings: Settings) -> Iterator[Archive]:
    """A page that moved on the fourth day, having been refused on the second and gone on the third; a PDF."""
    with (
        Archive.open(f"sqlite:///{tmp_path}/web/letapis.db") as opened,
        WarcWriter(web_settings.warc_folder, max_bytes=10**9, site="mpt", software="test") as out,
    ):
        run = opened.begin_run("mpt", RunKind.CRAWL, BEGUN).id

        def kept(page: Page, day: float, status: int, body: bytes, outcome: Outcome, **more: Any) -> None:
            at, kind = BEGUN + day * DAY, more.pop("kind", "text/html")
            head = (HTML if kind == "text/html" else (b"Content-Type", kind.encode()), *more.pop("head", ()))
            place = out.write(
                Exchange(
                    url=page.address,
                    at=at,
                    status_line=f"HTTP/1.1 {status} Told",
                    response_headers=head,
                    body=body,
                    payload_digest=sha256(body).hexdigest(),
                )
            )
            made = capture(
                page, run, fetched_at=at, status=status, outcome=outcome, media_type=kind, warc=place, **more,
                digest=sha256(body).hexdigest(), size=len(body),
            )  # fmt: skip
            opened.record([Settlement(pages=(live(page),), captures=(made,))])

        old, new, file = (_page(opened, path) for path in ("old", "new", "order.pdf"))
        kept(old, 0, 200, CYRILLIC, Outcome.NEW, head=((b"Set-Cookie", b"a=b"), (b"X-Powered", b"PHP\x01")))
        kept(old, 1, 200, b"<p>Are you a robot?</p>", Outcome.BLOCKED)
        kept(old, 1.5, 503, b"<p>Overloaded</p>", Outcome.ERROR)
        kept(old, 2, 404, b"<p>No such page</p>", Outcome.GONE)
        kept(old, 3, 301, b"", Outcome.REDIRECT, redirect_to=NEW)
        kept(new, 4, 200, b"<p>new</p>", Outcome.NEW)
        kept(file, 4, 200, b"%PDF-1.7", Outcome.NEW, kind="application/pdf")
        kept(_page(opened, "app.js"), 4, 200, b"alert(1)", Outcome.NEW, kind="text/javascript")
        opened.record(
            [Settlement(pages=(live(old, state=PageState.ALIAS, alias_of=new.id, version=None),), captures=())]
        )
        yield opened


def _page(archive: Archive, path: str) -> Page:
    url = f"https://mpt.gov.by/{path}"
    archive.discover([discovery(path, site="mpt", url=url, address=f"https://mpt.gov.by/ru/{path}")])
    page = archive.page("mpt", url)
    assert page
    return page


@pytest.fixture
def reader(web: Site) -> Client:
    return web.login()


def links(text: str) -> list[tuple[str, set[str], dict[str, str]]]:
    """Address, relations and attributes of each link, as RFC 8288 reads them."""
    found = []
    for target, rest in re.findall(r"<([^>]*)>((?:\s*;\s*\w+=\"[^\"]*\")*)", text):
        attributes = dict(re.findall(r"(\w+)=\"([^\"]*)\"", rest))
        found.append((target, set(attributes.pop("rel").split()), attributes))
    return found


def of_kind(text: str, rel: str) -> list[tuple[str, dict[str, str]]]:
    return [(target, attributes) for target, rels, attributes in links(text) if rel in rels]


def test_a_page_s_past_is_what_its_server_answered(web: Site, reader: Client) -> None:
    """The text, that it was gone, that it moved; neither the refusal nor the failure; nor the new place's captures."""
    listed = reader.get(f"/timemap/json/{OLD}").json()["mementos"]["list"]
    assert [(one["datetime"], one["status"]) for one in listed] == [
        ("2026-03-01T12:00:00Z", 200),
        ("2026-03-03T12:00:00Z", 404),
        ("2026-03-04T12:00:00Z", 301),
    ]
    for one in listed:
        answer = reader.get(one["uri"])
        assert answer.status_code == one["status"]
        assert answer.headers["memento-datetime"] == http_date(datetime.fromisoformat(one["datetime"]))
        assert "vary" not in answer.headers
    assert reader.get(listed[1]["uri"]).text == "<p>No such page</p>"


def test_a_redirect_leads_on_within_the_archive(web: Site, reader: Client) -> None:
    """RFC 7089, section 4.5.4."""
    moved = f"/memento/{stamp(BEGUN + 3 * DAY)}"
    answer = reader.get(f"{moved}/{OLD}")
    assert answer.headers["location"] == f"{web.url}{moved}/{NEW}"
    assert of_kind(answer.headers["link"], "original") == [(OLD, {})]
    arrived = reader.get(answer.headers["location"], follow_redirects=True)
    assert (arrived.text, arrived.headers["memento-datetime"]) == ("<p>new</p>", http_date(BEGUN + 4 * DAY))
    assert reader.get(f"{moved}id_/{OLD}").headers["location"] == f"{web.url}{moved}id_/{NEW}"


def test_a_moment_that_is_none_s_leads_on_and_is_no_memento(web: Site, reader: Client) -> None:
    """An intermediate resource: it says of what, and has no Memento-Datetime."""
    answer = reader.get(f"/memento/{stamp(BEGUN + DAY)}id_/{OLD}")
    assert (answer.status_code, answer.headers["location"]) == (302, f"{web.url}/memento/{stamp(BEGUN)}id_/{OLD}")
    assert "memento-datetime" not in answer.headers
    assert of_kind(answer.headers["link"], "original") == [(OLD, {})]


def test_a_memento_keeps_its_bytes_charset_and_headers(reader: Client) -> None:
    for mark in ("", "id_"):
        answer = reader.get(f"/memento/{stamp(BEGUN)}{mark}/{OLD}")
        assert answer.content == CYRILLIC
        assert answer.headers["content-type"] == "text/html; charset=windows-1251"
        assert answer.headers["x-archive-orig-content-type"] == HTML[1].decode()
        assert answer.headers["x-archive-orig-x-powered"] == "PHP"
        assert "x-archive-orig-set-cookie" not in answer.headers
        assert answer.headers["content-security-policy"].startswith("sandbox;")


@pytest.mark.parametrize(
    ("name", "kind"), [("order.pdf", "application/pdf"), ("app.js", "application/octet-stream")], ids=["pdf", "script"]
)
def test_files_keep_their_type_unless_it_could_run(reader: Client, name: str, kind: str) -> None:
    answer = reader.get(f"/timegate/https://mpt.gov.by/ru/{name}", follow_redirects=True)
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    "written",
    [
        "https:/mpt.gov.by/ru/new",
        "mpt.gov.by/ru/new",
        "HTTPS://WWW.mpt.gov.by/ru/new",
        "http%3A%2F%2Fmpt.gov.by%2Fru%2Fnew",
    ],
    ids=["one slash", "no scheme", "capitals", "encoded as a whole"],
)
def test_an_address_is_understood_as_it_is_written(reader: Client, written: str) -> None:
    assert reader.get(f"/timegate/{written}").status_code == 302


@pytest.mark.parametrize(
    ("text", "original"),
    [
        ("http://%D0%BC%D0%B8%D0%BD.%D0%B1%D0%B5%D0%BB/%D0%B0?q=%20", "http://xn--h1ahe.xn--90ais/%D0%B0?q=%20"),
        ("https://a.example?x=1", "https://a.example?x=1"),
        ("a.example:8080/x//y", "http://a.example:8080/x//y"),
        ("ftp://a.example/x", "http://ftp://a.example/x"),
    ],
    ids=["host of another alphabet", "query without a path", "port", "another scheme"],
)
def test_the_original_s_address(text: str, original: str) -> None:
    assert original_of(text) == original


def test_head_is_answered_as_get_without_the_body(web: Site, reader: Client) -> None:
    paths = [f"/timegate/{OLD}", f"/timemap/link/{OLD}", f"/timemap/json/{OLD}", f"/memento/{stamp(BEGUN)}/{OLD}"]
    for path in paths:
        got, head = reader.get(path), reader.http.head(path)
        assert head.status_code == got.status_code
        assert head.content == b""
        assert {**head.headers, "date": ""} == {**got.headers, "date": ""}
    assert reader.http.head(f"/timegate/{OLD}", headers={"Accept-Datetime": "soon"}).status_code == 400


def test_many_mementos_stand_in_several_timemaps(web: Site, reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 7089, section 5.1.1: each names the others and what they cover; together they have every memento once."""
    monkeypatch.setattr("crawler.web.screens.memento.PART", 2)
    monkeypatch.setattr(memento.parts, "__defaults__", (2,))
    first = reader.get(f"/timemap/link/{OLD}").text
    ((second, covered),) = of_kind(first, "timemap")
    assert second == f"{web.url}/timemap/link/2/{OLD}"
    assert (covered["from"], covered["until"]) == (http_date(BEGUN + 3 * DAY),) * 2
    ((own, span),) = of_kind(first, "self")
    assert (own, span["until"]) == (f"{web.url}/timemap/link/{OLD}", http_date(BEGUN + 2 * DAY))
    rest = reader.get(second).text
    assert [target for target, _ in of_kind(rest, "timemap")] == [own]
    assert [target for target, _ in of_kind(rest, "self")] == [second]
    found = [attributes["datetime"] for text in (first, rest) for _, attributes in of_kind(text, "memento")]
    assert found == [http_date(BEGUN + day * DAY) for day in (0, 2, 3)]
    assert (len(of_kind(first, "first")), len(of_kind(rest, "last"))) == (1, 1)
    assert reader.get(f"/timemap/link/3/{OLD}").status_code == 404
    as_json = reader.get(f"/timemap/json/{OLD}").json()
    assert as_json["pages"] == {"next": {"uri": f"{web.url}/timemap/json/2/{OLD}"}}
    assert reader.get(as_json["pages"]["next"]["uri"]).json()["pages"]["prev"]["uri"] == as_json["self"]


def test_parts() -> None:
    moments = [BEGUN + day * DAY for day in range(5)]
    assert parts(moments, 2) == [(moments[0], moments[1]), (moments[2], moments[3]), (moments[4], moments[4])]


def test_a_client_that_follows_links_alone_sees_the_whole_past(web: Site) -> None:
    """As a Memento client does it: TimeGate, then by the links of what is answered."""
    web.user("tool")
    client = web.client(Authorization=f"Bearer {web.token('tool', 'read')}").http
    wish = http_date(BEGUN + 2.5 * DAY)
    gate = client.head(f"/timegate/{OLD}", headers={"Accept-Datetime": wish})
    assert "accept-datetime" in gate.headers["vary"]
    (timemap, _), *none = of_kind(gate.headers["link"], "timemap")
    assert not none
    listed = client.get(timemap)
    assert listed.headers["content-type"] == "application/link-format"
    mementos = of_kind(listed.text, "memento")
    assert gate.headers["location"] in [target for target, _ in mementos]
    at = of_kind(gate.headers["link"], "first")[0][0]
    forward = [at, *walked(client, at, "next")]
    assert forward == [target for target, _ in mementos]
    assert [*walked(client, forward[-1], "prev")] == forward[-2::-1]
    for (target, attributes), (later, _) in pairwise([*mementos, ("", {})]):
        answer = client.get(target)
        assert answer.headers["memento-datetime"] == attributes["datetime"]
        ((again, _),) = of_kind(answer.headers["link"], "timegate")
        asked = client.get(again, headers={"Accept-Datetime": attributes["datetime"]})
        assert asked.headers["location"] == target != later


def walked(client: httpx.Client, at: str, rel: str) -> Iterator[str]:
    """The mementos from one on, by the links of each."""
    while found := of_kind(client.get(at).headers["link"], rel):
        ((at, _),) = found
        yield at


@pytest.mark.parametrize("path", ["timegate", "timemap/link", "timemap/json", f"memento/{stamp(BEGUN)}"])
def test_tools_without_a_token_are_let_in_where_settings_say_so(web: Site, path: str) -> None:
    address = f"/{path}/{OLD}"
    assert web.client().get(address).status_code == 401
    service = web.settings.service.model_copy(update={"open_memento": True})
    state = web.app.state
    state.web = replace(state.web, settings=web.settings.model_copy(update={"service": service}))
    assert web.client().get(address).status_code in (200, 302)
    assert web.client().get("/api/v1/changes").status_code == 401
    assert web.client(Authorization="Bearer wrong").get(address).status_code == 401
