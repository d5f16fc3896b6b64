"""Feeds: what changed as Atom, by site, section or subscription, and the list of them all as OPML.

Feed readers have no form to log in by: they send an API token as the password of Basic authentication (any name), or
as a Bearer token. No address holds a secret.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from urllib.parse import quote

from fastapi import Request, Response

from config.site import Site
from crawler.core.report import feeds_of, render_atom, render_opml
from crawler.entries import entries_of
from crawler.i18n import catalogue
from crawler.web.access import Need, Screen
from crawler.web.context import Web, web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from crawler.web.pages import language
from crawler.web.screens.subscriptions import known, theirs
from crawler.web.words import N_
from storage.archive import Archive
from storage.records import Change

router = Screen()
PAGE = 50  # entries of one page of a feed
_READ = 200  # changes read at a time


@router.get("/feeds.opml", need=Need.READ, basic=True)
def opml(request: Request) -> Response:
    """The list of all feeds, for a feed reader to take in at once."""
    web, words = web_of(request), catalogue(language(request, web_of(request)))
    feeds = feeds_of(web.sites.values(), theirs(request), web.settings.public_url, words)
    return _answer(request, render_opml(feeds, title=words.gettext("Changes"), made=_today(web)), "text/x-opml")


@router.get("/feeds/subscription/{number}.atom", need=Need.READ, basic=True)
def of_subscription(request: Request, number: Id, before: int | None = None) -> Response:
    """What was owed to a subscription of one's own, or as an administrator to any, newest first."""
    web, subscription = web_of(request), known(request, number)
    owed = (change for _, change in web.archive.owed_to(number))
    newest = sorted(owed, key=_place, reverse=True)
    return _feed(request, _older(newest, _cursor(web, before)), title=subscription.name)


@router.get("/feeds/all.atom", need=Need.READ, basic=True)
def of_all(request: Request, before: int | None = None) -> Response:
    """What changed on all sites, newest first."""
    web = web_of(request)
    title = catalogue(language(request, web)).gettext("Changes")
    return _feed(request, _changes(web.archive, None, _cursor(web, before)), title=title)


@router.get("/feeds/{site}.atom", need=Need.READ, basic=True)
def of_site(request: Request, site: str, before: int | None = None) -> Response:
    """What changed on a site, newest first."""
    web, known = web_of(request), _site(request, site)
    changes = _changes(web.archive, known.key, _cursor(web, before))
    return _feed(request, changes, title=known.title or known.key, site=known)


@router.get("/feeds/{site}/{section}.atom", need=Need.READ, basic=True)
def of_section(request: Request, site: str, section: str, before: int | None = None) -> Response:
    """What changed in a section of a site, newest first."""
    web, known = web_of(request), _site(request, site)
    part = next((part for part in known.sections if part.name == section), None)
    if part is None:
        raise Refused(404, N_("There is no such section."))
    changes = (one for one in _changes(web.archive, known.key, _cursor(web, before)) if one.section == section)
    return _feed(request, changes, title=f"{known.title or known.key}: {part.title or part.name}", site=known)


def _site(request: Request, key: str) -> Site:
    site = web_of(request).sites.get(key)
    if site is None:
        raise Refused(404, N_("There is no such site."))
    return site


def _cursor(web: Web, before: int | None) -> Change | None:
    """The change that a page of a feed goes on after."""
    if before is None:
        return None
    found = web.archive.change(before) if 0 < before < 2**63 else None
    if found is None:
        raise Refused(404, N_("The feed does not go on there."))
    return found


def _place(change: Change) -> tuple[float, int]:
    return change.first_seen.timestamp(), change.id or 0


def _older(changes: Iterable[Change], cursor: Change | None) -> Iterator[Change]:
    return (one for one in changes if cursor is None or _place(one) < _place(cursor))


def _changes(archive: Archive, site: str | None, cursor: Change | None) -> Iterator[Change]:
    """The changes of a site, or of all, after the cursor, newest first, read a few at a time."""
    while True:
        until = cursor.first_seen + timedelta(microseconds=1) if cursor else None
        limit = _READ
        while True:  # those of one moment are read together, however many
            read = archive.changes(site=site, until=until, limit=limit)
            found = list(_older(read, cursor))
            if found or len(read) < limit:
                break
            limit *= 2
        yield from found
        if not found or len(read) < limit:
            return
        cursor = found[-1]


def _feed(request: Request, changes: Iterable[Change], *, title: str, site: Site | None = None) -> Response:
    web, spoken = web_of(request), language(request, web_of(request))
    told = list(islice(changes, PAGE + 1))
    more, told = len(told) > PAGE, told[:PAGE]
    own = f"{web.settings.public_url}{quote(request.url.path)}"
    named = [site] if site else list(web.sites.values())
    text = render_atom(
        entries_of(web.archive, told),
        title=title,
        self_url=f"{own}?{request.url.query}" if request.url.query else own,
        site_url=web.settings.public_url,
        updated=_today(web),
        zone=web.zone(site.key if site else None),
        language=spoken,
        catalogue=catalogue(spoken),
        next_url=f"{own}?before={told[-1].id}" if more else None,
        sections={part.name: part.title or part.name for one in named for part in one.sections},
    )
    return _answer(request, text, "application/atom+xml")


def _today(web: Web) -> datetime:
    """A moment for a feed without entries: one that is another one at each asking would never be known already."""
    return web.now.replace(hour=0, minute=0, second=0, microsecond=0)


def _answer(request: Request, text: str, media_type: str) -> Response:
    """The text, or 304 to a reader that has it already: readers ask often, and most often for nothing new."""
    body = text.encode()
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie, Accept-Language"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=f"{media_type}; charset=utf-8", headers=headers)
