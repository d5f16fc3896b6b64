"""PDF: text by PDFium in reading order, page structure, and when a page is only a picture."""

import ctypes
import hashlib
import io
import re
from collections.abc import Iterator

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from crawler.core.files.paragraphs import Line, paragraphs, without_furniture
from crawler.core.files.reading import MAX_TEXT, NoTextError, Reading, blocks, element
from storage.records import Link

MAX_PAGES = 3000
_LETTER = re.compile("[A-Za-zÀ-ɏЀ-ӿ]")
_STRANGE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff\u0370-\u03ff]|\\(cid:\\d+\\)")
_NEUTRAL = re.compile(r"[\s\d\W_]")


def read_pdf(body: bytes) -> Reading:
    """Paragraphs of all pages. Raises NoTextError: encrypted, broken, needs_ocr."""
    with open_pdf(body) as document:
        count = min(len(document), MAX_PAGES)
        pages, links, pictures = _read_pages(document, count)
        lines = without_furniture(pages)
        texts = paragraphs(lines)
        title = document.get_metadata_value("Title") or None
        cut = len(document) > count or sum(map(len, texts)) >= MAX_TEXT
    if _unreadable("".join(texts)):
        texts = _second_opinion(body, count, texts)
    if not any(texts):
        raise NoTextError("needs_ocr")
    notice = "too_large" if cut else "needs_ocr" if pictures else None
    return Reading(root=blocks(element("p", text) for text in texts), title=title, links=tuple(links), notice=notice)


def open_pdf(body: bytes) -> pdfium.PdfDocument:
    """Opens a PDF that is held in memory. Raises NoTextError: encrypted, broken."""
    try:
        return pdfium.PdfDocument(body)
    except pdfium.PdfiumError as error:
        locked = error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
        raise NoTextError("encrypted" if locked else "broken") from error


def _read_pages(document: pdfium.PdfDocument, count: int) -> tuple[list[list[Line]], list[Link], int]:
    """Lines page by page, link annotations, and how many pages are a picture without any text."""
    pages: list[list[Line]] = []
    links: list[Link] = []
    pictures = letters = 0
    for number in range(count):
        try:
            page = document[number]
        except pdfium.PdfiumError:  # a page that is not there, or points back to the tree
            continue
        try:
            lines = list(_lines(page, number))
            links.extend(_links(document, page))
            pictures += not lines and _is_picture(page)
        finally:
            page.close()
        pages.append(lines)
        letters += sum(len(line.text) for line in lines)
        if letters >= MAX_TEXT:
            break
    return pages, links, pictures


def _lines(page: pdfium.PdfPage, number: int) -> Iterator[Line]:
    textpage = page.get_textpage()
    rotation = page.get_rotation()
    start = 0
    codes = [raw.FPDFText_GetUnicode(textpage, index) for index in range(min(textpage.count_chars(), MAX_TEXT))]
    for index, code in enumerate([*codes, 0x0A]):
        hyphen = code == 0x02 and raw.FPDFText_IsHyphen(textpage, index) == 1
        if code in (0x0A, 0x0D) or hyphen:
            end = index + hyphen
            if any(chr(code) not in " \t\u00a0" for code in codes[start:end]):
                yield _line(textpage, codes, start, end, rotation, number)
            start = index + 1


def _line(textpage: pdfium.PdfTextPage, codes: list[int], start: int, end: int, rotation: int, page: int) -> Line:
    while chr(codes[start]).isspace():
        start += 1
    while chr(codes[end - 1]).isspace():
        end -= 1
    first, last = _box(textpage, start, rotation), _box(textpage, end - 1, rotation)
    text = "".join(map(chr, codes[start:end])).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    size = max(first[3] - first[1], last[3] - last[1], 1.0)
    return Line(text=text, left=first[0], right=last[2], y=first[1], size=size, page=page)


def _box(textpage: pdfium.PdfTextPage, index: int, rotation: int) -> tuple[float, float, float, float]:
    """(left, bottom, right, top) of a letter as the reader sees it on a page that may be turned."""
    try:
        left, bottom, right, top = textpage.get_charbox(index, loose=True)
    except pdfium.PdfiumError:
        return 0.0, 0.0, 0.0, 0.0
    turned = {90: (bottom, -right, top, -left), 180: (-right, -top, -left, -bottom), 270: (-top, left, -bottom, right)}
    return turned.get(rotation, (left, bottom, right, top))


def _links(document: pdfium.PdfDocument, page: pdfium.PdfPage) -> Iterator[Link]:
    """Web addresses of the page's link annotations; the text is what stands under them."""
    textpage = page.get_textpage()
    position, link = ctypes.c_int(0), raw.FPDF_LINK()
    while raw.FPDFLink_Enumerate(page, position, link):
        action = raw.FPDFLink_GetAction(link)
        length = raw.FPDFAction_GetURIPath(document, action, None, 0) if action else 0
        if not 1 < length < 4096:
            continue
        buffer = ctypes.create_string_buffer(length)
        raw.FPDFAction_GetURIPath(document, action, buffer, length)
        rect = raw.FS_RECTF()
        raw.FPDFLink_GetAnnotRect(link, rect)
        text = textpage.get_text_bounded(rect.left, rect.bottom, rect.right, rect.top)
        yield Link(url=buffer.value.decode("utf-8", "replace"), text=" ".join(text.replace("\ufffe", "-").split()))


def _is_picture(page: pdfium.PdfPage) -> bool:
    """Whether raster images cover half of the page or more."""
    width, height = page.get_size()
    covered = 0.0
    for image in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]):
        left, bottom, right, top = image.get_bounds()
        covered += (right - left) * (top - bottom)
    return bool(covered >= 0.5 * width * height)


def _unreadable(text: str) -> bool:
    """Too few Cyrillic or Latin letters, or too many characters that fonts without ToUnicode give."""
    strange = len(_STRANGE.findall(text))
    letters = len(_NEUTRAL.sub("", _STRANGE.sub("", text))) + strange
    known = len(_LETTER.findall(_STRANGE.sub("", text)))
    return letters > 0 and (strange > 0.05 * letters or known < 0.5 * letters)


def _second_opinion(body: bytes, count: int, texts: list[str]) -> list[str]:
    """What pdfminer.six makes of fonts that PDFium cannot name; nothing where neither can (then it needs OCR)."""
    from pdfminer.high_level import extract_text  # slow to import, seldom needed

    try:
        other = extract_text(io.BytesIO(body), maxpages=min(count, 300))
    except Exception:  # a parser of hostile bytes may raise anything; the first reading is then judged alone
        other = ""
    for candidate in (re.split(r"\n\s*\n", other.replace("\x0c", "\n\n")), texts):
        joined = [" ".join(text.split()) for text in candidate]
        if any(joined) and not _unreadable("".join(joined)):
            return [text for text in joined if text]
    return []


def picture_digests(body: bytes) -> Iterator[str]:
    """The number of pages, then a digest of each raster image page by page. Raises NoTextError."""
    with open_pdf(body) as document:
        yield f"pages {len(document)}"
        for number in range(min(len(document), MAX_PAGES)):
            try:
                page = document[number]
            except pdfium.PdfiumError:
                continue
            yield from (f"{number} {digest}" for digest in _images(page))
            page.close()


def _images(page: pdfium.PdfPage) -> Iterator[str]:
    for image in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]):
        try:
            yield hashlib.sha256(bytes(image.get_data())).hexdigest()
        except pdfium.PdfiumError:
            yield "unreadable"
