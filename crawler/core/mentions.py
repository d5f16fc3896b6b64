"""What of weight a text names: acts, money, dates, numbers, phones, obligations, in Russian, Belarusian and English."""

import re
from collections import Counter
from enum import StrEnum

from crawler.core.words import DATE, NUMBER, PHONE

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


_ACT_NAMES = (
    r"(?:постановлени|распоряжени|решени|декрет|кодекс|указ|закон|приказ|директив"
    r"|пастанов|распараджэнн|рашэнн|дэкрэт|кодэкс|загад|дырэктыв)[а-яіў]{0,3}|resolution|decree|order|edict|law|act"
)
_SIGN = r"(?:№|\bNo\.?|\bN)\s?[\w/-]+"
_ON = rf"(?:от|ад|of|dated)\s(?:{DATE})(?:\s?(?:г\.|года))?"
_CALLED = r"[«\"][^»\"\n]{3,150}[»\"]"
_ACT = rf"\b(?:{_ACT_NAMES})\b[^.;\n№«\"]{{0,120}}?(?:{_ON}\s?{_SIGN}|{_SIGN}(?:\s{_ON})?|{_ON}|{_CALLED})"
_MONEY_UNITS = (
    r"(?:тыс\.|тысяч\w*|млн\.?|млрд\.?|миллион\w*|миллиард\w*|мільён\w*|мільярд\w*|million|billion)?\s?"
    r"(?:(?:бел(?:\.|орусских|арускіх)\s?)?(?:руб(?:\.|л\w+))|коп(?:\.|е\w+)|кап(?:\.|е\w+)|byn\b|usd\b|eur\b|rub\b"
    r"|долл?ар\w*|евро\b|еўра\b|dollars?|euros?|roubles?|rubles?|базов\w+ величин\w*|базав\w+ велічын\w*|[$€₽])"
)
_MONEY = rf"[$€₽]\s?(?:{NUMBER})|(?:{NUMBER})\s?{_MONEY_UNITS}"
_OBLIGATION = (
    r"\b(?:долж(?:ен|на|но|ны)|обязан[аоы]?|обязуется|обязательн\w+|вправе|имеют? право|запрещ\w+|(?:не )?допускается"
    r"|разрешается|необходимо|подлеж[ауи]т"
    r"|павін(?:ен|на|ны)|абавязан\w*|абавязков\w+|мае права|маюць права|забарон\w+|забараня\w+|(?:не )?дапускаецца"
    r"|дазваляецца|неабходна|падляга\w+"
    r"|shall|must|may|required|prohibited|forbidden|obliged|entitled|permitted)\b"
)
_PATTERNS = {
    Mention.ACT: _ACT,
    Mention.MONEY: _MONEY,
    Mention.PHONE: PHONE,
    Mention.DATE: DATE,
    Mention.NUMBER: NUMBER,
    Mention.OBLIGATION: _OBLIGATION,
    Mention.NEGATION: r"\b(?:не|ня|not|no)\b",
}
_COMPILED = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _PATTERNS.items()}


def mentions(text: str) -> Mentions:
    """How often each thing is named, by kind; spelled in lower case with single spaces.

    >>> mentions("Штраф 100 рублей")[Mention.MONEY]
    Counter({'100 рублей': 1})
    """
    rest = " ".join(text[:MAX_CHARACTERS].split())
    found: Mentions = {}
    for kind in Mention:
        found[kind], rest = _taken(_COMPILED[kind], rest)
    return found


def _taken(pattern: re.Pattern[str], text: str) -> tuple[Counter[str], str]:
    """What the pattern finds, and the text without it: searched once, for that is where the time goes."""
    named: list[str] = []

    def take(match: re.Match[str]) -> str:
        named.append(match.group().casefold())
        return " "

    rest = pattern.sub(take, text)
    return Counter(named), rest
