"""Memento (RFC 7089): what TimeGate, TimeMap and mementos answer, header by header, as the RFC's examples do."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from config.settings import Settings
from crawler.core.memento import BadDate, accept_datetime, chosen, http_date, link, of_stamp, stamp
from storage.archive import Archive
from storage.records import Capture, Outcome, Page, RunKind, Settlement
from storage.warc import Exchange, RevisitOf, WarcWriter
from tests.fresh import open_fresh
from tests.storage.making import capture, discovery, live
from tests.web.conftest import Client, Site

# The moments of RFC 7089, section 4: https://datatracker.ietf.org/doc/html/rfc7089#section-4.1.1
FIRST, SECOND, LAST = (
    datetime(2000, 6, 20, 18, 2, 59, tzinfo=UTC),
    datetime(2001, 9, 11, 20, 36, 10, tzinfo=UTC),
    datetime(2009, 10, 27, 20, 49, 54, tzinfo=UTC),
)
URL = "https://mpt.gov.by/ru/law?id=7&x=a%20b"
CANONICAL = "https://mpt.gov.by/law?id=7&x=a%20b"
BODIES = {FIRST: b"<p>first</p>", SECOND: b"<p>second</p><script>alert(1)</script>", LAST: b"<p>second</p>"}


@pytest.fixture
def web_settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def web_archive(tmp_path: Path, web_settings: Settings) -> Iterator[Archive]:
    """A page with three captures; the last brought the second one's bytes again, and is a revisit record."""
    with open_fresh(tmp_path / "web") as opened:
        opened.discover([discovery("law", site="mpt", url=CANONICAL, address=URL)])
        page = opened.page("mpt", CANONICAL)
        assert page
        run = opened.begin_run("mpt", RunKind.CRAWL, FIRST).id
        places = {}
        with WarcWriter(web_settings.warc_folder, max_bytes=10**9, site="mpt", software="test") as out:
            for at, body in ((FIRST, BODIES[FIRST]), (SECOND, BODIES[SECOND]), (LAST, BODIES[SECOND])):
                again = RevisitOf(place=places[SECOND], url=URL, at=SECOND) if at is LAST else None
                places[at] = out.write(
                    Exchange(
                        url=URL,
                        at=at,
                        status_line="HTTP/1.1 200 OK",
                        response_headers=((b"Content-Type", b"text/html"),),
                        body=body,
                        payload_digest=sha256(body).hexdigest(),
                        revisit_of=again,
                    )
                )
                made = capture(
                    page,
                    run,
                    fetched_at=at,
                    status=200,
                    outcome=Outcome.UNCHANGED if again else Outcome.NEW,
                    media_type="text/html",
                    digest=sha256(body).hexdigest(),
                    warc=places[at],
                )
                opened.record([visit_of(page, made)])
            lost = capture(page, run, fetched_at=LAST, status=503, outcome=Outcome.ERROR, warc=None)
            opened.record([visit_of(page, lost)])
        yield opened


def visit_of(page: Page, made: Capture) -> Settlement:
    return Settlement(pages=(live(page),), captures=(made,))


@pytest.fixture
def reader(web: Site) -> Client:
    return web.login()


def links(header: str) -> dict[str, tuple[str, dict[str, str]]]:
    """The links of a header or a TimeMap by their relation."""
    found = {}
    for target, rest in re.findall(r"<([^>]*)>((?:; \w+=\"[^\"]*\")*)", header):
        attributes = dict(re.findall(r"(\w+)=\"([^\"]*)\"", rest))
        found[attributes.pop("rel")] = target, attributes
    return found


@pytest.mark.parametrize(
    ("wish", "at"),
    [
        pytest.param("Tue, 11 Sep 2001 20:35:00 GMT", FIRST, id="between two: the one that stood then"),
        pytest.param("Tue, 11 Sep 2001 20:36:10 GMT", SECOND, id="exactly"),
        pytest.param("Thu, 01 Jan 1998 00:00:00 GMT", FIRST, id="before the first"),
        pytest.param("Fri, 20 Nov 2026 00:00:00 GMT", LAST, id="after the last"),
        pytest.param(None, LAST, id="no wish: the most recent"),
    ],
)
def test_the_timegate_leads_to_the_state_meant(web: Site, reader: Client, wish: str | None, at: datetime) -> None:
    answer = reader.get(f"/timegate/{URL}", headers={"Accept-Datetime": wish} if wish else {})
    base = web.url
    assert answer.status_code == 302
    assert answer.headers["vary"] == "accept-datetime"
    assert answer.headers["location"] == f"{base}/memento/{stamp(at)}/{URL}"
    assert "memento-datetime" not in answer.headers  # only mementos have it (section 2.1.1)
    told = links(answer.headers["link"])
    assert told["original"] == (URL, {})
    assert told["timemap"] == (
        f"{base}/timemap/link/{URL}",
        {
            "type": "application/link-format",
            "from": "Tue, 20 Jun 2000 18:02:59 GMT",
            "until": "Tue, 27 Oct 2009 20:49:54 GMT",
        },
    )


def test_a_memento_says_when_it_was_and_what_is_around_it(web: Site, reader: Client) -> None:
    answer = reader.get(f"/memento/20010911203610/{URL}")
    base = web.url
    assert (answer.status_code, answer.content) == (200, BODIES[SECOND])
    assert answer.headers["memento-datetime"] == "Tue, 11 Sep 2001 20:36:10 GMT"
    assert "vary" not in answer.headers
    told = links(answer.headers["link"])
    assert told["timegate"] == (f"{base}/timegate/{URL}", {})
    assert told["original"] == (URL, {})
    assert {rel: attributes for rel, (_, attributes) in told.items() if "memento" in rel} == {
        "first prev memento": {"datetime": http_date(FIRST)},
        "memento": {"datetime": http_date(SECOND)},
        "last next memento": {"datetime": http_date(LAST)},
    }


def test_the_same_bytes_again_are_read_from_the_capture_that_holds_them(reader: Client) -> None:
    assert reader.get(f"/memento/{stamp(LAST)}/{URL}").content == BODIES[SECOND]


def test_a_memento_runs_nothing(reader: Client) -> None:
    headers = reader.get(f"/memento/{stamp(SECOND)}/{URL}").headers
    assert headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"


def test_a_moment_between_two_leads_to_the_one_that_stood_then(web: Site, reader: Client) -> None:
    answer = reader.get(f"/memento/20050101000000/{URL}")
    assert (answer.status_code, answer.headers["location"]) == (
        302,
        f"{web.url}/memento/{stamp(SECOND)}/{URL}",
    )


def test_the_timemap_lists_all_mementos(web: Site, reader: Client) -> None:
    answer = reader.get(f"/timemap/link/{URL}")
    base = web.url
    assert answer.headers["content-type"] == "application/link-format"
    lines = answer.text.rstrip("\n").split(",\n")
    assert lines[0] == f'<{URL}>; rel="original"'
    assert lines[1] == (
        f'<{base}/timemap/link/{URL}>; rel="self"; type="application/link-format"; '
        f'from="{http_date(FIRST)}"; until="{http_date(LAST)}"'
    )
    assert lines[2] == f'<{base}/timegate/{URL}>; rel="timegate"'
    assert lines[3:] == [
        f'<{base}/memento/20000620180259/{URL}>; rel="first memento"; datetime="Tue, 20 Jun 2000 18:02:59 GMT"',
        f'<{base}/memento/20010911203610/{URL}>; rel="memento"; datetime="Tue, 11 Sep 2001 20:36:10 GMT"',
        f'<{base}/memento/20091027204954/{URL}>; rel="last memento"; datetime="Tue, 27 Oct 2009 20:49:54 GMT"',
    ]
    as_json = reader.get(f"/timemap/json/{URL}").json()
    assert [one["uri"] for one in as_json["mementos"]["list"]] == [line[1:].partition(">")[0] for line in lines[3:]]


@pytest.mark.parametrize("address", [CANONICAL, "http://www.mpt.gov.by/law?x=a%20b&id=7"])
def test_other_addresses_of_the_page_lead_to_it(reader: Client, address: str) -> None:
    assert reader.get(f"/timegate/{address}").status_code == 302


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/timegate/https://mpt.gov.by/none", 404, id="never seen"),
        pytest.param("/timemap/link/https://elsewhere.example/", 404, id="another site"),
        pytest.param("/timegate/ftp://mpt.gov.by/x", 404, id="not http"),
        pytest.param("/timegate/", 404, id="nothing"),
        pytest.param(f"/memento/2001/{URL}", 404, id="not 14 digits"),
        pytest.param(f"/memento/20011399000000/{URL}", 404, id="no such month"),
    ],
)
def test_what_is_not_there_is_not_found(reader: Client, path: str, status: int) -> None:
    assert reader.get(path).status_code == status


@pytest.mark.parametrize(
    "wish", ["yesterday", "2001-09-11", "Tue, 11 Sep 2001 20:36:10 +0300", "Tue, 31 Feb 2001 20:36:10 GMT", ""]
)
def test_a_date_of_another_form_is_a_bad_request(reader: Client, wish: str) -> None:
    answer = reader.get(f"/timegate/{URL}", headers={"Accept-Datetime": wish})
    assert answer.status_code == 400
    assert "accept-datetime" in answer.headers["vary"]


def test_tools_log_in_by_a_token_as_password(web: Site) -> None:
    web.user("tool")
    client = web.client()
    answer = client.get(f"/timegate/{URL}")
    assert (answer.status_code, answer.headers["www-authenticate"].partition(" ")[0]) == (401, "Basic")
    assert client.get(f"/timegate/{URL}", auth=("tool", web.token("tool", "read"))).status_code == 302


def test_a_link_can_not_be_ended_from_inside() -> None:
    assert link('https://x.example/">;, <y', "original") == '<https://x.example/%22%3E;,%20%3Cy>; rel="original"'


def test_dates() -> None:
    moment = accept_datetime("Thu, 31 May 2007 20:35:00 GMT")
    assert http_date(moment) == "Thu, 31 May 2007 20:35:00 GMT"
    assert of_stamp(stamp(moment)) == moment
    with pytest.raises(BadDate):
        of_stamp("0")
    assert chosen([FIRST, SECOND, LAST], FIRST) == 0
