"""What a subscription would have been told: stored changes held against its conditions."""

from collections.abc import Iterable, Iterator

from crawler.core.stems import Stems
from crawler.core.subscriptions import comparison_of, match
from crawler.entries import entries_of
from storage.archive import Archive
from storage.records import Change
from storage.records_outbox import Subscription


def foretold(archive: Archive, one: Subscription, looked: Iterable[Change]) -> Iterator[tuple[Change, tuple[str, ...]]]:
    """Those of the changes that are for the subscription, with its words that are found in them."""
    stems = Stems()
    for change in looked:
        parts = archive.changes(group_id=change.id, include_formatting=True) if change.count > 1 else [change]
        words = _matched(one, parts, archive, stems)
        if words is not None:
            yield change, words


def _matched(one: Subscription, parts: Iterable[Change], archive: Archive, stems: Stems) -> tuple[str, ...] | None:
    """The words that are found in any of an event's parts; null when no part is for this subscription."""
    found: tuple[str, ...] | None = None
    for entry in entries_of(archive, parts):
        comparison = comparison_of(entry.change, entry.before, entry.after)
        words = match(one, entry.change, comparison, entry.before, entry.after, stems)
        if words is not None:
            found = tuple(dict.fromkeys((*(found or ()), *words)))
    return found
