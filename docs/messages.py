"""Brings the translations up to date: messages out of code and templates, into .po files, compiled to .mo.

``python -m docs.messages`` writes them, ``--check`` says what is stale, untranslated or wrongly translated.
"""

import argparse
import ast
import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from crawler.i18n import DOMAIN, LANGUAGES

ROOT = Path(__file__).parent.parent
MADE = datetime(2026, 1, 1, tzinfo=UTC)  # in the files' heads: a moment of writing would differ at each run
SPEAKING = ("config", "crawler", "storage")  # folders whose code says messages
KEYWORDS = {
    "_": 1,
    "N_": 1,
    "gettext": 1,
    "_say": 1,
    "phrase": 1,
    "BadTime": 1,
    "Said": 1,
    "counted": 2,
    "ngettext": 2,
    "_count": 2,
    "plural": 2,
}  # texts each
TRANSLATED = tuple(language for language in LANGUAGES if language != "en")
_PLACE = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*(?=(?:![rs])?(?::[^{}]*)?\})")  # how a value is written may differ

_FIELD = re.compile(r"%\(\w+\)[sd]|\{[^{}]*\}")
_SPELT = re.compile(r'= "[^"]*"|https?://\S+|`[^`]*`')  # written to the letter: values of settings, addresses
_MIXED = re.compile(r"\w*(?:[A-Za-z][А-яЁёІіЎў]|[А-яЁёІіЎў][A-Za-z])\w*")
_FOREIGN = {"ru": re.compile("[ІіЎў]"), "be": re.compile("[ИиЩщЪъ]")}
_QUOTES = re.compile('["“”„]')
_HYPHEN = re.compile(r"(?<=\s)-(?=\s)")
_BREAKS = re.compile(r" %(?:%|(?![(sd]))")


def template() -> Catalog:
    """Every message that code and templates say, with the files that say it."""
    found = Catalog(domain=DOMAIN, project="Letapis", creation_date=MADE, revision_date=MADE, charset="utf-8")
    for path in sorted(path for folder in SPEAKING for path in (ROOT / folder).rglob("*.py")):
        for message in _in_code(path.read_text("utf-8")):
            found.add(message, None, [(path.relative_to(ROOT).as_posix(), None)])  # type: ignore[list-item]
    for file, _, text, _, _ in extract_from_dir(ROOT / "crawler", [("**/templates/**.*", "jinja2")]):
        found.add(text, None, [(f"crawler/{file}", None)])  # type: ignore[list-item]
    return found


def _in_code(text: str) -> Iterator[str | tuple[str, str]]:
    """Messages of Python code, those in f-strings too: Babel's own reader goes by tokens and passes over them."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and (count := KEYWORDS.get(_called(node.func), 0)):
            said = [one.value for one in node.args[:count] if isinstance(one, ast.Constant)]
            if len(said) == count and all(isinstance(one, str) for one in said):
                yield (str(said[0]), str(said[1])) if count == 2 else str(said[0])
        if isinstance(node, ast.Call):  # what a call of the API does, as /docs tells it
            titles = [each.value for each in node.keywords if each.arg == "summary"]
            yield from (str(one.value) for one in titles if isinstance(one, ast.Constant) and one.value)


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def po_file(language: str) -> Path:
    return ROOT / "crawler" / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def updated(language: str, messages: Catalog) -> Catalog:
    """The language's translations with new messages added, empty, and those that nobody says any more left out."""
    path = po_file(language)
    with io.BytesIO(path.read_bytes() if path.exists() else b"") as file:
        known = read_po(file, locale=language, domain=DOMAIN)
    known.update(messages, no_fuzzy_matching=True)
    known.obsolete.clear()
    known.creation_date = known.revision_date = MADE
    known.project, known.version, known.last_translator, known.language_team = "Letapis", "", "", ""
    known.header_comment = f"# Translations of Letapis, language {language}."
    known.fuzzy = False
    return known


def as_po(translations: Catalog) -> bytes:
    out = io.BytesIO()
    write_po(out, translations, width=110, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
    return out.getvalue()


def as_mo(translations: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, translations)
    return out.getvalue()


def faults(translations: Catalog) -> Iterator[str]:
    """What is wrong with the translations: untranslated, fuzzy, placeholders that differ, plural forms missing, and
    what no editor would let pass: mixed alphabets, straight quotes, blanks and stops other than the message's."""
    for message in translations:
        if message.id:
            yield from (
                f"{translations.locale}: {fault}: {_first(message.id)!r}"
                for fault in _faults(message, str(translations.locale))
            )


def _faults(message: Message, language: str) -> Iterator[str]:
    strings = [message.string] if isinstance(message.string, str) else list(message.string or ("",))
    if not all(strings):
        yield "untranslated"
        return
    if message.fuzzy:
        yield "fuzzy"
    asked = _places(message.id if isinstance(message.id, str) else message.id[1])
    if any(_places(string) != asked for string in strings):
        yield "placeholders differ"
    source = _first(message.id)
    for string in dict.fromkeys(strings):
        yield from _slips(string, source, language)


def _slips(told: str, source: str, language: str) -> Iterator[str]:
    """What an editor marks in one translation."""
    words = _SPELT.sub(" ", _FIELD.sub("0", told))
    if mixed := _MIXED.search(words):
        yield f"letters of two alphabets in {mixed[0]!r}"
    if foreign := _FOREIGN[language].search(words):
        yield f"{foreign[0]!r} is no letter of this language"
    if _QUOTES.search(words):
        yield "quotes are «»"
    if _HYPHEN.search(words):
        yield "a hyphen stands for a dash"
    if _BREAKS.search(words):
        yield "a line may break before %"
    if (told[:1].isspace(), told[-1:].isspace()) != (source[:1].isspace(), source[-1:].isspace()):
        yield "blanks at the ends differ"
    if _stop(told) != _stop(source):
        yield "it ends in another stop"


def _stop(text: str) -> str:
    """The stop at the end, quotes aside."""
    end = text.rstrip(" »”")[-1:]
    return end if end in ".:?!…" else ""


def _places(text: str) -> list[str]:
    return sorted(_PLACE.findall(text))


def _first(text: str | tuple[str, ...] | list[str]) -> str:
    return text if isinstance(text, str) else text[0]


def stale() -> Iterator[str]:
    """Files that `make messages` would write otherwise, and faults of those that are there."""
    messages = template()
    for language in TRANSLATED:
        translations, path = updated(language, messages), po_file(language)
        for file, content in ((path, as_po(translations)), (path.with_suffix(".mo"), as_mo(translations))):
            if not file.exists() or file.read_bytes() != content:
                yield f"{file.relative_to(ROOT)} is stale: make messages"
        yield from faults(translations)


def write() -> Iterator[str]:
    """Writes .po and .mo of every language, and tells what is left to translate."""
    messages = template()
    for language in TRANSLATED:
        translations, path = updated(language, messages), po_file(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_po(translations))
        path.with_suffix(".mo").write_bytes(as_mo(translations))
        yield from faults(translations)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true")
    told = list(stale() if arguments.parse_args().check else write())
    print("\n".join(told) or "all messages are translated")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
