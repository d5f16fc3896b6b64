"""Belarusian words without their inflection. No Snowball stemmer is published for the language: this one is ours.

The rule. What a word may end in by declension or conjugation is taken off, if three letters with a vowel among them
are left; every ending that fits gives one candidate, for a form alone does not tell which one it is: ``праграм`` is a
whole stem, ``законам`` is not. Two forms are of one word when they share a candidate. What letters do at the end of a
stem is undone:

- ``ў`` is ``в`` (``пастаноў``, ``пастанова``), at the beginning of a word ``у`` (``ўказ``, ``указ``); ``ь`` and the
  apostrophe go; a doubled consonant is one (``сувяззю``, ``сувязь``);
- before an ending ``е``, ``э``, ``і``, ``ы`` the stem's last consonant may stand for another: ``дз`` for ``д``
  (``годзе``), ``ц`` for ``т`` or ``к`` (``сайце``, ``палітыцы``), ``з`` for ``г`` (``дарозе``), ``с`` for ``х``
  (``паверсе``);
- without an ending, the vowel before a last ``к`` or ``ц`` may be a fleeting one (``сродак``, ``сродкі``; ``спажывец``,
  ``спажыўца``).

Left alone: vowels that alternate with the stress (``слова``, ``словаў``, but ``вада``, ``воды``), verbs beyond their
infinitive, and derivation (``ліцэнзія``, ``ліцэнзаванне``): ask for those by a wildcard.
"""

import re
from collections.abc import Iterator

_NOUNS = """
а я у ю ы і е э о ь й ам ям ом ем эм ав яв ов ев ах ях амі ямі ей эй ай яй ой аю яю ою ею
ія іі ій ію іяй іяю іям іямі іях іяв ыя ыі ый ыю ыяй ыяю ыям ыямі ыях ыяв
"""
_ADJECTIVES = "ага яга ога аму яму ому ым ім ымі імі ая яя ую юю ае яе ое ых іх"
_VERBS = "аць яць іць ыць уць юць ацца яцца іцца ыцца уцца юцца"
_ENDINGS = frozenset(f"{_NOUNS} {_ADJECTIVES} {_VERBS}".split())
_LONGEST = max(map(len, _ENDINGS))
_LEAST = 3  # letters of a stem
_LEAST_OF_VERBS = 4  # "памяць" is a noun
_VOWEL = re.compile("[аеёіоуыэюя]")
_DOUBLED = re.compile(r"([бвгджзйклмнпрстфхцчш])\1(з?)$")
_FLEETING = re.compile("(?<=[бвгджзклмнпрстфхцчш])[аеоэ](?=[кц]$)")
_STANDS_FOR = (("дз", ("д",)), ("ц", ("т", "к")), ("з", ("г",)), ("с", ("х",)))
_SOFTENING = frozenset("еэіы")


def belarusian_stem(word: str) -> str:
    """The one candidate that is likeliest: without the longest ending. The word is in lower case.

    >>> belarusian_stem("ліцэнзіямі"), belarusian_stem("паслугаў")
    ('ліцэнз', 'паслуг')
    """
    return next(_stripped(_plain(word)))[0]


def belarusian_stems(word: str) -> frozenset[str]:
    """All candidates for the stem of a word in lower case.

    >>> belarusian_stems("дарога") & belarusian_stems("дарозе")
    frozenset({'дарог'})
    """
    return frozenset(stem for one, ending in _stripped(_plain(word)) for stem in _variants(one, ending))


def _plain(word: str) -> str:
    word = word.replace("'", "").replace("ё", "е")
    return ("у" + word[1:] if word.startswith("ў") else word).replace("ў", "в")


def _stripped(word: str) -> Iterator[tuple[str, str]]:
    """The word without each ending that fits, the longest first, and at last as it is; and the ending."""
    for length in range(min(_LONGEST, len(word) - _LEAST), 0, -1):
        stem, ending = word[:-length], word[-length:]
        least = _LEAST_OF_VERBS if ending.endswith(("ць", "цца")) else _LEAST
        if ending in _ENDINGS and len(stem) >= least and _VOWEL.search(stem):
            yield _even(stem), ending
    yield _even(word), ""


def _even(stem: str) -> str:
    stem = stem.rstrip("ь")
    return _DOUBLED.sub(r"\1\2", stem) if len(stem) > _LEAST else stem


def _variants(stem: str, ending: str) -> Iterator[str]:
    yield stem
    if not ending and len(stem) > _LEAST + 1:
        yield _FLEETING.sub("", stem)
    if ending in _SOFTENING:
        hard = next((others for soft, others in _STANDS_FOR if stem.endswith(soft)), ())
        soft = "дз" if stem.endswith("дз") else stem[-1:]
        yield from (stem.removesuffix(soft) + other for other in hard)
