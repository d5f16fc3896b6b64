"""Memento (RFC 7089): TimeGate, TimeMap and mementos of every stored page, for tools of web archives.

Datetime negotiation is done by a TimeGate of its own, which answers 302 (pattern 2.1 of the RFC's section 4).
"""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Path, Request, Response
from fastapi.responses import JSONResponse

from config.site import without_profile
from crawler.core.memento import (
    LINK_FORMAT,
    PART,
    RAW,
    Address,
    BadDate,
    accept_datetime,
    around,
    chosen,
    http_date,
    link,
    of_stamp,
    original_of,
    parts,
    span,
    stamp,
    timemap,
    uri,
)
from crawler.core.urls import canonical, host_of
from crawler.web.access import Need, Screen
from crawler.web.context import Web, web_of
from crawler.web.errors import Refused
from crawler.web.stored import archived_answer
from crawler.web.words import N_
from storage.mementos import Memento
from storage.said import saying

router = Screen()
VARY = "accept-datetime"
OPEN: dict[str, Any] = {"need": Need.READ, "basic": True, "local": "open_memento"}
Part = Annotated[int, Path(ge=1, le=10**6)]


class Resource:
    """An original resource and what is kept of it."""

    def __init__(self, request: Request, prefix: str, *, raw: bool = False) -> None:
        web = web_of(request)
        self.base = web.address(request)
        self.original = ""
        try:
            self.original = original_of(_written(request, prefix))
            self.mementos = _kept(web, self.original)
        except ValueError:  # no address, or a host that can be no site's
            self.mementos = []
        if not self.mementos:
            raise Refused(404, N_("Nothing is kept of that address."), headers={"Vary": VARY})
        self.moments = [one.at for one in self.mementos]
        self.address = Address(self.base, self.original, raw=raw)
        self.parts = parts(self.moments)

    def timemap(self, number: int = 1, form: str = "link") -> str:
        """Where the TimeMap is, or one of several."""
        return f"{self.base}/timemap/{form}/{f'{number}/' if number > 1 else ''}{self.original}"

    def links(self, *, timegate: bool = True) -> list[str]:
        """Links to the original, the TimeMap with what it covers, and the TimeGate."""
        found = [link(self.original, "original"), link(self.timemap(), "timemap", **span(self.parts[0]))]
        return [*found, link(f"{self.base}/timegate/{self.original}", "timegate")] if timegate else found

    def part(self, number: int) -> list[tuple[int, Memento]]:
        """The mementos of a TimeMap with their places among all. Raises Refused, 404."""
        if number > len(self.parts):
            raise Refused(404, N_("Nothing is kept of that address."))
        first = (number - 1) * PART
        return list(enumerate(self.mementos[first : first + PART], first))


@router.get("/timegate/{original:path}", **OPEN)
def timegate(request: Request) -> Response:
    """Leads to the memento that stood at Accept-Datetime; without it, to the most recent one."""
    wish = request.headers.get("accept-datetime")
    try:
        wanted = accept_datetime(wish) if wish is not None else None
    except BadDate as error:
        raise Refused(400, saying(error), headers={"Vary": VARY}) from error
    found = Resource(request, "/timegate/")
    index = chosen(found.moments, wanted)
    links = [*found.links(timegate=False), *around(found.moments, index, found.address)]
    headers = {"Vary": VARY, "Location": uri(found.address(found.moments[index])), "Link": ", ".join(links)}
    return Response(status_code=302, headers=headers)


@router.get("/timemap/link/{part:int}/{original:path}", **OPEN)
def timemap_link(request: Request, part: Part) -> Response:
    """The mementos in link format (RFC 7089, section 5); where there are many, in several TimeMaps."""
    found = Resource(request, f"/timemap/link/{part}/" if "part" in request.path_params else "/timemap/link/")
    listed, last = found.part(part), len(found.moments) - 1
    others = [(number, covered) for number, covered in enumerate(found.parts, 1) if number != part]
    head = [
        link(found.original, "original"),
        link(found.timemap(part), "self", **span(found.parts[part - 1])),
        link(f"{found.base}/timegate/{found.original}", "timegate"),
        *(link(found.timemap(number), "timemap", **span(covered)) for number, covered in others),
    ]
    items = [link(found.address(one.at), _place(index, last), datetime=http_date(one.at)) for index, one in listed]
    return Response(timemap([*head, *items]), media_type=LINK_FORMAT)


@router.get("/timemap/link/{original:path}", **OPEN)
def first_timemap_link(request: Request) -> Response:
    """The first TimeMap, most often the only one."""
    return timemap_link(request, 1)


@router.get("/timemap/json/{part:int}/{original:path}", **OPEN)
def timemap_json(request: Request, part: Part) -> Response:
    """The mementos as JSON, in the form that aggregators use."""
    found = Resource(request, f"/timemap/json/{part}/" if "part" in request.path_params else "/timemap/json/")
    beside = {"prev": part - 1, "next": part + 1}
    pages = {name: number for name, number in beside.items() if 0 < number <= len(found.parts)}
    told: dict[str, Any] = {
        "original_uri": found.original,
        "self": found.timemap(part, "json"),
        "timegate_uri": f"{found.base}/timegate/{found.original}",
        "timemap_uri": {"link_format": found.timemap(part), "json_format": found.timemap(part, "json")},
        "mementos": {
            "first": _told(found, found.mementos[0]),
            "last": _told(found, found.mementos[-1]),
            "list": [_told(found, one) for _, one in found.part(part)],
        },
    }
    if pages:
        told["pages"] = {name: {"uri": found.timemap(number, "json")} for name, number in pages.items()}
    return JSONResponse(told)


@router.get("/timemap/json/{original:path}", **OPEN)
def first_timemap_json(request: Request) -> Response:
    """The first TimeMap, most often the only one."""
    return timemap_json(request, 1)


@router.get("/memento/{moment}/{original:path}", **OPEN)
def memento(request: Request, moment: str) -> Response:
    """What was answered at that moment, as it was; a moment between two mementos leads to the one that stood then."""
    raw = moment.endswith(RAW)
    try:
        wanted = of_stamp(moment.removesuffix(RAW))
    except BadDate as error:
        raise Refused(404, saying(error)) from error
    web = web_of(request)
    found = Resource(request, f"/memento/{moment}/", raw=raw)
    index = chosen(found.moments, wanted)
    at, links = found.moments[index], found.links()
    if stamp(at) != stamp(wanted):
        return Response(status_code=302, headers={"Location": uri(found.address(at)), "Link": ", ".join(links)})
    capture = web.archive.capture(found.mementos[index].capture_id)
    if capture is None:
        raise Refused(404, N_("Nothing is kept of that address."))
    links += around(found.moments, index, Address(found.base, found.original))
    headers = {"Memento-Datetime": http_date(at), "Link": ", ".join(links)}
    if capture.redirect_to is not None:  # section 4.5.4: the answer as it was, but on within the archive
        headers["Location"] = uri(Address(found.base, capture.redirect_to, raw=raw)(at))
    return archived_answer(web, capture, headers=headers)


def _place(index: int, last: int) -> str:
    names = [name for number, name in ((0, "first"), (last, "last")) if number == index]
    return " ".join([*names, "memento"])


def _told(found: Resource, one: Memento) -> dict[str, Any]:
    at = one.at.replace(microsecond=0).isoformat().replace("+00:00", "Z")
    return {"datetime": at, "uri": found.address(one.at), "status": one.status, "digest": one.digest}


def _written(request: Request, prefix: str) -> str:
    """The original's address as it was written, its query with it."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    path = raw.partition(b"?")[0].decode("latin-1").partition(prefix)[2]
    query = request.scope.get("query_string", b"").decode("latin-1")
    return path + (f"?{query}" if query else "")


def _kept(web: Web, original: str) -> Sequence[Memento]:
    """What was captured at the address; then, unless it leads away, of the page that it is another address of.

    Raises ValueError for what is no address.
    """
    host = host_of(original)
    site = next((one for one in web.sites.values() if host in one.hosts), None) or without_profile(host, original)
    url = canonical(original, site)
    number, page = web.archive.own_page(site.key, url), web.archive.page(site.key, url)
    own = web.archive.mementos(number) if number is not None else []
    if page is None or page.id == number or (own and 300 <= own[-1].status < 400):
        return own
    return [*own, *(one for one in web.archive.mementos(page.id) if not own or one.at > own[-1].at)]
