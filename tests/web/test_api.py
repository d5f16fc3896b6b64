"""The API: typed answers with ETags, lists walked to their end, decisions with the same rights as on the pages."""

import csv
import io
import json
import subprocess
import sys
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from crawler.core.report import entry_json
from crawler.entries import entries_of
from storage.records_accounts import Role
from storage.records_outbox import DeliveryKind, DeliveryState
from storage.records_review import ReviewState
from tests.web.conftest import Site
from tests.web.demo import ROOT

pytestmark = pytest.mark.kept("demo")

ALL = ("read", "fetch", "review", "admin")


def api(web: Site, name: str = "boss", role: Role = Role.ADMIN, *scopes: str) -> httpx.Client:
    """Somebody's program."""
    if web.archive.user(name) is None:
        web.user(name, role)
    client = web.client(Authorization=f"Bearer {web.token(name, *(scopes or ALL))}").http
    client.base_url = client.base_url.join("/api/v1/")
    return client


def walked(client: httpx.Client, path: str) -> list[Any]:
    """All items of a list, part by part."""
    found: list[Any] = []
    address: str | None = path
    for _ in range(200):
        assert address is not None
        answer = client.get(address if address is path else f"{client.base_url.join('/')}{address.lstrip('/')}")
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        address = answer.json()["next"]
        assert (address is not None) == ("link" in answer.headers)
        if address is None:
            return found
    raise AssertionError(f"{path} has no end")


@pytest.mark.parametrize(
    ("path", "all_of_it"),
    [
        ("changes?limit=3&order=time", lambda a: [c.id for c in a.changes()]),
        ("changes?limit=7", lambda a: [c.id for c in sorted(a.changes(), key=lambda c: (-c.significance, -c.id))]),
        ("pages?site=replica&limit=150", lambda a: [page.id for page in a.pages("replica")]),
        ("runs?limit=1", lambda a: [run.id for run in a.runs()]),
        ("captures?run=3&limit=150", lambda a: [one.id for one in a.captures(run_id=3)]),
        ("captures?limit=200", lambda a: [one.id for one in a.captures()]),
        ("audit?limit=2&actor=boss", lambda a: [one.id for one in a.audit(actor="boss")]),
    ],
    ids=["changes by time", "changes by weight", "pages", "runs", "captures", "all captures", "audit"],
)
def test_lists_are_walked_to_their_end_without_a_gap(web: Site, path: str, all_of_it: Any) -> None:
    client = api(web)
    for number in (1, 2, 3):
        web.archive.add_note(number, "looked at", author="boss", now=web.clock.now)
    found = [one["id"] for one in walked(client, path)]
    assert len(found) > 2
    assert found == all_of_it(web.archive)


def test_a_page_is_found_by_any_of_its_addresses(web: Site) -> None:
    client = api(web)
    pages = {page.id: page for page in web.archive.pages("replica")}
    alias = next(
        one
        for some in web.archive.aliases(pages).values()
        for one in some
        if one.url not in {p.url for p in pages.values()}
    )
    for url in (alias.url, pages[alias.page_id].url):
        (found,) = client.get("pages", params={"url": url}).json()["items"]
        assert found["id"] == alias.page_id
    whole = client.get(f"pages/{alias.page_id}").json()
    assert alias.url in [one["url"] for one in whole["aliases"]]
    assert client.get("pages", params={"url": "ftp://mpt.gov.by/x"}).status_code == 422
    assert client.get("pages", params={"url": "https://mpt.gov.by/never"}).json()["items"] == []


def test_what_is_known_already_is_not_sent_again(web: Site) -> None:
    client = api(web)
    first = client.get("changes/1")
    again = client.get("changes/1", headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    client.post("changes/decide", json={"ids": [1], "state": "confirmed"})
    fresh = client.get("changes/1", headers={"If-None-Match": first.headers["etag"]})
    assert fresh.status_code == 200
    assert fresh.json()["review"]["state"] == "confirmed"


def test_a_change_and_a_difference_say_what_the_report_says(web: Site) -> None:
    client = api(web)
    for entry in entries_of(web.archive, web.archive.changes(site="replica")):
        told, known = client.get(f"changes/{entry.change.id}").json(), json.loads(json.dumps(entry_json(entry)))
        for key in ("summary", "reasons", "diff", "links", "attachments", "what", "url", "significance"):
            assert told[key] == known.get(key), (entry.change.id, key)
        change = entry.change
        if change.kind.value == "edited" and change.subject_id is None and change.count == 1:
            pair = {"from": change.from_version, "to": change.to_version}
            assert client.get(f"pages/{change.page_id}/diff", params=pair).json()["diff"] == known["diff"]


def test_what_is_left_out_of_a_decision_stays_as_it_is(web: Site) -> None:
    client = api(web)
    decided = client.post(
        "changes/decide", json={"ids": [1, 2], "assignee": "boss", "state": "triaged", "note": "Mine."}
    )
    assert decided.json() == {"altered": [1, 2]}
    assert client.post("changes/decide", json={"ids": [1], "significance": 0.9}).json() == {"altered": [1]}
    review = web.archive.review([1])[1]
    assert (review.state, review.assignee, review.significance) == (ReviewState.TRIAGED, "boss", 0.9)
    client.post("changes/decide", json={"ids": [1], "assignee": None, "significance": None})
    review = web.archive.review([1])[1]
    assert (review.state, review.assignee, review.significance) == (ReviewState.TRIAGED, None, None)
    assert [note["text"] for note in client.get("changes/2/notes").json()["items"]] == ["Mine."]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"ids": [1, 999_999], "state": "noise"}, 404),
        ({"ids": [1], "state": "published"}, 422),
        ({"ids": [1], "state": None}, 422),
        ({"ids": [1], "sate": "noise"}, 422),
        ({"ids": [1], "assignee": "nobody-we-know"}, 422),
        ({"ids": [1], "significance": 1.5}, 422),
        ({"ids": []}, 422),
        ({"ids": [1]}, 422),
        ({"ids": [2**63]}, 422),
        ({"ids": list(range(1, 2_000))}, 422),
    ],
    ids=["one is not there", "published", "null", "misspelt", "who?", "too much", "none", "nothing", "64 bit", "many"],
)
def test_a_decision_that_can_t_be_meant_alters_nothing(web: Site, asked: dict[str, Any], status: int) -> None:
    answer = api(web).post("changes/decide", json=asked)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["type"], told["status"]) == ("about:blank", status)
    assert told["title"]
    assert told["detail"]
    assert web.archive.review([1])[1].state is ReviewState.NEW


@pytest.mark.parametrize(
    ("scope", "method", "path", "allowed"),
    [
        ("read", "GET", "changes", True),
        ("read", "POST", "changes/decide", False),
        ("read", "GET", "audit", False),
        ("review", "GET", "audit.csv", False),
        ("review", "POST", "changes/decide", True),
        ("review", "POST", "sites/mpt/run", False),
        ("review", "GET", "users", False),
        ("fetch", "GET", "changes", False),
        ("fetch", "GET", "export/pages.csv", False),
        ("admin", "POST", "sites/mpt/run", True),
        ("admin", "GET", "deliveries", True),
    ],
)
def test_a_token_does_what_its_scope_says(web: Site, scope: str, method: str, path: str, allowed: bool) -> None:
    body: dict[str, Any] = {"json": {"ids": [1], "state": "noise"}} if path.endswith("decide") else {}
    answer = api(web, "boss", Role.ADMIN, scope).request(method, path, **body)
    assert (answer.status_code < 300) is allowed
    assert allowed or answer.status_code == 403


def test_a_session_calls_with_its_form_token(web: Site) -> None:
    client = web.login("rita", Role.REVIEWER)
    asked: dict[str, Any] = {"json": {"ids": [1], "state": "noise"}, "headers": {"Origin": client.origin}}
    assert client.http.post("/api/v1/changes/decide", **asked).status_code == 403
    page = client.get("/changes").text
    token = page.partition('"X-CSRF-Token": "')[2].partition('"')[0]
    asked["headers"]["X-CSRF-Token"] = token
    assert client.http.post("/api/v1/changes/decide", **asked).json() == {"altered": [1]}


@pytest.mark.parametrize(
    "path",
    [
        f"pages/{10**40}",
        f"pages/{2**63}",
        "pages/-1",
        "pages/1/versions/9223372036854775807",
        "pages/1/diff?from=1&to=4294967296",
        f"pages?site=replica&after={10**30}",
        "pages?site=replica&limit=100000",
        "pages?site=replica&limit=1e3",
        "pages?site=replica&nonsense=1",
        "pages?site=a%00b",
        f"changes?after={'9' * 190}~1",
        f"changes?after=0.5~{'9' * 150}",
        "changes?after=nan~1",
        "changes?after=2026-11-20~1",
        "changes?min=nan",
        "changes?since=0.5",
        "changes?since=0001-01-01T00:00:00%2B14:00",
        "changes?until=99999-01-01",
        f"changes?words={'a' * 501}",
        f"changes?order=time&after={quote('0001-01-01T00:00:00+14:00')}~1",
        "captures?page=0",
        f"search?words=a&offset={10**20}",
        "search?words=",
        f"pages?url=https://{'a' * 5000}",
        "pages?url=https://[::1",
        "pages?url=https://a.example:99999/",
        "pages?url=%ff%fe",
        "export/users.csv",
        "export/pages.exe",
        "sites/..%2f..%2fetc",
    ],
)
def test_addresses_of_any_form_are_no_failure_of_ours(web: Site, path: str) -> None:
    answer = api(web).get(path)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [
        b'{"ids": [1], "note": "\\ud800"}',
        b'{"ids": [1], "\\ud800": 1}',
        b'{"ids": [1], "note": "a\\u0000b"}',
        b'{"ids": [' + b"9" * 5_000 + b"]}",
        b'{"ids": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b'{"ids": [1e400], "state": "noise"}',
        b'{"ids": [NaN], "state": "noise"}',
        b'{"ids": [1], "significance": NaN}',
        b'{"ids": ["1; DROP TABLE changes"], "state": "noise"}',
    ],
    ids=["surrogate", "surrogate as name", "NUL", "long number", "deep", "infinite", "NaN id", "NaN", "SQL"],
)
def test_bodies_of_any_form_are_no_failure_of_ours(web: Site, body: bytes) -> None:
    answer = api(web).post("changes/decide", content=body, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["detail"]


def test_the_stored_bytes_are_a_download_that_runs_nothing(web: Site) -> None:
    client = api(web)
    captures = [one for one in walked(client, "captures?run=1&limit=200") if one["warc"] and one["status"] == 200]
    for one in captures[:5]:
        answer = client.get(f"captures/{one['id']}/raw")
        assert sha256(answer.content).hexdigest() == one["digest"]
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["content-security-policy"].startswith("sandbox;")


@pytest.mark.parametrize("name", ["versions.jsonl", "changes.csv", "pages.csv", "captures.jsonl"])
def test_exports_are_those_of_the_command_line(web: Site, name: str) -> None:
    what, _, form = name.partition(".")
    command = [sys.executable, "-m", "crawler.cli", "--home", str(web.settings.home), "export", what, "--format", form]
    done = subprocess.run([*command, "--site", "replica"], cwd=ROOT, capture_output=True, timeout=120, check=True)
    answer = api(web).get(f"export/{name}?site=replica")
    assert answer.content == done.stdout
    rows = list(csv.reader(io.StringIO(answer.text))) if form == "csv" else answer.text.splitlines()
    assert len(rows) > 10


def test_rules_are_tried_kept_and_ended_by_who_may(web: Site) -> None:
    client = api(web, "rita", Role.REVIEWER)
    rule = {"site": "mpt", "what": ["images"], "reason": "Pictures come and go."}
    tried = client.post("rules/dry-run", json=rule).json()
    assert tried["summary"].startswith("would have hidden 0 of 0 changes")
    assert web.archive.rules() == []
    made = client.post("rules", json=rule | {"apply": True})
    assert made.status_code == 201
    number = made.json()["rule"]["id"]
    assert client.post("rules", json={"site": "mpt", "reason": "No condition."}).status_code == 422
    assert client.post("rules", json=rule | {"pattern": "(a+"}).status_code == 422
    other = api(web, "olga", Role.REVIEWER)
    assert other.delete(f"rules/{number}").status_code == 403
    assert client.delete(f"rules/{number}").json()["active"] is False
    assert client.delete(f"rules/{number}").status_code == 409


def test_subscriptions_are_their_owner_s_and_tell_no_secret(web: Site) -> None:
    client = api(web, "rita", Role.REVIEWER)
    secret = "webhook:https://hooks.example.org/in?token=verysecret"
    asked = {"name": "mine", "channel": secret, "words": ["тариф*"], "kinds": ["edited"]}
    made = client.post("subscriptions", json=asked)
    assert made.status_code == 201, made.text
    assert "verysecret" not in made.text
    number = made.json()["id"]
    assert client.post("subscriptions", json=asked).status_code == 409
    wrong = client.post("subscriptions", json=asked | {"name": "other", "cron": "every day"})
    assert wrong.status_code == 422
    assert wrong.json()["detail"].startswith("cron:")
    changed = client.put(f"subscriptions/{number}", json=asked | {"channel": made.json()["channel"], "words": []})
    assert changed.json()["words"] == []
    stored = web.archive.subscription(number)
    assert stored
    assert (stored.channel, stored.created_by) == (secret, "rita")
    told = client.get(f"subscriptions/{number}/preview?limit=200").json()["told"]
    edits = {one.id for one in web.archive.changes() if one.kind.value == "edited"}
    assert {one["change"]["id"] for one in told} == edits
    other = api(web, "olga", Role.REVIEWER)
    assert other.get("subscriptions").json()["items"] == []
    for answer in (other.get(f"subscriptions/{number}"), other.delete(f"subscriptions/{number}")):
        assert answer.status_code == 404
    assert [one["id"] for one in api(web).get("subscriptions").json()["items"]] == [number]
    logged = [entry.action for entry in web.archive.audit(f"subscription {number}")]
    assert logged == ["subscription.change", "subscription.add"]


def test_a_test_message_goes_by_the_outbox_and_is_tried_anew(web: Site) -> None:
    client, boss = api(web, "rita", Role.REVIEWER), api(web)
    made = client.post("subscriptions", json={"name": "mine", "channel": "mailto:rita@example.org"}).json()
    owed = client.post(f"subscriptions/{made['id']}/test")
    assert owed.status_code == 202
    number = owed.json()["id"]
    delivery = web.archive.delivery(number)
    assert delivery
    assert (delivery.kind, delivery.state) == (DeliveryKind.TEST, DeliveryState.PENDING)
    assert boss.post(f"deliveries/{number}/retry").status_code == 409
    web.archive.dead(number, "no such host")
    assert [one["error"] for one in boss.get("deliveries?state=dead").json()["items"]] == ["no such host"]
    assert boss.post(f"deliveries/{number}/retry").json()["state"] == "pending"
    assert client.delete(f"subscriptions/{made['id']}").json()["active"] is False
    assert client.post(f"subscriptions/{made['id']}/test").status_code == 409


def test_what_the_service_is_asked_to_do_is_in_the_log(web: Site) -> None:
    client = api(web)
    first, again = (client.post("sites/mpt/run").json() for _ in range(2))
    assert first == again
    assert client.post("sites/mpt/pause", json={"reason": "moves"}).json()["reason"] == "moves"
    assert client.get("sites/mpt").json()["paused"]["reason"] == "moves"
    assert client.post("sites/mpt/resume").json()["paused"] is None
    assert client.post("sites/mpt/resume").status_code == 409
    assert client.post("sites/nowhere/run").status_code == 404
    log = client.get("audit?subject=site%20mpt&actor=boss").json()["items"]
    actions = [(one["action"], one["actor"]) for one in log]
    assert actions == [("site.resume", "boss"), ("site.pause", "boss"), ("site.run", "boss"), ("site.run", "boss")]


def test_a_report_is_written_by_a_program(web: Site) -> None:
    client = api(web, "rita", Role.REVIEWER)
    asked = {"title": "November", "entries": [{"change_id": 2}, {"change_id": 1, "title": "Mine", "body": "It was."}]}
    made = client.post("reports", json=asked).json()
    assert [(one["change_id"], bool(one["title"])) for one in made["entries"]] == [(2, True), (1, True)]
    assert made["entries"][1]["title"] == "Mine"
    assert client.get(f"reports/{made['id']}/export.md").text.startswith("# November")
    assert sorted(client.post(f"reports/{made['id']}/publish").json()["fresh"]) == [1, 2]
    assert client.post(f"reports/{made['id']}/publish").json()["fresh"] == []
    assert client.post("reports", json=asked | {"entries": [{"change_id": 1}] * 2}).status_code == 422
    assert client.post("reports", json={"title": "None", "entries": [{"change_id": 99_999}]}).status_code == 422


def test_the_last_administrator_stays(web: Site) -> None:
    client = api(web)
    user = web.archive.user("boss")
    assert user
    for asked in ({"role": "reader"}, {"disabled": True}):
        assert client.post(f"users/{user.id}", json=asked).status_code == 409
    other = web.user("olga")
    assert client.post(f"users/{other.id}", json={"role": "reviewer"}).json()["role"] == "reviewer"
    entry, *_ = web.archive.audit("user olga")
    assert (entry.actor, entry.action) == ("boss", "user.role")
    assert entry.detail == {"before": "reader", "after": "reviewer"}
    assert '"password"' not in client.get("users").text


def test_a_user_is_made_and_comes_in_by_the_password_that_is_told_once(web: Site) -> None:
    client = api(web)
    made = client.post("users", json={"name": " Vera", "role": "reviewer"})
    assert made.status_code == 201
    told = made.json()
    assert (told["name"], told["role"], told["one_time"]) == ("vera", "reviewer", True)
    assert client.post("users", json={"name": "vera"}).status_code == 409
    assert client.post("users", json={"name": "<b>"}).status_code == 422
    assert told["password"] not in client.get("users").text + client.get("audit").text
    entered = web.client().submit("/login", name="vera", password=told["password"])
    assert entered.headers["location"] == "/password"
    assert api(web, "rita", Role.REVIEWER).post("users", json={"name": "olga"}).status_code == 403


def test_tokens_are_listed_and_revoked_by_administrators(web: Site) -> None:
    boss, rita = api(web), api(web, "rita", Role.REVIEWER)
    listed = boss.get("tokens?user=rita").json()["items"]
    assert [(one["user"], one["scopes"]) for one in listed] == [("rita", list(ALL))]
    assert "digest" not in boss.get("tokens").text
    number = listed[0]["id"]
    assert rita.get("tokens").status_code == 403
    assert rita.delete(f"tokens/{number}").status_code == 403
    assert boss.delete(f"tokens/{number}").json()["revoked_at"]
    assert boss.delete(f"tokens/{number}").status_code == 404
    assert rita.get("changes").status_code == 401
    assert boss.get("tokens?user=rita").json()["items"] == []
    assert [one["id"] for one in boss.get("tokens?user=rita&all=true").json()["items"]] == [number]
    assert boss.get("tokens?user=nobody").status_code == 404


def test_every_call_is_described_with_its_scope_and_an_answer(web: Site) -> None:
    schema = api(web).get(f"{web.url}/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    for path, methods in schema["paths"].items():
        for method, call in methods.items():
            assert call["summary"], (method, path)
            assert call["description"], (method, path)
            assert call["x-scope"] in ALL, (method, path)
            for status in ("400", "401", "403"):
                assert status in call["responses"], (method, path)
    assert len(schema["paths"]) > 40
