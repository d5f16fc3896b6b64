"""The bytes of attachments and pictures: a small PDF writer, a small DOCX writer, a small PNG writer."""

import io
import struct
import textwrap
import zipfile
import zlib
from collections.abc import Iterator
from xml.sax.saxutils import escape

_CMAP = b"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
7 beginbfrange
<0020> <007E> <0020>
<00A0> <00FF> <00A0>
<0400> <045F> <0400>
<0490> <0491> <0490>
<2010> <2027> <2010>
<20AC> <20AC> <20AC>
<2116> <2116> <2116>
endbfrange
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""
_COLUMNS = 88  # letters of one width
_LEADING, _GAP, _PAGE_HEIGHT = 13, 13, 760  # points
_FONT = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /Arial /Encoding /Identity-H /DescendantFonts [4 0 R]"
    b" /ToUnicode 6 0 R >>",
    b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Arial /FontDescriptor 5 0 R /DW 520 /CIDToGIDMap /Identity"
    b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>",
    b"<< /Type /FontDescriptor /FontName /Arial /Flags 32 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 900"
    b" /Descent -200 /CapHeight 700 /StemV 80 >>",
)


def pdf(paragraphs: tuple[str, ...], title: str, stamp: str = "20240305103000") -> bytes:
    """A PDF whose text reads back exactly: character codes are code points, and a ToUnicode map says so.

    Paragraphs are broken to the page's width, with a wider gap between them. `stamp` is the creation time: a document
    made anew has other bytes and the same text.
    """
    pages = list(_pages(paragraphs))
    kids = b" ".join(b"%d 0 R" % (8 + 2 * n) for n in range(len(pages)))
    info = b"<< /Title <FEFF%s> /CreationDate (D:%s+03'00') >>" % (_hex(title), stamp.encode())
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
        *_FONT,
        _stream(_CMAP),
        info,
    ]
    for n, shown in enumerate(pages):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % (9 + 2 * n)
        )
        objects.append(_stream(b"BT /F1 9 Tf 40 800 Td\n" + shown + b"ET\n"))
    return _assemble(objects)


def _pages(paragraphs: tuple[str, ...]) -> Iterator[bytes]:
    """The text operators of each page; no paragraph goes over a page's end."""
    shown, room = b"", _PAGE_HEIGHT
    for paragraph in paragraphs:
        lines = textwrap.wrap(paragraph, _COLUMNS, break_on_hyphens=False)
        height = _LEADING * len(lines) + _GAP
        if shown and height > room:
            yield shown
            shown, room = b"", _PAGE_HEIGHT
        shown += b"".join(b"<%s> Tj 0 %d Td\n" % (_hex(line), -_LEADING) for line in lines) + b"0 %d Td\n" % -_GAP
        room -= height
    yield shown


def _hex(text: str) -> bytes:
    return text.encode("utf-16-be").hex().encode()


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)


def _assemble(objects: list[bytes]) -> bytes:
    out = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
        + b"trailer\n<< /Size %d /Root 1 0 R /Info 7 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))
    )


_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_DOCX_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
    '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
    "</Types>",
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/relationships/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
    "</Relationships>",
}


def docx(paragraphs: tuple[str, ...], title: str) -> bytes:
    """A Word document of these paragraphs; one that begins with `## ` is a second-level heading."""
    body = "".join(_paragraph(text) for text in paragraphs)
    core = (
        f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(title)}</dc:title></cp:coreProperties>"
    )
    parts = {
        **_DOCX_PARTS,
        "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>',
        "docProps/core.xml": core,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, (2024, 3, 5, 10, 30, 0))
            archive.writestr(entry, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + text)
    return out.getvalue()


def _paragraph(text: str) -> str:
    style = '<w:pPr><w:pStyle w:val="Heading2"/></w:pPr>' if text.startswith("## ") else ""
    return f'<w:p>{style}<w:r><w:t xml:space="preserve">{escape(text.removeprefix("## "))}</w:t></w:r></w:p>'


def png(colour: tuple[int, int, int], width: int = 48, height: int = 32) -> bytes:
    """A picture of one colour."""
    rows = (b"\x00" + bytes(colour) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )
