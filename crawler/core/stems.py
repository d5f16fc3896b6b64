"""Finding words in texts whatever their form: by stems in Russian, Belarusian and English, by wildcard, by phrase.

Pages mix languages, and a name of a page's language may be wrong: so a word is looked at as every language that its
letters allow. Russian and English stems are Snowball's (Porter, https://snowballstem.org), Belarusian ones our own.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from Stemmer import Stemmer

from crawler.core.belarusian import belarusian_stems
from crawler.core.canonical import canonical_text
from storage.said import Said

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*(?![^\W_])|[^\W_]+(?:'[^\W\d_]+)*")
_WANTED = re.compile(r"\d+(?:[.,]\d+)*(?![^\W_]|\*)|(?:[^\W_]|\*)+(?:'(?:[^\W\d_]|\*)+)*")
_STRESS = re.compile("[\u0300\u0301]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_RUSSIAN = re.compile("[ищъ]")  # letters that the other language does not have
_BELARUSIAN = re.compile("[іў']")
_QUOTES = ('"', '"'), ("«", "»"), ("“", "”"), ("„", "“")
# Comparing folds a Latin word into its Cyrillic look-alike where every letter has one: it may have been either.
_LOOK_ALIKE = str.maketrans("асеорхуіАВСЕНІКМОРТХУЅЈѕј", "aceopxyiABCEHIKMOPTXYSJsj")
LEAST = 2  # letters of a wildcard

Place = tuple[int, int]  # number of the text, number of the word in it


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text, as it can be looked for."""

    forms: frozenset[str]  # in lower case, folded; two where Latin and Cyrillic letters can't be told apart
    stems: frozenset[str]  # each behind the letter of its language: r, b, e


@dataclass(frozen=True, slots=True)
class Wildcard:
    """Parts of a word that follow each other, with anything between them; in linear time, unlike a pattern."""

    spellings: tuple[tuple[str, ...], ...]  # the parts, each way that the word may be written

    def fits(self, form: str) -> bool:
        return any(_follow(parts, form) for parts in self.spellings)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for: words that stand side by side, each by stem or by wildcard."""

    terms: tuple[Word | Wildcard, ...]


class Stems:
    """Words and their stems, each distinct word looked at once. Not to be shared by threads: Snowball's is not."""

    def __init__(self) -> None:
        self._russian, self._english = Stemmer("russian"), Stemmer("english")
        self._known: dict[str, Word] = {}

    def words(self, text: str) -> list[Word]:
        """The words of a text in reading order; hyphens part words, punctuation is none.

        >>> sorted(Stems().words("Лицензии")[0].stems)
        ['rлиценз']
        """
        return [self._known.get(token) or self._word(token) for token in _TOKEN.findall(_folded(text))]

    def wanted(self, asked: str) -> Wanted:
        """What a subscription's word asks for: ``ліцэнз*``, a word in any form, or several that stand side by side.

        Raises ValueError, saying what to do, when there is nothing to look for.
        """
        pieces = _WANTED.findall(_folded(_unquoted(asked)))
        if not pieces:
            raise ValueError(
                Said('"{text}" names no word; give a word, a "phrase" or the beginning of a word with *', text=asked)
            )
        if any("*" in piece and len(piece.replace("*", "")) < LEAST for piece in pieces):
            raise ValueError(
                Said('"{text}" finds nearly everything; give {n} letters or more beside the *', text=asked, n=LEAST)
            )
        return Wanted(terms=tuple(_wildcard(piece) if "*" in piece else self._word(piece) for piece in pieces))

    def _word(self, token: str) -> Word:
        forms = frozenset(_plain(form) for form in _spellings(token))
        word = self._known[token] = Word(forms, frozenset(stem for form in forms for stem in self._stems(form)))
        return word

    def _stems(self, form: str) -> Iterator[str]:
        if not _CYRILLIC.search(form):
            yield "e" + self._english.stemWord(form)
            return
        if not _BELARUSIAN.search(form):
            yield "r" + self._russian.stemWord(form)
        if not _RUSSIAN.search(form):
            yield from ("b" + stem for stem in belarusian_stems(form))


class Searched:
    """Texts in which words can be found; phrases don't reach from one text into the next."""

    def __init__(self, texts: Iterable[str], stems: Stems) -> None:
        self._stems = stems
        self._by_stem: dict[str, set[Place]] = defaultdict(set)
        self._by_form: dict[str, set[Place]] = defaultdict(set)
        for number, text in enumerate(texts):
            for place, word in enumerate(stems.words(text)):
                self._note(word, (number, place))

    def _note(self, word: Word, place: Place) -> None:
        for stem in word.stems:
            self._by_stem[stem].add(place)
        for form in word.forms:
            self._by_form[form].add(place)

    def found(self, asked: Sequence[str]) -> tuple[str, ...]:
        """Those of the words, phrases and wildcards that the texts contain, as they were asked for."""
        return tuple(one for one in asked if self.has(self._stems.wanted(one)))

    def has(self, wanted: Wanted) -> bool:
        """Whether the words stand side by side somewhere."""
        ends = self._places(wanted.terms[0])
        for term in wanted.terms[1:]:
            if not ends:
                return False
            ends = {(number, place + 1) for number, place in ends} & self._places(term)
        return bool(ends)

    def _places(self, term: Word | Wildcard) -> set[Place]:
        if isinstance(term, Word):
            found = [self._by_stem[stem] for stem in term.stems if stem in self._by_stem]
        else:
            found = [places for form, places in self._by_form.items() if term.fits(form)]
        return set().union(*found)


def _folded(text: str) -> str:
    return canonical_text(_STRESS.sub("", text))


def _spellings(token: str) -> tuple[str, ...]:
    """The word, and the Latin one that it may be as well."""
    latin = token.translate(_LOOK_ALIKE)
    return (token, latin) if latin.isascii() and latin != token else (token,)


def _wildcard(piece: str) -> Wildcard:
    forms = dict.fromkeys(_plain(form) for form in _spellings(piece))
    return Wildcard(tuple(tuple(re.split(r"\*+", form)) for form in forms))


def _follow(parts: tuple[str, ...], form: str) -> bool:
    """Whether a form begins with the first part, ends with the last, and holds the others between, in order.

    >>> _follow(("теле", "связ", ""), "телерадиосвязь"), _follow(("", "связь"), "связью")
    (True, False)
    """
    first, *middle, last = parts
    if not form.startswith(first) or not form.endswith(last) or len(form) < len(first) + len(last):
        return False
    place, end = len(first), len(form) - len(last)
    for part in middle:
        place = form.find(part, place, end)
        if place < 0:
            return False
        place += len(part)
    return True


def _plain(form: str) -> str:
    """In lower case; ў at the beginning is у that follows a vowel."""
    form = form.lower()
    return "у" + form[1:] if form.startswith("ў") else form


def _unquoted(asked: str) -> str:
    asked = asked.strip()
    pair = next((pair for pair in _QUOTES if len(asked) > 1 and (asked[0], asked[-1]) == pair), None)
    return asked[1:-1] if pair else asked
