"""Files made to harm: a notice or an error, in little time and memory."""

import io
import resource
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from functools import cache

import docx
import openpyxl
import pytest

from crawler.core.files import FileError, extract_file
from tests.core.file_samples import changed_member, drawn_pdf, old_document, old_workbook, open_document, saved, zipped

BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


def notice(body: bytes, name: str) -> str | None:
    return extract_file(body, url=f"https://example.by/{name}", media_type=None).notice


def plain_docx(text: str = "Слово") -> bytes:
    document = docx.Document()
    document.add_paragraph(text)
    return saved(document)


def plain_xlsx() -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"] = "x"
    return saved(book)


def sheet_with(cells: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    xml = f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'
    return changed_member(plain_xlsx(), "xl/worksheets/sheet1.xml", xml.encode())


def lying(body: bytes, name: str) -> bytes:
    """The zip with a member's size in the central directory set to a few bytes."""
    changed = bytearray(body)
    position = 0
    while (position := changed.find(b"PK\x01\x02", position)) >= 0:
        length = struct.unpack_from("<H", changed, position + 28)[0]
        if changed[position + 46 : position + 46 + length] == name.encode():
            struct.pack_into("<I", changed, position + 24, 100)
        position += 4
    return bytes(changed)


@cache
def huge() -> bytes:
    return changed_member(plain_docx(), "word/document.xml", b"<a>" + b" " * 90_000_000)


CORNERS = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
EVERYWHERE = (
    '<table:table table:name="a"><table:table-row table:number-rows-repeated="1048576"><table:table-cell '
    'table:number-columns-repeated="16384" office:value-type="float" office:value="1"><text:p>1</text:p>'
    "</table:table-cell></table:table-row></table:table>"
)


def docx_with(part: str, xml: str, charset: str = "utf-8") -> bytes:
    return changed_member(plain_docx(), f"word/{part}.xml", xml.encode(charset))


@pytest.mark.parametrize(
    ("body", "name", "expected"),
    [
        pytest.param(huge, "a.docx", "too_large", id="ratio"),
        pytest.param(lambda: lying(huge(), "word/document.xml"), "a.docx", "broken", id="a lie about the size"),
        pytest.param(
            lambda: zipped((f"word/{n}.xml", "") for n in range(20_001)), "a.docx", "too_large", id="a crowd of members"
        ),
        pytest.param(lambda: docx_with("document", f"{BOMB}<x>&c;</x>"), "a.docx", "broken", id="entity bomb"),
        pytest.param(lambda: docx_with("document", f"{OUTSIDE}<x>&a;</x>"), "a.docx", "broken", id="file entity"),
        pytest.param(lambda: docx_with("styles", f"{OUTSIDE}<x>&a;</x>", "utf-16"), "a.docx", "broken", id="in UTF-16"),
        pytest.param(
            lambda: open_document("text", "<text:p>&c;</text:p>", before=BOMB), "a.odt", "broken", id="ODT bomb"
        ),
        pytest.param(
            lambda: open_document("text", "<text:p>&a;</text:p>", before=OUTSIDE), "a.odt", "broken", id="ODT file"
        ),
        pytest.param(lambda: sheet_with(CORNERS), "a.xlsx", "too_large", id="a sheet with two far corners"),
        pytest.param(
            lambda: open_document("spreadsheet", EVERYWHERE), "a.ods", "too_large", id="a cell repeated all over"
        ),
        pytest.param(lambda: old_workbook({"a": [["x"]]})[:700], "a.xls", "broken", id="cut XLS"),
    ],
)
def test_a_harmful_file_gets_a_notice(body: Callable[[], bytes], name: str, expected: str) -> None:
    """Made when its turn comes: not by each process that looks for tests."""
    assert notice(body(), name) == expected


def test_a_thousand_elements_deep() -> None:
    deep = "<text:section>" * 3000 + "<text:p>дно</text:p>" + "</text:section>" * 3000
    assert notice(open_document("text", deep), "a.odt") in ("no_text_in_format", "broken")


def test_a_pdf_whose_pages_go_round_in_a_circle() -> None:
    body = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R 3 0 R 2 0 R]/Count 900000000>>endobj\n"
        b"3 0 obj<</Type/Pages/Parent 2 0 R/Kids[2 0 R]/Count 5>>endobj\n"
        b"trailer<</Root 1 0 R>>\n"
    )
    assert notice(body, "a.pdf") in ("broken", "needs_ocr", "too_large")


def test_a_pdf_stream_that_inflates_without_end_is_read_within_bounds() -> None:
    inner = zlib.compress(b"BT /F1 12 Tf (x) Tj ET " + b" " * 60_000_000)
    body = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R>>endobj\n"
        b"4 0 obj<</Length "
        + str(len(inner)).encode()
        + b"/Filter/FlateDecode>>stream\n"
        + inner
        + b"\nendstream endobj\n"
        b"trailer<</Root 1 0 R>>\n"
    )
    assert notice(body, "a.pdf") in ("needs_ocr", "broken", None)


def test_a_file_above_the_limit_is_not_opened() -> None:
    assert notice(b"%PDF-1.4" + bytes(65 * 1024 * 1024), "a.pdf") == "too_large"


def test_a_password_on_a_zip_member() -> None:
    body = bytearray(plain_docx())
    for mark, place in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        position = 0
        while (position := body.find(mark, position)) >= 0:
            body[position + place] |= 1
            position += 4
    assert notice(bytes(body), "a.docx") == "encrypted"


def test_no_cut_or_flipped_file_escapes() -> None:
    """Whatever is left of a file: a Document or a FileError, never another exception."""
    whole = {
        "a.docx": plain_docx(),
        "a.xlsx": plain_xlsx(),
        "a.pdf": drawn_pdf([["words", "and more words"]]),
        "a.xls": old_workbook({"a": [["x", 1.0]]}),
        "a.doc": old_document("Приказ\rA\x07B\x07\x07конец", narrow=0),
        "a.odt": open_document("text", "<text:p>x</text:p>"),
        "a.rtf": b"{\\rtf1\\ansi\\ansicpg1251 \\'cf\\u1088?{\\b text}\\par}",
        "a.txt": b"\xcf\xf0\xe8\xea\xe0\xe7",
    }
    for name, body in whole.items():
        for step in range(1, 40):
            cut = body[: len(body) * step // 40]
            flipped = bytearray(body)
            flipped[len(body) * step // 41] ^= 0xFF
            for damaged in (cut, bytes(flipped)):
                try:
                    extract_file(damaged, url=f"https://example.by/{name}", media_type=None)
                except FileError as error:
                    assert "\n" not in str(error)  # noqa: PT017
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 3_000_000  # KiB


def test_names_inside_a_zip_go_nowhere() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("../../word/document.xml", "<x/>")
        packed.writestr("/etc/passwd", "root")
    assert notice(out.getvalue(), "a.docx") == "broken"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (lambda: b"{\\rtf1 " + b"\\trowd " * 100_000, "a.rtf"),
        (lambda: b"{\\rtf1 " + b"{\\field{\\*\\fldinst{HYPERLINK " * 20_000, "a.rtf"),
        (lambda: old_document("\x13" * 100_000 + "\x15" * 100_000), "a.doc"),
        (lambda: old_document("a" * 1_000_000), "a.doc"),
        (lambda: ("слово слово\n" * 20_000).encode(), "a.txt"),
    ],
    ids=["rows that never end", "fields that never end", "fields inside each other", "one paragraph", "short lines"],
)
def test_what_would_take_quadratic_time_takes_seconds(body: Callable[[], bytes], name: str) -> None:
    made, before = body(), time.process_time()
    notice(made, name)
    assert time.process_time() - before < 10
