"""``letapis up``: the service, told about on the terminal as it goes."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from typing import Any

from config.settings import Settings
from crawler.commands import DONE, FAILED, UsageError
from crawler.commands.context import archive_of, clock, plain, settings_of, sites_of
from crawler.log import log_to
from crawler.service.conductor import Conductor, Surroundings
from crawler.service.fetcher import Fetcher
from crawler.service.fetcher import FetchRefused as Refused
from crawler.service.live import Here
from crawler.service.plan import visited
from storage.archive import Archive


def up(asked: argparse.Namespace) -> int:
    """Runs the service until it is stopped, or once."""
    settings = _as_asked(settings_of(asked), asked)
    sites = sites_of(settings)
    _known(settings, set(sites))
    with archive_of(settings) as archive:
        log_to(settings.home, form=settings.log.format)
        say = _speaker()
        say(f"letapis up: process {os.getpid()}, home {settings.home}, log {settings.home / 'logs' / 'letapis.log'}")
        say(f"sites: {', '.join(visited(settings, sites)) or 'none; see letapis sites list'}")
        fetcher = None if asked.no_web or asked.once else Fetcher(settings, sites)
        given = Surroundings(
            settings=settings,
            sites=sites,
            archive=archive,
            clock=clock,
            say=say,
            read_sites=lambda: sites_of(settings),
            fetcher=fetcher,
            pages=_pages(settings, sites, archive, say) if fetcher else None,
        )
        return asyncio.run(_run(given, once=asked.once))


async def _run(given: Surroundings, *, once: bool) -> int:
    conductor = Conductor(given)
    if once:
        return DONE if await conductor.once() else FAILED
    await conductor.run()
    return DONE


def _as_asked(settings: Settings, asked: argparse.Namespace) -> Settings:
    """The settings with what the command line says over them."""
    said = {name: value for name, value in (("host", asked.host), ("port", asked.port)) if value is not None}
    return settings.model_copy(update={"service": settings.service.model_copy(update=said)})


def _known(settings: Settings, sites: set[str]) -> None:
    for key in settings.service.sites:
        if key not in sites:
            known = ", ".join(sorted(sites))
            raise UsageError(f'service.sites names "{key}", and there is no such site; known: {known}')


def _pages(settings: Settings, sites: dict[str, Any], archive: Archive, say: Callable[[str], None]) -> Any:
    """What makes the web application, once there is a service for it to look into."""

    def made(live: Here) -> Any:
        from crawler.web.app import create_app
        from crawler.web.passwords import first_admin

        password = first_admin(archive, clock())
        if password is not None:
            say(f'first login: user "admin", one-time password {password} (it is not shown again)')
        return create_app(settings, sites, archive, _AsAsked(live), clock)

    return made


class _AsAsked:
    """The service in the web's own words."""

    def __init__(self, here: Here) -> None:
        self._here = here
        self.metrics, self.status = here.metrics, here.status

    async def fetch(self, url: str, site: str | None, who: str) -> dict[str, Any]:
        """Fetches one URL now. Raises the web's FetchRefused where the service's is."""
        from crawler.web.live import FetchRefused

        try:
            return await self._here.fetch(url, site, who)
        except Refused as refused:
            raise FetchRefused(refused.message, refused.http_status) from refused


def _speaker() -> Callable[[str], None]:
    """Tells lines as they come: with the time and a little colour on a terminal, plain in a pipe."""
    if not sys.stdout.isatty():
        return lambda text: print(plain(text), flush=True)
    from rich.console import Console
    from rich.text import Text

    shown = Console(highlight=True)
    return lambda text: shown.print(Text(f"{clock().astimezone():%H:%M:%S} ", style="dim") + Text(plain(text)))
