"""Any URL as text: read by one parser, spelled in one way, shown to people.

One parser (urllib.parse.urlsplit) reads every URL, and what parsers are known to read differently (backslashes, control
characters, user names) is refused before it: the URL that is judged is the URL that is asked.
"""

import re
import unicodedata
from functools import lru_cache
from urllib.parse import SplitResult, quote, unquote_to_bytes, urlsplit

from storage.said import Said

MAX_LENGTH = 20_000  # characters; longer ones are attacks, not addresses
PATH_SAFE = "/!$&'()*+,;=:@~%"
QUERY_SAFE = PATH_SAFE + "?"

_REFUSED = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_ENCODED_DOT = re.compile(r"%2e", re.IGNORECASE)
_LETTERS = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_DEFAULT_PORT = {"http": 80, "https": 443}


class BadUrl(ValueError):
    """Not an address that we would ask; the message is one line and says what to do."""


def host_of(url: str) -> str:
    """Host in lower case and punycode, with its port where that is not the scheme's. Raises BadUrl."""
    return netloc_of(parse(url))


def display(url: str) -> str:
    """The URL for people: Cyrillic readable, control and direction characters escaped. Never raises.

    >>> display("https://xn--80ak6aa92e.by/%D0%B0%E2%80%AE")
    'https://аррӏе.by/а%E2%80%AE'
    """
    shown = readable("".join(c if _showable(c) else quote(c, errors="replace") for c in url))
    head, slashes, rest = shown.partition("://")
    host, slash, tail = rest.partition("/")
    return f"{head}{slashes}{_readable_host(host)}{slash}{tail}" if slashes else shown


def readable(text: str) -> str:
    """Percent-encoded UTF-8 letters decoded; spaces, ASCII, controls and broken sequences stay encoded."""
    return _LETTERS.sub(_decode_letters, text) if "%" in text else text


@lru_cache(maxsize=128)  # one link is parsed again for each question that is asked of it
def parse(url: str) -> SplitResult:
    """Splits an absolute http(s) URL. Raises BadUrl."""
    if len(url) > MAX_LENGTH:
        raise BadUrl(Said("the address has {n} characters; give one of at most {most}", n=len(url), most=MAX_LENGTH))
    if _REFUSED.search(url) or url != url.strip():
        raise BadUrl(
            Said("{url!r:.200} has a backslash, a control character or a space at an end; take it out", url=url)
        )
    try:
        url.encode()
        parts = urlsplit(url)
        parts.port  # noqa: B018  reading it is the check
    except ValueError as error:
        raise BadUrl(
            Said("{url!r:.200} is not an address ({error}); write it as https://host/path", url=url, error=str(error))
        ) from error
    _check(parts, url)
    return parts


def _check(parts: SplitResult, url: str) -> None:
    if parts.scheme not in _DEFAULT_PORT:
        raise BadUrl(Said("{url!r:.200} is not http or https; write it as https://host/path", url=url))
    if "@" in parts.netloc:
        raise BadUrl(Said("{url!r:.200} carries a user name; take out what stands before the @", url=url))
    if not parts.hostname:
        raise BadUrl(Said("{url!r:.200} names no host; write it as https://host/path", url=url))


def netloc_of(parts: SplitResult) -> str:
    """Host in lower case and punycode, with its port where that is not the scheme's."""
    return _netloc(parts.scheme, parts.netloc)


@lru_cache(maxsize=1024)
def _netloc(scheme: str, netloc: str) -> str:
    parts = SplitResult(scheme, netloc, "", "", "")
    host = ascii_host(netloc.rpartition("]")[0] + "]" if "[" in netloc else parts.hostname or "")
    port = parts.port
    return host if port in (None, _DEFAULT_PORT[scheme]) else f"{host}:{port}"


@lru_cache(maxsize=4096)
def ascii_host(host: str) -> str:
    """Lower case, punycode (RFC 3490), no dot at the end."""
    name = host.lower().removesuffix(".")
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii").removesuffix(".")
        except UnicodeError as error:
            raise BadUrl(
                Said("{host!r:.100} is not a host name ({error}); correct it", host=host, error=str(error))
            ) from error
    if not _HOST.fullmatch(name) or ".." in name:
        raise BadUrl(Said("{host!r:.100} is not a host name; correct it", host=host))
    return name


def normal_path(path: str) -> str:
    """Percent-encoding as RFC 3986 section 6.2.2 wants it."""
    return _ESCAPE.sub(_normal_escape, escaped(path, PATH_SAFE))


def _normal_escape(match: re.Match[str]) -> str:
    character = chr(int(match[0][1:], 16))
    return character if character in _UNRESERVED else match[0].upper()


def escaped(text: str, safe: str) -> str:
    """Valid percent-encoding, escapes as found."""
    return quote(_BROKEN_ESCAPE.sub("%25", text), safe=safe)


def resolve_dots(path: str) -> str:
    """RFC 3986 section 5.2.4, as every client does before it asks; encoded dots are dots (URL standard)."""
    if "/." not in path and "/%2" not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    dots = [_ENCODED_DOT.sub(".", segment) for segment in segments]
    for segment, dotted in zip(segments, dots, strict=True):
        if dotted == ".." and kept:
            kept.pop()
        elif dotted not in (".", ".."):
            kept.append(segment)
    if dots[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _decode_letters(match: re.Match[str]) -> str:
    try:
        text = unquote_to_bytes(match[0]).decode()
    except UnicodeDecodeError:
        return match[0]
    return "".join(c if _showable(c) else quote(c) for c in text)


def _showable(character: str) -> bool:
    """Letters, digits, marks, signs: nothing that is blank, steers or hides."""
    return (character.isascii() and character.isprintable()) or unicodedata.category(character)[0] in "LNMPS"


def _readable_host(host: str) -> str:
    """Punycode decoded, unless a label mixes scripts as look-alikes do."""
    try:
        name = host.encode("ascii").decode("idna") if "xn--" in host else host
    except UnicodeError:
        return host
    mixed = any(len({unicodedata.name(c, "?").split()[0] for c in part if c.isalpha()}) > 1 for part in name.split("."))
    return host if mixed or not all(map(_showable, name)) else name
