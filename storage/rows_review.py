"""Rows of reviewing to records and back."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import RowMapping

from storage.records_review import (
    AuditEntry,
    NoiseRule,
    Note,
    Report,
    ReportEntry,
    Review,
    ReviewState,
    SavedFilter,
)

Row = Mapping[str, Any] | RowMapping


def review_of(row: Row, prefix: str = "") -> Review:
    """A review; with a prefix from the columns of an outer join, where there may be none."""
    return Review(
        change_id=row[f"{prefix}change_id"],
        state=ReviewState(row[f"{prefix}state"]),
        **{name: row[prefix + name] for name in ("assignee", "significance", "updated_at", "updated_by")},
    )


def note_of(row: Row) -> Note:
    return Note(**{name: row[name] for name in ("id", "change_id", "author", "at", "text")})


_RULE = ("site", "section", "url", "pattern", "reason", "active", "created_at", "created_by")


def rule_row(rule: NoiseRule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in _RULE} | {"what": _json(list(rule.what))}


def rule_of(row: Row) -> NoiseRule:
    return NoiseRule(id=row["id"], what=tuple(json.loads(row["what"])), **{name: row[name] for name in _RULE})


def filter_of(row: Row) -> SavedFilter:
    return SavedFilter(**{name: row[name] for name in ("id", "owner", "name", "query", "created_at")})


_REPORT = ("title", "lead", "created_at", "created_by", "updated_at")


def report_row(report: Report) -> dict[str, Any]:
    entries = [
        {"change": entry.change_id, "title": entry.title, "body": entry.body, "context": entry.context}
        for entry in report.entries
    ]
    return {name: getattr(report, name) for name in _REPORT} | {"entries": _json(entries)}


def report_of(row: Row) -> Report:
    entries = tuple(
        ReportEntry(change_id=entry["change"], title=entry["title"], body=entry["body"], context=entry["context"])
        for entry in json.loads(row["entries"])
    )
    return Report(id=row["id"], entries=entries, **{name: row[name] for name in _REPORT})


def audit_row(entry: AuditEntry) -> dict[str, Any]:
    named = {name: getattr(entry, name) for name in ("at", "actor", "action", "subject")}
    return named | {"detail": _json(entry.detail)}


def audit_of(row: Row) -> AuditEntry:
    named = {name: row[name] for name in ("id", "at", "actor", "action", "subject")}
    return AuditEntry(detail=json.loads(row["detail"]), **named)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
