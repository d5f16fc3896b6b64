"""What the pages show and do, asked of the API: it says the same."""

from datetime import datetime, timedelta

import pytest

from storage.records import Change, ChangeKind
from storage.records_accounts import Role
from storage.records_review import ReviewState
from tests.web.conftest import Site
from tests.web.test_api import api, walked

pytestmark = pytest.mark.kept("demo")


def edit(web: Site) -> Change:
    """An edit of a page that has two versions at least."""
    return next(one for one in web.archive.changes() if one.kind is ChangeKind.EDITED and one.from_version)


def test_who_asks_and_since_when_they_have_not_looked(web: Site) -> None:
    client = api(web, "rita", Role.READER, "read")
    told = client.get("me").json()
    assert (told["name"], told["role"], told["scopes"], told["looked_at"]) == ("rita", "reader", ["read"], None)
    assert datetime.fromisoformat(told["since"]) == web.clock.now - timedelta(days=7)
    assert len(walked(client, f"changes?since={told['since'].replace('+', '%2B')}")) == len(web.archive.changes())
    begun = web.clock.now
    web.clock.on(minutes=1)
    marked = client.post("me/looked", json={"at": begun.isoformat()}).json()
    assert datetime.fromisoformat(marked["looked_at"]) == datetime.fromisoformat(marked["since"]) == begun
    earlier = client.post("me/looked", json={"at": "2020-01-01T00:00:00Z"}).json()
    assert earlier["looked_at"] == marked["looked_at"]
    assert client.get("changes", params={"since": marked["since"]}).json()["items"] == []
    assert client.post("me/looked", json={"at": "yesterday"}).status_code == 422


def test_a_site_as_it_stands_and_as_it_stood(web: Site) -> None:
    client = api(web)
    told = client.get("sites/replica").json()
    assert sum(one["here"] for one in told["counts"]) == told["health"]["pages"]
    assert told["baseline_at"]
    first = web.archive.baseline_at("replica")
    assert first
    stood = walked(client, f"sites/replica/standing?limit=100&at={first.isoformat().replace('+', '%2B')}")
    assert [one["page_id"] for one in stood] == [one.page_id for one in web.archive.as_on("replica", first)]
    added = next(one for one in web.archive.changes(site="replica") if one.kind is ChangeKind.ADDED)
    assert added.url not in [one["url"] for one in stood]
    now = walked(client, f"sites/replica/standing?limit=200&at={web.clock.now.isoformat().replace('+', '%2B')}")
    assert added.url in [one["url"] for one in now]
    assert client.get("sites/replica/standing").status_code == 422
    late = client.get("sites/replica/schedule").json()["lateness"]
    assert [one["until_seconds"] for one in late][-2:] == [604_800.0, None]
    assert sum(one["visits"] for one in late) > 0


def test_a_page_s_life_and_rhythm(web: Site) -> None:
    client, change = api(web), edit(web)
    told = client.get(f"pages/{change.page_id}").json()
    assert told["rate"]["low"] < told["rate"]["likely"] < told["rate"]["high"]
    assert told["last_visit"]
    life = client.get(f"pages/{change.page_id}/timeline").json()
    assert [one["number"] for one in life["versions"]] == [
        one.number for one in web.archive.versions_of(change.page_id)
    ]
    gone = next(one for one in web.archive.changes() if one.kind is ChangeKind.REMOVED)
    (span,) = client.get(f"pages/{gone.page_id}/timeline").json()["gone"]
    assert (datetime.fromisoformat(span["since"]), span["until"]) == (gone.first_seen, None)
    assert client.get("pages/99999/timeline").status_code == 404


def test_a_page_is_watched(web: Site) -> None:
    client, change = api(web, "rita", Role.REVIEWER), edit(web)
    asked = {"name": "rita: it", "channel": "mailto:rita@example.org"}
    made = client.post(f"pages/{change.page_id}/watch", json=asked)
    assert made.status_code == 201, made.text
    told = client.get(f"subscriptions/{made.json()['id']}/preview").json()["told"]
    assert {one["change"]["page"] for one in told} == {change.page_id}
    assert client.post(f"pages/{change.page_id}/watch", json=asked).status_code == 409
    assert client.post(f"pages/{change.page_id}/watch", json=asked | {"channel": "pigeon:x"}).status_code == 422
    assert api(web, "anna", Role.READER).post(f"pages/{change.page_id}/watch", json=asked).status_code == 403


def test_what_has_changed_since_a_day(web: Site) -> None:
    client, change = api(web), edit(web)
    versions = web.archive.versions_of(change.page_id)
    asked = f"pages/{change.page_id}/diff"
    whole = client.get(asked, params={"from": versions[0].number, "to": versions[-1].number}).json()
    assert client.get(asked, params={"since": versions[0].first_seen.isoformat()}).json() == whole
    assert client.get(asked, params={"since": "2020-01-01T00:00:00Z"}).json() == whole
    assert whole["significance"] == pytest.approx(sum(one["value"] for one in whole["reasons"]), abs=0.01)
    none = client.get(asked, params={"since": web.clock.now.isoformat()}).json()
    assert (none["from_version"], none["diff"]) == (versions[-1].number, [])
    for wrong in ({}, {"from": 1, "since": "2020-01-01T00:00:00Z"}):
        assert client.get(asked, params=wrong).status_code == 422


def test_a_decision_is_taken_back(web: Site) -> None:
    client = api(web)
    client.post("changes/decide", json={"ids": [1], "state": "triaged"})
    web.clock.on(minutes=1)
    client.post("changes/decide", json={"ids": [1, 2], "state": "confirmed"})
    assert client.get("changes/1").json()["history"][0]["detail"] == {"before": "triaged", "after": "confirmed"}
    for state in (ReviewState.TRIAGED, ReviewState.NEW):
        web.clock.on(minutes=1)
        assert 1 in client.post("changes/undo").json()["altered"]
        assert web.archive.review([1])[1].state is state
    assert client.post("changes/undo").json() == {"altered": []}


def test_a_change_suggests_a_rule_that_can_be_tried(web: Site) -> None:
    client, change = api(web), edit(web)
    rule = client.get(f"changes/{change.id}/rule").json()
    assert change.id in client.post("rules/dry-run", json=rule).json()["hidden"]
    made = client.post("rules", json=rule | {"apply": True}).json()
    assert change.id in made["hidden"]
    told = client.get(f"changes/{change.id}").json()
    assert (told["rule"], told["review"]["state"]) == (made["rule"]["id"], "noise")


def test_what_a_change_was_seen_by_and_stands_for(web: Site) -> None:
    client, change = api(web), edit(web)
    told = client.get(f"changes/{change.id}").json()
    seen = [client.get(f"captures/{one}").json() for one in told["captures"]]
    after = web.archive.version(change.subject_id or change.page_id, change.to_version or 0)
    assert after
    assert after.capture_id in told["captures"]
    assert all(name.lower() != "set-cookie" or value for name, value in seen[0]["headers"])
    assert "content-type" in {name.lower() for name, _ in seen[0]["headers"]}
    for event in (one for one in web.archive.changes() if one.count > 1):
        members = client.get(f"changes/{event.id}").json()["members"]
        assert members
        assert {client.get(f"changes/{one}").json()["event"] for one in members} == {event.id}


def test_changes_that_say_the_same_stand_together(web: Site) -> None:
    client = api(web)
    alone, together = (client.get(f"changes?limit=200{more}").json()["items"] for more in ("", "&together=true"))
    ids = [one["id"] for one in alone]
    assert all(one["same"] == [] for one in alone)
    assert sorted(one for row in together for one in (row["id"], *row["same"])) == sorted(ids)


def test_changes_are_counted_by_day(web: Site) -> None:
    client, now = api(web), web.clock.now
    asked = {"since": (now - timedelta(days=30)).isoformat(), "until": (now + timedelta(days=1)).isoformat()}
    days = client.get("changes/daily", params=asked).json()["items"]
    assert sum(one["count"] for one in days) == len(web.archive.changes())
    asked["until"] = (now + timedelta(days=400)).isoformat()
    assert client.get("changes/daily", params=asked).status_code == 422


def test_feeds_are_listed_and_can_be_read(web: Site) -> None:
    client = api(web)
    feeds = client.get("feeds").json()["items"]
    assert len(feeds) > 3
    assert feeds[0]["url"] == f"{web.url}/feeds/all.atom"
    for feed in feeds:
        assert client.get(feed["url"]).headers["content-type"].startswith("application/atom+xml"), feed
