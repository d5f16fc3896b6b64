"""Accounts: in, out, passwords, tokens, users, unsubscribing."""

import re
from collections.abc import Callable

import pytest

from config.settings import Settings
from crawler.notify.keys import secret_key, unsubscribe_token
from crawler.web import passwords
from crawler.web.sessions import digest
from storage.records_accounts import Role
from storage.records_outbox import Subscription
from tests.web.conftest import PASSWORD, Site

NEW = "another good long one"


def test_who_is_not_in_is_led_to_the_login_and_back(web: Site) -> None:
    web.user()
    client = web.client()
    led = client.get("/settings?x=1")
    assert (led.status_code, led.headers["location"]) == (303, "/login?next=%2Fsettings%3Fx%3D1")
    fields = {"name": " Anna", "password": PASSWORD, "next": "/settings?x=1"}
    entered = client.submit(led.headers["location"], "/login", **fields)
    assert (entered.status_code, entered.headers["location"]) == (303, "/settings?x=1")
    assert client.get("/settings?x=1").status_code == 200
    assert client.get("/login?next=/settings").headers["location"] == "/settings"


def test_the_first_administrator_has_to_change_the_one_time_password(web: Site) -> None:
    password = passwords.first_admin(web.archive, web.clock.now)
    assert password is not None
    assert passwords.first_admin(web.archive, web.clock.now) is None
    client = web.client()
    entered = client.submit("/login", name="admin", password=password)
    assert entered.headers["location"] == "/password"
    assert client.get("/").headers["location"] == "/password"
    assert client.get("/users").headers["location"] == "/password"
    changed = client.submit("/password", current=password, new=NEW, again=NEW)
    assert (changed.status_code, changed.headers["location"]) == (303, "/")
    assert client.get("/users").status_code == 200
    assert web.client().submit("/login", name="admin", password=password).status_code == 403


@pytest.mark.parametrize(
    ("current", "new", "again", "status", "says"),
    [
        ("wrong", NEW, NEW, 403, "The current password is wrong."),
        (PASSWORD, "short", "short", 422, "10 characters or more"),
        (PASSWORD, "x" * 300, "x" * 300, 422, "256 characters at most"),
        (PASSWORD, "aaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaa", 422, "too easy"),
        (PASSWORD, "say anna twice", "say anna twice", 422, "too easy"),
        (PASSWORD, NEW, NEW + "!", 422, "differ"),
        (PASSWORD, PASSWORD, PASSWORD, 422, "is the old one"),
    ],
    ids=["wrong current", "short", "long", "one letter", "the name in it", "two new ones", "the old one"],
)
def test_a_password_that_cannot_be_is_refused(
    web: Site, current: str, new: str, again: str, status: int, says: str
) -> None:
    answer = web.login().submit("/password", current=current, new=new, again=again)
    assert answer.status_code == status
    assert says in answer.text
    assert web.client().submit("/login", name="anna", password=PASSWORD).status_code == 303


def test_a_new_password_ends_all_other_sessions(web: Site) -> None:
    here, there = web.login(), web.login()
    before = here.http.cookies["letapis_session"]
    assert here.submit("/password", current=PASSWORD, new=NEW, again=NEW).status_code == 303
    assert here.http.cookies["letapis_session"] != before
    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 303


def test_login_gives_a_new_session_and_logout_ends_it(web: Site) -> None:
    client = web.login()
    first = client.http.cookies["letapis_session"]
    other = web.client(Cookie=f"letapis_session={first}")
    assert other.get("/").status_code == 200
    assert client.submit("/", "/logout").headers["location"] == "/login"
    assert "letapis_session" not in client.http.cookies
    assert other.get("/").status_code == 303


def test_a_session_that_was_planted_before_is_not_taken_over(web: Site) -> None:
    web.user()
    client = web.client()
    client.http.cookies.set("letapis_session", "planted", domain="127.0.0.1")
    client.submit("/login", name="anna", password=PASSWORD)
    assert web.client(Cookie="letapis_session=planted").get("/").status_code == 303
    assert client.http.cookies.get("letapis_session", domain="127.0.0.1", path="/") != "planted"


@pytest.mark.parametrize(
    ("hours", "steps", "status"),
    [(11, 5, 200), (13, 1, 303), (11, 31, 303)],
    ids=["used now and then", "idle for 13 hours", "two weeks are over, though used"],
)
def test_sessions_end_by_themselves(web: Site, hours: float, steps: int, status: int) -> None:
    client = web.login()
    for _ in range(steps):
        web.clock.on(hours=hours)
        answer = client.get("/")
    assert answer.status_code == status


def test_only_digests_of_cookies_and_tokens_are_stored(web: Site) -> None:
    client = web.login()
    token = web.token("anna", "read")
    stored = b"".join(path.read_bytes() for path in web.settings.home.parent.glob("web/letapis.db*"))
    for secret in (client.http.cookies["letapis_session"], token, PASSWORD):
        assert secret.encode() not in stored
    assert digest(token).encode() in stored
    assert b"$argon2id$" in stored


def test_a_user_who_is_locked_out_is_out_at_once(web: Site) -> None:
    client, boss = web.login(), web.login("boss", Role.ADMIN)
    token = web.token("anna", "read")
    anna = web.archive.user("anna")
    assert anna
    assert boss.submit("/users", f"/users/{anna.id}/disable").status_code == 303
    assert "locked out" in boss.get("/users").text
    assert client.get("/").status_code == 303
    assert web.client(Authorization=f"Bearer {token}").get("/metrics").status_code == 401
    assert web.client().submit("/login", name="anna", password=PASSWORD).status_code == 403
    boss.submit("/users", f"/users/{anna.id}/enable")
    assert web.client().submit("/login", name="anna", password=PASSWORD).status_code == 303


def test_the_last_administrator_stays(web: Site) -> None:
    boss = web.login("boss", Role.ADMIN)
    user = web.archive.user("boss")
    assert user
    for action, fields in (("disable", {}), ("role", {"role": "reader"})):
        assert boss.submit("/users", f"/users/{user.id}/{action}", **fields).headers["location"] == "/users"
        assert "Nobody would be left who administers." in boss.get("/users").text
        assert "Nobody would be left" not in boss.get("/users").text  # told once
    assert boss.get("/users").status_code == 200


def test_an_administrator_adds_a_user_who_comes_in_by_the_password_shown(web: Site) -> None:
    boss = web.login("boss", Role.ADMIN)
    shown = boss.submit("/users", name="Vera", role="reviewer").text
    password = re.search(r'class="secret">([^<]+)<', shown)
    assert password
    assert "This name is taken." in boss.submit("/users", name="vera").text
    assert boss.submit("/users", name="<b>").status_code == 422
    client = web.client()
    assert client.submit("/login", name="vera", password=password[1]).headers["location"] == "/password"
    assert client.submit("/password", current=password[1], new=NEW, again=NEW).status_code == 303
    assert client.get("/fetch").status_code == 200
    assert client.get("/users").status_code == 403


@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_do_what_those_before_it_may(web: Site, role: Role) -> None:
    client = web.login("anna", role)
    rank = list(Role).index(role)
    assert client.get("/settings").status_code == 200
    assert client.get("/fetch").status_code == (200 if rank >= 1 else 403)
    assert client.get("/users").status_code == (200 if rank >= 2 else 403)
    assert ('id="fetch-url"' in client.get("/").text) is (rank >= 1)


def test_a_token_is_shown_once_and_does_what_it_may_until_it_is_revoked(web: Site) -> None:
    client = web.login("anna", Role.REVIEWER)
    made = client.submit("/settings", "/settings/tokens", name="<i>ci", scope=["read", "fetch"])
    token = re.search(r"letapis_[\w-]{43}", made.text)
    assert token
    assert "<i>ci" not in made.text
    assert token[0] not in client.get("/settings").text
    program = web.client(Authorization=f"Bearer {token[0]}").http
    assert program.get("/metrics").text == "letapis_pages 3\n"
    order = {"url": "https://example.org/"}
    assert program.post("/api/v1/fetch", json=order).json()["outcome"] == "new"
    assert program.post("/api/fetch", json=order | {"site": "mpt"}).status_code == 200
    assert web.live.asked == [("https://example.org/", None, "anna"), ("https://example.org/", "mpt", "anna")]
    assert program.get("/settings").status_code == 403
    assert program.get("/users").status_code == 403
    number = web.archive.tokens()[0].id
    assert client.submit("/settings", f"/settings/tokens/{number}/revoke").status_code == 303
    assert program.get("/metrics").status_code == 401


@pytest.mark.parametrize(
    ("scopes", "path", "status"),
    [
        (["fetch"], "/metrics", 403),
        (["review"], "/metrics", 200),
        (["admin"], "/users", 403),
        (["admin"], "/fetch", 200),
    ],
    ids=["fetching is not reading", "reviewing is", "no more than its user", "all that its user may"],
)
def test_a_token_may_what_scope_and_role_allow(web: Site, scopes: list[str], path: str, status: int) -> None:
    web.user("anna", Role.REVIEWER)
    assert web.client(Authorization=f"Bearer {web.token('anna', *scopes)}").get(path).status_code == status


def test_a_token_of_scopes_that_its_user_lacks_cannot_be_made(web: Site) -> None:
    client = web.login("anna", Role.READER)
    for scope in (["admin"], ["read", "fetch"], [], ["root"]):
        assert client.submit("/settings", "/settings/tokens", name="x", scope=scope).status_code == 422
    assert web.archive.tokens() == []


def test_nobody_revokes_the_token_of_another(web: Site) -> None:
    client = web.login("anna")
    web.user("boris")
    web.token("boris", "read")
    client.submit("/settings", "/settings/tokens", name="mine", scope="read")
    assert client.submit("/settings", "/settings/tokens/1/revoke").status_code == 404
    assert web.archive.tokens()[-1].revoked_at is None


def test_a_wrong_token_counts_though_a_session_is_there(web: Site) -> None:
    client = web.login()
    for header in ("Bearer letapis_wrong", "Basic YTpi", "Digest x", "Bearer", "Bearer \u00ff"):
        answer = client.get("/", headers={"Authorization": header.encode("latin-1")})
        assert answer.status_code == 401, header


def test_a_refused_fetch_says_why(web: Site) -> None:
    client = web.login("anna", Role.REVIEWER)
    assert "The address is private." in client.submit("/fetch", url="http://private/").text
    shown = client.submit("/fetch", url="http://example.org/").text
    assert "&lt;b&gt;Order&lt;/b&gt;" in shown
    assert "<script>" not in shown
    token = web.token("anna", "fetch")
    answer = web.client(Authorization=f"Bearer {token}").http.post("/api/v1/fetch", json={"url": "http://private/"})
    assert (answer.status_code, answer.json()["detail"]) == (403, "The address is private.")


def test_the_language_is_the_users_then_the_cookies_then_the_browsers(web: Site) -> None:
    client = web.login()
    assert '<html lang="be">' in client.get("/", headers={"Accept-Language": "tt, be-BY;q=0.8, en;q=0.1"}).text
    client.submit("/", "/language", language="ru", next="/settings")
    assert '<html lang="ru">' in client.get("/", headers={"Accept-Language": "be"}).text
    client.submit("/settings", "/settings/language", language="be")
    assert '<html lang="be">' in client.get("/").text
    assert client.submit("/", "/language", language="xx").status_code == 422
    client.submit("/", "/logout")
    assert '<html lang="be">' in client.get("/login").text


def subscribed(web: Site) -> tuple[str, Callable[[], bool]]:
    one = Subscription(name="<b>Orders", channel="mailto:anna@example.org", created_at=web.clock.now)
    kept = web.archive.add_subscription(one, actor="boss")
    assert kept.id
    number = kept.id

    def active() -> bool:
        found = web.archive.subscription(number)
        assert found
        return found.active

    return f"/unsubscribe/{number}/{unsubscribe_token(secret_key(web.settings.home), number)}", active


@pytest.fixture
def web_settings(web_settings: Settings) -> Settings:
    web_settings.home.mkdir(parents=True)
    return web_settings


def test_a_link_in_a_mail_asks_first_and_ends_the_subscription_by_the_form(web: Site) -> None:
    address, active = subscribed(web)
    client = web.client()
    asked = client.get(address)
    assert "End the subscription “&lt;b&gt;Orders”?" in asked.text
    assert active()
    assert "is ended" in client.http.post(address).text
    assert not active()
    assert "is ended" in client.get(address).text


def test_a_mail_program_ends_it_by_one_click(web: Site) -> None:
    """RFC 8058: no cookies, no page of ours before it."""
    address, active = subscribed(web)
    answer = web.client().http.post(address, data={"List-Unsubscribe": "One-Click"}, headers={"Origin": "https://mail"})
    assert answer.status_code == 200
    assert not active()


def test_a_wrong_unsubscribe_link_ends_nothing(web: Site) -> None:
    address, active = subscribed(web)
    for wrong in (address[:-1] + "~", address.replace("/1/", "/2/"), "/unsubscribe/1/x"):
        assert web.client().http.post(wrong).status_code == 404
        assert web.client().get(wrong).status_code == 404
    assert active()
