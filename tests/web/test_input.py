"""Input of any form: refused where it must be, never a failure of ours."""

import pytest

from storage.records_accounts import Role
from tests.web.conftest import Site
from tests.web.test_security import csrf_in


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"x" * (2**20 + 1), "application/x-www-form-urlencoded", 413),
        (b"{" * 500_000, "application/json", 422),
        (b"\xff\xfe", "application/json", 422),
        (b'{"url": "https://a/\\u0000"}', "application/json", 400),
        (b'{"url": "https://a/\\ud800"}', "application/json", 422),
        (b'{"url": 1}', "application/json", 422),
        (b'{"url": ""}', "application/json", 422),
        (b"[]", "application/json", 422),
        (b"", "application/json", 422),
        (b"--x\r\nbroken", "multipart/form-data; boundary=y", 415),
        (b"a=b", "multipart/form-data", 415),
    ],
    ids=lambda value: repr(value[:12]) if isinstance(value, bytes) else str(value),
)
def test_input_of_any_form_is_no_failure_of_ours(web: Site, body: bytes, kind: str, status: int) -> None:
    web.user("anna", Role.REVIEWER)
    http = web.client(Authorization=f"Bearer {web.token('anna', 'fetch')}", **{"Content-Type": kind}).http
    answer = http.post("/api/v1/fetch", content=body)
    assert 400 <= answer.status_code < 500
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_bodies_without_a_length_are_cut_off_too(web: Site) -> None:
    web.user("anna", Role.REVIEWER)
    http = web.client(Authorization=f"Bearer {web.token('anna', 'fetch')}").http
    assert http.post("/api/v1/fetch", content=(b"x" * 65536 for _ in range(40))).status_code == 413


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/login", {"name": "a\0b", "password": "x"}, 400),
        ("/login", {"name": "a" * 5_000, "password": "x"}, 422),
        ("/login", {"name": "\ud83d\ude00", "password": "\u202e"}, 403),
        ("/login", {"name": "a", "password": "p" * 5_000}, 422),
        ("/login", {}, 403),
        ("/language", {}, 422),
    ],
    ids=["NUL", "long name", "emoji", "long password", "nothing", "nothing chosen"],
)
def test_forms_of_any_content_are_no_failure_of_ours(web: Site, path: str, fields: dict[str, str], status: int) -> None:
    web.user()
    fields = {key: value.encode("utf-16", "surrogatepass").decode("utf-16") for key, value in fields.items()}
    assert web.client().submit("/login", path, **fields).status_code == status


@pytest.mark.parametrize(
    "path",
    ["/users/9999999999999999999999/role", "/users/-1/disable", "/users/x/enable", "/settings/tokens/1e9/revoke"],
)
def test_numbers_out_of_range_are_no_failure_of_ours(web: Site, path: str) -> None:
    client = web.login("boss", Role.ADMIN)
    answer = client.http.post(path, data={"csrf": csrf_in(client), "role": "reader"})
    assert answer.status_code == 422
    assert "number of the error" not in answer.text


@pytest.mark.parametrize("path", ["/login?next=%00", "/%00", "/%ff%fe", "/login?next=" + "a" * 30_000])
def test_addresses_of_any_form_are_no_failure_of_ours(web: Site, path: str) -> None:
    assert 400 <= web.client().get(path).status_code < 500 or "aaa" in path
