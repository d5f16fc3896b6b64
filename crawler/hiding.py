"""Noise rules at work: on a run's changes when it closes, on old ones when a rule is made."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from crawler.core.noise import Case, DryRun, dry_run, hidden, matches, passages
from crawler.entries import entries_of
from storage.archive import Archive
from storage.records import Change
from storage.records_review import NoiseRule, ReviewState

MOST = 1_000  # changes of a rule's site, section and parts that a dry run looks at, the newest first
MOST_KEPT = 10_000  # changes whose passages a process remembers
_KEPT: dict[Change, tuple[str, ...]] = {}


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


def try_rule(archive: Archive, rule: NoiseRule) -> DryRun:
    """What the rule would have hidden of the site's changes, as far back as MOST of its kind reach.

    Raises ValueError for a slow one.
    """
    found = archive.meant(rule, MOST)
    return dry_run(rule, _cases(archive, rule, found.changes), found.among)


def apply_rule(archive: Archive, rule: NoiseRule, now: datetime) -> list[int]:
    """A stored rule hides old changes too, those that nobody has touched; returns their ids."""
    if rule.id is None:
        raise ValueError("store the rule first")
    return archive.hide(rule.id, try_rule(archive, rule).hidden, now=now)


def _cases(archive: Archive, rule: NoiseRule, found: Sequence[tuple[Change, ReviewState]]) -> Iterator[Case]:
    """The changes; texts are compared of those alone that the rule's other conditions leave to its pattern."""
    others = replace(rule, pattern=None)
    changed = _passages(archive, [change for change, _ in found if rule.pattern and matches(others, change, ())])
    for change, state in found:
        yield Case(change=change, passages=changed.get(change, ()), state=state)


def _passages(archive: Archive, changes: Sequence[Change]) -> dict[Change, tuple[str, ...]]:
    """What changed in each. It is kept from one trial of a rule to the next: a change is never altered."""
    if len(_KEPT) > MOST_KEPT:
        _KEPT.clear()
    for entry in entries_of(archive, [change for change in changes if change not in _KEPT]):
        _KEPT[entry.change] = passages(entry.comparison) if entry.comparison else ()
    return {change: _KEPT[change] for change in changes}
