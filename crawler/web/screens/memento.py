"""Memento (RFC 7089): TimeGate, TimeMap and mementos of every stored page, for tools of web archives.

Datetime negotiation is done by a TimeGate of its own, which answers 302 (pattern 2.1 of the RFC's section 4).
"""

from typing import Any

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from config.site import without_profile
from crawler.core.memento import (
    LINK_FORMAT,
    Address,
    BadDate,
    accept_datetime,
    around,
    chosen,
    http_date,
    link,
    of_stamp,
    stamp,
    timemap,
)
from crawler.core.urls import canonical, host_of
from crawler.web.access import Need, Screen
from crawler.web.context import Web, web_of
from crawler.web.errors import Refused
from crawler.web.stored import stored_answer
from crawler.web.words import N_
from storage.mementos import Memento
from storage.records import Page
from storage.said import saying

router = Screen()
VARY = "accept-datetime"


class Resource:
    """An original resource and what is kept of it."""

    def __init__(self, web: Web, original: str) -> None:
        self.web = web
        self.original = original
        self.base = web.settings.public_url
        self.page = _page_of(web, original)
        self.mementos: list[Memento] = web.archive.mementos(self.page.id) if self.page else []
        if not self.mementos:
            raise Refused(404, N_("Nothing is kept of that address."), headers={"Vary": VARY})
        self.moments = [one.at for one in self.mementos]
        self.address = Address(self.base, original)

    def links(self, *, timegate: bool = True) -> list[str]:
        """Links to the original, the TimeMap with what it covers, and the TimeGate."""
        span = {"from": http_date(self.moments[0]), "until": http_date(self.moments[-1])}
        found = [
            link(self.original, "original"),
            link(f"{self.base}/timemap/link/{self.original}", "timemap", type=LINK_FORMAT, **span),
        ]
        return [*found, link(f"{self.base}/timegate/{self.original}", "timegate")] if timegate else found


@router.get("/timegate/{original:path}", need=Need.READ, basic=True)
def timegate(request: Request) -> Response:
    """Leads to the memento that stood at Accept-Datetime; without it, to the most recent one."""
    wish = request.headers.get("accept-datetime")
    try:
        wanted = accept_datetime(wish) if wish is not None else None
    except BadDate as error:
        raise Refused(400, saying(error), headers={"Vary": VARY}) from error
    found = Resource(web_of(request), _original(request, "/timegate/"))
    index = chosen(found.moments, wanted)
    links = [*found.links(timegate=False), *around(found.moments, index, found.address)]
    headers = {"Vary": VARY, "Location": found.address(found.moments[index]), "Link": ", ".join(links)}
    return Response(status_code=302, headers=headers)


@router.get("/timemap/link/{original:path}", need=Need.READ, basic=True)
def timemap_link(request: Request) -> Response:
    """All mementos in link format (RFC 7089, section 5)."""
    found = Resource(web_of(request), _original(request, "/timemap/link/"))
    span = {"from": http_date(found.moments[0]), "until": http_date(found.moments[-1])}
    own = f"{found.base}/timemap/link/{found.original}"
    head = [
        link(found.original, "original"),
        link(own, "self", type=LINK_FORMAT, **span),
        link(f"{found.base}/timegate/{found.original}", "timegate"),
    ]
    last = len(found.moments) - 1
    listed = [
        link(found.address(at), _place(index, last), datetime=http_date(at)) for index, at in enumerate(found.moments)
    ]
    return Response(timemap([*head, *listed]), media_type=LINK_FORMAT)


@router.get("/timemap/json/{original:path}", need=Need.READ, basic=True)
def timemap_json(request: Request) -> Response:
    """All mementos as JSON, in the form that aggregators use."""
    found = Resource(web_of(request), _original(request, "/timemap/json/"))
    listed: list[dict[str, Any]] = [
        {"datetime": one.at.isoformat(), "uri": found.address(one.at), "digest": one.digest} for one in found.mementos
    ]
    return JSONResponse(
        {
            "original_uri": found.original,
            "timegate_uri": f"{found.base}/timegate/{found.original}",
            "timemap_uri": {"link_format": f"{found.base}/timemap/link/{found.original}"},
            "mementos": {"first": listed[0], "last": listed[-1], "list": listed},
        }
    )


@router.get("/memento/{moment}/{original:path}", need=Need.READ, basic=True)
def memento(request: Request, moment: str) -> Response:
    """The stored bytes of that moment; a moment between two mementos leads to the one that stood then."""
    try:
        wanted = of_stamp(moment.removesuffix("id_"))
    except BadDate as error:
        raise Refused(404, saying(error)) from error
    web = web_of(request)
    found = Resource(web, _original(request, f"/memento/{moment}/"))
    index = chosen(found.moments, wanted)
    at = found.moments[index]
    if stamp(at) != stamp(wanted):
        return Response(status_code=302, headers={"Location": found.address(at)})
    capture = web.archive.capture(found.mementos[index].capture_id)
    if capture is None:
        raise Refused(404, N_("Nothing is kept of that address."))
    links = ", ".join([*found.links(), *around(found.moments, index, found.address)])
    return stored_answer(web, capture, headers={"Memento-Datetime": http_date(at), "Link": links})


def _place(index: int, last: int) -> str:
    names = [name for number, name in ((0, "first"), (last, "last")) if number == index]
    return " ".join([*names, "memento"])


def _original(request: Request, prefix: str) -> str:
    """The original's address as it was written, its query with it."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    path = raw.partition(b"?")[0].decode("latin-1").partition(prefix)[2]
    query = request.scope.get("query_string", b"").decode("latin-1")
    return path + (f"?{query}" if query else "")


def _page_of(web: Web, original: str) -> Page | None:
    """The page at an address, aliases followed; null for an address that is none of ours."""
    try:
        host = host_of(original)
        site = next((one for one in web.sites.values() if host in one.hosts), None) or without_profile(host, original)
        return web.archive.page(site.key, canonical(original, site))
    except ValueError:  # no address, or a host that can be no site's
        return None
