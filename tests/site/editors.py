"""How different editors' HTML says the same body: plain, justified, pasted from Word, fonts, divs, bare text first."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.site.blocks import (
    Anchor,
    Block,
    Body,
    Break,
    Cell,
    Details,
    Figure,
    Heading,
    Inline,
    Inlines,
    Listing,
    Marked,
    Paragraph,
    Picture,
    Preformatted,
    Quote,
    Rule,
    Table,
    Terms,
    Words,
)
from tests.site.expected import is_file


@dataclass(frozen=True)
class Hand:
    """One editor's habits."""

    paragraph: tuple[str, str]  # what stands before and after a paragraph's words
    words: Callable[[str], str]
    empty: str = ""  # what stands between blocks instead of a margin
    strong: str = "strong"
    em: str = "em"
    cell: tuple[str, str] = ("", "")
    table: str = '<table border="1" cellpadding="1" cellspacing="1" style="width:500px">'
    bare: bool = False  # the first paragraph stands without a tag


def body_html(body: Body, hand: Hand) -> str:
    """The inner HTML of the body field."""
    parts = [_block(block, hand) for block in body]
    if hand.bare and body and isinstance(body[0], Paragraph):
        parts[0] = _inlines(body[0].inner, hand)
    return ("\n" + hand.empty).join(parts) + "\n"


def _plain(text: str) -> str:
    return html.escape(text, quote=False)


def _glued(text: str) -> str:
    """Word's typography: hard spaces after numero signs and short words, entities for quotes and dashes."""
    text = re.sub(r"(№|\b[вкосуіўаз]) ", "\\1\u00a0", html.escape(text, quote=False))
    for sign, name in (("\u00a0", "nbsp"), ("«", "laquo"), ("»", "raquo"), ("–", "ndash"), ("—", "mdash")):
        text = text.replace(sign, f"&{name};")
    return text


def _spans(text: str) -> str:
    """Word's spans, one of them cut through the middle of a word."""
    if len(text) < 24 or "\u00a0" in text:
        return f'<span lang="RU" style="font-size:14.0pt">{_glued(text)}</span>'
    cut = len(text) // 2
    return (
        f'<span lang="RU" style="font-size:14.0pt">{_glued(text[:cut])}</span>'
        f'<span style="font-size:14.0pt;mso-ansi-language:RU">{_glued(text[cut:])}</span>'
    )


def _wrapped(text: str) -> str:
    """Source lines broken where the editor's window ended."""
    return re.sub(r"((?:\S+ ){9}\S+) (?=\S)", r"\1\n  ", html.escape(text, quote=False))


_FONTS = '<span style="font-size:14px"><span style="font-family:times new roman,times,serif">'
HANDS: dict[str, Hand] = {
    "plain": Hand(("<p>", "</p>"), _plain),
    "justify": Hand(('<p class="rtejustify">', "</p>"), _wrapped),
    "fonts": Hand(
        (f'<p style="text-align: justify;">{_FONTS}', "</span></span></p>"), _plain, empty="<p>&nbsp;</p>\n", em="i"
    ),
    "word": Hand(
        ('<p class="MsoNormal" style="text-align:justify;text-indent:35.4pt">', "<o:p></o:p></p>"),
        _spans,
        empty='<p class="MsoNormal"><o:p>&nbsp;</o:p></p>\n',
        strong="b",
        em="i",
        cell=('<p class="MsoNormal" align="center">', "<o:p></o:p></p>"),
        table='<table class="MsoTableGrid" border="1" cellspacing="0" cellpadding="0">',
    ),
    "legacy": Hand(
        ('<p align="justify"><font face="Times New Roman" size="3">', "</font></p>"), _glued, strong="b", em="i"
    ),
    "div": Hand(("<div>", "</div>"), _plain, empty="<div>&nbsp;</div>\n", table='<table class="table table-bordered">'),
    "bare": Hand(("<p>", "</p>"), _plain, bare=True),
}


def _block(block: Block, hand: Hand) -> str:
    before, after = hand.paragraph
    match block:
        case Paragraph(inner):
            return before + _inlines(inner, hand) + after
        case Heading(level, inner):
            return f"<h{level}>{_inlines(inner, hand)}</h{level}>"
        case Listing():
            return _listing(block, hand)
        case Quote(paragraphs):
            return "<blockquote>" + "\n".join(f"<p>{_inlines(p, hand)}</p>" for p in paragraphs) + "</blockquote>"
        case Table():
            return _table(block, hand)
        case Details():
            return _details(block, hand)
        case Terms(pairs):
            rows = "\n".join(f"<dt>{_plain(term)}</dt>\n<dd>{_plain(meaning)}</dd>" for term, meaning in pairs)
            return f"<dl>\n{rows}\n</dl>"
        case Figure(picture, caption):
            return f"<figure>{_inline(picture, hand)}<figcaption>{_plain(caption)}</figcaption></figure>"
        case Preformatted(text):
            return f"<pre>{_plain(text)}</pre>"
        case Rule():
            return "<hr />"


def _details(block: Details, hand: Hand) -> str:
    answers = "\n".join(f"<p>{_inlines(inner, hand)}</p>" for inner in block.paragraphs)
    if block.native:
        return f"<details><summary>{_plain(block.summary)}</summary>\n{answers}</details>"
    return (
        f'<div class="accordion"><div class="accordion-title button">{_plain(block.summary)}</div>\n'
        f'<div class="accordion-content widget" style="overflow: hidden; height: 0px;">{answers}</div></div>'
    )


def _listing(listing: Listing, hand: Hand) -> str:
    tag = "ol" if listing.ordered else "ul"
    start = f' start="{listing.start}"' if listing.start != 1 else ""
    items = []
    for item in listing.items:
        nested = "".join("\n" + _listing(inner, hand) + "\n" for inner in item.nested)
        items.append(f"<li>{_inlines(item.inner, hand)}{nested}</li>")
    return f"<{tag}{start}>\n" + "\n".join(items) + f"\n</{tag}>"


def _table(table: Table, hand: Hand) -> str:
    rows = [_row(row, hand, "th" if n == 0 and table.head != "none" else "td") for n, row in enumerate(table.rows)]
    caption = f"<caption>{_plain(table.caption)}</caption>\n" if table.caption else ""
    head = f"<thead>\n{rows.pop(0)}\n</thead>\n" if table.head == "thead" else ""
    return f"{hand.table}\n{caption}{head}<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>"


def _row(cells: tuple[Cell, ...], hand: Hand, tag: str) -> str:
    return "<tr>\n" + "\n".join(_cell(cell, hand, tag) for cell in cells) + "\n</tr>"


def _cell(cell: Cell, hand: Hand, tag: str) -> str:
    spans = (f' colspan="{cell.colspan}"' if cell.colspan > 1 else "") + (
        f' rowspan="{cell.rowspan}"' if cell.rowspan > 1 else ""
    )
    return f"<{tag}{spans}>{hand.cell[0]}{_inlines(cell.inner, hand)}{hand.cell[1]}</{tag}>"


def _inlines(inlines: Inlines, hand: Hand) -> str:
    return "".join(_inline(piece, hand) for piece in inlines)


def _inline(piece: Inline, hand: Hand) -> str:
    match piece:
        case Words(text):
            return hand.words(text)
        case Break():
            return "<br />\n"
        case Picture(src, alt):
            return f'<img alt="{html.escape(alt)}" src="{src}" style="width: 480px; height: 320px;" />'
        case Anchor(href, inner):
            target = ' target="_blank"' if is_file(href) else ""
            return f'<a href="{html.escape(href)}"{target}>{_inlines(inner, hand)}</a>'
        case Marked(mark, inner):
            tag = {"strong": hand.strong, "em": hand.em}.get(mark, mark)
            return f"<{tag}>{_inlines(inner, hand)}</{tag}>"
