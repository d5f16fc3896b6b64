"""Every route against everybody who could ask, made from the route table: none can be forgotten."""

import re
from collections.abc import Iterator

import httpx
import pytest

from crawler.web.access import GuardedRoute, Need
from crawler.web.app import guarded
from storage.records_accounts import Role
from tests.web.conftest import Client, Site
from tests.web.test_security import csrf_in
from tests.web.walk import share

READS, FETCHES, REVIEWS, ADMINS = Need.READ, Need.FETCH, Need.REVIEW, Need.ADMIN
EVERYTHING = {READS, FETCHES, REVIEWS, ADMINS}
MAY = {  # said here once more, so that a change of the rule has to be meant
    "nobody": set[Need](),
    "one-time password": set[Need](),
    "reader": {READS, Need.OWN},
    "reviewer": {READS, FETCHES, REVIEWS, Need.OWN},
    "admin": {*EVERYTHING, Need.OWN},
    "locked out": set[Need](),
    "locked out, by token": set[Need](),
    "logged out": set[Need](),
    "session over": set[Need](),
    "token: read": {READS},
    "token: fetch": {FETCHES},
    "token: review": {READS, REVIEWS},
    "token: admin": EVERYTHING,
    "token: admin, of a reader": {READS},
    "token: revoked": set[Need](),
    "token: wrong": set[Need](),
    "token, not as Bearer": set[Need](),
}
NO = "Your role or token does not allow this."
AGAIN = "out of date"


def everybody(web: Site) -> dict[str, httpx.Client]:
    boss, scopes = web.user("boss", Role.ADMIN), ("read", "fetch", "review", "admin")
    over = web.login("over", Role.ADMIN)
    web.clock.on(hours=13)
    web.user("once", Role.ADMIN, one_time=True)
    out = web.login("out", Role.ADMIN)
    by_token = web.token("out", "admin")
    left = web.login("left", Role.ADMIN)
    cookie = left.http.cookies["letapis_session"]
    left.submit("/", "/logout")
    left.http.cookies.set("letapis_session", cookie, domain="127.0.0.1")
    user = web.archive.user("out")
    assert user
    assert web.archive.disable(user.id, web.clock.now, actor="boss")
    web.user("small", Role.READER)
    revoked = web.token("boss", "admin")
    assert web.archive.revoke_token(web.archive.tokens()[0].id, web.clock.now, actor="boss", user_id=boss.id)
    tokens = {f"token: {scope}": web.token("boss", scope) for scope in scopes}
    tokens |= {"token: admin, of a reader": web.token("small", "admin"), "token: revoked": revoked}
    tokens |= {"token: wrong": "letapis_wrong", "locked out, by token": by_token}
    clients = {name: web.client(Authorization=f"Bearer {secret}") for name, secret in tokens.items()}
    clients |= {role.value: web.login(role.value, role) for role in Role}
    clients |= {"nobody": web.client(), "one-time password": web.login("once"), "locked out": out}
    clients |= {"logged out": left, "session over": over}
    clients["token, not as Bearer"] = web.client(Authorization=tokens["token: admin"])
    return {name: client.http for name, client in clients.items()}


def calls(web: Site) -> Iterator[tuple[str, str, GuardedRoute]]:
    """(method, address, route): numbers are of rows that are not there, so that a call that is let in does nothing."""
    for route in guarded(web.app.routes):
        path = re.sub(r"\{\w*(?:id|number|first|second|before|after)(?::\w+)?\}|\{\w+:int\}", "999999", route.path)
        for method in sorted(route.methods or ()):
            yield method, re.sub(r"\{[^}]*\}", "x", path), route


def let_in(answer: httpx.Response) -> bool:
    """Whether who asked may ask for that: what then comes of it is another question."""
    away = answer.headers.get("location", "").startswith(("/login?", "/password")) or (
        answer.headers.get("location") == "/login" and answer.request.url.path != "/logout"
    )
    return (
        answer.status_code != 401
        and not away
        and NO not in answer.text
        and "one-time password first" not in answer.text
    )


def test_everybody_may_what_the_table_says_and_nothing_else(web: Site) -> None:
    """Each route with a third of those who may, and of those who may not, others at each; all: ``make thorough``."""
    wrong = []
    people = everybody(web)
    assert set(people) == set(MAY)
    for number, (method, path, route) in enumerate(calls(web)):
        if route.need is Need.PUBLIC or route.unsettled:
            continue  # test_no_route_is_open_but_the_named_ones; one's own password and the way out
        may = [name for name in people if route.need in MAY[name]]
        others = [name for name in people if route.need not in MAY[name]]
        for name in (*share(may, number, min(3, len(may))), *share(others, number, 3)):
            answer = people[name].request(method, path)
            if let_in(answer) is not (route.need in MAY[name]) or answer.status_code == 500:
                wrong.append((name, method, path, route.need.value, answer.status_code))
    assert wrong == []


def test_no_method_and_no_spelling_goes_round_the_guard(web: Site) -> None:
    """Other methods, methods in disguise, other spellings of the path: nothing is answered to who is not in."""
    http, wrong = web.client().http, []
    for number, (method, path, route) in enumerate(calls(web)):
        if route.need is Need.PUBLIC or method != "GET":
            continue
        ways: list[tuple[str, str, dict[str, str]]] = [
            *((other, path, {}) for other in ("HEAD", "OPTIONS", "TRACE")),
            *(("GET", spelled, {}) for spelled in spellings(path)),
            ("GET", path, {"X-HTTP-Method-Override": "GET", "X-Original-URL": "/login"}),
            ("GET", path, {"X-Forwarded-For": "127.0.0.1"}),
        ]
        for asked, spelled, headers in share(ways, number):
            answer = http.request(asked, spelled, headers=headers)
            wrong += [(asked, str(answer.request.url))] if answer.status_code == 200 else []
    assert wrong == []


def spellings(path: str) -> list[str]:
    return [
        *(f"{path}/", f"/{path}", f"/static/..{path}", f"/login/..;{path}", f"/%2e{path}", path.replace("/", "/./")),
        *(path.replace("/", "/%2f"), path.upper(), f"{path}%20", f"{path}.json", f"/login{path}", f"/healthz{path}"),
    ]


def test_no_form_of_another_origin_changes_anything(web: Site) -> None:
    """Each route that changes something, with a browser that is in: only our own form is looked at."""
    boss, other = web.login("boss", Role.ADMIN), web.login("other", Role.ADMIN)
    own, theirs, wrong = csrf_in(boss), csrf_in(other), []
    jason = {"Content-Type": "application/json"}
    for number, (method, path, route) in enumerate(calls(web)):
        if method == "GET" or route.forgeable or path in ("/logout", "/login"):
            continue
        always = {"no token": {}, "another session's": {"data": {"csrf": theirs}}}
        attacks = {
            "another session's in the header": {"headers": {"X-CSRF-Token": theirs}},
            "in the address": {"params": {"csrf": own}},
            "in JSON": {"content": f'{{"csrf": "{own}"}}', "headers": jason},
            "in plain text": {"content": f"csrf={own}", "headers": {"Content-Type": "text/plain"}},
            "another origin": {"data": {"csrf": own}, "headers": {"Origin": "https://evil.example"}},
            "another port": {"data": {"csrf": own}, "headers": {"Origin": "http://127.0.0.1:1"}},
            "another scheme": {"data": {"csrf": own}, "headers": {"Origin": web.url.replace("http", "https")}},
            "another site": {"data": {"csrf": own}, "headers": {"Sec-Fetch-Site": "cross-site"}},
            "a neighbour": {"headers": {"Sec-Fetch-Site": "same-site", "X-CSRF-Token": own}},
        }
        for name, attack in (always | dict(share(list(attacks.items()), number))).items():
            answer = boss.http.request(method, path, **attack)
            if answer.status_code != 403 or not (AGAIN in answer.text or "from another site" in answer.text):
                wrong.append((name, method, path, answer.status_code))
        assert boss.http.request("GET", path, params={"csrf": own}).status_code in (200, 303, 403, 404, 405, 422), path
    assert wrong == []


def test_a_form_token_outlives_no_session(web: Site) -> None:
    client = web.login()
    before = csrf_in(client)
    client.submit("/", "/logout")
    client.submit("/login", name="anna", password="correct horse battery")
    assert csrf_in(client) != before
    answer = client.http.post("/settings/language", data={"csrf": before, "language": "ru"})
    assert answer.status_code == 403


@pytest.mark.parametrize("role", list(Role))
def test_a_role_that_is_taken_away_is_gone_at_once(web: Site, role: Role) -> None:
    boss, client = web.login("boss", Role.ADMIN), web.login("anna", Role.ADMIN)
    token: Client = web.client(Authorization=f"Bearer {web.token('anna', 'admin')}")
    user = web.archive.user("anna")
    assert user
    boss.submit("/users", f"/users/{user.id}/role", role=role.value)
    assert client.get("/users").headers.get("location", "").startswith("/login")
    assert token.get("/users").status_code == (200 if role is Role.ADMIN else 403)
