"""The identity of a page: one canonical URL for all the addresses that lead to it, by the site profile's rules."""

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes, urlsplit

from config.site import Scope, Site
from crawler.core.url_text import (
    PATH_SAFE,
    QUERY_SAFE,
    BadUrl,
    ascii_host,
    display,
    escaped,
    host_of,
    netloc_of,
    normal_path,
    parse,
    readable,
    resolve_dots,
)

__all__ = [
    "BadUrl",
    "address",
    "canonical",
    "display",
    "group",
    "host_of",
    "place",
    "readable",
    "rewritten",
    "same_site",
    "split_prefix",
    "variant_language",
]

MAX_ROUNDS = 40  # of rewriting: nested forms as /print/print/5 settle long before

# Keys that name the visitor or the way he came, never the page.
TRACKING = (
    "utm_*", "fbclid", "gclid", "dclid", "yclid", "ysclid", "msclkid", "twclid", "igshid", "mc_cid", "mc_eid",
    "_ga", "_gl", "_ym*", "_openstat", "phpsessid", "jsessionid", "sid", "sessionid", "session_id", "sess_id",
    "aspsessionid*", "asp.net_sessionid", "cfid", "cftoken", "sess????????????????????????????????",
)  # fmt: skip

_VALUE_SAFE = "/:,@!*()~"
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)(?:=[^/;]*)?", re.IGNORECASE)
_SESSION_SEGMENT = re.compile(r"/\([a-z]\([a-z0-9]{20,32}\)\)(?=/|$)", re.IGNORECASE)  # ASP.NET: /(S(abc...))/page
_FILE = re.compile(r"\.(?!html?$|php\d?$|aspx?$|jsp$)[a-z][a-z0-9]{1,4}$", re.IGNORECASE)


def canonical(url: str, site: Site) -> str:
    """The page's identity by the profile's rules, printable ASCII; ``canonical(canonical(u)) == canonical(u)``.

    RFC 3986 section 6.2 (case, percent-encoding, dot segments, default port), then the profile: hosts, language
    prefix, case, query keys, rewrites. The profile's rules hold on its own hosts only. Raises BadUrl.

    >>> canonical("http://www.mpt.gov.by/ru/News/26-04-2017-1910/?special=1#top", mpt)
    'https://mpt.gov.by/news/26-04-2017-1910'
    """
    parts = parse(url)
    host = netloc_of(parts)
    hosts = _hosts(site.hosts)
    if host not in hosts:
        path, query = _tidy(parts.path, parts.query, _GENERAL)
        return _join(parts.scheme, host, path, query)
    return _join(_scheme(site.hosts, site.seeds), hosts[0], *_fold(parts.path, parts.query, site.scope))


def group(canonical_url: str, site: Site) -> str:
    """The canonical URL without any language prefix: the same for all language variants of a page."""
    parts = urlsplit(canonical_url)
    if not same_site(canonical_url, site):
        return canonical_url
    prefix, rest = split_prefix(parts.path, site.scope)
    while prefix:  # /be/en/news: a language switch that was joined to a language's folder
        prefix, rest = split_prefix(rest, site.scope)
    return _join(parts.scheme, parts.netloc, rest, parts.query)


def variant_language(url: str, site: Site) -> str | None:
    """The language prefix of an address; null where there is none, which says nothing of the text's language."""
    first = parse(url).path.strip("/").partition("/")[0]
    found = first.lower() if site.scope.fold_case else first
    return found if found in site.scope.prefixes else None


def place(canonical_url: str, site: Site) -> str:
    """What the profile's patterns search in: path + "?" + query, language prefix off, letters readable."""
    parts = urlsplit(canonical_url)
    _, rest = split_prefix(parts.path or "/", site.scope)
    return readable(f"{rest}?{parts.query}" if parts.query else rest)


def same_site(url: str, site: Site) -> bool:
    """Is the address on one of the site's hosts? What can't be read is on none."""
    try:
        return host_of(url) in _hosts(site.hosts)
    except BadUrl:
        return False


def address(url: str, site: Site | None = None) -> str:
    """The URL as it may be requested: printable ASCII, no fragment, otherwise as found. Raises BadUrl.

    With ``site``, session and tracking keys and what its profile drops are not asked for either: a session that was
    another visitor's is none of ours.
    """
    parts = parse(url)
    path, query = resolve_dots(escaped(parts.path, PATH_SAFE)) or "/", escaped(parts.query, QUERY_SAFE)
    if site:
        path = _without_session(path)
        scope = site.scope if netloc_of(parts) in _hosts(site.hosts) else _GENERAL
        query = "&".join(piece for piece in query.split("&") if _stays(piece.partition("=")[0], scope))
    return _join(parts.scheme, netloc_of(parts), path, query)


def split_prefix(path: str, scope: Scope) -> tuple[str, str]:
    """Language prefix ("" for none or the default one) and the rest of a path, which begins with "/"."""
    first, slash, rest = path[1:].partition("/")
    while first and first == scope.default_prefix:
        path = "/" + rest if slash else "/"
        first, slash, rest = path[1:].partition("/")
    return (first, "/" + rest) if first in scope.prefixes else ("", path)


@lru_cache(maxsize=256)
def _hosts(hosts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(":".join((ascii_host(name), *port)) for name, *port in (host.split(":") for host in hosts))


@lru_cache(maxsize=256)
def _scheme(hosts: tuple[str, ...], seeds: tuple[str, ...]) -> str:
    own = (seed for seed in seeds if host_of(seed) == _hosts(hosts)[0])
    return urlsplit(next(own, seeds[0])).scheme


def _join(scheme: str, host: str, path: str, query: str) -> str:
    return f"{scheme}://{host}{path}?{query}" if query else f"{scheme}://{host}{path}"


def _fold(path: str, query: str, scope: Scope) -> tuple[str, str]:
    """Applies the profile's rules until nothing changes any more."""
    path, query = _tidy(path, query, scope)
    for _ in range(MAX_ROUNDS):
        before = path, query
        prefix, rest = split_prefix(path, scope)
        rest, _, query = _rewritten(readable(f"{rest}?{query}" if query else rest), scope).partition("?")
        path, query = _tidy(f"/{prefix}{rest}" if prefix else rest, query, scope)
        if (path, query) == before:
            return path, query
    raise BadUrl(f"{path!r:.200} is rewritten again and again; see [scope] rewrite in the profile")


def rewritten(url: str, site: Site) -> bool:
    """Whether one of the profile's rewrite rules takes the address for another one's. Raises BadUrl."""
    parts = parse(url)
    path, query = _tidy(parts.path, parts.query, site.scope)
    _, rest = split_prefix(path, site.scope)
    text = readable(f"{rest}?{query}" if query else rest)
    return _rewritten(text, site.scope) != text


def _rewritten(text: str, scope: Scope) -> str:
    for rule in scope.rewrite:
        text = re.sub(rule.match, rule.to, text)
    return text


def _tidy(path: str, query: str, scope: Scope) -> tuple[str, str]:
    """Path and query in normal form, before language prefix and rewrites."""
    pairs = _pairs(query)
    if scope.path_query:
        path, pairs = _path_from_query(path, pairs, scope.path_query)
    return _tidy_path(path, fold_case=scope.fold_case), _tidy_query(pairs, scope)


def _tidy_path(path: str, *, fold_case: bool) -> str:
    clean = _without_session(normal_path(path))
    # The server looks files up on a disk where case counts; it compares page names in a database where it does not.
    if fold_case and not _FILE.search(clean):
        clean = normal_path(readable(clean).lower())
    return "/" + "/".join(segment for segment in resolve_dots(clean).split("/") if segment)


def _pairs(query: str) -> list[tuple[str, str]]:
    """Keys and values in normal form, empty ones left out, a pair that is repeated once."""
    split = (piece.partition("=") for piece in query.split("&") if piece.strip("="))
    return list(dict.fromkeys((_form(key), _form(value)) for key, _, value in split))


def _form(text: str) -> str:
    """One spelling of a form-encoded word: "+" is a space, the rest as quote() writes it."""
    return quote(unquote_to_bytes(text.replace("+", " ")), safe=_VALUE_SAFE)


def _path_from_query(path: str, pairs: list[tuple[str, str]], key: str) -> tuple[str, list[tuple[str, str]]]:
    """Drupal's ``?q=node/5`` is ``/node/5``, whatever the path says."""
    value = next((value for name, value in pairs if name == key), "")
    return f"/{value}" if value.strip("/") else path, [pair for pair in pairs if pair[0] != key]


def _without_session(path: str) -> str:
    return _SESSION_SEGMENT.sub("", _SESSION_IN_PATH.sub("", path))


def _tidy_query(pairs: Iterable[tuple[str, str]], scope: Scope) -> str:
    kept = sorted((pair for pair in pairs if _stays(pair[0], scope)), key=lambda pair: pair[0])
    return "&".join(f"{key}={value}" if value else key for key, value in kept)


def _stays(key: str, scope: Scope) -> bool:
    """Does a query key belong to the page's identity? The one that carries the path always does."""
    name = _plain(key)
    if name == scope.path_query:
        return True
    if _globs((*TRACKING, *scope.drop_query)).fullmatch(name):
        return False
    return scope.keep_query is None or bool(_globs(scope.keep_query).fullmatch(name))


def _plain(key: str) -> str:
    return unquote_to_bytes(key).decode(errors="replace")


@lru_cache(maxsize=256)
def _globs(globs: tuple[str, ...]) -> re.Pattern[str]:
    wild = (re.escape(glob).replace(r"\*", ".*").replace(r"\?", ".") for glob in globs)
    return re.compile("|".join(wild) or r"(?!)", re.IGNORECASE | re.DOTALL)


_GENERAL = Scope()
