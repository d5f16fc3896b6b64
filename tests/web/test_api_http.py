"""The API as HTTP has it: HEAD, 304, links, methods; streams that end where they fail; the description itself."""

import json
import sqlite3
from typing import Any

import httpx
import pytest

from crawler.web.envelope import HEADERS
from storage.records import RunKind, RunState
from tests.web.conftest import Site
from tests.web.test_api import api

pytestmark = pytest.mark.kept("demo")


def told(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "date"}


@pytest.mark.parametrize("path", ["changes?limit=2", "changes/1", "sites", "captures/1/raw", "changes/99999", "none"])
def test_head_says_what_get_says_without_the_body(web: Site, path: str) -> None:
    client = api(web)
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content, told(head)) == (got.status_code, b"", told(got))


@pytest.mark.parametrize("path", ["/", "/changes", "/login", "/healthz", "/feeds/all.atom", "/nowhere"])
def test_pages_are_asked_by_head_too(web: Site, path: str) -> None:
    reader = web.login()
    head, got = reader.http.head(path), reader.get(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers.get("content-type") == got.headers.get("content-type")


def test_a_stream_is_not_made_for_head(web: Site) -> None:
    client = api(web)
    answer = client.head("export/versions.jsonl")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-disposition"] == 'attachment; filename="letapis-versions.jsonl"'


def test_what_is_known_keeps_its_headers(web: Site) -> None:
    """RFC 9110, 15.4.5: those that a cache needs, and no body."""
    client = api(web)
    for path in ("changes?limit=2", "sites", "changes/1"):
        first = client.get(path)
        for method in ("GET", "HEAD"):
            for known in (first.headers["etag"], f"W/{first.headers['etag']}", f'"x" , {first.headers["etag"]}', "*"):
                again = client.request(method, path, headers={"If-None-Match": known})
                assert (again.status_code, again.content) == (304, b"")
                for name in ("etag", "cache-control", "vary"):
                    assert again.headers[name] == first.headers[name]
                assert "content-type" not in again.headers
        assert client.get(path, headers={"If-None-Match": '"x"'}).status_code == 200


def test_the_methods_of_an_address_are_told(web: Site) -> None:
    client = api(web)
    for path, methods in (
        ("rules", "GET, HEAD, POST"),
        ("subscriptions/1", "DELETE, GET, HEAD, PUT"),
        ("changes/decide", "POST"),
        ("changes/1", "GET, HEAD"),
    ):
        answer = client.request("PATCH", path)
        assert (answer.status_code, answer.headers["allow"]) == (405, methods)
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_list_goes_on_with_its_filter_and_behind_any_proxy(web: Site) -> None:
    client = api(web)
    first = client.get("changes?kind=edited&kind=added&limit=2&order=time&words=&until=2030-01-01T00:00:00Z")
    assert first.headers["link"] == f'<{first.json()["next"]}>; rel="next"'
    following = httpx.URL(first.json()["next"])
    assert (following.is_relative_url, following.path) == (True, "/api/v1/changes")
    assert following.params.get_list("kind") == ["edited", "added"]
    assert following.params["until"] == "2030-01-01T00:00:00Z"
    assert len(following.params.get_list("after")) == 1


def test_a_list_neither_repeats_nor_hides_while_rows_come_in(web: Site) -> None:
    client = api(web)
    first = client.get("runs?limit=2").json()
    web.archive.begin_run("replica", RunKind.CRAWL, web.clock.now)
    rest = client.get(f"{web.url}{first['next']}").json()
    ids = [one["id"] for one in (*first["items"], *rest["items"])]
    assert ids == sorted(ids, reverse=True)
    assert ids == [one["id"] for one in client.get("runs?limit=200").json()["items"]][1 : len(ids) + 1]
    assert client.get("runs?limit=1").json()["items"][0]["state"] == RunState.RUNNING


@pytest.mark.parametrize("limit", ["0", "-1", "201", "1.5", "ten", ""])
def test_a_limit_has_bounds(web: Site, limit: str) -> None:
    answer = api(web).get(f"changes?limit={limit}")
    assert (answer.status_code, answer.json()["fields"]) == (422, ["limit"])


def test_a_stream_that_fails_does_not_look_complete(web: Site) -> None:
    """The last version can't be read: what was sent is cut off, and no client takes it for the whole."""
    with sqlite3.connect(web.settings.home / "letapis.db") as database:
        database.execute("UPDATE versions SET kind = 'nonsense' WHERE id = (SELECT max(id) FROM versions)")
    client = api(web)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("export/versions.jsonl")
    assert client.get("export/pages.jsonl").status_code == 200


def test_all_changes_go_out_a_few_at_a_time(web: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.changes.CHUNK", 3)
    lines = [json.loads(line) for line in api(web).get("export/changes.jsonl").text.splitlines()]
    known = web.archive.changes(include_formatting=True)
    assert [(one["url"], one["summary"]) for one in lines] == [(one.url, one.summary) for one in known]


@pytest.mark.parametrize("path", ["/raw/", "/pages/", "/changes/", "/captures/", "/api/v1/captures/", "/timemap/link/"])
def test_a_number_of_any_length_is_no_failure_of_ours(web: Site, path: str) -> None:
    """Python reads no more than 4,300 digits."""
    for digits in ("9" * 5_000, "9" * 19):
        answer = api(web).get(f"{web.url}{path}{digits}")
        assert answer.status_code in (404, 414, 422), answer.text


def schema_of(web: Site) -> dict[str, Any]:
    found: dict[str, Any] = api(web).get(f"{web.url}/openapi.json").json()
    return found


def test_calls_have_names_of_their_own(web: Site) -> None:
    names = [call["operationId"] for methods in schema_of(web)["paths"].values() for call in methods.values()]
    assert len(names) == len(set(names))
    assert {"changes_list", "changes_get", "changes_decide", "changes_notes_add", "sites_run", "fetch"} <= set(names)


def test_every_parameter_and_refusal_is_described(web: Site) -> None:
    schema = schema_of(web)
    refusals = schema["components"]["responses"]
    for path, methods in schema["paths"].items():
        for method, call in methods.items():
            for one in call.get("parameters", []):
                assert one.get("description"), (method, path, one["name"])
            refused = {status for status in call["responses"] if status >= "4"}
            assert {"400", "401", "403"} <= refused
            assert ("404" in refused) or "{" not in path
            assert ({"409", "413"} <= refused) or method == "get"
            for status in refused:
                told = refusals[call["responses"][status]["$ref"].rpartition("/")[2]]
                assert "application/problem+json" in told["content"]
            assert call["security"][0] == {"token": []}
    assert "Retry-After" in refusals["TooOften"]["headers"]
    assert set(schema["components"]["securitySchemes"]) == {"token", "session", "form"}


def test_a_session_that_is_over_is_told_how_to_come_in(web: Site) -> None:
    client = web.login()
    web.clock.on(days=15)
    answer = client.get("/api/v1/sites")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.headers["cache-control"] == HEADERS["Cache-Control"]
