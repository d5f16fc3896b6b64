"""Every parameter of every route, from the route table, with values that nobody means: refused, or taken as text."""

import re
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from pydantic import BaseModel

from crawler.web.access import GuardedRoute
from crawler.web.app import guarded
from storage.records_accounts import Role
from tests.web.conftest import Client, Site
from tests.web.test_security import csrf_in
from tests.web.walk import addresses, share

pytestmark = pytest.mark.kept("hostile")

VALUES = {
    "64 bits and one": str(2**63),
    "many digits": "9" * 5_000,
    "below zero": "-1",
    "a fraction": "1e309",
    "not a number": "nan",
    "Arabic digits": "\u0661",
    "SQL": "' OR 1=1 --",
    "LIKE": "%_\\%",
    "full text": '"a AND ( NEAR/ * ^ - : {x}',
    "full text, wildcards": "a* *b ab*c*d*e " * 100,
    "a pattern": "(a|a)*$",
    "long": "a" * 40_000,
    "long Cyrillic": "щ" * 7_000,
    "not UTF-8": b"\xff\xed\xa0\x80",
    "control": "\r\nSet-Cookie: owned=1\x1b[31m\x7f",
    "direction": "\u202e\u2066",
    "first day": "0001-01-01",
    "last day": "9999-12-31T23:59:59.999999-23:59",
    "template": "{{7*7}}${7*7}%(x)s{0}",
    "path": "../../../../etc/passwd",
    "nothing": "",
}  # fmt: skip
PLACED = ("64 bits and one", "many digits", "not UTF-8", "control", "path", "SQL", "Arabic digits")  # in paths
ALONE = ("64 bits and one", "not UTF-8", "SQL", "full text", "first day", "last day", "long")  # in one parameter alone
ENDS = ("/logout", "/password", "/users/{user_id}/role", "/users/{user_id}/disable", "/users/{user_id}/password")
SAID = {
    "words", "q", "url", "next", "site", "section", "since", "until", "min", "kind", "what", "state", "page", "after",
    "before", "order", "language", "assignee", "cursor", "sort", "view", "from", "to", "on", "limit",
}  # fmt: skip
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
READ = {
    "ids", "one", "do", "state", "note", "significance", "title", "lead", "entry", "add", "seen", "place-1", "body-1",
}  # fmt: skip


def patient(web: Site) -> Client:
    """An administrator, who waits: what is asked here may take its time."""
    client = web.login("boss", Role.ADMIN)
    client.http.timeout = httpx.Timeout(60)
    return client


def names_of(fields: list[Any]) -> set[str]:
    """Names of parameters, those of models one by one."""
    found: set[str] = set()
    for field in fields:
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            found |= {part.alias or name for name, part in model.model_fields.items()}
        else:
            found.add(field.alias)
    return found


def paths(route: GuardedRoute, value: str | bytes) -> list[str]:
    """The route's address with the value in one of its places, and 1 in the others."""
    places = re.findall(r"\{[^}]*\}", route.path)
    coded = quote(value, safe="")[:20_000]
    return [re.sub(r"\{[^}]*\}", "1", route.path.replace(place, coded)) for place in places]


def test_no_parameter_of_an_address_is_a_failure_of_ours(web: Site) -> None:
    http, wrong = patient(web).http, []
    for number, route in enumerate(guarded(web.app.routes)):
        if "GET" not in (route.methods or ()):
            continue
        names = names_of(route.dependant.query_params)
        plain = re.sub(r"\{[^}]*\}", "1", route.path)
        for name, value in share(list(VALUES.items()), number):
            coded = quote(value, safe="")
            alone = [f"{plain}?{one}={coded}" for one in names if name in ALONE]
            said = names if "{" in route.path or "/api/" in route.path else names | SAID
            together = [f"{plain}?" + "&".join(f"{one}={coded[:900]}" for one in sorted(said))] if said else []
            for path in (*(paths(route, value) if name in PLACED else ()), *alone, *together):
                if len(path) < 60_000:
                    answer = http.get(path)
                    told = answer.status_code == 500 or "owned" in answer.headers.get("set-cookie", "")
                    wrong += [(name, route.path, path[:80], answer.status_code)] if told else []
    assert wrong == []


def test_no_field_of_a_form_is_a_failure_of_ours(web: Site) -> None:
    boss, wrong = patient(web), []
    token = csrf_in(boss)
    for number, route in enumerate(guarded(web.app.routes)):
        method = min(route.methods or ())
        if method == "GET" or route.path in ENDS or route.path.startswith("/api/"):
            continue
        names = names_of(route.dependant.body_params) | READ
        plain = re.sub(r"\{[^}]*\}", "1", route.path)
        for name, value in share(list(VALUES.items()), number):
            coded = quote(value, safe="")
            body = "&".join(f"{one}={coded[:9_000]}" for one in sorted(names))
            for place in (plain, *(paths(route, value) if name in PLACED else ())):
                answer = boss.http.request(method, place, content=f"csrf={token}&{body}", headers=FORM)
                if answer.status_code == 500 or answer.headers.get("location", "/")[:1] != "/":
                    wrong.append((name, route.path, place[:80], answer.status_code))
    assert wrong == []


def test_every_answer_is_bound_and_none_is_kept_by_caches_of_others(web: Site) -> None:
    """Pages, streams, downloads, what is known already, redirects, refusals, failures."""
    boss, wrong = patient(web), []
    answers = []
    for path in [
        *addresses(web, kinds=False),
        "/nothing",
        "/changes/9",
        "/login",
        "/api/v1/changes?limit=x",
        "/changes/",
    ]:
        answer = boss.get(path)
        answers += [answer, web.client().get(path), boss.http.post(path), boss.http.request("HEAD", path)]
        if tag := answer.headers.get("etag"):
            answers.append(boss.get(path, headers={"If-None-Match": tag}))
            assert answers[-1].status_code == 304
    answers += [boss.http.post("/login", content=b"x" * (2**20 + 1)), web.client(Host="evil").get("/")]
    for one in answers:
        headers, what = one.headers, (one.request.method, one.request.url.path, one.status_code)
        policy, kept = headers.get("content-security-policy", ""), headers.get("cache-control", "")
        if (
            "default-src 'none'" not in policy
            or "unsafe-eval" in policy
            or headers["x-content-type-options"] != "nosniff"
        ):
            wrong.append(("policy", *what))
        if "script-src" in policy and "script-src 'self'" not in policy:
            wrong.append(("scripts", *what))
        if not (headers["referrer-policy"] == "no-referrer" and "frame-ancestors" in policy):
            wrong.append(("frames", *what))
        if not ("no-store" in kept or "private" in kept or one.request.url.path.startswith("/static/")):
            wrong.append(("caches", *what))
        if any(name.startswith("access-control") for name in headers) or "server" in headers:
            wrong.append(("says too much", *what))
    assert wrong == []
