"""``letapis problems``: what troubles the monitoring itself."""

import argparse

from crawler.commands import DONE
from crawler.commands.context import archive_of, emit, say, settings_of
from storage.records import Problem


def problems(asked: argparse.Namespace) -> int:
    """Lists open problems, the latest first; with ``--all`` the healed ones too."""
    with archive_of(settings_of(asked)) as archive:
        found = archive.problems(asked.site, open_only=not asked.all)
    if asked.json:
        for problem in found:
            emit(_line(problem))
        return DONE
    for problem in found:
        say(f"{_state(problem)}  {problem.site}  {problem.kind}: {problem.subject}")
        say(f"    {problem.evidence}")
    if not found:
        say("No problems." if asked.all else "No open problems.")
    return DONE


def _state(problem: Problem) -> str:
    since = f"{problem.opened_at:%Y-%m-%d %H:%M}"
    if problem.closed_at is None:
        return f"open since {since}, last seen {problem.seen_at:%Y-%m-%d %H:%M} UTC"
    return f"healed, {since} to {problem.closed_at:%Y-%m-%d %H:%M} UTC"


def _line(problem: Problem) -> dict[str, object]:
    return {
        "id": problem.id,
        "site": problem.site,
        "kind": problem.kind,
        "subject": problem.subject,
        "evidence": problem.evidence,
        "opened_at": problem.opened_at.isoformat(),
        "seen_at": problem.seen_at.isoformat(),
        "closed_at": problem.closed_at.isoformat() if problem.closed_at else None,
    }
