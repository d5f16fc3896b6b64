"""The form in which two documents are compared, and its digests. Never shown, never fetched.

What an editor's program, a theme or a counter changes is folded away; what a reader would call another statement
stays: every digit, word, sign inside a number, target of a link.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from crawler.core.dates import written_dates
from storage.records import Digests, Document

EXTRACTOR_VERSION = "1"
"""Goes up whenever the same bytes may give another Document or other digests."""

_GONE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]")
_FOLDS = str.maketrans(
    {
        **dict.fromkeys("«»„“”‟″〝〞＂", '"'),
        **dict.fromkeys("’‘‚‛′ʼ`´＇", "'"),
        **dict.fromkeys("‐‑‒–—―−⁃﹣－", "-"),
        **dict.fromkeys("•·∙▪●◦‣", "•"),
        "…": "...", "ё": "е", "Ё": "Е", "²": "2", "³": "3", "¹": "1", "№": "№ ",
    }
)  # fmt: skip
_GROUPS = re.compile(r"(?<![\d.,])\d{1,3}(?:[ \u00a0\u2009\u202f\u2007]\d{3})+(?![\d])")
_SPACE_BEFORE = re.compile(r" +(?=[,.;:!?)\]%…])|(?<=[(\[]) +")
_DOUBLE_DASH = re.compile("-{2,}")
_DOUBLE_QUOTE = re.compile("''")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_WORDS = re.compile(r"[^\W\d_]+")
_LOOK_ALIKE = str.maketrans("aceopxyiABCEHIKMOPTXYSJsjh", "асеорхуіАВСЕНІКМОРТХУЅЈѕјһ")
_SAME_LOOKS = frozenset("aceopxyiABCEHIKMOPTXYSJsj") | frozenset("асеорхуіАВСЕНІКМОРТХУЅЈѕј")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_BRACKETS = re.compile(r"\\.|!?\[|\](?:\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\))?")

_TRACKING = re.compile(
    r"utm_.*|itok|fbclid|gclid|yclid|ysclid|dclid|msclkid|mc_[ce]id|igshid|_openstat|_ga|_gl|"
    r"(?:php|j|asp\.?net_)?sess?(?:ion)?_?id|sid|sess[0-9a-f]*|session|sessid|(?:csrf|form|xsrf|auth)?_?token|form_build_id|"
    r"form_id|destination|special|nocache|_",
    re.IGNORECASE,
)
_BUSTERS = re.compile(
    r"v|ver|version|rev|t|ts|time|timestamp|cb|rnd|rand|r|h|hash|cache|bust|mtime|changed", re.IGNORECASE
)
_STATIC = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp|ico|css|js|woff2?|pdf|docx?|xlsx?|pptx?|rtf|od[tsp]|zip|rar|7z|mp[34])$",
    re.IGNORECASE,
)
_STYLE = re.compile(r"/styles/[^/]+/(?:public|private)/")
_LONG = 500  # characters: longer addresses are not remembered, a hostile page would fill the memory with them
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|sid|phpsessid)=[^/?#]*", re.IGNORECASE)


def canonical_text(text: str) -> str:
    """The text as it is compared: typography, spaces and look-alike letters folded.

    >>> canonical_text("«Объём» —  1 850 руб.,  12,5 %") == canonical_text('"Объем" - 1850 руб., 12,5%')
    True
    """
    text = _GONE.sub("", unicodedata.normalize("NFC", text))
    text = _GROUPS.sub(lambda match: re.sub(r"\D", "", match[0]), text)
    text = _DOUBLE_QUOTE.sub('"', text.translate(_FOLDS))
    text = _SPACE_BEFORE.sub("", " ".join(_DOUBLE_DASH.sub("-", text).split()))
    return _WORDS.sub(_folded, text)


def _folded(match: re.Match[str]) -> str:
    """Latin letters that look Cyrillic, in words that are Cyrillic or could be: both spellings become one."""
    word = match[0]
    if word.isascii():
        return word.translate(_LOOK_ALIKE) if _SAME_LOOKS.issuperset(word) else word
    return word.translate(_LOOK_ALIKE) if _CYRILLIC.search(word) else word


def canonical_url(url: str) -> str:
    """The URL as it is compared: what leads to the same thing looks the same.

    Scheme, `www.`, default port, trailing slash and tracking keys go, image styles (`/styles/X/public/`) and cache
    busters of files too; percent-encoding is undone, the query sorted.

    >>> canonical_url("https://www.MPT.gov.by/a%20b/?utm_source=x&b=2&a=1")
    'mpt.gov.by/a b?a=1&b=2'
    """
    return _remembered(url) if len(url) < _LONG else _canonical_url(url)


def _canonical_url(url: str) -> str:
    url = _GONE.sub("", url).strip()
    if match := re.match(r"(mailto|tel|sms|fax):", url, re.IGNORECASE):
        return _contact(match[1].lower(), unquote(url[match.end() :]))
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.").rstrip(".")
        port = parts.port
    except ValueError:
        return url
    if parts.scheme not in ("http", "https", ""):
        return unquote(url)
    host += f":{port}" if port not in (None, 80, 443) else ""
    path = _STYLE.sub("/", _SESSION_IN_PATH.sub("", unquote(parts.path)))
    static = _STATIC.search(path) is not None
    query = "&".join(sorted(f"{key}={value}" for key, value in _kept(parts.query, static)))
    tail = (f"?{query}" if query else "") + (f"#{unquote(parts.fragment)}" if parts.fragment else "")
    return unicodedata.normalize("NFC", _host(host) + re.sub("/{2,}", "/", path).rstrip("/") + tail)


_remembered = lru_cache(maxsize=8192)(_canonical_url)


def _kept(query: str, static: bool) -> Iterable[tuple[str, str]]:
    for key, value in parse_qsl(query, keep_blank_values=True):
        busts = static and (_BUSTERS.fullmatch(key) or (not value and re.fullmatch(r"[\w.-]+", key)))
        if not busts and not _TRACKING.fullmatch(key):
            yield key, value


def _host(host: str) -> str:
    if "xn--" not in host:
        return host
    try:
        return host.encode("ascii").decode("idna")
    except (UnicodeError, ValueError):
        return host


def _contact(scheme: str, address: str) -> str:
    if scheme == "mailto":
        return "mailto:" + address.partition("?")[0].strip().lower()
    return f"{scheme}:" + re.sub(r"[^\d+*#,;]", "", address)


def digests(document: Document) -> Digests:
    """The document's digests, part by part.

    `content` covers all that an alarm goes by; `published` belongs to `dates`, bold and lists to `formatting` alone.
    Of a link, an image or an attachment only the target counts: link texts are text.
    """
    title, text = canonical_text(document.title), canonical_text(document.text)
    links = [*(canonical_url(link.url) for link in document.links), "", *_targets(document.markdown)]
    parts = {
        "title": _digest(title),
        "text": _digest(text),
        "links": _digest(*links),
        "images": _digest(*(canonical_url(image.url) for image in document.images)),
        "numbers": _digest(*_NUMBER.findall(text)),
        "attachments": _digest(*(canonical_url(attachment.url) for attachment in document.attachments)),
    }
    days = (day.isoformat() for day, _, _ in written_dates(text))
    return Digests(
        content=_digest(*parts.values()),
        dates=_digest(document.published or "", *days),
        formatting=_digest(document.markdown),
        **parts,
    )


def _targets(markdown: str) -> Iterable[str]:
    """Link targets in reading order, a run of the same one once: sees two links with one text swap their targets."""
    opened: list[str] = []
    last = None
    for match in _BRACKETS.finditer(markdown):
        if match[0].endswith("["):
            opened.append(match[0])
        elif match[0].startswith("]") and opened and opened.pop() == "[" and match[1]:
            target = canonical_url(match[1])
            if target != last:
                yield target
            last = target


def _digest(*parts: str) -> str:
    """128 bits as 32 hex digits; the parts are kept apart by their lengths."""
    sum_ = hashlib.blake2b(digest_size=16)
    for part in parts:
        encoded = part.encode("utf-8", "replace")
        sum_.update(b"%d:" % len(encoded))
        sum_.update(encoded)
    return sum_.hexdigest()


def quoted(url: str) -> str:
    """The canonical URL, percent-encoded again: for file names and logs."""
    return quote(canonical_url(url), safe="/?&=:#~,;@!$'()*+")
