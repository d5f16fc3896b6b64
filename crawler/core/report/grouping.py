"""Identical changes told once: the same phone number on forty pages is one entry with the list of its pages."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from crawler.core.report.entries import Entry
from crawler.core.sitewide import edit_signature
from storage.records import ChangeKind


@dataclass(frozen=True, kw_only=True)
class Group:
    """One entry of a report: changes that say the same."""

    lead: Entry  # the weightiest; of equals the one seen first
    members: tuple[Entry, ...]  # lead included and first; the rest by weight and address

    @property
    def told(self) -> int:
        """How many pages it tells of; a site-wide event, grouped when its run closed, stands for all of its pages."""
        return sum(entry.change.count for entry in self.members)

    @property
    def urls(self) -> tuple[str, ...]:
        """The pages' addresses, each once, the lead's first."""
        return tuple(dict.fromkeys(entry.change.url for entry in self.members))


def grouped(entries: Iterable[Entry]) -> list[Group]:
    """The entries with identical ones put together, weightiest first; every entry is in exactly one group.

    Identical are edits of one site by which the same words, links, images and attachments went and came, wherever
    they stood on the page; and the replacement of one and the same file on several pages. Pages that appear, go or
    return are never put together: each of them is a thing of its own.
    """
    alike: dict[Hashable, list[Entry]] = {}
    for index, entry in enumerate(entries):
        alike.setdefault(_signature(entry) or index, []).append(entry)
    groups = [_group(members) for members in alike.values()]
    return sorted(groups, key=lambda group: weight(group.lead))


def alone(entries: Iterable[Entry]) -> list[Group]:
    """Each entry as a group of its own, weightiest first."""
    return [Group(lead=entry, members=(entry,)) for entry in sorted(entries, key=weight)]


def weight(entry: Entry) -> tuple[float, float, str]:
    """Sorts the weightiest first, of equals the newest, then by address."""
    return -entry.change.significance, -entry.change.first_seen.timestamp(), entry.change.url


def _group(members: list[Entry]) -> Group:
    ordered = sorted(members, key=lambda entry: (-entry.change.significance, entry.change.first_seen, entry.change.url))
    return Group(lead=ordered[0], members=tuple(ordered))


def _signature(entry: Entry) -> tuple[Hashable, ...]:
    """Equal for changes that say the same; empty for one that says something of its own."""
    change, comparison = entry.change, entry.comparison
    if change.kind is not ChangeKind.EDITED or comparison is None:
        return ()
    if entry.before is not None and entry.after is not None and change.subject_url is not None:
        content = (entry.before.digests.content, entry.after.digests.content)
        return (change.site, change.subject_url, *content, change.from_version, change.to_version)
    signature = edit_signature(comparison)
    return (change.site, *signature) if signature else ()
