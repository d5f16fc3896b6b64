"""The walk over an HTML tree that turns it into blocks, and collects links, images and attachments on its way.

The walk keeps its own stack: a page thousands of elements deep is read like any other, in linear time.
"""

import re
from collections.abc import Callable

from lxml import etree

from crawler.core.markdown.inline import tidied
from crawler.core.markdown.model import (
    CODE,
    DEL,
    EM,
    STRONG,
    SUB,
    SUP,
    Anchor,
    Block,
    Cell,
    Item,
    Listing,
    Paragraph,
    Path,
    Piece,
    Preformatted,
    Quote,
    Row,
    Rule,
    Sink,
    Sort,
    Table,
    paragraphs,
    visible,
)
from crawler.core.markdown.references import EMBEDDED, References, clean
from crawler.core.markdown.tables import flattened, is_layout

_MAX_NESTING = 40  # lists, quotes and tables within each other; deeper ones are read as plain blocks
_MARKS = {
    "b": STRONG, "strong": STRONG, "i": EM, "em": EM, "s": DEL, "strike": DEL, "del": DEL, "sub": SUB, "sup": SUP,
    "code": CODE, "kbd": CODE, "samp": CODE, "tt": CODE,
}  # fmt: skip
_BLOCKS = frozenset({
    "address", "article", "aside", "body", "center", "dd", "dialog", "div", "fieldset", "figcaption", "figure",
    "footer", "form", "header", "hgroup", "html", "legend", "main", "nav", "noframes", "optgroup", "p",
    "search", "section",
})  # fmt: skip
_UNSEEN = frozenset({
    "applet", "base", "canvas", "colgroup", "datalist", "frame", "frameset", "head", "input", "link", "meta",
    "noscript", "option", "param", "script", "select", "style", "svg", "template", "textarea", "title", "xml",
})  # fmt: skip
_HEADINGS = {f"h{level}": level for level in range(1, 7)}

Leave = Callable[[], None]
Drop = Callable[[etree._Element], bool]


class Reader:
    """Reads one tree; afterwards `blocks` and `references` hold what it has."""

    def __init__(self, base_url: str, *, drop: Drop | None, endings: frozenset[str]) -> None:
        self.blocks: list[Block] = []
        self.references = References(base_url, endings)
        self._drop = drop
        self._sink: Sink = self.blocks
        self._pieces: list[Piece] = []
        self._path: Path = ()
        self._level = 0  # of the heading we are in
        self._nesting = 0

    def read(self, root: etree._Element) -> None:
        """Walks the tree below `root` once."""
        leave = self._enter(root)
        stack = [(root, iter(root), leave)]
        self._text(root.text)
        while stack:
            element, children, leave = stack[-1]
            child = next(children, None)
            if child is None:
                stack.pop()
                if leave is not None:
                    leave()
                if stack:
                    self._text(element.tail)
            elif not isinstance(child.tag, str) or self._passed_over(child):
                self._text(child.tail)
            else:
                stack.append((child, iter(child), self._enter(child)))
                self._text(child.text)
        self._flush()

    def _passed_over(self, element: etree._Element) -> bool:
        """Handles what has no readable inside: dropped and unseen elements, line breaks, images, embedded files."""
        tag = element.tag
        if self._drop is not None and self._drop(element):
            return True
        if tag == "br":
            self._pieces.append(Piece(Sort.BREAK, "", self._path))
            self.references.noted(" ")
        elif tag in ("img", "amp-img"):
            if (image := self.references.image(element)) is not None:
                self._pieces.append(Piece(Sort.IMAGE, image.alt, self._path, image.url))
        elif tag == "hr":
            self._flush()
            self._sink.append(Rule())
        elif tag == "pre":
            self._preformatted(element)
        elif tag in EMBEDDED:
            self.references.embedded(element)
            return tag not in (
                "object",
                "embed",
            )  # the parser does not know that <embed> is empty: what follows is in it
        elif tag == "area":
            self.references.linked(element, element.get("href"), element.get("alt"))
        else:
            return tag in _UNSEEN
        return True

    def _text(self, text: str | None) -> None:
        if text and (text := clean(text)):
            self._pieces.append(Piece(Sort.WORDS, text, self._path))
            self.references.noted(text)

    def _flush(self) -> None:
        """Ends the paragraph that is being read."""
        pieces, self._pieces = self._pieces, []
        self.references.noted(" ")
        if not pieces:
            return
        if len(pieces) == 1 or not visible(pieces):
            if tidy := tidied(pieces):
                self._sink.append(Paragraph(tidy, self._level))
            return
        for part in paragraphs(pieces) if self._level == 0 else (pieces,):
            if tidy := tidied(part):
                self._sink.append(Paragraph(tidy, self._level))

    def _enter(self, element: etree._Element) -> Leave | None:
        tag = element.tag
        if (mark := _MARKS.get(tag)) is not None:
            return self._mark(mark)
        if tag == "a":
            return self._anchor(element)
        if tag in _BLOCKS:
            self._flush()
            return self._flush
        if (level := _HEADINGS.get(tag)) is not None:
            return self._heading(level)
        return self._enter_container(element, tag)

    def _enter_container(self, element: etree._Element, tag: str) -> Leave | None:
        match tag:
            case "ul" | "ol" | "menu" | "dir":
                return self._listing(Listing(ordered=tag == "ol", start=_number(element.get("start"), 1) or 0))
            case "li":
                return self._item(element)
            case "dl":
                self._flush()
                return self._flush
            case "dt" | "summary":
                self._flush()
                return self._mark(STRONG, block=True)
            case "blockquote":
                return self._quote()
            case "details":
                self._flush()
                return self._flush
            case "q":
                self._text("“")
                return lambda: self._text("”")
            case "table" | "caption" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th":
                return self._enter_table(element, tag)
        return None

    def _mark(self, mark: str, *, block: bool = False) -> Leave:
        path = self._path
        if mark not in path and CODE not in path:
            self._path = (*path, mark)

        def leave() -> None:
            if block:
                self._flush()
            self._path = path

        return leave

    def _anchor(self, element: etree._Element) -> Leave | None:
        anchor = self.references.opened(element, self._pieces[-1] if self._pieces else None)
        if anchor is None:
            return None
        path = self._path
        self._path = (*(wrap for wrap in path if not isinstance(wrap, Anchor) and wrap != CODE), anchor)

        def leave() -> None:
            self._path = path
            self.references.closed()

        return leave

    def _heading(self, level: int) -> Leave:
        self._flush()
        outer, self._level = self._level, level

        def leave() -> None:
            self._flush()
            self._level = outer

        return leave

    def _into(self, sink: Sink, finish: Callable[[], None] | None = None) -> Leave:
        """From here on blocks go to `sink`, until the returned function is called."""
        outer, outer_level = self._sink, self._level
        self._sink, self._level = sink, 0
        self._nesting += 1

        def leave() -> None:
            self._flush()
            self._sink, self._level = outer, outer_level
            self._nesting -= 1
            if finish is not None:
                finish()

        return leave

    def _listing(self, listing: Listing) -> Leave:
        self._flush()
        if self._nesting >= _MAX_NESTING:
            return self._flush
        outer = self._sink
        return self._into(listing, lambda: outer.append(listing) if listing.items else None)

    def _item(self, element: etree._Element) -> Leave:
        self._flush()
        if self._nesting >= _MAX_NESTING:
            return self._flush
        sink = self._sink
        if not isinstance(sink, Listing):
            last = sink[-1] if isinstance(sink, list) and sink else None
            implied = last if isinstance(last, Listing) and last.implied else Listing(ordered=False, implied=True)
            if implied is not last:
                sink.append(implied)
            sink = implied
        item = Item(_number(element.get("value"), None) if sink.ordered else None)
        sink.items.append(item)
        return self._into(item.blocks, lambda: None if item.blocks else sink.items.remove(item))

    def _quote(self) -> Leave:
        self._flush()
        if self._nesting >= _MAX_NESTING:
            return self._flush
        quote, outer = Quote(), self._sink
        return self._into(quote.blocks, lambda: outer.append(quote) if quote.blocks else None)

    def _enter_table(self, element: etree._Element, tag: str) -> Leave | None:
        self._flush()
        table = self._sink if isinstance(self._sink, Table) else None
        if tag == "table" and self._nesting < _MAX_NESTING:
            return self._table(Table())
        if table is None:
            return self._flush
        if tag == "caption":
            return self._into(table.before)
        if tag == "tr":
            table.rows.append(Row(table.section))
        elif tag in ("td", "th"):
            return self._cell(element, table, header=tag == "th")
        else:
            table.section = tag
            return lambda: setattr(table, "section", "tbody")
        return None

    def _table(self, table: Table) -> Leave:
        outer = self._sink

        def finish() -> None:
            for block in flattened(table) if is_layout(table) else [table]:
                outer.append(block)

        return self._into(table, finish)

    def _cell(self, element: etree._Element, table: Table, *, header: bool) -> Leave:
        if not table.rows:
            table.rows.append(Row(table.section))
        colspan, rowspan = (max(1, _number(element.get(name), 1) or 1) for name in ("colspan", "rowspan"))
        cell = Cell(header, colspan, rowspan)
        table.rows[-1].cells.append(cell)
        return self._into(cell.blocks)

    def _preformatted(self, element: etree._Element) -> None:
        """Lines stay as they are; links within are collected, marks are not written."""
        self._flush()
        parts: list[str] = []
        for event, node in etree.iterwalk(element, events=("start", "end", "comment")):
            if event == "start":
                if node.tag == "br":
                    parts.append("\n")
                elif node.tag == "a" and (link := self.references.linked(node, node.get("href"), None)):
                    link.words.extend(str(text) for text in node.itertext())
                parts.append(node.text or "")
            elif node is not element:
                parts.append(node.tail or "")
        lines = clean("".join(parts)).replace("\r\n", "\n").replace("\xa0", " ").split("\n")
        text = "\n".join(line.rstrip() for line in lines).strip("\n")
        if text.strip():
            self.references.noted(text)
            self._sink.append(Preformatted(text))


def _number(value: str | None, otherwise: int | None) -> int | None:
    match = re.match(r"\s*(-?\d{1,9})(?!\d)", value or "")
    return int(match[1]) if match else otherwise
