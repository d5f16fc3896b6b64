"""The audit log: nothing is decided, altered or ended without a row of it, and people read it in sentences."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from crawler.notify.keys import secret_key, unsubscribe_token
from crawler.web.screens.login import NOBODYS
from storage.audit import BY_LINK, SERVICE
from storage.records_accounts import Role, User
from storage.records_outbox import DeliveryKind, Subscription
from storage.records_review import AuditEntry, NoiseRule, Report, ReportEntry, ReviewState
from tests.web.conftest import PASSWORD, SETUP, Client, Site
from tests.web.test_security import every_route

pytestmark = pytest.mark.kept("demo")

ALTERS_NOTHING = {  # that anybody has to answer for; every entry is a decision
    "POST /settings/language": "one's own language",
    "POST /language": "one's own language",
    "POST /looked": "one's own mark of what was looked at",
    "POST /api/v1/me/looked": "one's own mark of what was looked at",
    "POST /logout": "one's own session",
    "POST /api/v1/rules/dry-run": "nothing is kept",
}
SECRET = "verysecret"
CHANNEL = f"webhook:https://hooks.example.org/in?token={SECRET}"


Asked = tuple[str, dict[str, Any]]  # address, and what is sent: a form's fields, or JSON


def simply(path: str, **sent: Any) -> Callable[[Site], Asked]:
    return lambda web: (path, sent)


def subscription(web: Site, *, active: bool = True) -> int:
    name = f"s{len(web.archive.subscriptions())}"
    made = web.archive.add_subscription(
        Subscription(name=name, channel=CHANNEL, created_at=web.clock.now, created_by="boss", active=active),
        actor=SETUP,
    )
    return made.id or 0


def dead(web: Site) -> int:
    one = web.archive.subscription(subscription(web))
    assert one
    owed = web.archive.owe_message(one, DeliveryKind.TEST, f"k{one.id}", {}, web.clock.now, web.clock.now)
    assert owed
    web.archive.dead(owed.id, "no such host")
    return owed.id


def report(web: Site, by: str = "boss") -> int:
    one = Report(
        title="<b>November", entries=(ReportEntry(change_id=1, title="T", body="B"),), created_at=web.clock.now,
        created_by=by, updated_at=web.clock.now,
    )  # fmt: skip
    return web.archive.save_report(one, actor=SETUP, now=web.clock.now).id or 0


def rule(web: Site) -> int:
    one = NoiseRule(site="replica", url="/x", reason="counter", created_at=web.clock.now, created_by=SETUP)
    return web.archive.add_rule(one).id or 0


def kept_filter(web: Site) -> int:
    return web.archive.save_filter("boss", f"f{web.clock.now.timestamp()}", "kind=edited", now=web.clock.now).id


def somebody(web: Site) -> User:
    return web.user(f"u{len(web.archive.users())}")


def token(web: Site) -> int:
    boss = web.archive.user("boss")
    assert boss
    web.token("boss", "read")
    return web.archive.tokens(boss.id)[0].id


def paused(web: Site, path: str) -> Asked:
    web.archive.pause("replica", web.clock.now, actor=SETUP)
    return path, {}


def disabled(web: Site) -> Asked:
    user = somebody(web)
    web.archive.disable(user.id, web.clock.now, actor=SETUP)
    return f"/users/{user.id}/enable", {}


def to_decide(web: Site) -> dict[str, Any]:
    """Another state than the first change has now."""
    now = web.archive.review([1])[1].state
    return {"state": "triaged" if now is not ReviewState.TRIAGED else "confirmed"}


def tried_rule(web: Site, client: Client) -> Asked:
    """A rule is kept as its dry run was shown."""
    fields = {"section": "", "url": "/noise-rule", "pattern": "", "reason": "counter", "do": "try"}
    seen = re.search(r'name="seen" value="(\w+)"', client.submit("/changes/2/noise", **fields).text)
    assert seen
    return "/changes/2/noise", fields | {"do": "save", "seen": seen[1]}


def edited(web: Site) -> Asked:
    number = report(web)
    stored = web.archive.report(number)
    assert stored
    return f"/reports/{number}/edit", {"title": "Another", "seen": stored.updated_at.isoformat(), "do": "save"}


SUBSCRIBED = {"name": "by API", "channel": CHANNEL}
FORM = {"channel": CHANNEL, "topics": "changes", "zone": "UTC", "language": "en"}
STORIES: dict[str, Callable[[Site], Asked]] = {
    "POST /settings/tokens": simply("/settings/tokens", name="ci", scope="read"),
    "POST /settings/tokens/{token_id}/revoke": lambda web: (f"/settings/tokens/{token(web)}/revoke", {}),
    "POST /changes/decide": lambda web: ("/changes/decide", {"ids": "1"} | to_decide(web)),
    "POST /changes/undo": simply("/changes/undo"),
    "POST /deliveries/retry": lambda web: (f"/deliveries/retry?{dead(web)}", {}),
    "POST /deliveries/{delivery_id}/retry": lambda web: (f"/deliveries/{dead(web)}/retry", {}),
    "POST /fetch": simply("/fetch", url="https://example.org/"),
    "POST /filters": simply("/filters", name="mine", query="kind=edited"),
    "POST /filters/{filter_id}/drop": lambda web: (f"/filters/{kept_filter(web)}/drop", {}),
    "POST /filters/{filter_id}/subscribe": lambda web: (
        f"/filters/{kept_filter(web)}/subscribe", {"name": "by filter", "channel": CHANNEL}
    ),
    "POST /crawl": simply("/crawl", site="replica"),
    "POST /reports": simply("/reports", title="A new one", ids="1"),
    "POST /reports/{report_id}/edit": edited,
    "POST /reports/{report_id}/publish": lambda web: (f"/reports/{report(web)}/publish", {}),
    "POST /reports/{report_id}/delete": lambda web: (f"/reports/{report(web)}/delete", {}),
    "POST /rules/{rule_id}/end": lambda web: (f"/rules/{rule(web)}/end", {}),
    "POST /sites/{key}/pause": simply("/sites/replica/pause", reason="moves"),
    "POST /sites/{key}/resume": lambda web: paused(web, "/sites/replica/resume"),
    "POST /sites/{key}/run": simply("/sites/replica/run"),
    "POST /subscriptions/new": simply("/subscriptions/new", name="by form", **FORM),
    "POST /subscriptions/{subscription_id}/change": lambda web: (
        f"/subscriptions/{subscription(web)}/change", {"name": "renamed", **FORM}
    ),
    "POST /subscriptions/{subscription_id}/end": lambda web: (f"/subscriptions/{subscription(web)}/end", {}),
    "POST /subscriptions/{subscription_id}/begin": lambda web: (
        f"/subscriptions/{subscription(web, active=False)}/begin", {}
    ),
    "POST /subscriptions/{subscription_id}/test": lambda web: (f"/subscriptions/{subscription(web)}/test", {}),
    "POST /pages/{page_id}/watch": simply("/pages/1/watch", name="a page", channel=CHANNEL),
    "POST /users": simply("/users", name="vera", role="reviewer"),
    "POST /users/{user_id}/role": lambda web: (f"/users/{somebody(web).id}/role", {"role": "reviewer"}),
    "POST /users/{user_id}/disable": lambda web: (f"/users/{somebody(web).id}/disable", {}),
    "POST /users/{user_id}/enable": disabled,
    "POST /users/{user_id}/password": lambda web: (f"/users/{somebody(web).id}/password", {}),
    "POST /api/v1/changes/decide": lambda web: ("changes/decide", {"ids": [1], **to_decide(web)}),
    "POST /api/v1/changes/undo": simply("changes/undo"),
    "POST /api/v1/changes/{change_id}/notes": simply("changes/1/notes", text="Asked the press office."),
    "POST /api/v1/deliveries/{delivery_id}/retry": lambda web: (f"deliveries/{dead(web)}/retry", {}),
    "POST /api/v1/filters": simply("filters", name="by API", query="kind=added"),
    "DELETE /api/v1/filters/{filter_id}": lambda web: (f"filters/{kept_filter(web)}", {}),
    "POST /api/v1/pages/{page_id}/watch": simply("pages/1/watch", name="a page by API", channel=CHANNEL),
    "POST /api/v1/users": simply("users", name="olga", role="reader"),
    "POST /api/v1/users/{user_id}": lambda web: (f"users/{somebody(web).id}", {"disabled": True}),
    "DELETE /api/v1/tokens/{token_id}": lambda web: (f"tokens/{token(web)}", {}),
    "POST /api/v1/reports": simply("reports", title="By API", entries=[{"change_id": 1}]),
    "PUT /api/v1/reports/{report_id}": lambda web: (f"reports/{report(web)}", {"title": "Rewritten"}),
    "POST /api/v1/reports/{report_id}/publish": lambda web: (f"reports/{report(web)}/publish", {}),
    "DELETE /api/v1/reports/{report_id}": lambda web: (f"reports/{report(web)}", {}),
    "POST /api/v1/rules": simply("rules", site="replica", url="/by-api", reason="counter"),
    "DELETE /api/v1/rules/{rule_id}": lambda web: (f"rules/{rule(web)}", {}),
    "POST /api/v1/sites/{site}/run": simply("sites/replica/run"),
    "POST /api/v1/sites/{site}/pause": simply("sites/replica/pause", reason="moves"),
    "POST /api/v1/sites/{site}/resume": lambda web: paused(web, "sites/replica/resume"),
    "POST /api/v1/subscriptions": simply("subscriptions", **SUBSCRIBED),
    "PUT /api/v1/subscriptions/{subscription_id}": lambda web: (
        f"subscriptions/{subscription(web)}", {**SUBSCRIBED, "name": "changed by API"}
    ),
    "DELETE /api/v1/subscriptions/{subscription_id}": lambda web: (f"subscriptions/{subscription(web)}", {}),
    "POST /api/v1/subscriptions/{subscription_id}/test": lambda web: (f"subscriptions/{subscription(web)}/test", {}),
    "POST /api/v1/fetch": simply("fetch", url="https://example.org/"),
    "POST /api/fetch": simply("../fetch", url="https://example.org/"),
}  # fmt: skip
OTHERWISE = {  # told by tests of their own below: nobody is in, or in no longer
    "POST /login",
    "POST /password",
    "POST /unsubscribe/{subscription_id}/{token}",
    "POST /changes/{change_id}/noise",
}


def test_every_change_of_state_is_in_the_log_with_who_made_it(web: Site) -> None:
    """By forms and by calls; what a route does is in the log when it answers."""
    boss = web.login("boss", Role.ADMIN)
    program = web.client(Authorization=f"Bearer {web.token('boss', 'admin', 'fetch')}").http
    routes = {f"{method} {plain(route.path)}" for method, route in every_route(web) if method not in ("GET", "HEAD")}
    assert routes == STORIES.keys() | OTHERWISE | ALTERS_NOTHING.keys()
    silent = []
    for route, story in STORIES.items():
        web.clock.on(minutes=1)
        path, sent = story(web)
        before = web.archive.audit(limit=1)[0].id or 0
        answer = _sent(boss, program, route, path, sent)
        assert answer.status_code < 400, (route, answer.text)
        fresh = [entry for entry in web.archive.audit() if (entry.id or 0) > before]
        silent += [] if fresh and {entry.actor for entry in fresh} == {"boss"} else [(route, fresh)]
    assert silent == []
    whole = json.dumps([entry.detail for entry in web.archive.audit(limit=500)])
    assert SECRET not in whole
    assert "argon2" not in whole


def plain(path: str) -> str:
    """A route's address without the forms of its places."""
    return path.replace(":int}", "}")


def _sent(boss: Client, program: httpx.Client, route: str, path: str, sent: dict[str, Any]) -> httpx.Response:
    method, _, pattern = route.partition(" ")
    if not pattern.startswith("/api/"):
        return boss.submit("/settings", path, **sent)
    address = str(program.base_url.join("/api/v1/").join(path))
    return program.request(method, address, **({"json": sent} if sent else {}))


def test_a_noise_rule_made_of_a_change_is_in_the_log(web: Site) -> None:
    boss = web.login("boss", Role.ADMIN)
    path, fields = tried_rule(web, boss)
    assert boss.submit(path, **fields).status_code == 303
    made, decided = web.archive.audit(limit=2)[::-1]
    assert (made.action, made.actor) == ("rule.create", "boss")
    assert (decided.action, decided.subject) == ("change.state", "change 2")


def test_coming_in_failing_and_a_new_password_are_in_the_log(web: Site) -> None:
    web.user()
    client = web.client()
    for name in ("anna", SECRET):
        for _ in range(6):
            client.submit("/login", name=name, password="wrong")
    waits = [entry for entry in web.archive.audit() if entry.action == "login.wait"]
    assert [(entry.actor, entry.subject) for entry in waits] == [(SERVICE, NOBODYS), (SERVICE, "user anna")]
    web.clock.on(minutes=20)
    assert client.submit("/login", name="anna", password=PASSWORD).status_code == 303
    new = "another good long one"
    assert client.submit("/password", current=PASSWORD, new=new, again=new).status_code == 303
    changed, entered = web.archive.audit("user anna")[:2]
    assert (entered.action, entered.actor) == ("user.login", "anna")
    assert (changed.action, changed.actor, changed.detail) == ("user.password", "anna", {"one_time": False})
    assert SECRET not in repr(web.archive.audit())


def test_who_unsubscribes_by_a_link_is_in_the_log(web: Site) -> None:
    number = subscription(web)
    address = f"/unsubscribe/{number}/{unsubscribe_token(secret_key(web.settings.home), number)}"
    for _ in range(2):
        assert web.client().http.post(address).status_code == 200
    ended = [entry for entry in web.archive.audit(f"subscription {number}") if entry.action == "subscription.end"]
    assert [entry.actor for entry in ended] == [BY_LINK]


def test_the_log_is_told_in_sentences_with_links(web: Site) -> None:
    boss = web.login("boss", Role.ADMIN)
    web.archive.decide([1, 2, 3], state=ReviewState.CONFIRMED, assignee="boss", actor="boss", now=web.clock.now)
    number = rule(web)
    text = boss.get("/audit").text
    assert text.count("The state is “confirmed” now; it was “new”.") == 1  # one decision about three changes
    assert "Assigned to boss." in text
    assert all(f'href="/changes/{one}"' in text for one in (1, 2, 3))
    assert f'href="/rules#rule-{number}"' in text
    assert "Came in by password." in text
    assert "{&" not in text  # no JSON
    user = web.archive.user("boss")
    assert user
    web.archive.set_language(user.id, "ru")
    assert "Состояние теперь «подтверждено», до этого — «новое»." in boss.get("/audit").text


def test_the_log_is_narrowed_by_its_address_and_leafed_through(web: Site) -> None:
    boss = web.login("boss", Role.ADMIN)
    begun = web.clock.now
    for day in range(3):
        for number in range(60):
            at = begun + timedelta(days=day, seconds=number)
            entry = AuditEntry(at=at, actor=f"a{day}", action="site.run", subject=f"site s{number}")
            web.archive.note_audit(entry)

    def told(query: str) -> list[str]:
        return re.findall(r"actor=(\w+)", boss.get(f"/audit?{query}").text.partition("<tbody>")[2])

    assert set(told("actor=a1")) == {"a1"}
    assert told("subject=site+s7") == ["a2", "a1", "a0"]
    middle = (begun + timedelta(days=1)).date().isoformat()
    assert set(told(f"since={middle}&until={middle}&action=site.run")) == {"a1"}
    assert "boss" in told("action=user.login")
    first = boss.get("/audit").text
    onward = re.search(r'rel="next" href="([^"]+)"', first)
    assert onward
    second = boss.get(onward[1].replace("&amp;", "&")).text
    assert "a0" in second
    assert "To the beginning" in second
    assert boss.get("/audit?since=someday").status_code == 422
    assert "Nothing of the kind" in boss.get("/audit?actor=nobody").text


def test_a_file_of_the_log_holds_what_was_asked_for(web: Site) -> None:
    boss = web.login("boss", Role.ADMIN)
    web.archive.decide([1], state=ReviewState.NOISE, actor="boss", now=web.clock.now)
    page = boss.get("/audit?actor=boss&action=change.state").text
    files = {
        found[2]: found[1].replace("&amp;", "&") for found in re.finditer(r'href="(/api/v1/audit\.(\w+)[^"]*)"', page)
    }
    (line,) = boss.get(files["jsonl"]).text.splitlines()
    told = json.loads(line)
    assert (told["actor"], told["subject"]) == ("boss", "change 1")
    assert told["detail"] == {"before": "new", "after": "noise"}
    assert boss.get(files["csv"]).text.splitlines()[0] == "id,at,actor,action,subject,detail"
    assert web.login("vera", Role.REVIEWER).get(files["csv"]).status_code == 403


def test_a_change_tells_what_was_decided_about_it_to_all_who_read(web: Site) -> None:
    web.archive.decide([1], state=ReviewState.CONFIRMED, actor="boss", now=web.clock.now)
    web.archive.hide(rule(web), [2], now=web.clock.now)
    reader = web.login()
    assert "boss: The state is “confirmed” now; it was “new”." in reader.get("/changes/1").text
    assert re.search(r"noise rule \d+: The state is “noise” now", reader.get("/changes/2").text)
    assert reader.get("/audit").status_code == 403


def test_drafts_are_deleted_by_their_authors_and_the_rest_by_administrators(web: Site) -> None:
    boss, vera = web.login("boss", Role.ADMIN), web.login("vera", Role.REVIEWER)
    others, published, own = report(web), report(web, by="vera"), report(web, by="vera")
    web.archive.publish(published, actor="vera", now=web.clock.now)
    for number in (others, published):
        assert vera.get(f"/reports/{number}/delete").status_code == 403
        assert vera.submit("/settings", f"/reports/{number}/delete").status_code == 403
        assert f"/reports/{number}/delete" not in vera.get(f"/reports/{number}").text
    asked = vera.get(f"/reports/{own}/delete").text
    assert "with 1 memo" in asked
    assert web.archive.report(own)
    assert vera.submit(f"/reports/{own}/delete").headers["location"] == "/reports"
    assert web.archive.report(own) is None
    assert "It was published" in boss.get(f"/reports/{published}/delete").text
    program = web.client(Authorization=f"Bearer {web.token('boss', 'admin')}").http
    assert program.delete(f"/api/v1/reports/{published}").json()["title"] == "<b>November"
    assert program.delete(f"/api/v1/reports/{published}").status_code == 404
    assert web.archive.review([1])[1].state is ReviewState.PUBLISHED
    gone = web.archive.audit(f"report {published}")[0]
    assert (gone.action, gone.detail["title"], gone.detail["published"]) == ("report.delete", "<b>November", True)
