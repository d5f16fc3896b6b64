"""Blocks written as Markdown and as text."""

import re

from crawler.core.markdown.inline import markdown_of, text_of
from crawler.core.markdown.model import Block, Item, Listing, Paragraph, Preformatted, Quote, Rule, Table
from crawler.core.markdown.tables import markdown_table, text_table


def to_markdown(blocks: list[Block]) -> str:
    """Blocks parted by one blank line."""
    return "\n\n".join(part for part in map(_markdown, blocks) if part)


def to_text(blocks: list[Block], *, gap: str = "\n\n") -> str:
    """The same words without marks."""
    return gap.join(part for part in (_text(block) for block in blocks) if part)


def _markdown(block: Block) -> str:
    match block:
        case Paragraph(pieces, 0):
            return markdown_of(pieces)
        case Paragraph(pieces, level):
            written = markdown_of(pieces, newline=" ", block_start=False)
            return "#" * level + " " + written if written else ""
        case Listing():
            return _markdown_listing(block)
        case Quote(blocks):
            return "\n".join(f"> {line}" if line else ">" for line in to_markdown(blocks).split("\n")) if blocks else ""
        case Table():
            return "\n\n".join(part for part in (to_markdown(block.before), markdown_table(block)) if part)
        case Preformatted(text):
            fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
            return f"{fence}\n{text}\n{fence}"
        case Rule():
            return "---"


def _text(block: Block) -> str:
    match block:
        case Paragraph(pieces, level):
            return text_of(pieces, newline=" " if level else "\n")
        case Listing():
            return "\n".join(part for part in (to_text(item.blocks, gap="\n") for item in block.items) if part)
        case Quote(blocks):
            return to_text(blocks)
        case Table():
            return "\n\n".join(part for part in (to_text(block.before), text_table(block)) if part)
        case Preformatted(text):
            return text
        case Rule():
            return ""


def _markdown_listing(listing: Listing) -> str:
    lines: list[str] = []
    number = listing.start
    for item in listing.items:
        number = number if item.number is None else item.number
        marker = f"{number}. " if listing.ordered else "- "
        if written := _markdown_item(item):
            lines.append(marker + written.replace("\n", "\n" + " " * len(marker)))
            number += 1
    return re.sub(r"(?m)^[ ]+$", "", "\n".join(lines))


def _markdown_item(item: Item) -> str:
    """A nested list follows its paragraph at once; other blocks after a blank line."""
    written = ""
    for block in item.blocks:
        if part := _markdown(block):
            gap = "\n" if isinstance(block, Listing) else "\n\n"
            written = written + gap + part if written else part
    return written
