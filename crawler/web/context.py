"""What every request is answered with: settings, sites, archive, the running service, the clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from fastapi import Request

from config.settings import Settings
from config.site import Site
from crawler.web.live import Live
from storage.archive import Archive

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, kw_only=True)
class Web:
    settings: Settings
    sites: Mapping[str, Site]
    archive: Archive
    live: Live | None
    clock: Callable[[], datetime]

    @property
    def secure(self) -> bool:
        """Browsers reach us by TLS: cookies may be bound to it."""
        return self.settings.service.behind_proxy or self.settings.public_url.startswith("https://")

    @property
    def hosts(self) -> frozenset[str]:
        """Names that we answer to, without ports: any other one is another site's, pointed at our address."""
        named = (self.settings.service.host, urlsplit(self.settings.public_url).hostname or "")
        return frozenset(_host(name) for name in (*LOOPBACK, *named) if name and name not in ("0.0.0.0", "::"))

    def zone(self, site: str | None = None) -> ZoneInfo:
        """The zone that times of a site are told in; without a site, the one that all share, else UTC."""
        if site is not None and site in self.sites:
            return self.sites[site].zone
        zones = {one.policy.zone for one in self.sites.values()}
        return ZoneInfo(zones.pop() if len(zones) == 1 else "UTC")

    def address(self, request: Request) -> str:
        """Where we are reached, for links in answers: by the setting, else as this request has reached us.

        Its host is one that we answer to: the envelope has looked at it.
        """
        return self.settings.service.public_url.rstrip("/") or str(request.base_url).rstrip("/")

    @property
    def now(self) -> datetime:
        return self.clock()


def web_of(request: Request) -> Web:
    web: Web = request.app.state.web
    return web


def _host(name: str) -> str:
    return f"[{name}]" if ":" in name and not name.startswith("[") else name.lower()
