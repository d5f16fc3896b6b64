"""Every address that can be looked at, with real ids: whoever walks all pages forgets none."""

import os
import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import TypeVar

from crawler.notify.keys import secret_key, unsubscribe_token
from crawler.web.access import GuardedRoute
from crawler.web.static import address as static_address
from storage.records import Page
from tests.web.conftest import Site

T = TypeVar("T")

_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
_PROGRAMS = ("/api/", "/static/", "/timegate/", "/timemap/", "/memento/", "/feeds")
_OTHERS = {"/healthz", "/metrics", "/openapi.json", "/redoc"}
_FILE = re.compile(r"\.(?:txt|md|json|html|docx|csv|jsonl|ics)$|^/raw/")  # downloads, and stored answers


def routes(web: Site) -> list[str]:
    """Paths of all routes that are looked at, as the routes have them."""
    return [
        route.path for route in web.app.routes if isinstance(route, GuardedRoute) and "GET" in (route.methods or ())
    ]


def addresses(web: Site, *, kinds: bool = True) -> list[str]:
    """An address for each of them; with ``kinds`` one for each kind of change. KeyError for an unknown part."""
    return [made for path in routes(web) for made in _filled(web, path, kinds=kinds)]


def screens(web: Site, *, kinds: bool = True) -> list[str]:
    """Those that are pages for people."""
    return [
        one
        for one in addresses(web, kinds=kinds)
        if not one.startswith(_PROGRAMS) and one not in _OTHERS and not _FILE.search(one)
    ]


def _filled(web: Site, path: str, *, kinds: bool) -> Iterator[str]:
    if "{" not in path:
        yield path
    elif not web.archive.changes(limit=1):
        return  # nothing to be looked at yet
    elif path.startswith("/static/"):
        yield static_address("letapis.css")
    elif path.startswith("/unsubscribe/"):
        number = web.archive.subscriptions()[0].id or 0
        yield f"/unsubscribe/{number}/{unsubscribe_token(secret_key(web.settings.home), number)}"
    elif "{what}" in path or "{form}" in path:
        forms = ("jsonl", "csv") if "/export/" in path or "/audit." in path else ("txt", "md", "json", "html", "docx")
        things = ("pages", "versions", "captures", "changes") if "{what}" in path else ("",)
        for what, form in product(things, forms):
            yield from _filled(web, path.replace("{what}", what).replace("{form}", form), kinds=kinds)
    else:
        ways = _changes(web) if kinds and "{change_id" in path else [_first_change(web)]
        yield from (_with_ids(web, path, change) for change in ways)


def _with_ids(web: Site, path: str, change: int) -> str:
    return _PARAMETER.sub(lambda found: _value(web, found, path, change), path)


def _value(web: Site, found: re.Match[str], path: str, change: int) -> str:
    """The value of one part of the path, by its name, else by the word that stands before it."""
    name, before = found[1], path[: found.start()].rstrip("/").rpartition("/")[2]
    page = _page(web)
    if name == "change_id" or (before == "changes" and name != "original"):
        return str(change)
    known: dict[str, str] = {
        "page_id": str(page.id), "pages": str(page.id), "site": page.site, "key": page.site, "sites": page.site,
        "section": web.app.state.web.sites[page.site].sections[0].name, "original": page.url,
        "moment": "20260301120000", "part": "1",
        "versions": "1", "compare": "1..2", "first": "1", "second": "2", "last": "2",
        "from_number": "1", "to_number": "2", "version": "1", "format": "md", "other_id": str(page.id + 1),
        **dict.fromkeys(("subscription_id", "filter_id", "rule_id", "report_id", "delivery_id", "problem_id"), "1"),
        **dict.fromkeys(("run_id", "capture_id", "user_id", "token_id", "note_id", "subscription"), "1"),
    }  # fmt: skip
    return known[name] if name in known else known[before]


def _page(web: Site) -> Page:
    change = next(one for one in web.archive.changes(limit=500) if one.from_version and one.to_version)
    (page,) = [one for one in web.archive.pages(change.site) if one.id == change.page_id]
    return page


def _first_change(web: Site) -> int:
    return next(one.id or 0 for one in web.archive.changes(limit=500) if one.from_version and one.to_version)


def _changes(web: Site) -> list[int]:
    """A change of each kind."""
    return list({one.kind: one.id or 0 for one in web.archive.changes(limit=500)}.values())


def share(values: Sequence[T], turn: int, of: int = 4) -> list[T]:
    """Every so many-th of the values, others at each turn: over all routes each one is tried often, not with each.

    All of them where the environment says LETAPIS_TEST_THOROUGH=1 (``make thorough``).
    """
    return list(values) if os.environ.get("LETAPIS_TEST_THOROUGH") else list(values[turn % of :: of])
