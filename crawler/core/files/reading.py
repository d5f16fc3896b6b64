"""What a format's reader hands back: a tree of HTML blocks, or the reason why there is no text."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from storage.records import Link

MAX_BODY = 64 * 1024 * 1024  # bytes of a file as fetched
MAX_CELLS = 300_000  # of all tables of a file together
MAX_TEXT = 20_000_000  # characters of one file's text

# What XML 1.0 cannot hold; lxml refuses it, and no reader can see it.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class FileError(ValueError):
    """The bytes cannot be what they say they are; the message is one line for people."""


class NoTextError(Exception):
    """The file is what it says, but there is no text to be had from it; the message is the notice."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A file as read: ``root`` holds HTML blocks for the Markdown writer."""

    root: etree._Element
    title: str | None = None  # by the file's own metadata
    links: tuple[Link, ...] = ()  # that have no place in the blocks (PDF annotations)
    notice: str | None = None


def writable(text: str) -> str:
    """Drops the characters that XML cannot hold (controls, lone surrogates)."""
    return _UNWRITABLE.sub("", text)


def element(tag: str, text: str = "", **attributes: str) -> etree._Element:
    """One HTML element with a text that is safe to keep."""
    made = etree.Element(tag, {name: writable(value) for name, value in attributes.items()})
    made.text = writable(text)
    return made


def blocks(children: Iterable[etree._Element]) -> etree._Element:
    """A ``div`` that holds the blocks: what a Reading's root is."""
    root = etree.Element("div")
    root.extend(list(children))
    return root


def table(rows: Iterable[Iterable[str]], spans: dict[tuple[int, int], tuple[int, int]] | None = None) -> etree._Element:
    """An HTML table; ``spans`` maps (row, column) of a merged range's first cell to (rows, columns) that it covers."""
    spans = spans or {}
    covered = {
        (row + down, column + right)
        for (row, column), (height, width) in spans.items()
        for down in range(height)
        for right in range(width)
        if down or right
    }
    made = etree.Element("table")
    for y, row in enumerate(rows):
        line = etree.SubElement(made, "tr")
        line.extend(_cell(text, spans.get((y, x))) for x, text in enumerate(row) if (y, x) not in covered)
    return made


def _cell(text: str, span: tuple[int, int] | None) -> etree._Element:
    lines = text.strip().splitlines() or [""]
    cell = element("td", lines[0])
    for line in lines[1:]:
        etree.SubElement(cell, "br").tail = writable(line)
    if span:
        cell.set("rowspan", str(span[0]))
        cell.set("colspan", str(span[1]))
    return cell
