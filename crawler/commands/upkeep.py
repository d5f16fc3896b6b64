"""``letapis doctor`` and ``letapis db upgrade``: is everything there and sound."""

import argparse
import importlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from config.errors import ConfigError
from config.settings import Settings
from crawler.commands import DONE, FAILED
from crawler.commands.context import archive_of, say, settings_of, sites_of

LIBRARIES = ("scrapy", "trafilatura", "sqlalchemy", "lxml.html", "selectolax.lexbor", "warcio", "pypdfium2", "mammoth")
SPACE = 2**30  # bytes that should be free


@dataclass(frozen=True, kw_only=True)
class Finding:
    name: str
    sound: bool
    text: str  # what was found; what to do when it is not sound


def doctor(asked: argparse.Namespace) -> int:
    """Looks at settings, folders, database, profiles and libraries; says what to mend."""
    settings = settings_of(asked)
    checks: tuple[Callable[[Settings], Finding], ...] = (_home, _space, _database, _profiles, _libraries)
    findings = [check(settings) for check in checks]
    for finding in findings:
        say(f"{'ok  ' if finding.sound else 'BAD '} {finding.name}: {finding.text}")
    return DONE if all(finding.sound for finding in findings) else FAILED


def _home(settings: Settings) -> Finding:
    try:
        settings.home.mkdir(0o700, parents=True, exist_ok=True)
        probe = settings.home / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        return Finding(
            name="home", sound=False, text=f"{settings.home} can't be written ({error.strerror}); use --home"
        )
    open_to_all = settings.home.stat().st_mode & 0o077
    advice = f"; others may look into it: chmod 700 {settings.home}" if open_to_all else ""
    return Finding(name="home", sound=True, text=f"{settings.home}{advice}")


def _space(settings: Settings) -> Finding:
    folder = settings.home if settings.home.exists() else settings.home.parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    advice = "" if free >= SPACE else "; make room, captures need it"
    return Finding(name="disk", sound=free >= SPACE, text=f"{free / 2**30:.1f} GiB free{advice}")


def _database(settings: Settings) -> Finding:
    try:
        with archive_of(settings) as archive:
            runs = len(archive.runs(limit=1000))
    except ConfigError as error:
        return Finding(name="database", sound=False, text=str(error))
    return Finding(name="database", sound=True, text=f"up to date, {runs} runs")


def _profiles(settings: Settings) -> Finding:
    try:
        sites = sites_of(settings)
    except ConfigError as error:
        return Finding(name="site profiles", sound=False, text=str(error))
    return Finding(name="site profiles", sound=True, text=", ".join(sorted(sites)))


def _libraries(settings: Settings) -> Finding:
    del settings
    missing = [name for name in LIBRARIES if not _imports(name)]
    text = f"missing: {', '.join(missing)}; install Letapis again" if missing else "all there"
    return Finding(name="libraries", sound=not missing, text=text)


def _imports(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def upgrade(asked: argparse.Namespace) -> int:
    """Brings the database's form up to this release's; opening it does the same."""
    settings = settings_of(asked)
    with archive_of(settings):
        say("The database is up to date.")
    return DONE
