"""Stored pages read by another profile: upgrades and no changes; an edit of the same day is still seen, once."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config.site import Site
from crawler.cli import main
from crawler.core.upgrade import Delta, profile_version
from crawler.reextract import Reextraction, reextract
from crawler.runs import Summary, Wiring
from storage.records import PageKind, RunKind, RunState, Version
from tests.crawl.conftest import Crawls, whole
from tests.site import Event, Markup

NEWS = (r"^/(\?|$)", r"^/news(\?|$)", r"^/news/\d")


def news_crawled(made: Crawls) -> None:
    made.site = made.site.model_copy(update={"scope": made.site.scope.model_copy(update={"allow": NEWS})})
    made.crawl()


@pytest.fixture
def crawled(once: Callable[..., Crawls]) -> Crawls:
    """The news of the site, crawled once."""
    return once(news_crawled, markup=Markup.D7)


def with_rules(site: Site, **rules: Any) -> Site:
    return site.model_copy(update={"extract": site.extract.model_copy(update=rules)})


def without_quotes(site: Site) -> Site:
    """A profile that leaves out what the one before kept: quotes and lists."""
    return with_rules(site, drop=(*site.extract.drop, "blockquote", "ul"))


def wider(site: Site) -> Site:
    """A profile that takes all of the block where the article stands, and leaves out less."""
    return with_rules(site, content=("#block-system-main",), drop=("#comments", ".statistics_counter", "form"))


def read_again(crawls: Crawls, *, dry_run: bool = False) -> Reextraction:
    wiring = Wiring(settings=crawls.settings, archive=crawls.archive)
    return asyncio.run(reextract(crawls.site, wiring, dry_run=dry_run, told=lambda looked, total: None))


def articles(crawls: Crawls) -> dict[str, list[Version]]:
    """Without listings, which change with what they list."""
    kinds = {url: page.kind for url, (page, _) in crawls.articles().items()}
    return {url: found for url, found in versions(crawls).items() if kinds[url] is not PageKind.LISTING}


def versions(crawls: Crawls) -> dict[str, list[Version]]:
    return {url: crawls.archive.versions(page.id) for url, (page, _) in crawls.articles().items()}


def edits(summary: Summary) -> Counter[tuple[str, str]]:
    return Counter((change.kind.value, change.url) for change in summary.changes)


def unnamed(events: list[Event], summary: Summary) -> list[str]:
    """Events whose change does not say what differs."""
    parts = {change.url: {part.value for change in [change] for part in change.what} for change in summary.changes}
    return [event.name for event in events if not set(event.what) <= parts.get(event.url, set())]


def test_a_preview_shows_the_delta_and_stores_nothing(crawled: Crawls) -> None:
    before = versions(crawled)
    crawled.site = without_quotes(crawled.site)
    shown = read_again(crawled, dry_run=True)
    assert shown.pages == len(before)
    assert shown.deltas[Delta.DIFFERS] > 0
    assert shown.deltas[Delta.SAME] > 0
    assert shown.deltas.total() == shown.pages
    assert shown.run is None
    assert shown.stored == 0
    assert any("[-" in example.words for example in shown.examples)
    assert versions(crawled) == before


def test_upgrades_are_versions_of_the_same_capture_and_no_changes(crawled: Crawls) -> None:
    before = versions(crawled)
    crawled.site = without_quotes(crawled.site)
    done = read_again(crawled)
    assert done.stored == done.deltas[Delta.DIFFERS] > 0
    assert crawled.archive.changes(include_formatting=True) == []
    upgraded = {url: found for url, found in versions(crawled).items() if len(found) > 1}
    assert len(upgraded) == done.stored
    for url, (first, second) in upgraded.items():
        assert [first] == before[url]
        assert first.profile_version != second.profile_version
        assert (second.number, second.upgrade) == (2, True)
        assert (second.capture_id, second.first_seen) == (first.capture_id, first.first_seen)
        assert second.document.text != first.document.text or second.digests != first.digests
        assert crawled.articles()[url][0].version == 2
    (run, *_) = crawled.archive.runs(crawled.site.key)
    assert (run.kind, run.state, run.counts["stored"]) == (RunKind.REEXTRACT, RunState.DONE, done.stored)


def test_a_second_time_stores_nothing(crawled: Crawls) -> None:
    crawled.site = without_quotes(crawled.site)
    read_again(crawled)
    after = versions(crawled)
    again = read_again(crawled)
    assert (again.pages, again.stored, again.run) == (0, 0, None)
    assert versions(crawled) == after
    assert {found[-1].profile_version for found in after.values()} == {profile_version(crawled.site)}


def test_a_crawl_after_re_extraction_finds_nothing_new(crawled: Crawls) -> None:
    crawled.site = without_quotes(crawled.site)
    read_again(crawled)
    after = articles(crawled)
    crawled.replica.noise()
    assert crawled.crawl().changes == ()
    assert articles(crawled) == after


def test_stopped_midway_it_has_stored_whole_batches_and_goes_on(crawled: Crawls) -> None:
    crawled.site = without_quotes(crawled.site)
    whole = read_again(crawled, dry_run=True).deltas[Delta.DIFFERS]
    wiring = Wiring(settings=crawled.settings, archive=crawled.archive)

    def interrupt(looked: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(reextract(crawled.site, wiring, dry_run=False, told=interrupt))
    (run, *_) = crawled.archive.runs(crawled.site.key)
    assert run.state is RunState.INTERRUPTED
    rest = read_again(crawled)
    assert 0 < rest.stored < whole
    assert run.counts["stored"] + rest.stored == whole


def test_a_profile_that_leaves_nothing_keeps_the_text_before(crawled: Crawls) -> None:
    url = f"{crawled.replica.url}/news/14-02-2022-301"
    before = versions(crawled)[url]
    crawled.site = with_rules(crawled.site, drop=(*crawled.site.extract.drop, "#node-301 .field"))
    assert read_again(crawled).troubled == [(url, Delta.EMPTIED)]
    assert versions(crawled)[url] == before


def test_a_page_whose_bytes_are_lost_is_named_and_the_rest_is_read(crawled: Crawls) -> None:
    crawled.site = without_quotes(crawled.site)
    files = sorted(crawled.settings.warc_folder.glob("*.warc.gz"))
    assert files
    for file in files:
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    done = read_again(crawled)
    assert 0 < done.deltas[Delta.FAILED] == len(done.troubled) < done.pages
    assert done.deltas[Delta.SAME] + done.deltas[Delta.DIFFERS] > 0


@pytest.mark.parametrize("profile", [without_quotes, wider], ids=["more is dropped", "another root"])
def test_a_profile_changed_between_crawls_is_no_change(crawled: Crawls, profile: Callable[[Site], Site]) -> None:
    crawled.site = profile(crawled.site)
    second = crawled.crawl()
    assert [(change.url, change.summary) for change in second.changes] == []
    assert any(found[1:] and found[1].upgrade for found in versions(crawled).values())
    assert {run.kind for run in crawled.archive.runs(crawled.site.key)} == {RunKind.CRAWL, RunKind.REEXTRACT}


def test_an_edit_beside_a_profile_change_is_seen_once_and_named(once: Callable[..., Crawls]) -> None:
    """The whole script of events on the whole site, and a profile that reads pages otherwise, at the same time."""
    made = once(whole, markup=Markup.MIXED)
    events = made.replica.apply()
    made.site = without_quotes(made.site)
    second = made.crawl()
    assert edits(second) == Counter((event.kind, event.url) for event in events)
    assert unnamed(events, second) == []
    made.replica.noise()
    assert edits(made.crawl()) == Counter()


@pytest.fixture
def home(crawled: Crawls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command line's options for the crawled archive, with a profile that drops more."""
    profile = tmp_path / "changed.toml"
    drop = json.dumps([*crawled.site.extract.drop, "blockquote", "ul"])
    scope = f"[scope]\nallow = {json.dumps(list(NEWS))}\n"
    profile.write_text(f"{crawled.replica.profile()}\n[extract]\ndrop = {drop}\n{scope}", encoding="utf-8")
    monkeypatch.setenv("LETAPIS_HOME", str(crawled.settings.home))
    return ["re-extract", "--site-file", str(profile)]


def test_the_command(home: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*home, "--dry-run", "--json"]) == 0
    preview = json.loads(capsys.readouterr().out)
    assert preview["differs"] > 0
    assert (preview["stored"], preview["run"]) == (0, None)
    assert main(home) == 0
    assert f"{preview['differs']} stored as upgrades" in capsys.readouterr().out
    assert main(["problems", "--site", "replica"]) == 0
    assert "No open problems." in capsys.readouterr().out
