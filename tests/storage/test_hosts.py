"""What is remembered of a host, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from storage.archive import Archive
from storage.records_service import Host
from tests.storage.making import DAY, NOON

NAME = "gov.example"


def test_an_unknown_host_has_the_defaults(archive: Archive) -> None:
    assert archive.host(NAME) == Host(host=NAME)


def test_what_is_kept_comes_back_and_is_replaced(archive: Archive) -> None:
    kept = Host(
        host=NAME,
        factor=1.7,
        steered_at=NOON,
        visits=3,
        lateness=-0.25,
        idle=2,
        tokens=12.5,
        tokens_at=NOON,
        forced_at=NOON - DAY,
        confirmed=9,
        refuted=8,
        foretold=7,
        missed=6,
    )
    archive.keep_host(kept)
    assert archive.host(NAME) == kept
    archive.keep_host(replace(kept, factor=0.5, steered_at=None))
    assert archive.host(NAME) == replace(kept, factor=0.5, steered_at=None)
    assert archive.host("other.example") == Host(host="other.example")


def test_visits_add_up_whoever_notes_them(archive: Archive) -> None:
    def note(_: int) -> None:
        archive.note_visits(NAME, visits=2, lateness=0.25, idle=1)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(note, range(20)))
    assert archive.host(NAME) == Host(host=NAME, visits=40, lateness=5.0, idle=20)


def test_trust_adds_up_and_is_halved_beyond_its_memory(archive: Archive) -> None:
    archive.note_trust(NAME, memory=400, confirmed=3, missed=2)
    assert archive.host(NAME) == Host(host=NAME, confirmed=7, refuted=1, foretold=4, missed=3)
    archive.note_trust(NAME, memory=400, refuted=393)
    found = archive.host(NAME)
    assert (found.confirmed, found.refuted) == (3.5, 197)
    assert (found.foretold, found.missed) == (4, 3)  # the other pair is within its memory


def test_a_host_is_decided_upon_by_one_at_a_time(archive: Archive) -> None:
    def more(host: Host) -> Host:
        return replace(host, tokens=host.tokens + 1)

    with ThreadPoolExecutor(4) as threads:
        changed = list(threads.map(lambda _: archive.change_host(NAME, more), range(20)))
    assert archive.host(NAME).tokens == 20
    assert sorted(after.tokens - before.tokens for before, after in changed) == [1.0] * 20


def test_a_decision_that_fails_changes_nothing(archive: Archive) -> None:
    def fails(host: Host) -> Host:
        raise LookupError(host.host)

    with pytest.raises(LookupError):
        archive.change_host(NAME, fails)
    assert archive.host(NAME) == Host(host=NAME)
