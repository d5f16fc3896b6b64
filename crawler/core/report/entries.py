"""An entry of a report: a change with the versions around it, and its stable JSON form."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urlsplit

from crawler.core.blind import Blind
from crawler.core.compare import Comparison, compare, compare_files
from crawler.core.diff import Block, BlockKind
from crawler.core.references import Reference, References
from crawler.core.significance import Score, significance
from storage.records import Change, Version


@dataclass(frozen=True, kw_only=True)
class Entry:
    change: Change
    before: Version | None = None  # of the page, or of the file that the change is about; null for added
    after: Version | None = None  # null for removed
    blind: tuple[Blind, ...] = ()  # when we could not see, between the two looks

    @cached_property
    def comparison(self) -> Comparison | None:
        """What differs between the two versions; null where there is only one."""
        if self.before is None or self.after is None:
            return None
        if self.change.subject_url is not None:
            return compare_files(self.before, self.after, name=file_name(self.change.subject_url))
        return compare(self.before, self.after)

    @cached_property
    def score(self) -> Score:
        """Why the change weighs what it weighs, by today's weights; the change's own value is the one that counts."""
        return significance(self.change.kind, self.comparison)


def file_name(url: str) -> str:
    """The last part of a URL's path, readable; the URL itself where there is none."""
    return unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2]) or url


def change_json(change: Change, blind: Sequence[Blind] = ()) -> dict[str, Any]:
    """A change as ``letapis changes --json`` prints it; the keys are stable, new ones may come."""
    return {
        "url": change.url,
        "kind": change.kind.value,
        "title": change.title,
        "last_seen": change.last_seen.isoformat() if change.last_seen else None,
        "first_seen": change.first_seen.isoformat(),
        "significance": change.significance,
        "what": [part.value for part in change.what],
        "summary": change.summary,
        "from_version": change.from_version,
        "to_version": change.to_version,
        "moved_to": change.moved_to,
        "page_kind": change.page_kind.value,
        "site": change.site,
        "section": change.section,
        "language": change.language,
        "subject_url": change.subject_url,
        "count": change.count,
        "id": change.id,
        "run": change.run_id,
        "blind": [
            {"kind": one.kind, "since": one.since.isoformat(), "until": one.until.isoformat() if one.until else None}
            for one in blind
        ],
    }


def entry_json(entry: Entry) -> dict[str, Any]:
    """`change_json` with the reasons of the score and, where there are two versions, all that differs."""
    comparison = entry.comparison
    found = change_json(entry.change, entry.blind) | {
        "reasons": [{"reason": point.reason, "value": point.value} for point in entry.score.points]
    }
    if comparison is None:
        return found
    return found | comparison_json(comparison)


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """All that differs between two versions; the keys are stable, new ones may come."""
    return {
        "diff": [_block(block) for block in comparison.diff.blocks if block.kind is not BlockKind.SAME],
        "links": _references(comparison.links),
        "images": _references(comparison.images),
        "attachments": _references(comparison.attachments),
    }


def _block(block: Block) -> dict[str, Any]:
    return {
        "kind": block.kind.value,
        "before": block.before,
        "after": block.after,
        "words": [[span.kind.value, span.text] for span in block.words],
        "before_index": block.before_index,
        "after_index": block.after_index,
    }


def _references(references: References) -> dict[str, Any]:
    def pairs(found: tuple[tuple[Reference, Reference], ...]) -> list[dict[str, Any]]:
        return [{"before": before._asdict(), "after": after._asdict()} for before, after in found]

    return {
        "added": [item._asdict() for item in references.added],
        "removed": [item._asdict() for item in references.removed],
        "retargeted": pairs(references.retargeted),
        "relabelled": pairs(references.relabelled),
    }
