"""A page's bytes -> its element tree, whatever a server sends."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from lxml import etree

from crawler.core.charset import decode
from crawler.core.errors import ExtractionError
from crawler.core.selectors import Tree
from storage.said import Said

_HTML_TYPES = ("text/html", "application/xhtml+xml")
_PERHAPS_HTML = ("", "application/xml", "text/xml", "text/plain", "application/octet-stream")
_BINARY = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b")
_MARKUP = re.compile(r"<\s*(?:!doctype\s+html|html|head|body|title|div|p|table|meta|h[1-6]|span|a)\b", re.I)
_REFERENCE = re.compile(rb"&#(?:(\d{1,9})|[xX]([0-9a-fA-F]{1,8}));?")
_CONTROLS = bytes(code for code in range(0x20) if code not in (9, 10, 12, 13))
_NONCHARACTERS = re.compile(rb"\xef\xbf[\xbe\xbf]|\xef\xb7[\x90-\xaf]")


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A page as a tree; `base` is what its relative links are relative to."""

    tree: Tree
    source: bytes  # the markup that the tree was made of, in UTF-8
    url: str
    base: str
    headers: Mapping[str, str]

    @property
    def root(self) -> etree._Element:
        return self.tree.root


def parse(body: bytes, *, url: str, headers: Mapping[str, str]) -> Parsed:
    """Decodes and parses a page. Raises ExtractionError for what is no HTML, empty, or nested too deep."""
    content_type = headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in _HTML_TYPES + _PERHAPS_HTML and "/" in kind:
        raise ExtractionError(Said("not HTML: {kind}", kind=_short(kind)))
    if not body.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        raise ExtractionError(Said("empty answer"))
    if body.startswith(_BINARY):
        raise ExtractionError(Said("not HTML: a binary file"))
    text = decode(body, content_type)
    if kind not in _HTML_TYPES and not _MARKUP.search(text[:20_000]):
        raise ExtractionError(Said("not HTML: no markup in it"))
    source = repaired(text)
    root = tree(source)
    return Parsed(tree=Tree(root), source=source, url=url, base=_base(root, url), headers=headers)


def repaired(text: str) -> bytes:
    """The source in UTF-8 without characters that no markup may hold, raw or as references (`&#1;`, `&#xFFFE;`).

    Works on bytes: that is twenty times as fast as on text.
    """
    source = text.encode("utf-8", "replace").translate(None, _CONTROLS)
    if b"\xef\xbf" in source or b"\xef\xb7" in source:
        source = _NONCHARACTERS.sub(b"", source)
    return _REFERENCE.sub(_allowed, source) if b"&#" in source else source


def _allowed(match: re.Match[bytes]) -> bytes:
    code = int(match[1]) if match[1] else int(match[2], 16)
    bad = code in (0xB, 0xFFFE, 0xFFFF) or code < 9 or 0xD < code < 0x20 or 0xD800 <= code < 0xE000 or code > 0x10FFFF
    return b"" if bad or 0xFDD0 <= code <= 0xFDEF else match[0]


def tree(source: bytes) -> etree._Element:
    """The element tree of HTML in UTF-8."""
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_pis=True, remove_comments=True)
    try:
        root = etree.fromstring(source, parser)
    except etree.ParserError as error:
        raise ExtractionError(Said("not HTML: nothing in it")) from error
    except etree.XMLSyntaxError as error:
        raise ExtractionError(Said("not HTML: it can't be parsed")) from error
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise ExtractionError(Said("too deep: elements within elements beyond the parser's limit"))
    if root is None:
        raise ExtractionError(Said("not HTML: nothing in it"))
    return root


def _base(root: etree._Element, url: str) -> str:
    href = next((element.get("href") for element in root.iter("base") if element.get("href")), None)
    try:
        return urljoin(url, href.strip()) if href else url
    except ValueError:
        return url


def _short(word: str) -> str:
    return re.sub(r"[^\w/+.-]", "", word)[:60]
