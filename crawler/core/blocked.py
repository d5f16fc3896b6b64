"""Telling a block (firewall, captcha, challenge) from the site's own answer: a block is never an edit."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from crawler.core.phrases import N_
from storage.said import Said

_CHALLENGE, _BLOCK = N_("{name} challenge"), N_("{name} block")
_HEAD_BYTES: Final = 16 * 1024  # signs are looked for at the beginning
_CHALLENGE_TEXT: Final = 3000  # bytes of readable text; a page with more of it is a page, whatever it mentions

# (pattern in the lower-cased markup, reason). Only what vendors put on their own block pages.
_SIGNS: Final = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (
            rb"/cdn-cgi/challenge-platform/|cf-browser-verification|_cf_chl_opt|cf-error-details",
            Said(_CHALLENGE, name="Cloudflare"),
        ),
        (rb"ddos-guard\.net|/\.well-known/ddos-guard/|__ddg\d_", Said(_CHALLENGE, name="DDoS-Guard")),
        (rb"__qrator|qrator\.net|/__qrator/", Said(_CHALLENGE, name="Qrator")),
        (rb"_incapsula_resource|incapsula incident id", Said(_CHALLENGE, name="Imperva")),
        (rb"errors\.edgesuite\.net|akamai reference", Said(_BLOCK, name="Akamai")),
        (rb"/variti/|variti\.(?:com|io|ru)", Said(_CHALLENGE, name="Variti")),
        (rb"servicepipe|/exhkqyad", Said(_CHALLENGE, name="Servicepipe")),
        (rb"stormwall", Said(_CHALLENGE, name="StormWall")),
        (rb"sucuri website firewall|sucuri\.net/privacy", Said(_BLOCK, name="Sucuri")),
        (rb"the requested url was rejected\. please consult with your administrator", Said(_BLOCK, name="F5")),
        (rb"web application firewall|waf[ _-]?block", Said("firewall page")),
        (rb"smartcaptcha|showcaptcha|g-recaptcha[^>]*data-sitekey|h-captcha", Said("captcha")),
    )
)
_TITLE: Final = re.compile(rb"<title[^>]*>(.{0,300}?)</title", re.DOTALL | re.IGNORECASE)
_TITLES: Final = re.compile(
    r"^(?:just a moment|attention required|access denied|access to this page has been denied|ddos-guard|"
    r"checking your browser|one moment, please|доступ (?:запрещ[её]н|ограничен|заблокирован)|"
    r"доступ забаронены|проверка браузера|вы не робот|are you (?:a )?(?:human|robot)|bot verification)",
    re.IGNORECASE,
)
_SERVERS: Final = (
    ("cloudflare", "Cloudflare"),
    ("ddos-guard", "DDoS-Guard"),
    ("qrator", "Qrator"),
    ("variti", "Variti"),
)
_DENYING: Final = frozenset({401, 403, 406, 418, 429, 444, 451, 503})
_TAGS: Final = re.compile(rb"<(script|style|noscript)\b.*?</\1\s*>|<[^>]*>|\s+", re.DOTALL | re.IGNORECASE)


def block_reason(status: int, headers: Sequence[tuple[str, str]], body: bytes) -> str | None:
    """Why the answer is a block and not the page; null when it looks like the site's own answer.

    ``body`` is the decoded body. A 404 or 410 is never a block unless a challenge stands in it.

    >>> block_reason(403, [("Server", "nginx")], b"<h1>403 Forbidden</h1>")
    'the server denies access (403)'
    """
    named = {name.lower(): value.lower() for name, value in headers}
    reason = challenge(status, headers, body)
    return reason or (_denial(status, named) if status in _DENYING else None)


def challenge(status: int, headers: Iterable[tuple[str, str]], body: bytes) -> str | None:
    """Why the answer is a firewall's or a captcha's by its own marks; null for a plain "denied" of the server's.

    >>> challenge(403, [("Server", "nginx")], b"<h1>403 Forbidden</h1>") is None
    True
    """
    named = {name.lower(): value.lower() for name, value in headers}
    if named.get("cf-mitigated") == "challenge":
        return Said(_CHALLENGE, name="Cloudflare")
    if status in (204, 205, 304) or 300 <= status < 400:
        return None
    if status == 200 and not body.strip():
        return Said("an empty answer")
    return _challenge(body) if _may_challenge(status, named, body) else None


def _may_challenge(status: int, named: dict[str, str], body: bytes) -> bool:
    """A challenge is a page of HTML with hardly any text in it."""
    if not named.get("content-type", "text/html").startswith(("text/html", "application/xhtml")):
        return False
    return status >= 400 or not _has_text(body[: 8 * _HEAD_BYTES], _CHALLENGE_TEXT)


def _has_text(markup: bytes, enough: int) -> bool:
    """Whether so many bytes are left when each tag is a blank; looks no further than it has to."""
    count, end = 0, 0
    for tag in _TAGS.finditer(markup):
        count += tag.start() - end + 1
        end = tag.end()
        if count >= enough:
            return True
    return count + len(markup) - end >= enough


def _challenge(body: bytes) -> str | None:
    head = body[:_HEAD_BYTES]
    lower = head.lower()
    for pattern, reason in _SIGNS:
        if pattern.search(lower):
            return reason
    title = _TITLE.search(head)
    return Said("an access check in place of the page") if title and _TITLES.match(_text(title[1]).strip()) else None


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1251", errors="replace")


def _denial(status: int, named: dict[str, str]) -> str:
    server = named.get("server", "")
    by = next((name for sign, name in _SERVERS if sign in server), None)
    if by is not None:
        return Said("the server denies access ({status}) by {name}", status=status, name=by)
    return Said("the server denies access ({status})", status=status)
