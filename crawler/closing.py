"""What is decided when a run closes: many pages with one and the same edit are one site-wide event."""

from collections.abc import Sequence
from datetime import datetime

from crawler.core.compare import Comparison, compare
from crawler.core.sitewide import group, lead
from crawler.core.subscriptions import may_go
from storage.archive import Archive
from storage.records import Change, ChangeKind, Run


def tell_events(archive: Archive, run: Run, *, visited: int, now: datetime) -> tuple[Change, ...]:
    """The run's changes as they are told: those that are one event are grouped under one change, and owed as one.

    Told again for the same run it groups nothing twice.
    """
    found = archive.changes(run_id=run.id, include_formatting=False)
    compared = [(change, _compared(change, archive)) for change in found]
    for event in group(compared, visited=visited):
        members = [found[index].id for index in event.members]
        numbers = [number for number in members if number is not None]
        archive.group_changes(run.id, lead(event, found), numbers, go_at=lambda one: may_go(one, now))
    return tuple(archive.changes(run_id=run.id, include_formatting=False)) if found else ()


def _compared(change: Change, archive: Archive) -> Comparison | None:
    """The difference that an edit made; null for changes that are no edits of a page's own text."""
    if change.kind is not ChangeKind.EDITED or change.subject_id is not None:
        return None
    numbers: Sequence[int | None] = (change.from_version, change.to_version)
    before, after = (archive.version(change.page_id, number) if number else None for number in numbers)
    return compare(before, after) if before and after else None
