"""OpenDocument text (ODT): its XML turned into the HTML that the Markdown writer reads (ODF 1.3, part 3)."""

from collections.abc import Callable, Iterator

from lxml import etree

from crawler.core.files.containers import Container
from crawler.core.files.reading import NoTextError, Reading, element, writable

_NS = "urn:oasis:names:tc:opendocument:xmlns:"
_TEXT, _TABLE, _OFFICE = f"{{{_NS}text:1.0}}", f"{{{_NS}table:1.0}}", f"{{{_NS}office:1.0}}"
_STYLE, _DRAW = f"{{{_NS}style:1.0}}", f"{{{_NS}drawing:1.0}}"
_FO = f"{{{_NS}xsl-fo-compatible:1.0}}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"

# What is not the text: deleted words of tracked changes, remarks, forms, indexes made from the text's own headings.
_SKIPPED = {
    f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_OFFICE}annotation-end", f"{_OFFICE}forms",
    f"{_TEXT}sequence-decls", f"{_TEXT}table-of-content", f"{_DRAW}image", f"{_DRAW}object", f"{_TEXT}note-citation",
    f"{_TABLE}covered-table-cell", f"{_TABLE}table-column", f"{_TABLE}table-columns",
}  # fmt: skip
_DEEPEST = 200  # elements inside each other


class _Writer:
    """Turns one content.xml; holds what its styles say."""

    def __init__(self, content: etree._Element) -> None:
        styles = list(content.iter(f"{_STYLE}style"))
        self._marks = {style.get(f"{_STYLE}name", ""): _marks(style) for style in styles}
        lists = content.iter(f"{_TEXT}list-style")
        self._ordered = {style.get(f"{_STYLE}name", ""): _is_ordered(style) for style in lists}
        self._notes: list[etree._Element] = []

    def write(self, body: etree._Element) -> etree._Element:
        root = etree.Element("div")
        self._children(body, root, 0)
        root.extend(self._notes)
        return root

    def _children(self, source: etree._Element, target: etree._Element, depth: int, ordered: bool = False) -> None:
        _append(target, source.text)
        for child in source:
            if isinstance(child.tag, str) and child.tag not in _SKIPPED and depth < _DEEPEST:
                self._element(child, target, depth + 1, ordered)
            _append(target, child.tail)

    def _element(self, child: etree._Element, target: etree._Element, depth: int, ordered: bool) -> None:
        if child.tag == f"{_TEXT}note":
            self._note(child, target, depth)
            return
        if child.tag == f"{_TEXT}list":
            ordered = self._ordered.get(child.get(f"{_TEXT}style-name", ""), ordered)
        made = self._made(child, ordered)
        for inner in made:
            target.append(inner)
            target = inner
        written = _SIGNS.get(str(child.tag))
        if written:
            _append(target, written(child))
        else:
            self._children(child, target, depth, ordered)

    def _made(self, child: etree._Element, ordered: bool) -> list[etree._Element]:
        """The HTML elements that stand for one of ODF's, from the outside in; none: its children stand alone."""
        tag = str(child.tag)
        if tag == f"{_TEXT}h":
            return [element(f"h{min(max(_number(child.get(f'{_TEXT}outline-level')), 1), 6)}")]
        if tag == f"{_TEXT}list":
            return [element("ol" if ordered else "ul")]
        if tag == f"{_TEXT}a":
            return [element("a", href=child.get(_HREF, ""))] if not child.get(_HREF, "#").startswith("#") else []
        if tag in (f"{_TEXT}span", f"{_TEXT}p"):
            marks = [element(mark) for mark in self._marks.get(child.get(f"{_TEXT}style-name", ""), ())]
            return [*([element("p")] if tag == f"{_TEXT}p" else []), *marks]
        if tag == f"{_TABLE}table-cell":
            return [_cell(child)]
        plain = _PLAIN.get(tag)
        return [element(plain)] if plain else []

    def _note(self, note: etree._Element, target: etree._Element, depth: int) -> None:
        mark = f"[{len(self._notes) + 1}]"
        etree.SubElement(target, "sup").text = mark
        body = note.find(f"{_TEXT}note-body")
        if body is None:
            return
        text = element("p", f"{mark} ")
        self._notes.append(text)
        for paragraph in body.iter(f"{_TEXT}p"):
            self._children(paragraph, text, depth)


_PLAIN = {
    f"{_TEXT}list-item": "li", f"{_TEXT}list-header": "li", f"{_TEXT}line-break": "br",
    f"{_TABLE}table": "table", f"{_TABLE}table-header-rows": "thead", f"{_TABLE}table-row": "tr",
}  # fmt: skip
_SIGNS: dict[str, Callable[[etree._Element], str]] = {
    f"{_TEXT}s": lambda child: " " * min(_number(child.get(f"{_TEXT}c")), 100),
    f"{_TEXT}tab": lambda child: " ",
    f"{_TEXT}soft-page-break": lambda child: "",
}


def read_odt(body: bytes) -> Reading:
    """The text with its notes at the end. Raises NoTextError: broken, encrypted, too_large."""
    container = Container(body)
    if b"encryption-data" in container.read("META-INF/manifest.xml"):
        raise NoTextError("encrypted")
    content = container.tree("content.xml")
    text = content.find(f"{_OFFICE}body/{_OFFICE}text")
    if text is None:
        raise NoTextError("broken")
    return Reading(root=_Writer(content).write(text), title=_title(container))


def _title(container: Container) -> str | None:
    if "meta.xml" not in container.names("meta.xml"):
        return None
    found = next(container.tree("meta.xml").iter(_TITLE), None)
    return found.text if found is not None else None


def _append(target: etree._Element, text: str | None) -> None:
    """Adds text at the end of an element, where white space counts as one space."""
    if not text:
        return
    if len(target):
        target[-1].tail = (target[-1].tail or "") + writable(text)
    else:
        target.text = (target.text or "") + writable(text)


def _marks(style: etree._Element) -> tuple[str, ...]:
    return tuple(_properties(style))


def _properties(style: etree._Element) -> Iterator[str]:
    found = style.find(f"{_STYLE}text-properties")
    if found is None or style.get(f"{_STYLE}family") != "text":
        return
    if found.get(f"{_FO}font-weight") in ("bold", "600", "700", "800", "900"):
        yield "strong"
    if found.get(f"{_FO}font-style") in ("italic", "oblique"):
        yield "em"
    position = found.get(f"{_STYLE}text-position", "")
    if position.startswith(("super", "sub")):
        yield "sup" if position.startswith("super") else "sub"


def _is_ordered(style: etree._Element) -> bool:
    return len(style) > 0 and style[0].tag == f"{_TEXT}list-level-style-number"


def _cell(cell: etree._Element) -> etree._Element:
    spans = {"rowspan": f"{_TABLE}number-rows-spanned", "colspan": f"{_TABLE}number-columns-spanned"}
    return element("td", **{name: str(_number(cell.get(key))) for name, key in spans.items() if cell.get(key)})


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else 1
