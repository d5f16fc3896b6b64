"""The main job on the replica: every article once and exact, every true event once, nothing else."""

import gc
from collections import Counter
from collections.abc import Callable

import pytest

from storage.records import Change, PageKind
from storage.warc import read, records
from tests.crawl.conftest import Crawls, whole
from tests.site import Event, Markup, Truth


@pytest.fixture(params=[Markup.D7, Markup.D10, Markup.MIXED], ids=lambda markup: markup.value)
def crawled(request: pytest.FixtureRequest, once: Callable[..., Crawls]) -> Crawls:
    return once(whole, markup=request.param)


def test_every_article_is_exact_and_every_true_event_told_once_and_noise_never(crawled: Crawls) -> None:
    """One site, crawled once, for all that is asked of it: a crawl is what takes time."""
    every_article_once_with_its_exact_text(crawled)
    every_attachment_with_its_bytes(crawled)
    each_true_event_once_and_noise_never(crawled)


def every_article_once_with_its_exact_text(crawled: Crawls) -> None:
    truth = {one.url: one for one in crawled.replica.truth()}
    kept = crawled.articles()
    ours = {url for url, (page, _) in kept.items() if page.kind is not PageKind.LISTING}
    assert ours == set(truth)
    wrong = [differs(one, *[kept[url][1].document]) for url, one in truth.items()]
    assert [fault for faults in wrong for fault in faults] == []


def differs(truth: Truth, document: object) -> list[str]:
    """What of a stored document is not as the truth says; documents are compared by text only."""
    parts = (
        ("title", "language", "text")
        if truth.kind == "document"
        else ("title", "language", "published", "text", "markdown")
    )
    return [
        f"{truth.url} {part}: {getattr(document, part)!r} is not {getattr(truth, part)!r}"
        for part in parts
        if getattr(document, part) != getattr(truth, part)
    ]


def every_attachment_with_its_bytes(crawled: Crawls) -> None:
    documents = [one for one in crawled.replica.truth() if one.kind == "document"]
    kept = crawled.articles()
    assert documents
    for one in documents:
        capture = crawled.archive.capture(kept[one.url][1].capture_id or 0)
        assert capture is not None
        assert capture.warc is not None
        assert read(crawled.settings.warc_folder, capture.warc).body == one.body_bytes


def each_true_event_once_and_noise_never(crawled: Crawls) -> None:
    events = crawled.replica.apply()
    second = crawled.crawl()
    assert Counter(map(told, second.changes)) == Counter(map(expected, events))
    assert [event.name for event in events if not named(event, second.changes)] == []
    crawled.replica.noise()
    assert [(change.url, change.summary) for change in crawled.crawl().changes] == []


def told(change: Change) -> tuple[str, str, str | None]:
    return change.kind.value, change.url, change.moved_to


def expected(event: Event) -> tuple[str, str, str | None]:
    return event.kind, event.url, event.moved_to


def named(event: Event, changes: tuple[Change, ...]) -> bool:
    """Whether the change says what differs."""
    parts = {part.value for change in changes if change.url == event.url for part in change.what}
    return set(event.what) <= parts


def test_looking_for_garbage_takes_next_to_nothing_of_a_crawl(crawls: Callable[..., Crawls]) -> None:
    made, looks = crawls(), list[str]()
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)  # as a process starts
    gc.callbacks.append(note := lambda phase, info: looks.append(phase))
    try:
        made.crawl(max_pages=40)
    finally:
        gc.callbacks.remove(note)
        gc.set_threshold(*before)
    assert looks.count("start") < 10


@pytest.mark.parametrize("concurrency", [1, 32])
def test_what_is_told_does_not_depend_on_the_order_of_visits(crawls: Callable[..., Crawls], concurrency: int) -> None:
    made = crawls(policy={"concurrency": concurrency})
    made.crawl()
    events = made.replica.apply()
    assert Counter(map(told, made.crawl().changes)) == Counter(map(expected, events))


def test_the_same_bytes_again_are_a_revisit_record(once: Callable[..., Crawls]) -> None:
    made = once(whole, markup=Markup.MIXED)
    made.crawl()
    files = sorted(made.settings.warc_folder.glob("*.warc.gz"))
    kinds = Counter(entry.type for path in files for entry in records(path))
    assert kinds["revisit"] >= len([one for one in made.replica.truth() if one.kind == "document"])
