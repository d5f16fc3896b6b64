"""Plain text and CSV: the charset found out, lines made paragraphs, rows made a table."""

import csv
import io
import re

from crawler.core.files.paragraphs import Line, paragraphs
from crawler.core.files.reading import MAX_CELLS, NoTextError, Reading, blocks, element, table

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_CANDIDATES = ("cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic", "cp1252")
_COMMON = frozenset("оеаинтсрвлкмдпуяыьгзбчіўэ")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


def read_text(body: bytes, media_type: str | None = None) -> Reading:
    """Paragraphs of a plain text; hard-wrapped lines are joined. Raises NoTextError(broken) for binary bytes."""
    lines = _lines(decoded(body, media_type))
    made = paragraphs(lines) if _wrapped(lines) else [" ".join(line.text.split()) for line in lines if line.text]
    return Reading(root=blocks(element("p", paragraph) for paragraph in made))


def _wrapped(lines: list[Line]) -> bool:
    """Whether lines were broken to fit a width: then many of them begin in the middle of a sentence."""
    filled = [line.text for line in lines if line.text]
    return sum(text[0].islower() for text in filled) >= 0.25 * len(filled)


def read_csv(body: bytes, media_type: str | None = None) -> Reading:
    """One table of all rows. Raises NoTextError(broken) for binary bytes."""
    text = decoded(body, media_type)
    rows: list[list[str]] = []
    cells = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)):
            rows.append(row)
            cells += len(row)
            if cells > MAX_CELLS:
                break
    except csv.Error as error:
        raise NoTextError("broken") from error
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    return Reading(root=blocks([table(kept)] if kept else []), notice="too_large" if cells > MAX_CELLS else None)


def decoded(body: bytes, media_type: str | None = None) -> str:
    """The text of bytes in an unknown charset, line ends as ``\\n``: by BOM, UTF-8, the type, Cyrillic code pages.

    UTF-8 goes before the declared charset: bytes are hardly ever valid UTF-8 by chance, and servers declare at random.
    """
    for bom, charset in _BOMS:
        if body.startswith(bom):
            return _lines_ended(body[len(bom) :].decode(charset, "replace"))
    if body[:4000].count(b"\0") > len(body[:4000]) // 5:
        little = body[1:4000:2].count(b"\0") >= body[0:4000:2].count(b"\0")
        return _lines_ended(_checked(body.decode("utf-16-le" if little else "utf-16-be", "replace")))
    try:
        return _lines_ended(_checked(body.decode("utf-8")))
    except UnicodeDecodeError:
        return _lines_ended(_checked(_in_code_page(body, media_type)))


def _in_code_page(body: bytes, media_type: str | None) -> str:
    declared = _CHARSET.search(media_type or "")
    best = max(_CANDIDATES, key=lambda charset: _likeness(body[:200_000], charset))
    if declared and declared[1].lower() not in ("utf-8", "utf8"):
        try:
            if _likeness(body[:200_000], declared[1]) >= 0.8 * _likeness(body[:200_000], best):
                return body.decode(declared[1], "replace")
        except LookupError:  # a charset that nobody knows says nothing: the likeliest one is taken
            pass
    return body.decode(best, "replace")


def _likeness(body: bytes, charset: str) -> float:
    """How much the bytes read in a charset look like prose: common small letters, few case jumps and odd signs."""
    text = body.decode(charset, "replace")
    common = sum(text.count(letter) for letter in _COMMON)
    jumps = len(re.findall(r"[а-яёўі][А-ЯЁЎІ]", text))
    odd = len(re.findall("[\u2500-\u25ff\x80-\x9f\ufffd]|[^\\W\\d_a-zA-Zа-яА-ЯёЁіІўЎ]", text))
    return common - 3 * jumps - 2 * odd + 0.001 * len(text)


def _checked(text: str) -> str:
    controls = len(re.findall("[\x00-\x08\x0e-\x1a\x1c-\x1f]", text))
    if controls > 0.01 * len(text) + 2:
        raise NoTextError("broken")
    return text


def _lines_ended(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n\n")


def _lines(text: str) -> list[Line]:
    """Lines as a typewriter sets them: a column a letter, two columns the letters' size, empty lines a gap."""
    made = []
    for number, raw in enumerate(text.split("\n")):
        line = raw.expandtabs(4).rstrip()
        indent = len(line) - len(line.lstrip())
        made.append(Line(text=line.strip(), left=indent, right=len(line), y=-2 * number, size=2.0))
    return made


def _delimiter(text: str) -> str:
    """The sign that parts the most lines into the same number of cells."""
    lines = [line for line in text.split("\n")[:50] if line.strip()]
    return max(";\t,|", key=lambda sign: (_steadiness([line.count(sign) for line in lines]), sign == ";"))


def _steadiness(counts: list[int]) -> float:
    filled = [count for count in counts if count]
    return 0.0 if not filled else filled.count(max(set(filled), key=filled.count)) + min(sum(filled), 999) / 1000
