"""The walk over an HTML tree that turns it into blocks, and collects links, images and attachments on its way.

The walk keeps its own stack: a page thousands of elements deep is read like any other, in linear time.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

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
from crawler.core.markdown.tables import flattened, is_layout
from crawler.core.markdown.targets import absolute, image_source, media_type
from storage.records import Attachment, Image, Link

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
_EMBEDDED = {"iframe": "src", "embed": "src", "object": "data", "video": "src", "audio": "src"}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069"
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)

Leave = Callable[[], None]
Drop = Callable[[etree._Element], bool]


def clean(text: str) -> str:
    """Text without what no reader sees: control characters, soft hyphens, zero-width and direction marks."""
    return _INVISIBLE.sub("", text) if _INVISIBLE.search(text) else text


@dataclass(slots=True)
class _OpenLink:
    url: str
    words: list[str] = field(default_factory=list)


class Reader:
    """Reads one tree; afterwards `blocks`, `links`, `images` and `attachments` hold what it has."""

    def __init__(self, base_url: str, *, drop: Drop | None, endings: frozenset[str]) -> None:
        self.blocks: list[Block] = []
        self.images: list[Image] = []
        self._base = base_url
        self._drop = drop
        self._endings = endings
        self._sink: Sink = self.blocks
        self._pieces: list[Piece] = []
        self._path: Path = ()
        self._level = 0  # of the heading we are in
        self._nesting = 0
        self._found: list[tuple[_OpenLink, bool, str | None]] = []  # link, attached?, media type
        self._open: list[_OpenLink] = []
        self._anchors = 0
        self._blocks_seen = 0

    @property
    def links(self) -> tuple[Link, ...]:
        """All links in order, each address and text once."""
        return tuple(dict.fromkeys(Link(url=link.url, text=_words(link)) for link, _, _ in self._found))

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """Links to files in order, each address and text once."""
        files = [(link, kind) for link, attached, kind in self._found if attached]
        return tuple(dict.fromkeys(Attachment(url=k.url, text=_words(k), media_type=kind) for k, kind in files))

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
            self._noted(" ")
        elif tag in ("img", "amp-img"):
            self._image(element)
        elif tag == "hr":
            self._flush()
            self._sink.append(Rule())
        elif tag == "pre":
            self._preformatted(element)
        elif tag in _EMBEDDED:
            self._embedded(element)
            return tag not in (
                "object",
                "embed",
            )  # the parser does not know that <embed> is empty: what follows is in it
        elif tag == "area":
            self._linked(element, element.get("href"), element.get("alt"))
        else:
            return tag in _UNSEEN
        return True

    def _text(self, text: str | None) -> None:
        if text and (text := clean(text)):
            self._pieces.append(Piece(Sort.WORDS, text, self._path))
            if self._open:
                self._noted(text)

    def _noted(self, text: str) -> None:
        for link in self._open:
            link.words.append(text)

    def _flush(self) -> None:
        """Ends the paragraph that is being read."""
        pieces, self._pieces = self._pieces, []
        if self._open:
            self._noted(" ")
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
        link = self._continued(element) or self._linked(element, element.get("href"), None)
        if link is None:
            return None
        path = self._path
        marks = (wrap for wrap in path if not isinstance(wrap, Anchor) and wrap != CODE)
        self._path = (*marks, Anchor(link.url, self._anchors))
        self._open.append(link)

        def leave() -> None:
            self._path = path
            self._open.pop()

        return leave

    def _continued(self, element: etree._Element) -> _OpenLink | None:
        """The link just closed, when this one goes on with its words: formatting a part cuts a link in two."""
        last = self._pieces[-1] if self._pieces else None
        before = next((wrap for wrap in last.path if isinstance(wrap, Anchor)), None) if last else None
        if before is not None and last is not None and last.sort is Sort.WORDS and self._found:
            link = self._found[-1][0]
            if before.url == link.url == absolute(self._base, element.get("href") or ""):
                return link
        self._anchors += 1
        return None

    def _linked(self, element: etree._Element, href: str | None, text: str | None) -> _OpenLink | None:
        url = absolute(self._base, href) if href else None
        if url is None:
            return None
        link = _OpenLink(url, [clean(text)] if text else [])
        self._found.append((link, *media_type(element, url, self._endings)))
        return link

    def _image(self, element: etree._Element) -> None:
        url = image_source(element, self._base)
        if url is not None:
            alt = " ".join(clean(element.get("alt") or "").split())
            self.images.append(Image(url=url, alt=alt))
            self._pieces.append(Piece(Sort.IMAGE, alt, self._path, url))

    def _embedded(self, element: etree._Element) -> None:
        """A frame, a player, an embedded PDF: kept as a link, so that its replacement is seen."""
        sources = [element.get(_EMBEDDED[element.tag])]
        if element.tag in ("video", "audio"):
            sources.extend(child.get("src") for child in element.iter("source"))
        for source in sources:
            self._linked(element, source, element.get("title"))

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
        inner = Reader(self._base, drop=self._drop, endings=self._endings)
        parts: list[str] = []
        for event, node in etree.iterwalk(element, events=("start", "end")):
            if event == "start" and node.tag == "br":
                parts.append("\n")
            if event == "start" and node.tag == "a" and (link := inner._linked(node, node.get("href"), None)):
                link.words.append("".join(node.itertext()))
            if event == "start" and node.text and isinstance(node.tag, str):
                parts.append(node.text)
            if event == "end" and node.tail and node is not element:
                parts.append(node.tail)
        self._found.extend(inner._found)
        lines = clean("".join(parts)).replace("\r\n", "\n").replace("\xa0", " ").split("\n")
        text = "\n".join(line.rstrip() for line in lines).strip("\n")
        if text.strip():
            self._noted(text)
            self._sink.append(Preformatted(text))


def _words(link: _OpenLink) -> str:
    return " ".join("".join(link.words).split())


def _number(value: str | None, otherwise: int | None) -> int | None:
    match = re.match(r"\s*(-?\d{1,9})(?!\d)", value or "")
    return int(match[1]) if match else otherwise
