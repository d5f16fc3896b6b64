"""Which language a text is in: its letters decide, then statistics, then what the page says of itself."""

import re

_CYRILLIC = re.compile("[\u0400-\u04ff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_ADDRESS = re.compile(r"\S+@\S+|(?:https?://|www\.)\S+")
_SAMPLE = 20_000  # characters that are enough
_SHORT = 12  # letters under which the page's own word counts for more than the text's


def language_of(text: str, *, declared: tuple[str, ...] = ()) -> str | None:
    """The text's language as a two-letter code; null when neither text nor page tells.

    `declared`: what the page says of itself, most trusted first ("ru", "be-BY", "EN"). It only decides where the text
    is too short, because templates lie: a Belarusian article is served under `<html lang="ru">` and `/ru/`.

    >>> language_of("Сёння ў Мінску адбылася сустрэча", declared=("ru",))
    'be'
    """
    said = tuple(dict.fromkeys(code for name in declared if (code := primary(name))))
    text = _ADDRESS.sub(" ", text[:_SAMPLE])
    cyrillic, latin = len(_CYRILLIC.findall(text)), len(_LATIN.findall(text))
    if cyrillic + latin < _SHORT:
        return (_by_letters(text, enough=1) if cyrillic >= 4 else None) or (said[0] if said else None)
    if cyrillic * 2 >= latin:
        return _by_letters(text) or _by_statistics(text, ("ru", "be", *said), only=("ru", "be", "uk", "bg", "sr", "kk"))
    return _by_statistics(text, ("en", *said), not_in=("ru", "be", "uk", "bg"))


def primary(name: str) -> str | None:
    """The language itself out of a tag: "be-BY" -> "be" (RFC 5646); null for what is no language tag."""
    match = re.fullmatch(r"\s*([a-zA-Z]{2,3})(?:[-_][\w-]*)?\s*", name)
    return {"by": "be", "ua": "uk"}.get(match[1].lower(), match[1].lower()) if match else None


def _by_letters(text: str, *, enough: int = 2) -> str | None:
    """Belarusian has і and ў and no и, щ, ъ; Russian the other way round; Ukrainian has і with и, ї and є."""
    low = text.lower()
    belarusian = low.count("і") + 3 * low.count("ў")
    russian = low.count("и") + low.count("щ") + 3 * low.count("ъ")
    ukrainian = low.count("ї") + low.count("є")
    if ukrainian > 1 and ukrainian > low.count("ў") + low.count("ы") + low.count("ъ"):
        return "uk"
    if belarusian >= 2 * russian and belarusian >= enough:
        return "be"
    if russian >= 2 * belarusian and russian >= enough:
        return "ru"
    return None if max(belarusian, russian) < enough else ("be" if belarusian > russian else "ru")


def _by_statistics(
    text: str, candidates: tuple[str, ...], *, only: tuple[str, ...] = (), not_in: tuple[str, ...] = ()
) -> str | None:
    allowed = [c for c in dict.fromkeys(candidates) if (not only or c in only) and c not in not_in]
    if len(allowed) < 2:
        return allowed[0] if allowed else None
    from py3langid import rank  # loads a model of some 100 ms: only where it is needed

    ranks = dict(rank(text[:4000]))
    return max(allowed, key=lambda code: float(ranks.get(code, float("-inf"))))
