"""What people type into the search field, as stems; and where in a text the found words stand.

Any form of a word finds any other: index and query hold stems, made here for both. Russian and English are stemmed by
Snowball, Belarusian by our own rules. A text's language says how its Cyrillic words are read; a word with a letter
that only one of the two has is of that one in any text. A query has no language: its words are asked in both readings.
"""

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from Stemmer import Stemmer

from crawler.core.belarusian import belarusian_stem, belarusian_stems
from crawler.core.canonical import canonical_text
from storage.records_search import Stems, Term

STEMMER = "1"  # goes up whenever the same text gives other stems: then all texts are indexed anew
MAX_QUERY = 1_000  # characters that are read of a query
MAX_TERMS = 32
READ = (5_000, 50_000, 400_000)  # characters of a text that are looked through, one after the other, for what is asked
NEAR = 200  # characters before a place that are read with it; three times as many after it
MAX_WORD = 100  # characters of a word that count

_TOKEN = re.compile(
    "(?<!\\d)(?<!\\d[ \u00a0])\\d{1,3}(?:[ \u00a0\u2009\u202f]\\d{3})+(?!\\d)"  # 1 850 000 is one number
    "|(?:[^\\W_]|\u00ad)+(?:['’ʼ`][^\\W_]+)*"
)
_DROPPED = re.compile("[\\W_\u00ad]+")
_BELARUSIAN = re.compile("[іў]|(?<=[а-яё])['’ʼ`](?=[а-яё])", re.IGNORECASE)
_RUSSIAN = re.compile("[ищъ]", re.IGNORECASE)  # letters that Belarusian does not have
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_LATIN = re.compile("[a-z]")
_DIGIT = re.compile(r"\d")
_PART = re.compile(
    r'(?P<minus>-)?(?P<title>(?:title|заголовок|загаловак):)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))', re.IGNORECASE
)
_QUOTES = str.maketrans(dict.fromkeys("«»„“”‟〝〞＂", '"') | dict.fromkeys("−–—", "-"))


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    hit: bool  # one of the words that were asked for


def stemmed(text: str, language: str | None) -> str:
    """The stems of a text of this language, in order, parted by blanks: what goes into the index.

    >>> stemmed("Лицензии на связь, №  1 850", "ru")
    'лиценз на связ 1850'
    """
    return " ".join(stem for stem, _ in _stems(text, language))


def _stems(text: str, language: str | None) -> Iterator[tuple[str, re.Match[str]]]:
    """The words of a text of this language, each where it was found."""
    belarusian = language == "be"
    for found in _TOKEN.finditer(text):
        if stem := _stem(found[0], belarusian):
            yield stem, found


def parsed(query: str) -> Stems:
    """A query in the language of the search field. There are no errors: what has no meaning is taken as words.

    ``word`` in any of its forms; ``"several words"`` one after the other; ``-word`` and ``-"words"`` leave out;
    ``title:word`` in the title.

    >>> [term.runs for term in parsed('лицензии "универсальный оператор"').terms]
    [(('лиценз',), ('лицензии',)), (('универсальн', 'оператор'),)]
    """
    parts = list(_parts(query.translate(_QUOTES)[:MAX_QUERY]))[:MAX_TERMS]
    if parts and all(without for _, without, _ in parts):  # nothing would be left to look for
        parts = [(words, False, title) for words, _, title in parts]
    terms = (Term(runs=_readings(words), without=without, title=title) for words, without, title in parts)
    return Stems(terms=tuple(dict.fromkeys(terms)))


def snippet(text: str, language: str | None, asked: Stems, *, length: int = 240) -> tuple[Piece, ...]:
    """About so many characters of the text around the words that were asked for; its beginning where there are none.

    Joined, the pieces are text of one line, with an ellipsis where something is left out.
    """
    hits = _first_hits(text, language, asked)
    start, end = _window(text, hits, length)
    return tuple(_pieces(text, start, end, [(a, b) for _, a, b in hits if a >= start and b <= end]))


def marked(text: str, language: str | None, asked: Stems) -> tuple[Piece, ...]:
    """All of a short text, such as a title, with the words that were asked for."""
    hits = _hits(text[: READ[-1]], language, asked)
    return tuple(_pieces(text, 0, len(text), [(a, b) for _, a, b in hits]))


def _parts(query: str) -> Iterator[tuple[str, bool, bool]]:
    """(words, without, title) of each part that has a word in it."""
    for found in _PART.finditer(query):
        words = found["phrase"] if found["phrase"] is not None else found["word"]
        if _readings(words):
            yield words, bool(found["minus"]), bool(found["title"])


@lru_cache(maxsize=1_000)
def _readings(words: str) -> tuple[tuple[str, ...], ...]:
    runs = [tuple(stem for stem, _ in _stems(words, language)) for language in ("ru", "be")]
    if len(runs[1]) == 1 and _CYRILLIC.search(words):  # a Belarusian form may be of several words: see belarusian.py
        runs += [(stem,) for stem in sorted(belarusian_stems(_bare(words)))]
    return tuple(dict.fromkeys(run for run in runs if run))


@lru_cache(maxsize=200_000)
def _stem(word: str, belarusian: bool) -> str:
    """The stem of a word as it stands in a text; empty for what is no word."""
    if _BELARUSIAN.search(word):
        belarusian = True
    elif _RUSSIAN.search(word):
        belarusian = False
    bare = _bare(word)
    if _DIGIT.search(bare):
        return bare
    if _LATIN.search(bare):
        return str(_snowball.english.stemWord(bare))
    return belarusian_stem(bare) if belarusian else str(_snowball.russian.stemWord(bare))


def _bare(word: str) -> str:
    """The letters and digits of a word in lower case."""
    word = word[:MAX_WORD]
    # letters that look alike are folded, but not whole English words ("access"): only "OAO" may be Cyrillic
    return _DROPPED.sub("", word if word.isascii() and not word.isupper() else canonical_text(word)).lower()


class _Snowball(threading.local):
    """Snowball's stemmers of one thread: they are not to be shared."""

    def __init__(self) -> None:
        self.russian, self.english = Stemmer("russian"), Stemmer("english")


_snowball = _Snowball()


def _first_hits(text: str, language: str | None, asked: Stems) -> list[tuple[int, int, int]]:
    """Hits in as much of the text as has something of each wanted term: reading all of it takes long."""
    hits = _near_hits(text, language, asked)
    if len({term for term, _, _ in hits}) == len(asked.wanted):
        return hits
    for length in READ:
        hits = _hits(text[:length], language, asked)
        if length >= len(text) or len({term for term, _, _ in hits}) == len(asked.wanted):
            break
    return hits


def _near_hits(text: str, language: str | None, asked: Stems) -> list[tuple[int, int, int]]:
    """Hits around the first place at which the first wanted stem stands as it is spelt: mostly all of them."""
    if not asked.wanted:
        return []
    place = text.lower().find(asked.wanted[0].runs[0][0], 0, READ[-1])
    if place < 0:
        return []
    start = _to_word(text, min(len(text), max(0, place - NEAR)), -1)
    end = _to_word(text, min(len(text), place + 3 * NEAR), 1)
    return [(term, start + a, start + b) for term, a, b in _hits(text[start:end], language, asked)]


def _hits(text: str, language: str | None, asked: Stems) -> list[tuple[int, int, int]]:
    """(term, start, end) of each run of words that a wanted term asks for, in the order of the text."""
    read = [(stem, found.span()) for stem, found in _stems(text, language)]
    begun: dict[str, list[tuple[int, tuple[str, ...]]]] = {}  # by their first stems, what is asked for
    for number, term in enumerate(asked.wanted):
        for run in term.runs:
            begun.setdefault(run[0], []).append((number, run))
    hits = {
        (number, start, read[place + len(run) - 1][1][1])
        for place, (first, (start, _)) in enumerate(read)
        if first in begun
        for number, run in begun[first]
        if tuple(stem for stem, _ in read[place : place + len(run)]) == run
    }
    return sorted(hits, key=lambda hit: (hit[1], hit[2]))


def _window(text: str, hits: Sequence[tuple[int, int, int]], length: int) -> tuple[int, int]:
    """Where to cut: around the first place at which most of the terms stand together."""
    best, most = 0, 0
    for index, (_, start, _) in enumerate(hits[:2_000]):
        near = {term for term, _, end in hits[index : index + 50] if end <= start + length * 3 // 4}
        if len(near) > most:
            best, most = start, len(near)
    start = max(0, best - length // 4)
    end = min(len(text), start + length)
    return _to_word(text, start, 1), _to_word(text, end, -1)


def _to_word(text: str, place: int, step: int) -> int:
    """The nearest place in that direction that does not cut a word."""
    if place in (0, len(text)):
        return place
    moved = place
    while (
        0 < moved < len(text) and abs(moved - place) < 30 and not (text[moved - 1].isspace() or text[moved].isspace())
    ):
        moved += step
    return moved if 0 < moved < len(text) and abs(moved - place) < 30 else place


def _pieces(text: str, start: int, end: int, hits: Iterable[tuple[int, int]]) -> Iterator[Piece]:
    if start > 0:
        yield Piece("… ", False)
    at = start
    for a, b in hits:
        if a < at:  # two terms at one place
            continue
        if a > at:
            yield Piece(_flat(text[at:a]), False)
        yield Piece(_flat(text[a:b]), True)
        at = b
    if at < end:
        yield Piece(_flat(text[at:end]), False)
    if end < len(text):
        yield Piece(" …", False)


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)
