"""To whom a change or a problem is owed: the subscriptions as they are now, asked before it is recorded."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from crawler.core.noise import hidden
from crawler.core.stems import Searched, Stems
from crawler.core.subscriptions import comparison_of, concerns, concerns_problem, may_go, texts_of
from crawler.core.visit import Known
from storage.archive import Archive
from storage.records import Change, ChangeKind, Problem, Settlement, Version
from storage.records_outbox import Owing, Subscription
from storage.records_review import NoiseRule

Tell = Callable[[Change], Sequence[Owing]]
TellProblem = Callable[[Problem], Sequence[Owing]]


def owed_of(
    archive: Archive, settlements: Sequence[Settlement], before: Mapping[int, Version], known: Known, now: datetime
) -> Tell | None:
    """What ``Archive.record`` asks of each new change of a batch; null when there is nothing to ask.

    ``before``: the latest version of each page as it was before the batch was settled; ``known`` after it. Everything
    is decided here, before the transaction that writes it begins.
    """
    changes = [change for one in settlements for change in one.changes]
    subscriptions = archive.subscriptions(active_only=True) if changes else []
    if not subscriptions:
        return None
    versions = [*before.values(), *known.latest.values(), *(v for one in settlements for v in one.versions)]
    at_hand = {(version.page_id, version.number): version for version in versions}
    stems, rules = Stems(), archive.rules(active_only=True)
    owed = {
        change: tuple(owings(change, *between, subscriptions, now=now, stems=stems))
        for change in changes
        if not _is_noise(change, *(between := _between(change, at_hand, known)), rules)
    }
    return lambda change: owed.get(replace(change, id=None), ())


def owings(
    change: Change,
    before: Version | None,
    after: Version | None,
    subscriptions: Iterable[Subscription],
    *,
    now: datetime,
    stems: Stems,
) -> Iterator[Owing]:
    """To which of the subscriptions a change is owed.

    Texts are compared and words looked for only when a subscription with words wants everything else of the change.
    """
    close = [one for one in subscriptions if concerns(one, change)]
    searched = None
    if any(one.words for one in close):
        searched = Searched(texts_of(change, comparison_of(change, before, after), before, after), stems)
    for one in close:
        matched = searched.found(one.words) if searched and one.words else ()
        if matched or not one.words:
            yield Owing(subscription=one, matched=matched, owed_at=now, not_before=may_go(one, now))


def _is_noise(change: Change, before: Version | None, after: Version | None, rules: Sequence[NoiseRule]) -> bool:
    """Whether a noise rule hides the change: it is owed to nobody then."""
    of_site = [rule for rule in rules if rule.site == change.site]
    return bool(of_site) and hidden(of_site, change, comparison_of(change, before, after)) is not None


def _between(
    change: Change, at_hand: Mapping[tuple[int, int], Version], known: Known
) -> tuple[Version | None, Version | None]:
    """The versions that a change lies between; the second one of a move is its new address's."""
    subject = target = change.subject_id or change.page_id
    if change.kind is ChangeKind.MOVED and change.moved_to in known.by_url:
        target = known.by_url[change.moved_to].id
    before = at_hand.get((subject, change.from_version)) if change.from_version else None
    after = at_hand.get((target, change.to_version)) if change.to_version else None
    return before, after


def problem_owed(archive: Archive, now: datetime) -> TellProblem:
    """What ``Archive.open_problem`` and ``close_problem`` ask: to whom the news of a problem is owed."""
    subscriptions = archive.subscriptions(active_only=True)

    def tell(problem: Problem) -> list[Owing]:
        close = [one for one in subscriptions if concerns_problem(one, problem)]
        return [Owing(subscription=one, owed_at=now, not_before=may_go(one, now)) for one in close]

    return tell
