"""What every command starts from: settings, site profiles, the archive; and how it says things."""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from config.errors import ConfigError
from config.settings import Settings, load_settings
from config.site import BUILT_IN, Site, load_site, load_sites, without_profile
from crawler.commands import UsageError
from crawler.core.urls import BadUrl, host_of
from storage.archive import Archive

DEFAULT_SITE = "mpt"


def settings_of(asked: argparse.Namespace) -> Settings:
    """The settings that the command's global options name."""
    return load_settings(asked.config, home=asked.home)


def sites_of(settings: Settings, files: list[Path] | None = None) -> dict[str, Site]:
    """Built-in profiles, the operator's own, and those given by file; the last word wins."""
    sites = load_sites(BUILT_IN, settings.sites_folder)
    return sites | {site.key: site for site in map(load_site, files or [])}


def site_named(key: str, sites: dict[str, Site]) -> Site:
    if key not in sites:
        raise UsageError(f'there is no site "{key}"; known: {", ".join(sorted(sites))} (letapis sites list)')
    return sites[key]


def site_at(url: str, sites: dict[str, Site]) -> Site:
    """The site that an address belongs to: a known one, or a nameless one of its host with no profile.

    Raises UsageError for what is not an http(s) address.
    """
    try:
        host = host_of(url)
    except BadUrl as error:
        raise UsageError(str(error)) from error
    known = next((site for site in sites.values() if host in site.hosts), None)
    return known or without_profile(host, url)


@contextmanager
def archive_of(settings: Settings) -> Iterator[Archive]:
    """The archive, open; made and migrated where it was not there."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"home folder {settings.home} can't be made ({error.strerror}); name another by --home"
        ) from error
    archive = Archive.open(settings.database_url)
    try:
        yield archive
    finally:
        archive.close()


def say(text: str = "") -> None:
    """A line for people, on standard output."""
    print(text)


def complain(text: str) -> None:
    """A line about a failure, on standard error."""
    print(f"letapis: {text}", file=sys.stderr)


def emit(value: Any) -> None:
    """One JSON document on one line; letters as they are."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


_AGO = re.compile(r"(\d+)([mhdw])")
_UNIT = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str | None, *, now: datetime) -> datetime | None:
    """Reads "2026-11-20", "2026-11-20T09:00", "2026-11-20T09:00+03:00" (else UTC) or "7d" (ago)."""
    if text is None:
        return None
    if ago := _AGO.fullmatch(text):
        return now - timedelta(**{_UNIT[ago[2]]: int(ago[1])})
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f'"{text}" is not a time; write 2026-11-20, 2026-11-20T09:00 or 7d') from error
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def clock() -> datetime:
    return datetime.now(UTC)
