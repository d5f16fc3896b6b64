"""Noise rules at work: on a run's changes when it closes, on old ones when a rule is made."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from crawler.core.noise import Case, DryRun, dry_run, hidden
from crawler.entries import entries_of
from storage.archive import Archive
from storage.records import Change
from storage.records_review import NoiseRule, ReviewState

MOST = 5_000  # changes that a dry run looks at, the newest first


def hide_noise(archive: Archive, changes: Sequence[Change], now: datetime) -> list[int]:
    """Changes that nobody has touched become noise where a rule says so; returns their ids."""
    found: dict[int, list[int]] = {}
    rules = {site: archive.rules(site, active_only=True) for site in {change.site for change in changes}}
    ruled = [change for change in changes if rules[change.site]]
    for entry in entries_of(archive, ruled):
        rule = hidden(rules[entry.change.site], entry.change, entry.comparison)
        if rule is not None and rule.id is not None and entry.change.id is not None:
            found.setdefault(rule.id, []).append(entry.change.id)
    return [change_id for rule_id, ids in found.items() for change_id in archive.hide(rule_id, ids, now=now)]


def try_rule(archive: Archive, rule: NoiseRule, *, most: int = MOST) -> DryRun:
    """What the rule would have hidden of the site's changes, the newest of them. ValueError for a slow one."""
    return dry_run(rule, _cases(archive, rule, most))


def apply_rule(archive: Archive, rule: NoiseRule, now: datetime, *, most: int = MOST) -> list[int]:
    """A stored rule hides old changes too, those that nobody has touched; returns their ids."""
    if rule.id is None:
        raise ValueError("store the rule first")
    return archive.hide(rule.id, try_rule(archive, rule, most=most).hidden, now=now)


def _cases(archive: Archive, rule: NoiseRule, most: int) -> Iterator[Case]:
    """The changes that the rule could mean, with their texts compared one by one."""
    found = archive.changes(site=rule.site, include_formatting=True, limit=most)
    close = [change for change in found if rule.section is None or change.section == rule.section]
    states = archive.review(_ids(close))
    for entry in entries_of(archive, close):
        change = entry.change
        state = states[change.id].state if change.id is not None else ReviewState.NEW
        yield Case(change=change, comparison=entry.comparison if rule.pattern is not None else None, state=state)


def _ids(changes: Iterable[Change]) -> Iterator[int]:
    return (change.id for change in changes if change.id is not None)
