"""Changes as reports, feeds and messages take them: with the versions around them, out of the archive."""

from collections.abc import Iterable, Iterator
from functools import cache

from crawler.core.blind import blind_times
from crawler.core.report import Entry
from storage.archive import Archive
from storage.records import Change, ChangeKind, Problem, Version


def entries_of(archive: Archive, changes: Iterable[Change]) -> Iterator[Entry]:
    """Each change with the versions that it lies between, and the times in between when we could not see."""

    @cache
    def troubles(site: str) -> list[Problem]:
        return archive.problems(site, open_only=False)

    for change in changes:
        before, after = _versions(archive, change)
        yield Entry(change=change, before=before, after=after, blind=blind_times(change, troubles(change.site)))


def _versions(archive: Archive, change: Change) -> tuple[Version | None, Version | None]:
    subject = change.subject_id or change.page_id
    before = archive.version(subject, change.from_version) if change.from_version else None
    if change.kind is ChangeKind.MOVED and change.moved_to:
        target = archive.page(change.site, change.moved_to)
        subject = target.id if target else subject
    return before, archive.version(subject, change.to_version) if change.to_version else None
