"""Whether a change concerns a subscription, which of its words were found, and when its message may go."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crawler.core.changes import file_name
from crawler.core.compare import Comparison, compare, compare_files
from crawler.core.patterns import found
from crawler.core.references import References
from crawler.core.stems import Searched, Stems
from storage.records import Change, ChangeKind, Document, Problem, Version, What
from storage.records_outbox import Subscription, Topic

_ONE_DAY = timedelta(days=1)
_LONGEST = 2_000  # characters of an address that patterns are tried on


def match(
    one: Subscription,
    change: Change,
    comparison: Comparison | None,
    before: Version | None,
    after: Version | None,
    stems: Stems | None = None,
) -> tuple[str, ...] | None:
    """Null when the change is not for this subscription, else the subscription's words that were found in it.

    ``before`` and ``after``: the versions that the change lies between; ``comparison``: what differs between them,
    needed for edits alone. Every condition that is not empty has to hold; of each one part is enough.
    """
    if not concerns(one, change):
        return None
    if not one.words:
        return ()
    texts = texts_of(change, comparison, before, after)
    return Searched(texts, stems or Stems()).found(one.words) or None


def concerns(one: Subscription, change: Change) -> bool:
    """Every condition but the words. What touches the formatting alone concerns those only who ask for that."""
    return (
        Topic.CHANGES in one.topics
        and _any_of(change.site, one.sites)
        and _any_of(change.section, one.sections)
        and _any_of(change.language, one.languages)
        and _any_of(change.kind.value, one.kinds)
        and change.significance >= one.min_significance
        and _concerns_parts(one, change)
        and _concerns_address(one, change)
    )


def concerns_problem(one: Subscription, problem: Problem) -> bool:
    """Whether the subscription wants to hear of this trouble of the monitoring itself."""
    return Topic.PROBLEMS in one.topics and _any_of(problem.site, one.sites)


def _any_of(value: str | None, wanted: Sequence[str]) -> bool:
    return not wanted or value in wanted


def _concerns_parts(one: Subscription, change: Change) -> bool:
    if change.what == (What.FORMATTING,) and What.FORMATTING not in one.what:
        return False
    return not one.what or any(part in one.what for part in change.what)


def _concerns_address(one: Subscription, change: Change) -> bool:
    addresses = [url for url in (change.url, change.moved_to, change.subject_url) if url]
    try:
        return not one.urls or any(found(pattern, url[:_LONGEST]) for pattern in one.urls for url in addresses)
    except ValueError:  # one that takes too long, or that was kept when more was allowed, does not hold
        return False


def comparison_of(change: Change, before: Version | None, after: Version | None) -> Comparison | None:
    """What differs between the versions of an edit; null where texts count as a whole, or a version is missing."""
    if change.kind is not ChangeKind.EDITED or before is None or after is None:
        return None
    return compare(before, after) if change.subject_id is None else compare_files(before, after)


def texts_of(
    change: Change, comparison: Comparison | None, before: Version | None, after: Version | None
) -> tuple[str, ...]:
    """The texts in which a subscription's words are looked for.

    Of an edit: the titles when they differ, the paragraphs that changed as they were and as they are, what changed
    links, images and attachments are called. Of a page that came, went, returned or moved: all of it.
    """
    if change.kind is not ChangeKind.EDITED:
        shown = before if change.kind is ChangeKind.REMOVED else after or before
        return (change.title, *_whole(shown.document)) if shown else (change.title,)
    file = (file_name(change.subject_url),) if change.subject_url else ()
    return (*file, *_changed(comparison)) if comparison else (*file, change.summary)


def _whole(document: Document) -> Iterator[str]:
    yield from (document.title, document.text)
    yield from (link.text for link in document.links)
    yield from (image.alt for image in document.images)
    for attachment in document.attachments:
        yield from (attachment.text, file_name(attachment.url))


def _changed(comparison: Comparison) -> Iterator[str]:
    yield from comparison.title or ()
    for block in comparison.diff.changes:
        yield from (text for text in (block.before, block.after) if text)
    for references in (comparison.links, comparison.images, comparison.attachments):
        yield from _names(references)


def _names(references: References) -> Iterator[str]:
    pairs = (*references.retargeted, *references.relabelled)
    for reference in (*references.added, *references.removed, *(one for pair in pairs for one in pair)):
        yield reference.label
        yield file_name(reference.url)


def quiet_until(quiet: str | None, zone: ZoneInfo, now: datetime) -> datetime:
    """The moment from which on a message may go: ``now``, or the end of the quiet hours that it falls into, in UTC.

    ``quiet`` is "22:00-07:00" by the clock of the zone; over midnight when it ends before it begins.

    >>> quiet_until("22:00-07:00", ZoneInfo("Europe/Minsk"), datetime(2026, 3, 1, 20, 30, tzinfo=UTC)).isoformat()
    '2026-03-02T04:00:00+00:00'
    """
    if quiet is None:
        return now
    start, end = (time.fromisoformat(part) for part in quiet.split("-"))
    local = now.astimezone(zone)
    clock = local.time()
    over_midnight = end < start
    if not (clock >= start or clock < end if over_midnight else start <= clock < end):
        return now
    day = local.date() + (_ONE_DAY if over_midnight and clock >= start else timedelta())
    # the fold: in an hour that the clock runs through twice, the end meant is the one still ahead
    return max(now, datetime.combine(day, end, zone).replace(fold=local.fold).astimezone(UTC))


def may_go(one: Subscription, now: datetime) -> datetime:
    """When a message to the subscription that comes to be owed now may be sent."""
    return quiet_until(one.quiet, ZoneInfo(one.zone), now)
