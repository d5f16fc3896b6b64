"""Subscriptions and deliveries as people work with them: a mistake first, a preview, a test; secrets; whose."""

import re
from typing import TYPE_CHECKING

import pytest

from storage.records_accounts import Role
from storage.records_outbox import Cadence, DeliveryKind, DeliveryState, Subscription
from tests.web.conftest import Client, Site, enter

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.kept("demo")

SECRET = "123456789:AAHsecretsecretsecretsecretsecret1"


def kept(web: Site, name: str = "licences", by: str = "anna", **fields: object) -> Subscription:
    usual: dict[str, object] = {"channel": f"tgram://{SECRET}/42", "created_at": web.clock.now, "created_by": by}
    return web.archive.add_subscription(Subscription(name=name, **(usual | fields)), actor="boss")  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [1280, 390], ids=["desk", "phone"])
def test_a_mistake_is_named_and_what_was_typed_stays(web: Site, browser: "Browser", width: int) -> None:
    """A reader asks for a digest without its moments, mends that, looks what it would have told, and subscribes."""
    context = browser.new_context(base_url=web.url, viewport={"width": width, "height": 844})
    context.set_default_timeout(10_000)
    page = context.new_page()
    enter(page, web.login())
    page.goto("/subscriptions")
    page.get_by_role("link", name="New subscription").click()
    page.get_by_label("Name").fill("Всё новое")
    page.get_by_label("Where to").fill("mailto:anna@example.org")
    page.get_by_label("as a digest of all").check()
    page.get_by_label("Digest at").fill("every morning")
    page.get_by_role("button", name="Subscribe").click()
    assert page.get_by_role("alert").inner_text().endswith("Digest at")
    assert page.evaluate("document.activeElement.name") == "cron"
    assert page.get_by_label("Name").input_value() == "Всё новое"
    assert page.get_by_label("Digest at").get_attribute("aria-invalid") == "true"
    assert web.archive.subscriptions() == []

    page.get_by_label("Digest at").fill("0 9 * * 1-5")
    page.get_by_role("button", name="What would it have told?").click()
    assert page.locator("#told-list tbody tr").count() == 20
    assert web.archive.subscriptions() == []
    page.get_by_role("button", name="Subscribe").click()
    page.get_by_text("The subscription is kept.").wait_for()
    (made,) = web.archive.subscriptions()
    assert (made.name, made.cadence, made.cron) == ("Всё новое", Cadence.DIGEST, "0 9 * * 1-5")
    assert (made.created_by, made.zone) == ("anna", "Europe/Minsk")

    page.get_by_role("button", name="Send a test message").click()
    page.get_by_text("A test message is on its way.").wait_for()
    (message,) = web.archive.deliveries()
    assert (message.kind, message.subscription_id) == (DeliveryKind.TEST, made.id)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        pytest.param("name", "", "1 to 100 characters", id="no name"),
        pytest.param("channel", "nowhere", "Give one as mailto", id="a channel that is none"),
        pytest.param("channel", "mailto:a@b@c", "Give one as mailto", id="an address that is none"),
        pytest.param("sites", "other", "Choose among the sites", id="a site that there is not"),
        pytest.param("urls", "(", "regular expression", id="a pattern that is none"),
        pytest.param("words", '"', "One word or", id="a word that is none"),
        pytest.param("min_significance", "much", "number from 0", id="a weight that is no number"),
        pytest.param("min_significance", "2", "number from 0", id="a weight that is too much"),
        pytest.param("quiet", "at night", "Give two times", id="hours that are none"),
        pytest.param("zone", "Minsk", "Europe/Minsk", id="a zone that is none"),
        pytest.param("language", "tt", "Choose one of the languages", id="a language that we don’t speak"),
        pytest.param("topics", "weather", "Choose changes, problems", id="a topic that there is not"),
    ],
)
def test_every_field_says_what_it_takes(web: Site, field: str, value: str, told: str) -> None:
    typed = {"name": "n", "channel": "mailto:a@example.org", "topics": "changes", "zone": "UTC", "language": "en"}
    answer = web.login().submit("/subscriptions/new", **(typed | {field: value}))
    assert answer.status_code == 422
    fault = re.search(rf'<p class="fault" id="why-{field}">(.*?)</p>', answer.text, re.S)
    assert fault, answer.text
    assert told in fault[1]
    assert f'href="#f-{field}"' in answer.text
    assert f'id="f-{field}"' in answer.text
    assert web.archive.subscriptions() == []


def test_a_name_that_is_taken_is_said_at_its_field(web: Site) -> None:
    kept(web, "licences", by="vera")
    fields = {"name": "licences", "channel": "mailto:a@example.org", "topics": "changes"}
    answer = web.login().submit("/subscriptions/new", **fields)
    assert answer.status_code == 422
    assert 'id="why-name"' in answer.text


def test_secrets_are_never_shown_and_stay_where_they_are_left(web: Site) -> None:
    one, anna = kept(web), web.login()
    addresses = ("", f"/{one.id}", f"/{one.id}/change", f"/{one.id}?preview=1")
    shown = [anna.get(f"/subscriptions{path}").text for path in addresses] + [anna.get("/deliveries").text]
    assert all(SECRET not in text and "AAH" not in text for text in shown)
    assert 'value="tgram://…"' in shown[2]
    fields = {"name": "renamed", "channel": "tgram://…", "topics": "changes", "words": "связь\nлицензия"}
    assert anna.submit(f"/subscriptions/{one.id}/change", **fields).status_code == 303
    changed = web.archive.subscription(one.id or 0)
    assert changed
    assert (changed.name, changed.channel, changed.words) == ("renamed", one.channel, ("связь", "лицензия"))


def test_readers_see_their_own_administrators_all(web: Site) -> None:
    mine, other = kept(web, "mine"), kept(web, "other", by="vera")
    anna, boss = web.login(), web.login("boss", Role.ADMIN)
    assert "mine" in anna.get("/subscriptions").text
    assert "other" not in anna.get("/subscriptions").text.split("<main")[1]
    assert ">other<" in boss.get("/subscriptions").text
    assert anna.get(f"/subscriptions/{mine.id}").status_code == 200
    for path in ("", "/change"):
        assert anna.get(f"/subscriptions/{other.id}{path}").status_code == 404
        assert boss.get(f"/subscriptions/{other.id}{path}").status_code == 200
    for what in ("end", "begin", "test", "change"):
        answer = anna.submit("/subscriptions/new", f"/subscriptions/{other.id}/{what}")
        assert answer.status_code == 404, what
    assert web.archive.subscription(other.id or 0) == other


def test_it_ends_begins_again_and_all_of_it_is_in_the_audit_log(web: Site) -> None:
    one, anna = kept(web), web.login()
    there = f"/subscriptions/{one.id}"
    assert anna.submit(there, f"{there}/end").status_code == 303
    assert "ended" in anna.get(there).text
    assert "licences" not in anna.get("/subscriptions").text.split("<main")[1]
    assert "licences" in anna.get("/subscriptions?ended=1").text
    assert anna.submit(there, f"{there}/test").status_code == 409
    assert anna.submit(there, f"{there}/begin").status_code == 303
    again = web.archive.subscription(one.id or 0)
    assert again
    assert again.active
    noted = [entry.action for entry in web.archive.audit(subject=f"subscription {one.id}")]
    assert noted == ["subscription.begin", "subscription.end", "subscription.add"]


def test_the_preview_says_which_words_were_found(web: Site) -> None:
    (change,) = [one for one in web.archive.changes() if one.kind.value == "added" and one.page_kind.value == "news"][
        :1
    ]
    word = max(change.title.split(), key=len).strip("«»,.").lower()
    one = kept(web, words=(word,), channel="mailto:a@example.org")
    told = web.login().get(f"/subscriptions/{one.id}?preview=1").text
    assert f'href="/changes/{change.id}"' in told
    assert f">{word}<" in told
    none = kept(web, "none", words=("нетакогослова",), channel="mailto:a@example.org")
    assert "None of the latest" in web.login().get(f"/subscriptions/{none.id}?preview=1").text


@pytest.fixture
def given_up(web: Site) -> int:
    """A message of anna's that is given up, beside one of vera's."""
    for by in ("vera", "anna"):
        one = kept(web, f"of {by}", by=by)
        made = web.archive.owe_message(one, DeliveryKind.TEST, by, {}, web.clock.now, web.clock.now)
        assert made
        web.archive.dead(made.id, "no such address <b>")
    return made.id


def test_what_was_given_up_is_sent_anew(web: Site, given_up: int) -> None:
    anna = web.login()
    listed = anna.get("/deliveries?state=dead").text
    assert "of anna" in listed
    assert "of vera" not in listed
    assert "no such address &lt;b&gt;" in listed
    assert anna.submit("/deliveries?state=dead", f"/deliveries/{given_up}/retry").status_code == 303
    assert "will be sent anew" in anna.get("/deliveries?state=dead").text
    states = {one.id: one.state for one in web.archive.deliveries()}
    assert states[given_up] is DeliveryState.PENDING
    assert list(states.values()).count(DeliveryState.DEAD) == 1
    (other,) = [number for number in states if number != given_up]
    assert anna.submit("/deliveries", f"/deliveries/{other}/retry").status_code == 404
    assert anna.submit("/deliveries", "/deliveries/retry").status_code == 403


def test_administrators_send_all_anew(web: Site, given_up: int) -> None:
    boss: Client = web.login("boss", Role.ADMIN)
    assert boss.get("/deliveries?state=dead").text.count("no such address") == 2
    assert boss.submit("/deliveries?state=dead", "/deliveries/retry").status_code == 303
    assert {one.state for one in web.archive.deliveries()} == {DeliveryState.PENDING}
    assert "Nothing was given up." in boss.get("/deliveries?state=dead").text
