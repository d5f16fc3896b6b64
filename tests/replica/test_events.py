"""Events change exactly the truth of the pages that they name; noise changes none."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.replica.asking import ask
from tests.site import Event, Replica, Size, Truth


def by_url(replica: Replica) -> dict[str, Truth]:
    """What is true, by address; files and aliases in their place, comments left out of the comparison."""
    return {truth.url: replace(truth, aliases=()) for truth in replica.truth()}


def kinds(replica: Replica) -> set[str]:
    return {event.kind for event in replica.events()}


def test_the_script_is_as_large_as_promised() -> None:
    demo, full = Replica(), Replica(size=Size.FULL)
    try:
        assert len(demo.events()) >= 14
        assert len(full.events()) >= 60
        assert kinds(demo) == {"edited", "added", "removed", "moved"}
        assert kinds(full) == {"edited", "added", "removed", "moved", "restored"}
        articles = [truth for truth in full.truth() if truth.kind == "news"]
        assert len(articles) >= 420
    finally:
        demo.stop()
        full.stop()


def test_each_event_of_a_stage_has_a_page_of_its_own(sized: Replica) -> None:
    touched = Counter((event.url, event.stage) for event in sized.events())
    assert max(touched.values()) == 1


def test_all_events_change_the_pages_they_name_and_no_others(sized: Replica) -> None:
    before = by_url(sized)
    applied = sized.apply()
    after = by_url(sized)
    pages = {url for url in before.keys() | after.keys() if "/files/" not in url and before.get(url) != after.get(url)}
    replaced = {event.url for event in applied if event.name.startswith("attachment-replaced")}
    named = {event.url for event in applied} | {event.moved_to for event in applied if event.moved_to}
    assert pages == named - replaced


@pytest.mark.parametrize("number", range(20))
def test_one_event_alone(replica: Replica, number: int) -> None:
    event = replica.events()[number]
    before = by_url(replica)
    assert replica.apply(event.name) == [event]
    after = by_url(replica)
    CHECKS[event.kind](event, before, after)
    assert after_status(replica, event) == ask(replica, event.url).status


def edited(event: Event, before: dict[str, Truth], after: dict[str, Truth]) -> None:
    old, new = before[event.url], after[event.url]
    fields = {"title": "title", "links": "links", "images": "images", "attachments": "attachments"}
    for what in event.what:
        if event.name == "attachment-replaced":
            files = [url for url, _ in old.attachments]
            assert [url for url in files if before[url].body_bytes != after[url].body_bytes] == files
        elif what in fields:
            assert getattr(old, fields[what]) != getattr(new, fields[what])
        else:
            assert old.text != new.text
    if event.what <= {"links", "images", "title"}:
        assert old.text == new.text


def added(event: Event, before: dict[str, Truth], after: dict[str, Truth]) -> None:
    assert event.url not in before
    assert event.url in after


def removed(event: Event, before: dict[str, Truth], after: dict[str, Truth]) -> None:
    assert event.url in before
    assert event.url not in after


def moved(event: Event, before: dict[str, Truth], after: dict[str, Truth]) -> None:
    assert event.moved_to is not None
    assert after[event.moved_to].markdown == before[event.url].markdown
    assert event.url not in after


CHECKS = {"edited": edited, "added": added, "removed": removed, "moved": moved}


def after_status(replica: Replica, event: Event) -> int:
    """What the event's own address answers once it has happened."""
    expected = {"deleted-404": 404, "deleted-403": 403, "moved-301": 301, "moved-silently": 404}
    return expected.get(event.name, 200)


def test_removed_and_moved_pages_leave_listings_and_the_feed(sized: Replica) -> None:
    applied = sized.apply()
    gone = [event.url.removeprefix(sized.url) for event in applied if event.kind in ("removed", "moved")]
    shown = "".join(ask(sized, f"/news?page={page}").text for page in range(45)) + ask(sized, "/rss.xml").text
    assert [path for path in gone if f'/ru{path}"' in shown or f"{path}</link>" in shown] == []
    assert all(f"/ru{e.url.removeprefix(sized.url)}" in shown for e in applied if e.kind == "added")


def test_a_deleted_page_comes_back_in_the_second_stage() -> None:
    with Replica(size=Size.FULL) as replica:
        before = by_url(replica)
        replica.apply()
        (event,) = replica.apply()
        assert event.kind == "restored"
        assert by_url(replica)[event.url] == before[event.url]
        assert replica.apply() == []


def test_an_unknown_event_is_refused(quiet: Replica) -> None:
    with pytest.raises(KeyError):
        quiet.apply("earthquake")


@pytest.mark.parametrize("rounds", [1, 3])
def test_noise_changes_bytes_and_no_truth(sized: Replica, rounds: int) -> None:
    before, seen = by_url(sized), ask(sized, "/node/306").text
    for _ in range(rounds):
        sized.noise()
    body = seen.partition('property="content:encoded">')[2].partition("</div></div></div>")[0]
    assert by_url(sized) == before
    assert body
    assert body not in ask(sized, "/node/306").text


def test_two_renders_differ_in_their_frames_alone(quiet: Replica) -> None:
    one, two = ask(quiet, "/node/303").text, ask(quiet, "/node/303").text
    assert one != two
    frame = one.partition('<div id="node-303"')
    start, _, end = frame[2].partition('<ul class="links inline">')
    assert start in two
    assert end not in two


def test_the_same_seed_makes_the_same_site() -> None:
    sites = [Replica(size=Size.FULL, seed=seed) for seed in (7, 7, 8)]
    try:
        said = [sorted((truth.node, truth.title, truth.text) for truth in site.truth()) for site in sites]
        told = [[(event.name, event.note) for event in site.events()] for site in sites]
    finally:
        for site in sites:
            site.stop()
    assert (said[0], told[0]) == (said[1], told[1])
    assert said[0] != said[2]
