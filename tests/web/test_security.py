"""What must hold on every route: who may ask, from where, how often, and what each answer carries."""

import ast
import inspect
import json
import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from config.settings import Settings
from crawler.web import passwords
from crawler.web.access import GuardedRoute, Need, Screen
from crawler.web.app import create_app, guarded
from crawler.web.envelope import HEADERS, _forwarded
from crawler.web.screens.login import address_of
from storage.archive import Archive
from storage.records_accounts import Role
from tests.web.conftest import HASHER, PASSWORD, Client, Clock, Site

OPEN = {  # what may be asked without login or token; every entry is a decision
    ("GET", "/login"),
    ("POST", "/login"),
    ("POST", "/language"),
    ("GET", "/healthz"),
    ("GET", "/static/{digest}/{name}"),
    ("GET", "/unsubscribe/{subscription_id}/{token}"),
    ("POST", "/unsubscribe/{subscription_id}/{token}"),
}


def every_route(site: Site) -> list[tuple[str, GuardedRoute]]:
    return [(method, route) for route in guarded(site.app.routes) for method in sorted(route.methods or ())]


def filled(path: str) -> str:
    """An address of the route: numbers are 1, everything else is a letter."""

    def value(found: re.Match[str]) -> str:
        return "1" if found[1].endswith("id") or found[2] == "int" else "x"

    return re.sub(r"\{(\w*)(?::(\w+))?\}", value, path)


def test_no_route_is_open_but_the_named_ones(web: Site) -> None:
    client = web.client().http
    routes = every_route(web)
    assert {(method, route.path) for method, route in routes if route.need is Need.PUBLIC} == OPEN
    for method, route in routes:
        answer = client.request(method, filled(route.path), headers={"Origin": web.url})
        if (method, route.path) not in OPEN:
            refused = answer.status_code == 401 or answer.headers.get("location", "").startswith("/login")
            assert refused, f"{method} {route.path}: {answer.status_code}"


def test_every_route_is_closed_to_a_token_without_scopes(web: Site) -> None:
    web.user("boss", Role.ADMIN)
    client = web.client(Authorization=f"Bearer {web.token('boss')}").http
    for method, route in every_route(web):
        if route.need is not Need.PUBLIC:
            assert client.request(method, filled(route.path)).status_code == 403, f"{method} {route.path}"


def test_every_change_of_state_wants_a_form_of_ours(web: Site) -> None:
    client = web.login("boss", Role.ADMIN).http
    for method, route in every_route(web):
        if method != "GET" and not route.forgeable:
            answer = client.request(method, filled(route.path), headers={"Origin": web.url})
            assert answer.status_code == 403, f"{method} {route.path}: {answer.status_code}"
            assert "out of date" in answer.text


def test_a_route_that_does_not_say_what_it_needs_stops_the_start(web: Site) -> None:
    @web.app.get("/new")
    def new() -> Response:
        return Response()

    with pytest.raises(TypeError, match="/new does not say what it needs"):
        guarded(web.app.routes)
    with pytest.raises(TypeError, match="need"):
        Screen().get("/new")  # type: ignore[call-arg]


def test_screens_take_their_routes_from_screen_alone() -> None:
    """No module of screens makes routes of its own that the guard would not see."""
    import crawler.web.screens as screens

    for module in Path(inspect.getfile(screens)).parent.glob("*.py"):
        tree = ast.parse(module.read_text(encoding="utf-8"))
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
        assert not names & {"APIRouter", "FastAPI", "Mount", "Route"}, module.name


@pytest.mark.parametrize("path", ["/", "/login", "/healthz", "/nothing", "/static/x/y", "/metrics", "/api/v1/fetch"])
def test_every_answer_carries_the_headers(web: Site, path: str) -> None:
    for client in (web.client(), web.login()):
        answer = client.get(path)
        for name, value in HEADERS.items():
            assert answer.headers[name] == value, (path, name)
        assert "server" not in answer.headers
        assert not any(name.startswith("access-control") for name in answer.headers)


def test_static_files_are_kept_under_the_name_of_their_content(web: Site) -> None:
    addresses = re.findall(r'"(/static/[^"]+)"', web.client().get("/login").text)
    assert {address.rsplit("/", 1)[1] for address in addresses} == {
        "letapis.css",
        "print.css",
        "icon.svg",
        "htmx.js",
        "keys.js",
    }
    for address in addresses:
        answer = web.client().get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert web.client().get("/static/x/letapis.css").status_code == 404
    assert web.client().get("/static/..%2f/app.py").status_code == 404


def test_the_look_stays_small_and_pages_run_no_inline_script(web: Site) -> None:
    client = web.login("boss", Role.ADMIN)
    css = re.search(r'"(/static/[^"]+css)"', client.get("/").text)
    assert css
    assert len(client.get(css[1]).content) < 10_000
    for path in ("/", "/login", "/settings", "/users", "/fetch", "/docs", "/password"):
        page = client.get(path).text
        assert not re.search(r"<script(?![^>]*src=)|\son\w+=|\sstyle=|javascript:", page), path


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({}, 303),
    ],
    ids=[
        "another origin",
        "a sandboxed frame",
        "our page without a referrer",
        "another site",
        "a neighbour",
        "our page",
        "says nothing",
    ],
)
def test_a_form_counts_when_it_comes_from_here(web: Site, headers: dict[str, str], status: int) -> None:
    client = web.login()
    fields = {"csrf": csrf_in(client), "language": "ru"}
    assert client.http.post("/settings/language", data=fields, headers=headers).status_code == status
    user = web.archive.user("anna")
    assert user
    assert user.language == ("ru" if status == 303 else None)


def test_the_form_token_is_the_sessions_own(web: Site) -> None:
    anna, boris = web.login("anna"), web.login("boris")
    for token in (csrf_in(boris), "", "x"):
        answer = anna.http.post("/settings/language", data={"csrf": token, "language": "ru"})
        assert answer.status_code == 403
    header = {"X-CSRF-Token": csrf_in(anna), "HX-Request": "true"}
    assert anna.http.post("/settings/language", data={"language": "ru"}, headers=header).status_code == 303


def test_a_login_form_of_another_browser_does_not_log_in(web: Site) -> None:
    web.user()
    theirs = csrf_in(web.client(), "/login")
    victim = web.client()
    victim.get("/login")
    answer = victim.http.post("/login", data={"csrf": theirs, "name": "anna", "password": PASSWORD})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "to",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "\n//evil.example",
        "/%0d%0aSet-Cookie:x=1\r\nX: y",
        "evil.example",
        "",
    ],
)
def test_next_stays_on_the_site(web: Site, to: str) -> None:
    web.user()
    client = web.client()
    answer = client.submit("/login", name="anna", password=PASSWORD, next=to)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert client.get("/login", params={"next": to}).headers["location"] == "/"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.example", 400),
        ("evil.example:80", 400),
        ("127.0.0.1.evil.example", 400),
        ("", 400),
        ("localhost", 200),
        ("LOCALHOST:1234", 200),
        ("127.0.0.1", 200),
        ("[::1]:80", 200),
    ],
)
def test_only_our_own_names_are_answered(web: Site, host: str, status: int) -> None:
    """Else a page of evil.example whose name is pointed at this machine reads what its owner may (DNS rebinding)."""
    answer = web.client(Host=host).get("/login")
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_login_does_the_same_work_for_known_and_unknown_names(web: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told by what is hashed, not by a clock: one check of one hash of the same cost each time."""
    real = HASHER
    assert real.hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")  # RFC 9106, 4: where memory is little
    monkeypatch.setattr(passwords, "_hasher", real)
    web.archive.add_user("anna", Role.READER, passwords.hashed(PASSWORD), web.clock.now, actor="boss")
    web.archive.add_user("gone", Role.READER, passwords.hashed(PASSWORD), web.clock.now, actor="boss")
    gone = web.archive.user("gone")
    assert gone
    web.archive.disable(gone.id, web.clock.now, actor="boss")
    checked: list[str] = []

    class Counting:
        """The real hasher; remembers the parameters of what it checks."""

        def verify(self, stored: str, password: str) -> bool:
            checked.append(stored.rsplit("$", 2)[0])
            return real.verify(stored, password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    passwords._nobody.cache_clear()
    monkeypatch.setattr(Counting, "hash", staticmethod(real.hash), raising=False)
    answers = {}
    for name, password in (("anna", "wrong password"), ("nobody", "wrong password"), ("gone", PASSWORD)):
        checked.clear()
        answer = web.client().submit("/login", name=name, password=password)
        answers[name] = (answer.status_code, unnamed(answer, name), list(checked))
        assert len(checked) == 1
    assert len({repr(answer) for answer in answers.values()}) == 1
    assert answers["anna"][2][0].startswith("$argon2id$")
    passwords._nobody.cache_clear()


def test_failed_logins_by_name_are_limited_and_told_when_to_try_again(web: Site) -> None:
    web.user()
    for name in ("anna", "nobody"):
        client = web.client()
        for _ in range(5):
            assert client.submit("/login", name=name, password="wrong").status_code == 403
        limited = client.submit("/login", name=name, password=PASSWORD)
        assert (limited.status_code, limited.headers["retry-after"]) == (429, "900")
        assert "Try again in 15 min." in limited.text
    web.clock.on(minutes=14)
    assert client.submit("/login", name="anna", password=PASSWORD).headers["retry-after"] == "60"
    web.clock.on(minutes=1)
    assert client.submit("/login", name="anna", password=PASSWORD).status_code == 303


def test_failed_logins_by_address_are_limited_whatever_the_name(web: Site) -> None:
    web.user()
    client = web.client()
    assert client.submit("/login", name="somebody", password="wrong").status_code == 403
    for _ in range(19):
        web.archive.attempt("login from 127.0.0.1", web.clock.now)
    assert client.submit("/login", name="anna", password=PASSWORD).status_code == 429


def test_fetches_of_one_user_are_limited(web: Site) -> None:
    for name in ("anna", "boris"):
        web.user(name, Role.REVIEWER)
    for _ in range(60):
        web.archive.attempt("fetch anna", web.clock.now)
    order = {"url": "https://example.org/"}
    answers = {}
    for name in ("anna", "boris"):
        http = web.client(Authorization=f"Bearer {web.token(name, 'fetch')}").http
        answers[name] = http.post("/api/v1/fetch", json=order)
    assert (answers["anna"].status_code, answers["anna"].headers["retry-after"]) == (429, "900")
    assert answers["boris"].status_code == 200


def test_an_error_is_a_page_with_a_number_and_no_traceback(web: Site, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> dict[str, object]:
        raise RuntimeError("secret detail")

    client = web.login()
    web.live.status = broken  # type: ignore[method-assign]
    page = client.get("/status")
    assert page.status_code == 500
    number = re.search(r"<code>([0-9a-f]{8})</code>", page.text)
    assert number
    assert "secret detail" not in page.text
    assert "Traceback" not in page.text
    assert page.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    assert any(number[1] in record.getMessage() and record.exc_info for record in caplog.records)


def test_what_is_not_there_is_a_page_with_the_menu_for_who_is_in(web: Site) -> None:
    page = web.login().get("/nothing/<script>")
    assert page.status_code == 404
    assert 'aria-label="Main menu"' in page.text
    assert "<script>" not in page.text
    assert web.client().get("/nothing", headers={"Accept": "application/json"}).json() == {
        "error": "There is no such page."
    }


def test_health_is_told_to_anybody_and_nothing_else(web: Site) -> None:
    assert web.client().get("/healthz").json() == {"status": "ok"}
    with web.archive.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE users RENAME TO lost")
    answer = web.client().get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "the database can't be read"})


def test_the_api_is_described_to_who_is_in(web: Site) -> None:
    client = web.login()
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/api/v1/fetch", "/api/v1/changes"} <= set(paths)
    assert all(path.startswith("/api/v1/") for path in paths)
    told = client.get("/docs").text
    assert '<a href="#fetch"' in told  # the contents, by noun
    assert "<code>X-CSRF-Token</code>" in told
    assert "`" not in told
    limit = told[told.index("<code>limit</code>") :]
    assert "whole number, 1 to 200; else <code>50</code>" in limit[:200]
    assert all(f"<code>{state}</code>" in told for state in ("triaged", "confirmed", "insignificant"))
    assert client.get("/redoc").headers["location"] == "/docs"


def test_a_feed_reader_that_knows_basic_alone_is_let_in_where_the_route_says_so(web: Site) -> None:
    router = Screen()

    @router.get("/feeds/all.atom", need=Need.READ, basic=True)
    def feed() -> Response:
        return Response("<feed/>")

    web.app.router.routes[:0] = router.routes
    web.user()
    token = web.token("anna", "read")
    assert "Basic" in web.client().get("/feeds/all.atom").headers["www-authenticate"]
    assert web.client().http.get("/feeds/all.atom", auth=("anna", token)).text == "<feed/>"
    assert web.client().http.get("/feeds/all.atom", auth=("anna", PASSWORD)).status_code == 401
    assert web.client().http.get("/metrics", auth=("anna", token)).status_code == 401


def app_for(tmp_path: Path, archive: Archive, **service: object) -> FastAPI:
    settings = Settings(home=tmp_path)
    changed = settings.service.model_copy(update=service)
    return create_app(settings.model_copy(update={"service": changed}), {}, archive, None, Clock())


def asked(app: FastAPI, client: str, path: str, **headers: str) -> httpx.Response:
    """What somebody at that address gets; no server in between."""
    import asyncio

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, client=(client, 5))
        async with httpx.AsyncClient(transport=transport, base_url="http://letapis.example") as http:
            return await http.get(path, headers=headers)

    return asyncio.run(ask())


def test_behind_a_proxy_cookies_are_bound_to_tls(tmp_path: Path, web_archive: Archive) -> None:
    app = app_for(tmp_path, web_archive, behind_proxy=True, public_url="https://letapis.example")
    answer = asked(app, "127.0.0.1", "/login", **{"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-letapis_form=")
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= {part.strip() for part in cookie.split(";")}
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")


@pytest.mark.parametrize(
    ("service", "client", "forwarded", "status"),
    [
        ({"open_metrics": True}, "127.0.0.1", "", 503),
        ({"open_metrics": True}, "203.0.113.9", "", 401),
        ({"open_metrics": True}, "203.0.113.9", "127.0.0.1", 401),
        ({"open_metrics": True, "behind_proxy": True}, "127.0.0.1", "203.0.113.9", 401),
        ({"open_metrics": True, "behind_proxy": True}, "127.0.0.1", "127.0.0.1, 203.0.113.9", 401),
        ({"open_metrics": True, "behind_proxy": True}, "203.0.113.9", "127.0.0.1", 401),
        ({"open_metrics": False}, "127.0.0.1", "", 401),
    ],
    ids=[
        "this machine",
        "another",
        "another that says it is this one",
        "by the proxy",
        "by the proxy, with a story",
        "past the proxy, with a story",
        "not opened",
    ],
)
def test_metrics_are_open_to_this_machine_where_settings_say_so(
    tmp_path: Path, web_archive: Archive, service: dict[str, object], client: str, forwarded: str, status: int
) -> None:
    """503: let in, but this service is not running."""
    app = app_for(tmp_path, web_archive, public_url="http://letapis.example", **service)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert asked(app, client, "/metrics", **headers).status_code == status


def csrf_in(client: Client, path: str = "/settings") -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(path).text)
    assert found
    return found[1]


def unnamed(answer: httpx.Response, name: str) -> str:
    """The page without what differs by itself: the name typed, the form's token."""
    text = re.sub(r'(csrf" value=|Token": )"[^"]*"', "", answer.text)
    return json.dumps(text.replace(f'value="{name}"', ""))


@pytest.mark.parametrize(
    ("lines", "counted"),
    [
        (["203.0.113.9"], "203.0.113.9"),
        (["127.0.0.1, 203.0.113.9"], "203.0.113.9"),
        (["127.0.0.1", "203.0.113.9"], "203.0.113.9"),
        (["203.0.113.9:4711"], "203.0.113.9"),
        (["[2001:db8:1:2::9]:4711"], "2001:db8:1:2::/64"),
        (["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        (["::ffff:203.0.113.9"], "203.0.113.9"),
        (["fe80::1%eth0"], "fe80::/64"),
        (["unknown"], "unknown"),
        (["", "x" * 500], "x" * 64),
    ],
    ids=["its address", "a story before it", "a story in a line of its own", "a port", "IPv6 with a port", "IPv6",
         "IPv4 in IPv6", "with a zone", "a word", "a long word"],
)  # fmt: skip
def test_a_visitor_is_who_the_proxy_has_seen(lines: list[str], counted: str) -> None:
    """Some proxies add a line of their own to those that came: HAProxy does."""
    headers = [(b"x-forwarded-for", line.encode()) for line in lines]
    scope = {"type": "http", "client": ("127.0.0.1", 5), "headers": headers}
    _forwarded(scope)
    assert address_of(Request(scope)) == counted
