"""``letapis subscribe``: who wants to hear of which changes, where, and when."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from config.errors import ConfigError, line_of
from config.settings import Settings
from config.site import Site
from config.subscriptions import Table, load_subscriptions
from crawler.commands import DONE, UsageError
from crawler.commands.context import actor, archive_of, clock, counted, emit, moment, say, settings_of, sites_of
from crawler.commands.subscriptions_shown import as_line, last_messages, preview, print_all, print_one
from crawler.core.subscription_rules import BadSubscription, checked
from crawler.i18n import LANGUAGES
from crawler.notify.channels import channel_fault
from storage.archive import Archive
from storage.outbox import NameTaken
from storage.records_outbox import Cadence, Subscription, Topic

_OPTIONS = {  # of the command line, by field
    **{"sites": "site", "sections": "section", "urls": "url", "languages": "language_of_page", "kinds": "kind"},
    **{"what": "what", "words": "word", "min_significance": "min_significance", "quiet": "quiet", "zone": "zone"},
    **{"language": "language", "cron": "digest", "channel": "channel", "name": "rename"},
}
_KEYS = {"cron": "digest", "topics": "changes"}  # of a file, by field, where they differ


def add(asked: argparse.Namespace) -> int:
    """Adds one subscription."""
    settings = settings_of(asked)
    sites = sites_of(settings, asked.site_file)
    wanted = _topics(not asked.no_changes, asked.problems)
    new = Subscription(name=asked.name, channel=asked.channel, topics=wanted, created_at=clock())
    new = replace(new, **_given(asked, without=("name",)))
    new = replace(new, zone=asked.zone or _zone(new.sites, sites))
    with archive_of(settings) as archive:
        try:
            made = archive.add_subscription(_checked(new, settings, sites), actor=actor())
        except NameTaken as error:
            raise UsageError(f"{error}; choose another name, or: letapis subscribe change {asked.name}") from error
    say(f'Subscription {made.id}, "{made.name}", is kept. See what it would have told: {_test_of(made)}')
    return DONE


def _test_of(one: Subscription) -> str:
    return f"letapis subscribe test {one.name if ' ' not in one.name else repr(one.name)}"


def list_subscriptions(asked: argparse.Namespace) -> int:
    """Lists the subscriptions."""
    with archive_of(settings_of(asked)) as archive:
        found = archive.subscriptions(active_only=not asked.all)
    if asked.json:
        for one in found:
            emit(as_line(one))
    elif found:
        print_all(found)
    else:
        say("No subscriptions. Add one: letapis subscribe add NAME mailto:YOU@EXAMPLE.ORG --word licence")
    return DONE


def show(asked: argparse.Namespace) -> int:
    """Shows one subscription."""
    with archive_of(settings_of(asked)) as archive:
        one = _named(asked.name, archive)
        messages = last_messages(archive, one)
    if asked.json:
        emit(as_line(one) | {"messages": messages})
    else:
        print_one(one, messages)
    return DONE


def change(asked: argparse.Namespace) -> int:
    """Changes one subscription."""
    settings = settings_of(asked)
    sites = sites_of(settings, asked.site_file)
    with archive_of(settings) as archive:
        one = _named(asked.name, archive)
        cleared: dict[str, Any] = {_field(part): None if part == "quiet" else () for part in asked.clear}
        new = replace(one, **cleared)
        new = replace(new, **_given(asked))
        new = replace(new, topics=_topics(*_told_of(asked, one)), active=one.active or asked.active)
        if asked.immediate:
            new = replace(new, cadence=Cadence.IMMEDIATE, cron=None)
        if new == one:
            raise UsageError("nothing to change was given; see letapis subscribe change --help")
        try:
            archive.change_subscription(_checked(new, settings, sites), clock(), actor=actor())
        except NameTaken as error:
            raise UsageError(f"{error}; choose another name") from error
    say(f'"{new.name}" is changed. See what it would have told: {_test_of(new)}')
    return DONE


def end(asked: argparse.Namespace) -> int:
    """Ends one subscription."""
    with archive_of(settings_of(asked)) as archive:
        one = _named(asked.name, archive)
        if not one.active:
            raise UsageError(f'"{one.name}" was ended before; begin again: letapis subscribe change NAME --active')
        archive.end_subscription(one.id or 0, clock(), actor=actor())
    say(f'"{one.name}" is ended: nothing is sent to it any more. Begin again: letapis subscribe change NAME --active')
    return DONE


def import_file(asked: argparse.Namespace) -> int:
    """Adds the subscriptions of a file, all or none."""
    settings = settings_of(asked)
    sites = sites_of(settings, asked.site_file)
    tables, text = load_subscriptions(asked.file)
    with archive_of(settings) as archive:
        taken = {one.name for one in archive.subscriptions()}
        found: list[Subscription] = []
        for index, table in enumerate(tables):
            try:
                one = checked(_of(table, sites), sites=sites, **_outside(settings))
                if one.name in taken:
                    raise BadSubscription("name", f'there is a subscription named "{one.name}" already; choose another')
            except BadSubscription as error:
                raise _in_file(error, asked.file, text, index) from error
            taken.add(one.name)
            found.append(one)
        try:
            archive.add_subscriptions(found, actor=actor())
        except NameTaken as error:  # somebody was faster
            raise ConfigError(f"{asked.file}: {error}; nothing was added") from error
    say(f"{counted(len(found), 'subscription')} added. See them: letapis subscribe list")
    return DONE


def test(asked: argparse.Namespace) -> int:
    """Shows which stored changes a subscription would have been told."""
    now = clock()
    with archive_of(settings_of(asked)) as archive:
        one = _named(asked.name, archive)
        if asked.change is None:
            looked = archive.changes(since=moment(asked.since, now=now), include_formatting=True)
        elif (change := archive.change(asked.change)) is not None:
            looked = [change]
        else:
            raise UsageError(f"there is no change {asked.change}; letapis changes --json shows those there are")
        return preview(one, looked, archive, as_json=asked.json)


def _named(name: str, archive: Archive) -> Subscription:
    found = archive.subscription_named(name)
    if found is None:
        raise UsageError(f'there is no subscription "{name}"; see them: letapis subscribe list --all')
    return found


def _given(asked: argparse.Namespace, without: Sequence[str] = ()) -> dict[str, Any]:
    """The fields that were given on the command line."""
    given: dict[str, Any] = {}
    for field, option in _OPTIONS.items():
        value = getattr(asked, option, None)
        if value is not None and field not in without:
            given[field] = tuple(value) if isinstance(value, list) else value
    return given | ({"cadence": Cadence.DIGEST} if "cron" in given else {})


def _field(part: str) -> str:
    return next(field for field, option in _OPTIONS.items() if option == part.replace("-", "_"))


def _told_of(asked: argparse.Namespace, one: Subscription) -> tuple[bool, bool]:
    changes = Topic.CHANGES in one.topics if asked.changes is None else asked.changes
    problems = Topic.PROBLEMS in one.topics if asked.problems is None else asked.problems
    return changes, problems


def _topics(changes: bool, problems: bool) -> tuple[str, ...]:
    return (Topic.CHANGES.value,) * changes + (Topic.PROBLEMS.value,) * problems


def _zone(keys: Sequence[str], sites: Mapping[str, Site]) -> str:
    """The zone of the sites that it is about, if it is one."""
    zones = {site.zone.key for key, site in sites.items() if not keys or key in keys}
    return zones.pop() if len(zones) == 1 else "UTC"


def _outside(settings: Settings) -> dict[str, Any]:
    """What has to be known of this installation to check a subscription."""
    return {"channel_fault": lambda text: channel_fault(text, settings.home), "languages": LANGUAGES}


def _checked(one: Subscription, settings: Settings, sites: Mapping[str, Site]) -> Subscription:
    try:
        return checked(one, sites=sites, **_outside(settings))
    except BadSubscription as error:
        option = _OPTIONS.get(error.field, error.field).replace("_", "-")
        where = option if error.field in ("name", "channel") else f"--{option}"
        raise UsageError(f"{where}: {str(error).partition(': ')[2]}") from error


def _of(table: Table, sites: Mapping[str, Site]) -> Subscription:
    """A file's table as a subscription."""
    fields = table.model_dump(exclude={"digest", "changes", "problems", "zone"})
    return Subscription(
        **fields,
        topics=_topics(table.changes, table.problems),
        cadence=Cadence.IMMEDIATE if table.digest is None else Cadence.DIGEST,
        cron=table.digest,
        zone=table.zone if table.zone is not None else _zone(table.sites, sites),
        created_at=clock(),
    )


def _in_file(error: BadSubscription, path: Path, text: str, index: int) -> ConfigError:
    key = _KEYS.get(error.field, error.field)
    line = line_of(text, ("subscription", index, key))
    why = str(error).partition(": ")[2]
    return ConfigError(f"{path}:{line}: subscription.{index}.{key}: {why}; nothing was added")
