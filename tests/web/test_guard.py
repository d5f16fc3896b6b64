"""Attacks on the whole of it: by requests of odd forms, by many of them, by who is let in but may not do that."""

import json
import threading
from typing import Any

import httpx
import pytest

from config.settings import Settings
from crawler.web import limits, passwords, subscribing
from storage.records_accounts import Role
from storage.records_outbox import Subscription
from tests.web.conftest import PASSWORD, Client, Site
from tests.web.test_security import csrf_in

PARTS = b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n%s\r\n--x--\r\n'


@pytest.fixture
def web_settings(web_settings: Settings) -> Settings:
    """With channels that the operator has named."""
    web_settings.home.mkdir(parents=True)
    path = web_settings.home / "channels.toml"
    path.write_text('[press]\nurl = "mailto:press@example.org"\n', encoding="utf-8")
    path.chmod(0o600)
    return web_settings


@pytest.mark.parametrize("charset", ["punycode", "unicode_escape", "undefined", "utf-8"])
def test_no_sender_chooses_a_codec_of_ours(web: Site, charset: str) -> None:
    """A form in parts names how its texts are coded: one of Python's codecs takes minutes for a megabyte."""
    kind = f"multipart/form-data; boundary=x; charset={charset}"
    client = web.client()
    client.get("/login")
    body = PARTS % (b"-" + b"a" * 900_000 if charset == "punycode" else b"\\ud800")
    assert client.http.post("/login", content=body, headers={"Content-Type": kind}).status_code == 415
    web.user()
    http = web.client(Authorization=f"Bearer {web.token('anna', 'fetch')}", **{"Content-Type": kind}).http
    assert http.post("/api/v1/fetch", content=body).status_code == 415


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"language=be&next=%00"),
        ("application/vnd.letapis+json", b'{"language": "\\u0000"}'),
        ("APPLICATION/JSON", b'{"language": "\\u0000"}'),
        ("text/plain", b"\0"),
    ],
)
def test_no_body_brings_what_postgresql_can_not_store(web: Site, kind: str, body: bytes) -> None:
    client = web.login()
    headers = {"X-CSRF-Token": csrf_in(client), "Content-Type": kind}
    assert client.http.post("/settings/language", content=body, headers=headers).status_code == 400


@pytest.mark.parametrize(
    "host", ["[::1]evil.example", "127.0.0.1:80@evil.example", "127.0.0.1/api/", "127.0.0.1?", "127.0.0.1:x", "[::1"]
)
def test_a_host_is_a_name_and_a_port(web: Site, host: str) -> None:
    answer = web.client(Host=host).get("/changes/")
    assert (answer.status_code, "location" in answer.headers) == (400, False)


def test_many_who_log_in_do_not_keep_others_from_their_pages(web: Site) -> None:
    """Each password checked takes a while and 64 MiB; those who wait for it must not hold every thread."""
    for _ in range(2):
        passwords._room.acquire()  # nobody's check comes to its end
    flood = [web.client() for _ in range(45)]
    tokens = [csrf_in(client, "/login") for client in flood]
    answers: list[int] = []
    noted = threading.Semaphore(0)

    def attack(client: Client, token: str, number: int) -> None:
        fields = {"csrf": token, "name": f"n{number}", "password": "x" * 20}
        answers.append(client.http.post("/login", data=fields, timeout=60).status_code)
        noted.release()

    threads = [threading.Thread(target=attack, args=(*one, n)) for n, one in enumerate(zip(flood, tokens, strict=True))]
    try:
        for thread in threads:
            thread.start()
        for _ in range(45 - limits.AT_ONCE):
            assert noted.acquire(timeout=60)
        assert set(answers) == {503}
        assert web.client().get("/login").status_code == 200
    finally:
        for _ in range(2):
            passwords._room.release()
        for thread in threads:
            thread.join()
    assert sorted(answers) == sorted([503] * (45 - limits.AT_ONCE) + [403] * limits.AT_ONCE)


def test_who_is_over_the_limit_makes_the_database_write_nothing(web: Site) -> None:
    client = web.client()
    for _ in range(5):
        client.submit("/login", name="anna", password="wrong")
    with web.archive.engine.connect() as connection:  # which sees that others have written
        before = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
        assert client.submit("/login", name="anna", password="wrong").status_code == 429
        assert connection.exec_driver_sql("PRAGMA data_version").scalar_one() == before


def test_no_token_alters_an_account(web: Site) -> None:
    user = web.user("boss", Role.ADMIN)
    http = web.client(Authorization=f"Bearer {web.token('boss', 'admin')}").http
    assert http.post("/language", data={"language": "be"}).status_code == 303
    found = web.archive.user(user.name)
    assert found
    assert found.language is None


def by_form(client: Client, **fields: Any) -> httpx.Response:
    return client.submit("/subscriptions/new", topics="changes", **fields)


@pytest.mark.parametrize("way", ["form", "filter"])
def test_channels_of_the_operator_are_for_reviewers(web: Site, way: str) -> None:
    answers = {}
    for role in (Role.READER, Role.REVIEWER):
        client = web.login(role.value, role)
        kept = web.archive.save_filter(role.value, "f", "kind=edited", now=web.clock.now)
        path = f"/filters/{kept.id}/subscribe" if way == "filter" else "/subscriptions/new"
        answers[role] = client.submit(path, name=role.value, channel="@press", topics="changes")
    assert (answers[Role.READER].status_code, answers[Role.REVIEWER].status_code) == (422, 303)
    assert "named channels are for reviewers" in answers[Role.READER].text


def test_nobody_has_more_subscriptions_than_the_crawl_can_look_at(web: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscribing, "MOST", 2)
    client = web.login("anna", Role.REVIEWER)
    for number in range(2):
        assert by_form(client, name=f"s{number}", channel="mailto:a@example.org").status_code == 303
    assert by_form(client, name="s3", channel="mailto:a@example.org").status_code == 422
    http = web.client(Authorization=f"Bearer {web.token('anna', 'review')}").http
    new = {"name": "s4", "channel": "mailto:a@example.org"}
    assert http.post("/api/v1/subscriptions", json=new).status_code == 422
    client.submit("/subscriptions/1", "/subscriptions/1/end")
    assert http.post("/api/v1/subscriptions", json=new).status_code == 201
    assert client.submit("/subscriptions/1", "/subscriptions/1/begin").status_code == 409
    assert http.put("/api/v1/subscriptions/1", json=new | {"name": "s0"}).status_code == 422
    assert by_form(web.login("boris"), name="b", channel="mailto:b@example.org").status_code == 303


def test_test_messages_are_no_way_to_flood_a_stranger(web: Site) -> None:
    client = web.login("anna", Role.REVIEWER)
    by_form(client, name="s", channel="mailto:stranger@example.org")
    http = web.client(Authorization=f"Bearer {web.token('anna', 'review')}").http
    for number in range(limits.TESTS):
        web.clock.on(seconds=1)
        sent = client.submit("/subscriptions/1", "/subscriptions/1/test") if number % 2 else None
        assert (sent or http.post("/api/v1/subscriptions/1/test")).status_code in (202, 303)
    assert client.submit("/subscriptions/1", "/subscriptions/1/test").status_code == 429
    assert http.post("/api/v1/subscriptions/1/test").status_code == 429


def test_json_under_another_name_is_no_form_and_no_json(web: Site) -> None:
    """What a page of another site can send without asking first carries no token, and is not read."""
    client = web.login("anna", Role.REVIEWER)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "", "text/json"):
        body = json.dumps({"csrf": csrf_in(client), "name": "x", "query": ""}).encode()
        answer = client.http.post("/api/v1/filters", content=body, headers={"Content-Type": kind})
        assert answer.status_code == 403, kind
    assert web.archive.filters("anna") == []


def test_a_password_longer_than_any_is_not_hashed(web: Site) -> None:
    web.user()
    for length, status in ((257, 422), (100_000, 422), (2**20, 413)):
        assert web.client().submit("/login", name="anna", password="p" * length).status_code == status
    assert web.client().submit("/login", name="anna", password=PASSWORD).status_code == 303


def test_others_things_are_as_if_they_were_not_there(web: Site) -> None:
    """By every address that names one by number: saved filters, subscriptions, messages, tokens."""
    now = web.clock.now
    web.user("anna")
    web.archive.save_filter("anna", "hers", "kind=edited", now=now)
    one = Subscription(name="hers", channel="mailto:a@a.example", created_at=now, created_by="anna")
    web.archive.add_subscription(one, actor="anna")
    web.token("anna", "read")
    web.login("anna").submit("/subscriptions/1", "/subscriptions/1/test")
    for role in (Role.READER, Role.REVIEWER):
        client = web.login(role.value, role)
        token = csrf_in(client)
        for path in ("/filters/1/subscribe", "/subscriptions/1", "/subscriptions/1/change"):
            assert client.get(path).status_code == 404, path
        for path in ("/filters/1/drop", "/filters/1/subscribe", "/subscriptions/1/end", "/subscriptions/1/begin",
                     "/subscriptions/1/test", "/subscriptions/1/change", "/deliveries/1/retry",
                     "/settings/tokens/1/revoke"):  # fmt: skip
            fields = {"csrf": token, "name": "n", "channel": "mailto:b@b.example", "topics": "changes"}
            assert client.http.post(path, data=fields).status_code == 404, path
        assert not any("hers" in client.get(path).text for path in ("/subscriptions", "/deliveries", "/filters"))
    web.user("wendy", Role.REVIEWER)
    http = web.client(Authorization=f"Bearer {web.token('wendy', 'review')}").http
    for method, path in (
        ("GET", "subscriptions/1"), ("DELETE", "subscriptions/1"), ("GET", "subscriptions/1/preview"),
        ("POST", "subscriptions/1/test"), ("DELETE", "filters/1"),
    ):  # fmt: skip
        assert http.request(method, f"/api/v1/{path}").status_code == 404, path
    whole = {"name": "n", "channel": "mailto:…", "created_by": "wendy", "id": 1}
    assert http.put("/api/v1/subscriptions/1", json=whole).status_code == 422  # unknown fields
    assert http.get("/api/v1/subscriptions").json()["items"] == http.get("/api/v1/filters").json()["items"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/changes?since=0001-01-01", 200),
        ("/reports/new?until=9999-12-31T23:59:59-23:59", 422),
        ("/changes/" + "9" * 5_000, 414),
        ("/changes/" + "9" * 4_000, 404),
        ("/timegate/https://mpt.gov.by/" + "a" * 4_000, 404),
    ],
    ids=["the first day", "the last day", "a number of 5,000 digits", "of 4,000", "a long address"],
)
def test_days_and_numbers_at_their_ends_are_no_failure_of_ours(web: Site, path: str, status: int) -> None:
    assert web.login("anna", Role.REVIEWER).get(path).status_code == status
