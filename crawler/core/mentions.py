"""What of weight a text names: acts, money, dates, numbers, phones, obligations, in Russian, Belarusian and English."""

import re
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from crawler.core.words import DATE, ENGLISH_MONTHS, NUMBER, PHONE

Mentions = dict["Mention", Counter[str]]

MAX_CHARACTERS = 300_000  # of a text that is looked through; the rest is not


class Mention(StrEnum):
    """Kinds of mention, in the order in which a text is searched: what one finds, the next does not see."""

    ACT = "act"
    MONEY = "money"
    PHONE = "phone"
    DATE = "date"
    NUMBER = "number"
    OBLIGATION = "obligation"
    NEGATION = "negation"


_ACT_STEMS = (
    *("постановлени", "распоряжени", "решени", "декрет", "кодекс", "указ", "закон", "приказ", "директив"),
    *("пастанов", "распараджэнн", "рашэнн", "дэкрэт", "кодэкс", "загад", "дырэктыв"),
)
_ACT_WORDS = ("resolution", "decree", "order", "edict", "law", "act")
_SIGN = r"(?:№|\bno\.?|\bn)\s?[\w/-]+"
_ON = rf"(?:от|ад|of|dated)\s(?:{DATE})(?:\s?(?:г\.|года))?"
_CALLED = r"[«\"][^»\"\n]{3,150}[»\"]"
_ACT = (
    rf"\b(?:(?:{'|'.join(_ACT_STEMS)})[а-яіў]{{0,3}}|{'|'.join(_ACT_WORDS)})\b"
    rf"[^.;\n№«\"]{{0,120}}?(?:{_ON}\s?{_SIGN}|{_SIGN}(?:\s{_ON})?|{_ON}|{_CALLED})"
)
_MONEY_UNITS = (
    r"(?:тыс\.|тысяч\w*|млн\.?|млрд\.?|миллион\w*|миллиард\w*|мільён\w*|мільярд\w*|million|billion)?\s?"
    r"(?:(?:бел(?:\.|орусских|арускіх)\s?)?(?:руб(?:\.|л\w+))|коп(?:\.|е\w+)|кап(?:\.|е\w+)|byn\b|usd\b|eur\b|rub\b"
    r"|долл?ар\w*|евро\b|еўра\b|dollars?|euros?|roubles?|rubles?|базов\w+ величин\w*|базав\w+ велічын\w*|[$€₽])"
)
_MONEY = rf"[$€₽]\s?(?:{NUMBER})|(?:{NUMBER})\s?{_MONEY_UNITS}"
_OBLIGATIONS = (  # each begins with the letters of a word
    *(r"долж(?:ен|на|но|ны)", "обязан[аоы]?", "обязуется", r"обязательн\w+", "вправе", "имеют? право", r"запрещ\w+"),
    *("допускается", "не допускается", "разрешается", "необходимо", "подлеж[ауи]т"),
    *("павін(?:ен|на|ны)", r"абавязан\w*", r"абавязков\w+", "мае права", "маюць права", r"забарон\w+"),
    *(r"забараня\w+", "дапускаецца", "не дапускаецца", "дазваляецца", "неабходна", r"падляга\w+"),
    *("shall", "must", "may", "required", "prohibited", "forbidden", "obliged", "entitled", "permitted"),
)
_NEGATIONS = ("не", "ня", "not", "no")


def _words(*alternatives: str) -> str:
    return rf"\b(?:{'|'.join(alternatives)})\b"


_DIGIT = "0"  # stands for any digit or sign of a number among the beginnings
_BEGINNING = 3  # letters of a word that tell where a pattern is worth trying
_PLACE = re.compile(rf"[\d+$€₽]|(?<!\w)[^\W\d_]{{1,{_BEGINNING}}}")
_PATTERNS: dict[Mention, tuple[str, tuple[str, ...]]] = {  # with the words that it can begin with
    Mention.ACT: (_ACT, (*_ACT_STEMS, *_ACT_WORDS)),
    Mention.MONEY: (_MONEY, (_DIGIT,)),
    Mention.PHONE: (PHONE, (_DIGIT,)),
    Mention.DATE: (DATE, (_DIGIT, *ENGLISH_MONTHS)),
    Mention.NUMBER: (NUMBER, (_DIGIT,)),
    Mention.OBLIGATION: (_words(*_OBLIGATIONS), _OBLIGATIONS),
    Mention.NEGATION: (_words(*_NEGATIONS), _NEGATIONS),
}
_COMPILED = {kind: re.compile(pattern) for kind, (pattern, _) in _PATTERNS.items()}


def _by_beginning() -> dict[str, list[Mention]]:
    found: dict[str, list[Mention]] = {}
    for kind, (_, words) in _PATTERNS.items():
        for beginning in {match[0] for word in words if (match := re.match(rf"\w{{1,{_BEGINNING}}}", word))}:
            found.setdefault(beginning, []).append(kind)
    return found


_KINDS = _by_beginning()


def mentions(text: str) -> Mentions:
    """How often each thing is named, by kind; spelled in lower case with single spaces.

    >>> mentions("Штраф 100 рублей")[Mention.MONEY]
    Counter({'100 рублей': 1})
    """
    rest = " ".join(text[:MAX_CHARACTERS].split()).casefold()
    places = _places(rest)
    found: Mentions = {}
    for kind in Mention:
        found[kind], rest = _taken(_COMPILED[kind], rest, places[kind])
    return found


def _places(text: str) -> dict[Mention, list[int]]:
    """Where each kind may begin: patterns that look for themselves, at each character, take ten times as long."""
    found: dict[Mention, list[int]] = {kind: [] for kind in Mention}
    for match in _PLACE.finditer(text):
        word = match[0]
        for kind in _KINDS.get(word if word[0].isalpha() else _DIGIT, ()):
            found[kind].append(match.start())
    return found


def _taken(pattern: re.Pattern[str], text: str, places: Iterable[int]) -> tuple[Counter[str], str]:
    """What the pattern finds, and the text, as long as before, with blanks in its stead."""
    named: Counter[str] = Counter()
    kept, end = [], 0
    for place in places:
        if place >= end and (match := pattern.match(text, place)):
            named[match[0]] += 1
            kept += [text[end:place], " " * (match.end() - place)]
            end = match.end()
    return named, "".join([*kept, text[end:]])
