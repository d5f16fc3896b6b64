"""Files built in code for the tests of crawler.core.files."""

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping, Sequence

import docx
import openpyxl
from PIL import Image
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen import canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

FONTS = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
    "/usr/share/fonts/dejavu/DejaVuSans.ttf",
)


def cyrillic_font() -> str | None:
    """The name of a registered font with Cyrillic letters; None on a machine that has none."""
    for path in FONTS:
        try:
            pdfmetrics.registerFont(TTFont("Cyrillic", path))
        except (TTFError, OSError):
            continue
        return "Cyrillic"
    return None


def set_pdf(
    paragraphs: Sequence[str], *, size: float = 12, margin: float = 72, indent: float = 0, **kept: str
) -> bytes:
    """A PDF of justified paragraphs, as a word processor sets it."""
    out = io.BytesIO()
    style = ParagraphStyle(
        "body",
        fontName=cyrillic_font(),
        fontSize=size,
        leading=size * 1.25,
        alignment=TA_JUSTIFY,
        firstLineIndent=indent,
    )
    story = [part for text in paragraphs for part in (Paragraph(text, style), Spacer(0, 0 if indent else size))]
    document = SimpleDocTemplate(out, leftMargin=margin, rightMargin=margin, title=kept.get("title"), invariant=1)
    document.build(story)
    return out.getvalue()


def drawn_pdf(pages: Sequence[Sequence[str]], *, size: float = 12, password: str | None = None) -> bytes:
    """A PDF whose lines stand as given, page by page."""
    out = io.BytesIO()
    pdf = canvas.Canvas(out, encrypt=password, invariant=1)
    for lines in pages:
        pdf.setFont(cyrillic_font() or "Helvetica", size)
        for number, line in enumerate(lines):
            pdf.drawString(72, 760 - number * size * 1.25, line)
        pdf.showPage()
    pdf.save()
    return out.getvalue()


def scanned_pdf(colour: str, *, pages: int = 1, note: str = "") -> bytes:
    """Pages that are pictures, as a scanner makes them; each with the note in its document information only."""
    out = io.BytesIO()
    pdf = canvas.Canvas(out, invariant=1)
    pdf.setSubject(note)
    for _ in range(pages):
        pdf.drawImage(ImageReader(Image.new("RGB", (40, 60), colour)), 0, 0, 595, 842)
        pdf.showPage()
    pdf.save()
    return out.getvalue()


def saved(document: "docx.document.Document | openpyxl.Workbook") -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def zipped(members: Mapping[str, bytes | str] | Iterable[tuple[str, bytes | str]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items() if isinstance(members, Mapping) else members:
            packed.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return out.getvalue()


def changed_member(body: bytes, name: str, content: bytes) -> bytes:
    """The same zip with one member's bytes replaced."""
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        members = {member: packed.read(member) for member in packed.namelist()}
    return zipped({**members, name: content})


ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_SPACES = " ".join(
    f'xmlns:{prefix}="{ODF}{name}:1.0"'
    for prefix, name in (
        ("office", "office"), ("text", "text"), ("table", "table"), ("style", "style"),
        ("fo", "xsl-fo-compatible"), ("draw", "drawing"),
    )
)  # fmt: skip


def open_document(kind: str, body: str, *, styles: str = "", title: str = "", before: str = "") -> bytes:
    """An ODT or ODS; ``kind`` is "text" or "spreadsheet", ``body`` the XML inside of it."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<office:document-content {_SPACES} '
        f'xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.3"><office:automatic-styles>{styles}'
        f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    meta = (
        f'<office:document-meta {_SPACES} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>'
        f"<dc:title>{title}</dc:title></office:meta></office:document-meta>"
    )
    media = f"application/vnd.oasis.opendocument.{kind}"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{media}"/></manifest:manifest>'
    )
    members = {"mimetype": media, "content.xml": content, "META-INF/manifest.xml": manifest}
    return zipped(members | ({"meta.xml": meta} if title else {}))


def ole(streams: Mapping[str, bytes]) -> bytes:
    """A compound file (MS-CFB, version 3) with the streams at its root, each at least one big sector long."""
    padded = {name: content.ljust(4096, b"\0") for name, content in streams.items()}
    counts = [-(-len(content) // 512) for content in padded.values()]
    directory_sectors = -(-(len(padded) + 1) // 4)
    fat_sectors = 1
    while (fat_sectors + directory_sectors + sum(counts)) > fat_sectors * 128:
        fat_sectors += 1
    fat = [0xFFFFFFFD] * fat_sectors + _chain(fat_sectors, directory_sectors)
    starts = []
    for count in counts:
        starts.append(len(fat))
        fat += _chain(len(fat), count)
    fat += [0xFFFFFFFF] * (fat_sectors * 128 - len(fat))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, fat_sectors, fat_sectors, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += b"".join(struct.pack("<I", n if n < fat_sectors else 0xFFFFFFFF) for n in range(109))
    entries = _entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)
    for number, (name, content) in enumerate(padded.items()):
        right = number + 2 if number + 1 < len(padded) else 0xFFFFFFFF
        entries += _entry(name, 2, starts[number], len(content), right=right)
    entries = entries.ljust(directory_sectors * 512, b"\0")
    bodies = b"".join(content.ljust(count * 512, b"\0") for content, count in zip(padded.values(), counts, strict=True))
    return header + struct.pack(f"<{len(fat)}I", *fat) + entries + bodies


def _chain(start: int, count: int) -> list[int]:
    return [*range(start + 1, start + count), 0xFFFFFFFE]


def _entry(name: str, kind: int, start: int, size: int, *, child: int = 0xFFFFFFFF, right: int = 0xFFFFFFFF) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    head = encoded.ljust(64, b"\0") + struct.pack("<HBBIII", len(encoded), kind, 1, 0xFFFFFFFF, right, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)


def old_workbook(sheets: Mapping[str, Sequence[Sequence[str | float]]], *, hidden: Sequence[str] = ()) -> bytes:
    """An XLS (BIFF8) with text and number cells."""
    bodies = [_sheet(rows) for rows in sheets.values()]
    start = _record(0x0809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    bounds_size = sum(4 + 8 + 2 * len(name) for name in sheets)
    position, bounds = len(start) + bounds_size + 4, b""
    for name, body in zip(sheets, bodies, strict=True):
        head = struct.pack("<IBBBB", position, name in hidden, 0, len(name), 1)
        bounds += _record(0x0085, head + name.encode("utf-16-le"))
        position += len(body)
    return ole({"Workbook": start + bounds + _record(0x000A, b"") + b"".join(bodies)})


def _sheet(rows: Sequence[Sequence[str | float]]) -> bytes:
    body = _record(0x0809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            if isinstance(value, str):
                text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
                body += _record(0x0204, struct.pack("<HHH", y, x, 0) + text)
            else:
                body += _record(0x0203, struct.pack("<HHHd", y, x, 0, value))
    return body + _record(0x000A, b"")


def _record(number: int, content: bytes) -> bytes:
    return struct.pack("<HH", number, len(content)) + content


def old_document(text: str, *, encrypted: bool = False, version: int = 0xC1, narrow: int = 0) -> bytes:
    """A DOC (Word 97): a piece table with the text's first ``narrow`` letters one byte each, the rest in UTF-16."""
    first, rest = text[:narrow].encode("cp1252"), text[narrow:].encode("utf-16-le")
    word = bytearray(1024)
    struct.pack_into("<HH", word, 0, 0xA5EC, version)
    struct.pack_into("<H", word, 0x0A, 0x0200 | (0x0100 if encrypted else 0))
    struct.pack_into("<I", word, 0x4C, len(text))
    pieces = [(0, narrow, 0x40000000 | 1024 * 2), (narrow, len(text), 1024 + len(first))]
    kept = [piece for piece in pieces if piece[1] > piece[0]]
    ends = struct.pack(f"<{len(kept) + 1}I", 0, *(end for _, end, _ in kept))
    plc = ends + b"".join(struct.pack("<HIH", 0, place, 0) for *_, place in kept)
    clx = b"\x01" + struct.pack("<H", 2) + b"\0\0" + b"\x02" + struct.pack("<I", len(plc)) + plc
    struct.pack_into("<II", word, 0x01A2, 100, len(clx))
    return ole({"WordDocument": bytes(word) + first + rest, "1Table": bytes(100) + clx})
