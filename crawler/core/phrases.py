"""The words in which a change is told: every phrase of a summary stands here, in English, ready for gettext."""

import gettext
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from storage.said import Said

QUOTED = 90  # characters of a quotation at most
SPOKEN = 3  # clauses of a summary at most


class Catalogue(Protocol):
    """Translations, as gettext makes them."""

    def gettext(self, message: str) -> str: ...
    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str: ...


ENGLISH: Catalogue = gettext.NullTranslations()


def N_(message: str) -> str:
    """Marks a message for translation that is spoken later: names in tables, values of closed sets."""
    return message


def told(text: str, catalogue: Catalogue) -> str:
    """A sentence in the catalogue's language, its numbers as they are written there.

    A plain text is translated where it is a message as it stands (it was kept before there were sentences), else it
    stays as it is.
    """
    if catalogue is ENGLISH or not text:
        return text
    if not isinstance(text, Said):
        return catalogue.gettext(text)
    values = {name: _told_value(value, catalogue) for name, value in text.values.items()}
    if text.many is None:
        return catalogue.gettext(text.message).format(**values)
    return catalogue.ngettext(text.message, text.many, text.values["n"]).format(**values)


def speaks(text: str, catalogue: Catalogue) -> bool:
    """Whether ``told`` has the text in the catalogue's language."""
    return catalogue is ENGLISH or isinstance(text, Said) or told(text, catalogue) != text


def _told_value(value: Any, catalogue: Catalogue) -> Any:
    match value:
        case Said():
            return told(value, catalogue)
        case list() | tuple():
            return ", ".join(str(_told_value(one, catalogue)) for one in value)
        case bool() | str():
            return value
        case int():
            return _Whole(value)
        case float():
            return _Decimal(value)
        case _:
            return value


class _Whole(int):
    """A number that Russian and Belarusian write with blanks between thousands."""

    def __format__(self, spec: str) -> str:
        return int.__format__(self, spec).replace(",", "\u00a0")


class _Decimal(float):
    """The same with a decimal comma."""

    def __format__(self, spec: str) -> str:
        return float.__format__(self, spec).replace(",", "\u00a0").replace(".", ",")


def shortened(text: str, limit: int = QUOTED) -> str:
    """One line of at most `limit` characters, cut between words where that loses little."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    blank = cut.rfind(" ")
    return (cut[:blank] if blank > limit // 2 else cut).rstrip(" ,;:.") + "…"


def quoted(text: str) -> str:
    """«text», shortened."""
    return f"«{shortened(text)}»"


NOTICES = {  # why a file has no text, or not all of it
    "needs_ocr": N_("a scan without recognised text"),
    "encrypted": N_("encrypted"),
    "broken": N_("broken"),
    "too_large": N_("too large"),
    "no_text_in_format": N_("a format without text"),
    "doc_without_converter": N_("an old Word file, for which the converter is missing"),
}


@dataclass(frozen=True)
class Phrases:
    """One method for each thing that a summary can say."""

    catalogue: Catalogue = ENGLISH

    def _say(self, message: str, **values: object) -> str:
        return self.catalogue.gettext(message).format(**values)

    def _count(self, one: str, many: str, n: int, **values: object) -> str:
        return self.catalogue.ngettext(one, many, n).format(n=n, **values)

    def title(self, before: str, after: str) -> str:
        return self._say("title: {before} became {after}", before=quoted(before), after=quoted(after))

    def published(self, before: str | None, after: str | None) -> str:
        none = self._say("none")
        return self._say("date of publication {before} became {after}", before=before or none, after=after or none)

    def number(self, before: str, after: str) -> str:
        return self._say("number {before} became {after}", before=before, after=after)

    def date(self, before: str, after: str) -> str:
        return self._say("date {before} became {after}", before=before, after=after)

    def phone(self, before: str, after: str) -> str:
        return self._say("phone number {before} became {after}", before=before, after=after)

    def words(self, before: str, after: str) -> str:
        if not before:
            return self._say("{words} added", words=quoted(after))
        if not after:
            return self._say("{words} removed", words=quoted(before))
        return self._say("{before} became {after}", before=quoted(before), after=quoted(after))

    def in_paragraph(self, clause: str, number: int) -> str:
        return self._say("{clause} in paragraph {number}", clause=clause, number=number)

    def in_row(self, clause: str, row: str) -> str:
        return self._say("{clause} in row {row}", clause=clause, row=quoted(row))

    def in_places(self, clause: str, n: int) -> str:
        return self._count("{clause} in {n} place", "{clause} in {n} places", n, clause=clause)

    def added(self, texts: Sequence[str], number: int) -> str:
        if len(texts) == 1:
            return self._say("paragraph {number} added: {text}", number=number, text=quoted(texts[0]))
        return self._count(
            "{n} paragraph added: {text}", "{n} paragraphs added: {text}", len(texts), text=quoted(texts[0])
        )

    def removed(self, texts: Sequence[str], number: int) -> str:
        if len(texts) == 1:
            return self._say("paragraph {number} removed: {text}", number=number, text=quoted(texts[0]))
        return self._count(
            "{n} paragraph removed: {text}", "{n} paragraphs removed: {text}", len(texts), text=quoted(texts[0])
        )

    def moved(self, n: int) -> str:
        return self._count("{n} paragraph moved", "{n} paragraphs moved", n)

    def link_target(self, label: str, url: str) -> str:
        return self._say("link target of {label} became {url}", label=quoted(label), url=url)

    def link_added(self, label: str, url: str) -> str:
        return self._say("link {label} added: {url}", label=quoted(label), url=url)

    def link_removed(self, label: str) -> str:
        return self._say("link {label} removed", label=quoted(label))

    def image_replaced(self, label: str) -> str:
        return self._say("image {label} replaced", label=quoted(label))

    def image_added(self, label: str) -> str:
        return self._say("image {label} added", label=quoted(label))

    def image_removed(self, label: str) -> str:
        return self._say("image {label} removed", label=quoted(label))

    def image_words(self, before: str, after: str) -> str:
        return self._say("description of image {before} became {after}", before=quoted(before), after=quoted(after))

    def attachment_replaced(self, label: str) -> str:
        return self._say("attachment {label} replaced", label=quoted(label))

    def attachment_added(self, label: str) -> str:
        return self._say("attachment {label} added", label=quoted(label))

    def attachment_removed(self, label: str) -> str:
        return self._say("attachment {label} removed", label=quoted(label))

    def attachment_words(self, before: str, after: str) -> str:
        return self._say("attachment {before} is now called {after}", before=quoted(before), after=quoted(after))

    def text_edited(self) -> str:
        return self._say("text edited")

    def links_edited(self) -> str:
        return self._say("links edited")

    def images_edited(self) -> str:
        return self._say("images edited")

    def attachments_edited(self) -> str:
        return self._say("attachments edited")

    def formatting(self) -> str:
        return self._say("formatting only")

    def nothing(self) -> str:
        return self._say("nothing changed")

    def file(self, name: str, clauses: str) -> str:
        return self._say("attachment {name}: {clauses}", name=name, clauses=clauses)

    def file_same_text(self) -> str:
        return self._say("file replaced, text the same")

    def file_unreadable(self, notice: str) -> str:
        told = notice if self.catalogue is ENGLISH else self._say(NOTICES.get(notice, notice))
        return self._say("file replaced, its text cannot be read ({notice})", notice=told)

    def site_wide(self, pages: int, clause: str) -> str:
        return self._count(
            "the same edit on {n} page: {clause}", "the same edit on {n} pages: {clause}", pages, clause=clause
        )

    def site_wide_move(self, pages: int, before: str, after: str) -> str:
        return self._count(
            "{n} page moved from {before} to {after}",
            "{n} pages moved from {before} to {after}",
            pages,
            before=before,
            after=after,
        )

    def new_page(self, title: str) -> str:
        return self._say("new page: {title}", title=f"«{title}»")

    def gone(self, why: str) -> str:
        return self._say("gone: {why}", why=why)

    def gone_by_status(self, status: int | str | None) -> str:
        return self.gone(self._say("the server answered {status}", status=status))

    def back(self, edits: str = "") -> str:
        return self._say("back, with edits: {edits}", edits=edits) if edits else self._say("back, as it was")

    def moved_to(self, url: str, edits: str = "") -> str:
        if edits:
            return self._say("moved to {url}, with edits: {edits}", url=url, edits=edits)
        return self._say("moved to {url}", url=url)

    def summary(self, clauses: Sequence[str]) -> str:
        """The first clauses in one line; how many more there are."""
        line = "; ".join(clauses[:SPOKEN])
        more = len(clauses) - SPOKEN
        return self._count("{line}; and {n} more", "{line}; and {n} more", more, line=line) if more > 0 else line
