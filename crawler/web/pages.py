"""Pages: templates rendered with what every page shows; messages that wait for the next page."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import quote, unquote

import jinja2
from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from crawler.core.messages.wording import SUBJECTS
from crawler.core.phrases import shortened, speaks, told
from crawler.core.report.entries import file_name
from crawler.core.report.marks import Gap, Line, shown
from crawler.core.report.order import safe_href
from crawler.i18n import LANGUAGES, NAMES, catalogue, language_of
from crawler.web import csrf, static, times
from crawler.web.access import Who
from crawler.web.context import Web, web_of
from crawler.web.menu import entries
from crawler.web.sessions import cookie_of, drop_cookie, set_cookie

FLASH = timedelta(minutes=2)  # a message not shown by then is never shown


def page(
    request: Request, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
) -> Response:
    """A page of ``crawler/web/templates``. Beside ``values`` it has what ``shared`` gives to each."""
    web = web_of(request)
    shared = shared_values(request, web)
    text = environment(shared["language"]).get_template(template).render(shared | values)
    response = HTMLResponse(text, status, dict(headers or {}))
    if shared["flashes"]:
        drop_cookie(response, web, "flash")
    if hasattr(request.state, "form_token"):
        set_cookie(response, web, "form", request.state.form_token)
    response.headers["Content-Language"] = shared["language"]
    response.headers.append("Vary", "Cookie, Accept-Language, HX-Request")
    return response


def shared_values(request: Request, web: Web) -> dict[str, Any]:
    """What every page shows: who, menu, language, zone, now, messages that waited, the form token, htmx or not."""
    who: Who | None = getattr(request.state, "who", None)
    return {
        "request": request,
        "path": request.url.path,
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "who": who,
        "menu": entries(request.app, who),
        "language": language(request, web),
        "languages": [(code, NAMES[code]) for code in LANGUAGES],
        "sites": web.sites,
        "zone": web.zone(),
        "zone_of": web.zone,
        "now": web.now,
        "flashes": _waiting(request, web),
        "csrf": csrf.token_for(request, web),
        "partial": request.headers.get("hx-request") == "true" and "hx-history-restore-request" not in request.headers,
    }


def language(request: Request, web: Web) -> str:
    """The user's own, else the one chosen here before, else the first of the browser's that we have."""
    who: Who | None = getattr(request.state, "who", None)
    chosen = (who.user.language if who else None) or cookie_of(request, web, "language")
    return chosen if chosen in LANGUAGES else accepted(request.headers.get("accept-language", ""))


def accepted(header: str) -> str:
    """The best of an Accept-Language header (RFC 9110, 12.5.4) that we have.

    >>> accepted("tt, be-BY;q=0.8, ru;q=0.9"), accepted("*"), accepted("ru;q=nonsense")
    ('ru', 'en', 'en')
    """
    weighed: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((float(weight or 1), tag.strip()))
        except ValueError:
            continue
    ordered = sorted((one for one in weighed if one[0] > 0), key=lambda one: -one[0])
    return next((language_of(tag) for _, tag in ordered if tag[:2].lower() in LANGUAGES), "en")


def leads_to(request: Request, to: str, message: str = "", *, bad: bool = False) -> RedirectResponse:
    """The answer to a form that is done: on to a page (303), which shows the message once."""
    response = RedirectResponse(to, 303)
    if message:
        web = web_of(request)
        text = json.dumps([message, bad])
        set_cookie(response, web, "flash", quote(f"{_seal(request, web, text)}{text}"), FLASH)
    return response


def on_site(to: str | None, otherwise: str = "/") -> str:
    """A path of ours to go on to; anything that a browser could read as another site's is not taken.

    >>> on_site("/changes?site=mpt"), on_site("//evil.example"), on_site("/\\\\evil.example"), on_site("https://evil")
    ('/changes?site=mpt', '/', '/', '/')
    """
    ours = bool(to) and to is not None and to.startswith("/") and not to.startswith(("//", "/\\"))
    plain = ours and to is not None and len(to) < 2_000 and to.isprintable() and "\\" not in to
    return to if plain and to is not None else otherwise


def _waiting(request: Request, web: Web) -> list[tuple[str, bool]]:
    kept = unquote(cookie_of(request, web, "flash") or "")
    seal, text = kept[:64], kept[64:]
    if not text or not hmac.compare_digest(seal.encode(), _seal(request, web, text).encode()):
        return []
    message, bad = json.loads(text)
    return [(message, bad)]


def _seal(request: Request, web: Web, text: str) -> str:
    """Nobody else shall put words into our mouth."""
    return hmac.new(csrf.token_for(request, web).encode(), text.encode(), hashlib.sha256).hexdigest()


@cache
def environment(language: str) -> jinja2.Environment:
    """The templates in a language; ``parts.html`` of the reports (the diff) is among them."""
    made = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        loader=jinja2.ChoiceLoader(
            [
                jinja2.PackageLoader("crawler.web", "templates"),
                jinja2.PackageLoader("crawler.core.report", "templates"),
            ]
        ),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = catalogue(language)
    made.globals.update(_=words.gettext, ngettext=words.ngettext, static=static.address)
    made.filters.update(shown=shown, href=safe_href, file_name=file_name, shortened=shortened, moment=times.moment)
    made.filters.update(day=times.day, ago=times.ago, exact=times.exact, number=times.number, size=times.size)
    made.filters.update(percent=times.percent)
    made.filters["weight"] = times.weight
    made.filters["subject"] = lambda text: words.gettext(SUBJECTS[text]) if text in SUBJECTS else text
    made.filters["told"] = lambda text: told(text, words)
    made.tests.update(gap=_is_gap, row=_is_row, foreign=lambda text: not speaks(text, words))
    return made


def _is_gap(item: Any) -> bool:
    return isinstance(item, Gap)


def _is_row(item: Any) -> bool:
    return isinstance(item, Line) and len(item.cells) > 1
