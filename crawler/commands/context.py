"""What every command starts from: settings, site profiles, the archive; and how it says things."""

import argparse
import getpass
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from config.errors import ConfigError
from config.settings import Settings, load_settings
from config.site import BUILT_IN, Site, load_site, load_sites
from crawler.commands import UsageError
from crawler.core.owner import lent, owner
from crawler.core.steering_marks import as_json as as_json
from crawler.core.steering_marks import plain as plain
from crawler.core.urls import BadUrl
from storage.archive import Archive
from storage.audit import BY_COMMAND

if TYPE_CHECKING:
    from rich.console import Console

DEFAULT_SITE = "mpt"


def settings_of(asked: argparse.Namespace) -> Settings:
    """The settings that the command's global options name."""
    return load_settings(asked.config, home=asked.home)


def in_folder(settings: Settings, folder: Path) -> Settings:
    """The same settings, but with everything kept in this folder, the database too."""
    return settings.model_copy(update={"home": folder, "database": type(settings.database)()})


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
        return owner(url, sites)
    except BadUrl as error:
        raise UsageError(one_line(str(error))) from error


def site_read_as(url: str, key: str | None, sites: dict[str, Site]) -> Site:
    """The site at an address; a key lends it that site's profile."""
    here = site_at(url, sites)
    return here if key is None else lent(site_named(key, sites), here)


@contextmanager
def archive_of(settings: Settings) -> Iterator[Archive]:
    """The archive, open; made and migrated where it was not there."""
    try:
        settings.home.mkdir(0o700, parents=True, exist_ok=True)  # hashes of passwords and chats' tokens lie in it
    except OSError as error:
        raise ConfigError(
            f"home folder {settings.home} can't be made ({error.strerror}); name another by --home"
        ) from error
    archive = Archive.open(settings.database_url)
    try:
        yield archive
    finally:
        archive.close()


def one_line(text: str) -> str:
    """The same on one line."""
    return " ".join(plain(text).split())


def say(text: str = "") -> None:
    """Lines for people, on standard output."""
    print(plain(text))


def complain(text: str) -> None:
    """A line about a failure, on standard error."""
    print(f"letapis: {one_line(text)}", file=sys.stderr)


def emit(value: Any) -> None:
    """One JSON document on one line, on standard output."""
    sys.stdout.write(as_json(value) + "\n")


def counted(count: int, thing: str) -> str:
    """
    >>> counted(1, "change"), counted(3, "change")
    ('1 change', '3 changes')
    """
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def console() -> "Console":
    """A terminal for tables and colours; without colours and not narrow where standard output is none.

    Text is text: nobody's name or reason is read as Rich's markup.
    """
    from rich.console import Console

    return Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 160)


@contextmanager
def written_to(path: Path | None) -> Iterator[TextIO]:
    """A file to write text to, its folder made where missing; standard output for null. UsageError when it can't."""
    if path is None:
        yield sys.stdout
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        out = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise UsageError(f"{path} can't be written ({error.strerror}); name another file by -o") from error
    with out:
        yield out


def folder_at(path: Path) -> Path:
    """A folder to write files into, made where missing. UsageError when it can't be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{path} can't be made a folder ({error.strerror}); name another by -o") from error
    return path


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


def actor() -> str:
    """Who stands in the audit log for what a command does: the system's user."""
    try:
        return f"{BY_COMMAND}{getpass.getuser()}"
    except (KeyError, OSError):  # a user without a name, as containers have them
        return f"{BY_COMMAND}{os.getuid()}"


def clock() -> datetime:
    return datetime.now(UTC)
