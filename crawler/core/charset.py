"""Bytes of a web page -> its text: the right one or none, never mojibake.

Order of belief: byte order mark; UTF-8 that proves itself; then what header and page declare, unless the letters
say clearly that it is wrong; then detection among the Cyrillic encodings. A declared charset is often wrong on old
sites, and single-byte encodings decode anything, so a declaration alone proves nothing.
"""

import codecs
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
_COMMON = frozenset("оеаинтсрвлкмдпуяыьгзбчйіўё")
_RARE = frozenset("ъщэфЪЩЭЫЬЁЎЙ")
_CYRILLIC_LETTER = re.compile("[А-Яа-яЁёІіЎўЇїЄєҐґ]")
_SAMPLE = 60_000  # bytes of letters that are enough to tell encodings apart


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
    head = body[:400]
    if head[1::2].count(0) > len(head) * 0.3 > head[::2].count(0) * 3:
        return "utf-16-le"
    if head[::2].count(0) > len(head) * 0.3 > head[1::2].count(0) * 3:
        return "utf-16-be"
    return None


def _utf8(body: bytes) -> str | None:
    """UTF-8 that proves itself: whole, or broken in few places (a letter cut in two, a foreign byte)."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    good = len(body) - len(body.translate(None, bytes(range(0x80)))) and len(re.findall("[\u0080-\ufffc]", text))
    return text if good > 20 * broken else None


def _single_byte(body: bytes, names: list[str]) -> str:
    names = [name for name in names if not name.startswith("utf-")]
    sample = _letters_sample(body)
    scores = {name: _score(sample, name) for name in _CYRILLIC}
    best = max(scores, key=scores.__getitem__)
    for name in names:
        if (text := _strict(body, name)) is None:
            continue
        if name in scores and scores[name] >= max(0.0, scores[best] - 0.15):
            return text
        if name not in scores and scores[best] < 0.5:
            return text
    if scores[best] > 0.5:
        return body.decode(best, "replace")
    if (text := _strict(body, "windows-1252")) is not None and len(sample) < 0.1 * len(body):
        return text
    raise ExtractionError("unknown charset: no encoding gives readable text")


def _strict(body: bytes, name: str) -> str | None:
    try:
        text = body.decode(name)
    except UnicodeDecodeError:
        text = body.decode(name, "replace")
        if text.count("\ufffd") > 3 + len(text) // 2000:
            return None
    return text


def _letters_sample(body: bytes) -> bytes:
    """Words with bytes over 127, the markup left out."""
    visible = re.sub(rb"<(script|style)\b.*?</\1>|<[^>]*>", b" ", body, flags=re.DOTALL | re.IGNORECASE)
    return b" ".join(re.findall(rb"[\x80-\xff][\x80-\xff'-]*", visible))[:_SAMPLE]


def _score(sample: bytes, name: str) -> float:
    """How much the words look Cyrillic in this encoding: about 1 for prose, under 0.5 for mojibake."""
    text = sample.decode(name, "replace")
    marks = [char for char in text if char not in " '-—–«»№“”…\xa0•·"]
    if not marks:
        return 0.0
    good = sum(1.0 if char in _COMMON else 0.0 for char in marks)
    fair = sum(1 for char in marks if _CYRILLIC_LETTER.match(char) and char not in _COMMON)
    odd = sum(1 for word in text.split() for a, b in pairwise(word) if a.islower() and b.isupper())
    odd += sum(1 for char in marks if not _CYRILLIC_LETTER.match(char)) + sum(1 for char in marks if char in _RARE)
    return (good + 0.4 * fair - odd) / len(marks)
