"""The languages that Letapis speaks, and the catalogue of each: gettext files beside the code."""

import gettext
from functools import cache
from importlib.resources import files

from crawler.core.phrases import ENGLISH, Catalogue

LANGUAGES = ("en", "ru", "be")
DOMAIN = "letapis"
NAMES = {"en": "English", "ru": "Русский", "be": "Беларуская"}  # each in its own words, for who has to choose


def language_of(asked: str | None) -> str:
    """The language spoken to those who ask for this one: English where we have no other.

    >>> language_of("be"), language_of("ru-RU"), language_of("RU_by"), language_of("tt"), language_of(None)
    ('be', 'ru', 'ru', 'en', 'en')
    """
    plain = (asked or "").replace("_", "-").partition("-")[0].lower()
    return plain if plain in LANGUAGES else "en"


def catalogue(language: str | None) -> Catalogue:
    """The translations into a language ("ru", "be-BY"); an unknown one gets English. What has no translation, too."""
    return _catalogue(language_of(language))


@cache
def _catalogue(language: str) -> Catalogue:
    if language == "en":
        return ENGLISH
    with files("crawler").joinpath("locale", language, "LC_MESSAGES", f"{DOMAIN}.mo").open("rb") as compiled:
        return gettext.GNUTranslations(compiled)
