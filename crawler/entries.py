"""Changes as reports, feeds and messages take them: with the versions around them, out of the archive."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice

from crawler.core.blind import blind_times
from crawler.core.report import Entry
from storage.archive import Archive
from storage.records import Change, ChangeKind, Problem

TOGETHER = 20  # changes whose versions are read in one statement, and held
Place = tuple[int, int]  # a page's id, and a version's number


def entries_of(archive: Archive, changes: Iterable[Change]) -> Iterator[Entry]:
    """Each change with the versions that it lies between, and the times in between when we could not see."""

    @cache
    def troubles(site: str) -> list[Problem]:
        return archive.problems(site, open_only=False)

    rest = iter(changes)
    while some := list(islice(rest, TOGETHER)):
        ends = [_ends(archive, change) for change in some]
        versions = archive.versions_at(place for both in ends for place in both if place)
        for change, (before, after) in zip(some, ends, strict=True):
            yield Entry(
                change=change,
                before=versions.get(before) if before else None,
                after=versions.get(after) if after else None,
                blind=blind_times(change, troubles(change.site)),
            )


def _ends(archive: Archive, change: Change) -> tuple[Place | None, Place | None]:
    """Where the versions before and after stand."""
    subject = change.subject_id or change.page_id
    before = (subject, change.from_version) if change.from_version else None
    if change.kind is ChangeKind.MOVED and change.moved_to:
        target = archive.page(change.site, change.moved_to)
        subject = target.id if target else subject
    return before, (subject, change.to_version) if change.to_version else None
