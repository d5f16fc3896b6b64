"""Subscriptions as they are shown: in tables, as JSON, and what one would have been told. Secrets are masked."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.text import Text

from crawler.commands import DONE
from crawler.commands.changes import about
from crawler.commands.context import console, counted, emit, one_line, say
from crawler.core.report import change_json
from crawler.foretold import foretold
from crawler.notify.channels import masked
from storage.archive import Archive
from storage.records import Change
from storage.records_outbox import Cadence, Subscription

_CONDITIONS = ("sites", "sections", "urls", "languages", "kinds", "what", "words")


def as_line(one: Subscription) -> dict[str, Any]:
    """A subscription as a JSON object."""
    line = asdict(one) | {"channel": masked(one.channel), "created_at": one.created_at.isoformat()}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in line.items()}


def print_all(found: Sequence[Subscription]) -> None:
    """Subscriptions as a table."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for column in ("name", "channel", "asks for", "when"):
        table.add_column(column, overflow="fold")
    for one in found:
        name = one.name if one.active else f"{one.name} (ended)"
        cells = (name, masked(one.channel), "\n".join(conditions(one)), _when(one))
        table.add_row(*(Text(cell if cell.count("\n") else one_line(cell)) for cell in cells))
    console().print(table)
    say(f"\n{counted(len(found), 'subscription')}. What one would have told: letapis subscribe test NAME")


def print_one(one: Subscription, messages: Sequence[Mapping[str, Any]]) -> None:
    """One subscription, line by line."""
    say(f"{one.name}{'' if one.active else ' (ended)'}, since {one.created_at:%Y-%m-%d}")
    say(f"  goes to   {masked(one.channel)}, in {one.language}")
    say(f"  when      {_when(one)}")
    for number, line in enumerate(conditions(one)):
        say(f"  {'asks for' if number == 0 else '':<9} {one_line(line)}")
    for message in messages:
        error = f": {one_line(message['error'])}" if message["error"] else ""
        say(f"  {message['created_at'][:16]}  {message['kind']:<8} {message['state']}{error}")
    if not messages:
        say("  nothing was sent so far")


def conditions(one: Subscription) -> list[str]:
    """What it asks for, a line a condition."""
    lines = [f"{name}: {', '.join(getattr(one, name))}" for name in _CONDITIONS if getattr(one, name)]
    lines += [f"significance: {one.min_significance:g} or more"] if one.min_significance else []
    everything = ["all " + " and ".join(one.topics)]
    return lines + (["topics: " + ", ".join(one.topics)] if one.topics != ("changes",) else []) if lines else everything


def _when(one: Subscription) -> str:
    rhythm = f"digest at {one.cron}" if one.cadence is Cadence.DIGEST else "at once"
    return f"{rhythm}{f', quiet {one.quiet}' if one.quiet else ''} ({one.zone})"


def last_messages(archive: Archive, one: Subscription, most: int = 10) -> list[dict[str, Any]]:
    """The last messages to a subscription, the newest first."""
    return [
        {
            "id": message.id,
            "kind": message.kind.value,
            "state": message.state.value,
            "created_at": message.created_at.isoformat(),
            "sent_at": message.sent_at.isoformat() if message.sent_at else None,
            "attempts": message.attempts,
            "error": message.error,
        }
        for message in archive.deliveries(subscription_id=one.id, limit=most)
    ]


def preview(one: Subscription, looked: Sequence[Change], archive: Archive, *, as_json: bool) -> int:
    """Prints those of the changes that the subscription would have been told, with the words that were found."""
    told = 0
    for change, words in foretold(archive, one, looked):
        told += 1
        if as_json:
            emit(change_json(change, ()) | {"matched": list(words)})
            continue
        found = f"  [{', '.join(words)}]" if words else ""
        say(f"{change.first_seen:%Y-%m-%d %H:%M}  {change.kind.value:<8}  change {change.id}{one_line(found)}")
        say("    " + about(change).plain.replace("\n", "\n    "))
    if not as_json:
        say(f'{told} of {counted(len(looked), "change")} would have been told to "{one.name}".')
    return DONE
