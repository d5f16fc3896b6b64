"""A version's text: set as it was, as plain text, as a file to take away, or beside its translation."""

import json
import re
from collections.abc import Callable
from typing import Any

from fastapi import Request, Response
from markupsafe import Markup

from crawler.core.phrases import NOTICES
from crawler.core.report.marks import shown
from crawler.core.report.rendered import render_markdown
from crawler.web import names
from crawler.web.access import Need, Screen
from crawler.web.context import web_of
from crawler.web.errors import Refused
from crawler.web.inputs import Id
from crawler.web.pages import page
from crawler.web.screens.compare import version_of
from crawler.web.screens.page import page_of
from crawler.web.words import N_
from storage.records import Page, Version

router = Screen()
RENDERED = 1_000_000  # characters of Markdown; a longer one is shown as text
SHOWN = 2_000_000  # characters of text; the download has all of it


@router.get("/pages/{page_id:int}/versions/{number:int}.{form}", need=Need.READ)
def download(request: Request, page_id: Id, number: Id, form: str) -> Response:
    """The version as a file: txt, md, json."""
    web = web_of(request)
    about, version = page_of(web, page_id), version_of(web, page_id, number)
    if form not in _FORMS:
        raise Refused(404, N_("A version is had as txt, md or json."))
    media_type, write = _FORMS[form]
    name = f"{about.site}-{page_id}-version-{number}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{re.sub(r"[^A-Za-z0-9.-]", "_", name)}"'}
    return Response(write(about, version), media_type=media_type, headers=headers)


@router.get("/pages/{page_id:int}/versions/{number:int}", need=Need.READ)
def version(request: Request, page_id: Id, number: Id) -> Response:
    """The text of one version; ``as=text`` shows it without headings, lists and links."""
    web = web_of(request)
    about, found = page_of(web, page_id), version_of(web, page_id, number)
    rows = web.archive.versions_of(page_id)
    numbers = [row.number for row in rows]
    at = numbers.index(number)
    return page(
        request,
        "version.html",
        about=about,
        names=names,
        notices=NOTICES,
        version=found,
        row=rows[at],
        before=numbers[at - 1] if at else None,
        after=numbers[at + 1] if at + 1 < len(numbers) else None,
        capture=web.archive.capture(found.capture_id) if found.capture_id else None,
        **_text(found, plain=request.query_params.get("as") == "text"),
    )


@router.get("/pages/{page_id:int}/beside/{other_id:int}", need=Need.READ)
def beside(request: Request, page_id: Id, other_id: Id) -> Response:
    """The latest texts of two languages of one article, side by side."""
    web = web_of(request)
    known = {one.page_id: one for one in web.archive.translations(page_id, web.now)}
    if other_id not in known or other_id == page_id:
        raise Refused(404, N_("These two pages are no translations of each other."))
    latest = web.archive.latest_versions([page_id, other_id])
    halves = [
        (known[number], latest[number], _text(latest[number], plain=False))
        for number in (page_id, other_id)
        if number in latest
    ]
    return page(request, "beside.html", about=page_of(web, page_id), halves=halves)


def _text(version: Version, *, plain: bool) -> dict[str, Any]:
    document = version.document
    plain = plain or len(document.markdown) > RENDERED
    return {
        "plain": plain,
        "html": None if plain else Markup(render_markdown(document.markdown)),  # it escapes all that it sets
        "text": shown(document.text[:SHOWN]) if plain else None,
        "cut": plain and len(document.text) > SHOWN,
    }


def as_json(about: Page, version: Version) -> dict[str, Any]:
    """A version with the keys of ``letapis fetch --json``."""
    document = version.document
    return {
        "url": about.url,
        "version": version.number,
        "first_seen": version.first_seen.isoformat(),
        "kind": document.kind.value,
        "title": document.title,
        "language": document.language,
        "published": document.published,
        "markdown": document.markdown,
        "text": document.text,
        "links": [{"url": one.url, "text": one.text} for one in document.links],
        "images": [{"url": one.url, "alt": one.alt} for one in document.images],
        "attachments": [
            {"url": one.url, "text": one.text, "media_type": one.media_type} for one in document.attachments
        ],
        "digest": version.digests.content,
        "extractor": document.extractor.value,
        "extractor_version": version.extractor_version,
        "upgrade": version.upgrade,
    }


def _markdown(about: Page, version: Version) -> str:
    return f"{version.document.markdown}\n\nSource URL: {about.url}\n"


def _json(about: Page, version: Version) -> str:
    return json.dumps(as_json(about, version), ensure_ascii=False, indent=2) + "\n"


_FORMS: dict[str, tuple[str, Callable[[Page, Version], str]]] = {
    "txt": ("text/plain; charset=utf-8", lambda _, version: version.document.text + "\n"),
    "md": ("text/markdown; charset=utf-8", _markdown),
    "json": ("application/json", _json),
}
