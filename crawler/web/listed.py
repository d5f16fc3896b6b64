"""Rows of the change list: changes that say the same in one row, summaries in the reader's language."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from crawler.core.report import Entry, summary_in
from crawler.core.report.grouping import grouped
from crawler.entries import entries_of
from crawler.i18n import catalogue
from storage.archive import Archive
from storage.records import Change, ChangeKind
from storage.records_queue import QueueRow

MOST_COMPARED = 60  # changes of a page whose summaries are alike: these are compared by their texts
MOST_TOLD = 20_000  # summaries in other languages than the stored one that a process remembers
_TOLD: dict[tuple[str, Change], str] = {}
_PLACE = re.compile(r" in (?:paragraph \d+|row «[^»]*»|\d+ places?)|paragraphs? \d+")


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One row: a change, and those that say the same; they are decided at once."""

    row: QueueRow
    members: tuple[QueueRow, ...]  # the row's own first
    summary: str  # in the reader's language

    @property
    def change(self) -> Change:
        return self.row.change

    @property
    def ids(self) -> str:
        """As forms send them."""
        return ",".join(str(member.change.id) for member in self.members)

    @property
    def told(self) -> int:
        """How many pages it stands for."""
        return sum(member.group for member in self.members)


def listed(archive: Archive, rows: Sequence[QueueRow], language: str) -> list[Listed]:
    """The rows in their order, identical edits in the first one's row (as ``crawler.core.report.grouping`` says)."""
    told = _Teller(archive, language)
    heads = _heads(told, rows)
    told.tell([row for row in rows if _id(row) not in heads])
    members: defaultdict[int, list[QueueRow]] = defaultdict(list)
    for row in rows:
        members[heads.get(_id(row), _id(row))].append(row)
    return [_listed(told, of_one) for of_one in members.values()]


def together(archive: Archive, rows: Iterable[Sequence[int]], language: str) -> list[Listed]:
    """Rows as a form has sent them, read anew; those that are not there are left out."""
    told = _Teller(archive, language)
    found = [[row for change_id in ids if (row := archive.queue_row(change_id))] for ids in rows]
    told.tell([members[0] for members in found if members])
    return [_listed(told, members) for members in found if members]


def summaries(archive: Archive, changes: Iterable[Change], language: str) -> dict[int, str]:
    """What each change says in the reader's language, by its id: for lists that are no queue."""
    every = list(changes)
    if language != "en":
        _remember(entries_of(archive, [one for one in every if (language, one) not in _TOLD]), language)
    return {one.id or 0: _TOLD.get((language, one), one.summary) for one in every}


def _remember(entries: Iterable[Entry], language: str) -> None:
    if len(_TOLD) > MOST_TOLD:
        _TOLD.clear()
    for entry in entries:
        _TOLD[language, entry.change] = summary_in(entry, catalogue(language))


class _Teller:
    """Summaries and entries of one answer. Summaries are kept from answer to answer: a change is never altered."""

    def __init__(self, archive: Archive, language: str) -> None:
        self._archive = archive
        self._language = language
        self._entries: dict[int, Entry] = {}

    def entries(self, rows: Sequence[QueueRow]) -> list[Entry]:
        wanted = [row.change for row in rows if _id(row) not in self._entries]
        for entry in entries_of(self._archive, wanted):
            self._entries[entry.change.id or 0] = entry
        return [self._entries[_id(row)] for row in rows]

    def tell(self, rows: Sequence[QueueRow]) -> None:
        """Makes the summaries that are not known."""
        if self._language == "en":
            return
        unknown = [row for row in rows if (self._language, row.change) not in _TOLD]
        _remember(self.entries(unknown), self._language)

    def summary(self, row: QueueRow) -> str:
        return _TOLD.get((self._language, row.change), row.change.summary)


def _heads(told: _Teller, rows: Sequence[QueueRow]) -> dict[int, int]:
    """The first of each set of identical changes, by the ids of the others."""
    alike = [row for some in _alike(rows) for row in some][:MOST_COMPARED]
    place = {_id(row): index for index, row in enumerate(rows)}
    heads: dict[int, int] = {}
    for group in grouped(told.entries(alike)):
        ids = sorted((entry.change.id or 0 for entry in group.members), key=lambda one: place[one])
        heads |= dict.fromkeys(ids[1:], ids[0])
    return heads


def _alike(rows: Sequence[QueueRow]) -> Iterator[list[QueueRow]]:
    """Edits that may be identical: their summaries differ by the place at most. Comparing texts is for these alone."""
    found: defaultdict[tuple[object, ...], list[QueueRow]] = defaultdict(list)
    for row in rows:
        change = row.change
        if change.kind is ChangeKind.EDITED and row.group == 1:
            found[change.site, change.what, _PLACE.sub("", change.summary)].append(row)
    return (some for some in found.values() if len(some) > 1)


def _listed(told: _Teller, members: Sequence[QueueRow]) -> Listed:
    first = members[0]
    return Listed(row=first, members=tuple(members), summary=told.summary(first))


def _id(row: QueueRow) -> int:
    return row.change.id or 0
