"""Bytes of a web page -> its text: the right one or none, never mojibake.

Order of belief: byte order mark; UTF-8 that proves itself; then what header and page declare, unless the letters
say clearly that it is wrong; then detection among the Cyrillic encodings. A declared charset is often wrong on old
sites, and single-byte encodings decode anything, so a declaration alone proves nothing.
"""

import codecs
import math
import re
from itertools import pairwise

from crawler.core.errors import ExtractionError

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_META = re.compile(rb"<meta[^>]+?charset\s*=\s*[\"']?\s*([\w:.-]+)|<\?xml[^>]+?encoding\s*=\s*[\"']([\w:.-]+)", re.I)
_PARAMETER = re.compile(r"charset\s*=\s*[\"']?\s*([\w:.-]+)", re.I)
_CYRILLIC = ("windows-1251", "koi8-r", "koi8-u", "cp866", "iso8859-5", "mac-cyrillic")
_LABELS = {  # as the Encoding standard (encoding.spec.whatwg.org) reads them, with misspellings seen on real sites
    "iso-8859-1": "windows-1252", "latin1": "windows-1252", "latin-1": "windows-1252", "us-ascii": "windows-1252",
    "ascii": "windows-1252", "iso8859-1": "windows-1252", "cp-1251": "windows-1251", "win-1251": "windows-1251",
    "win1251": "windows-1251", "cp1251": "windows-1251", "x-cp1251": "windows-1251", "1251": "windows-1251",
    "windows1251": "windows-1251", "koi8": "koi8-r", "koi": "koi8-r", "koi8_r": "koi8-r", "koi8-ru": "koi8-u",
    "ibm866": "cp866", "dos-866": "cp866", "iso-8859-5": "iso8859-5", "x-mac-cyrillic": "mac-cyrillic",
    "utf8": "utf-8", "unicode-1-1-utf-8": "utf-8", "utf-16": "utf-16-le", "unicode": "utf-16-le", "gb2312": "gb18030",
    "gbk": "gb18030", "iso-8859-9": "windows-1254", "shift-jis": "shift_jis", "ks_c_5601-1987": "euc_kr",
}  # fmt: skip
_KNOWN = frozenset({
    "utf-8", "utf-16-le", "utf-16-be", "windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254",
    "windows-1257", "koi8-r", "koi8-u", "cp866", "iso8859-5", "iso-8859-2", "iso-8859-15", "mac-cyrillic", "gb18030",
    "big5", "shift_jis", "euc-jp", "euc_kr", "iso-2022-jp",
})  # fmt: skip
_PERCENT = {  # of the letters of Russian and Belarusian prose, rounded
    "о": 10, "а": 9, "е": 8, "и": 6, "н": 6.5, "т": 5.5, "с": 5.3, "р": 4.7, "в": 4.3, "л": 4.2, "к": 3.5, "м": 3.1,
    "д": 3.1, "п": 2.7, "у": 2.8, "я": 2.6, "ы": 2.2, "ь": 1.8, "г": 1.8, "з": 1.8, "б": 1.6, "ч": 1.4, "й": 1.1,
    "х": 1, "ж": 0.9, "ш": 0.8, "ю": 0.6, "ц": 0.7, "щ": 0.3, "э": 0.6, "ф": 0.25, "ъ": 0.04, "ё": 0.2, "і": 2,
    "ў": 0.5, "ї": 0.02, "є": 0.02,
}  # fmt: skip
_LETTER = {letter: math.log(percent / 100) for letter, percent in _PERCENT.items()}
_FOREIGN = math.log(0.00003)  # what is no Cyrillic letter, or a capital within a word
_PROSE = -3.9  # mean logarithm above which letters look like a language: prose is at about -3, mojibake under -4.2
_NEAR = 0.35  # a declared charset is believed when it is as near as that to the best one
_SAMPLE = 20_000  # bytes of letters that are enough to tell encodings apart
_TELLING = 8  # bytes of letters that tell encodings apart; with fewer, what is declared counts
_TYPOGRAPHY = "«»„“”—–…№•·\xa0'"
_WORDS = re.compile(rb"[\x80-\xff]+")


def decode(body: bytes, content_type: str = "") -> str:
    """The text of a page. Raises ExtractionError where no charset gives readable text.

    `content_type` is the header's value: "text/html; charset=windows-1251".
    """
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(charset, "replace")
    if b"\x00" in body[:400] and (wide := _wide(body)):
        return body.decode(wide, "replace")
    if (text := _utf8(body)) is not None:
        return text
    return _single_byte(body, declared(body, content_type))


def declared(body: bytes, content_type: str = "") -> list[str]:
    """The charsets that header and page name, as Python knows them, in the order of belief; unknown ones left out."""
    labels = [match[1] for match in (_PARAMETER.search(content_type or ""),) if match]
    labels += [(match[1] or match[2]).decode("ascii", "replace") for match in _META.finditer(body[:4096])]
    names = (_LABELS.get(label.lower().strip(), label.lower().strip()) for label in labels)
    return list(dict.fromkeys(name for name in names if name in _KNOWN))


def _wide(body: bytes) -> str | None:
    """UTF-16 without a byte order mark: every other byte of the markup is zero."""
    even, odd = body[:400:2].count(0), body[1:400:2].count(0)
    if max(even, odd) < 20 or min(even, odd) * 8 > max(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _utf8(body: bytes) -> str | None:
    """UTF-8 that proves itself: whole, or broken in few places (a letter cut in two, a foreign byte)."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    good = len(re.findall("[\u0080-\ufffc]", text))
    return text if good > 20 * broken else None


def _single_byte(body: bytes, names: list[str]) -> str:
    names = [name for name in names if not name.startswith("utf-")]
    visible = re.sub(rb"<(script|style)\b.*?</\1>|<[^>]*>", b" ", body, flags=re.DOTALL | re.IGNORECASE)
    if _latin(visible):
        western = [name for name in names if name not in _CYRILLIC]
        texts = (_strict(body, name) for name in (*western, "windows-1252"))
        return next((text for text in texts if text is not None), None) or _refused()
    sample = b" ".join(_WORDS.findall(visible))[:_SAMPLE]
    if len(sample) < _TELLING:
        texts = (_strict(body, name) for name in (*names, "windows-1251", "windows-1252"))
        return next((text for text in texts if text is not None), None) or _refused()
    scores = {name: _score(sample, name) for name in _CYRILLIC}
    best = max(scores, key=scores.__getitem__)
    for name in names:
        text = _strict(body, name)
        believed = scores[name] >= scores[best] - _NEAR if name in scores else scores[best] < _PROSE
        if text is not None and believed:
            return text
    return body.decode(best, "replace") if scores[best] >= _PROSE else _refused()


def _refused() -> str:
    raise ExtractionError("unknown charset: no encoding gives readable text")


def _latin(visible: bytes) -> bool:
    """Whether the bytes over 127 stand among Latin letters, as in "caf\xe9": then no Cyrillic encoding is meant."""
    runs = re.findall(rb"[A-Za-z]?[\x80-\xff]+[A-Za-z]?", visible[:_SAMPLE])
    mixed = sum(1 for run in runs if run[:1].isalpha() or run[-1:].isalpha())
    return 2 * mixed > len(runs)


def _strict(body: bytes, name: str) -> str | None:
    try:
        text = body.decode(name)
    except UnicodeDecodeError:
        text = body.decode(name, "replace")
        if text.count("\ufffd") > 3 + len(text) // 2000:
            return None
    return text


def _score(sample: bytes, name: str) -> float:
    """How much the words look like prose in this encoding: the mean logarithm of their letters' frequency."""
    total, count = 0.0, 0
    for word in sample.decode(name, "replace").split():
        for before, char in pairwise(" " + word.strip(_TYPOGRAPHY)):
            capital_within = char.isupper() and before.islower()
            total += _FOREIGN if capital_within else _LETTER.get(char.lower(), _FOREIGN)
            count += 1
    return total / count if count else _FOREIGN
