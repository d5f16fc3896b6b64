"""A file's Document: the format's reader, then the Markdown writer, a title, and a notice where there is no text."""

import hashlib
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes, urlsplit

from lxml import etree

from crawler.core.files.containers import Container
from crawler.core.files.doc import read_doc
from crawler.core.files.formats import Format, format_of, is_ending
from crawler.core.files.opendocument import read_odt
from crawler.core.files.pdf import picture_digests, read_pdf
from crawler.core.files.plain import read_csv, read_text
from crawler.core.files.reading import MAX_BODY, NoTextError, Reading, blocks
from crawler.core.files.rtf import read_rtf
from crawler.core.files.sheets import read_ods, read_xls, read_xlsx
from crawler.core.files.word import read_docx
from crawler.core.markdown import render
from storage.records import Document, Extractor, Link, PageKind

_READERS: dict[Format, Callable[[bytes], Reading]] = {
    Format.PDF: read_pdf,
    Format.DOCX: read_docx,
    Format.XLSX: read_xlsx,
    Format.XLS: read_xls,
    Format.ODS: read_ods,
    Format.RTF: read_rtf,
    Format.ODT: read_odt,
    Format.DOC: read_doc,
}
_NOTICES = {Format.LOCKED: "encrypted"}
_PICTURES = {Format.DOCX: "word/media/", Format.XLSX: "xl/media/", Format.ODT: "Pictures/", Format.ODS: "Pictures/"}
# Titles that programs write by themselves.
_NO_TITLE = re.compile(
    r"(microsoft \w+\s*-.*|.*\.(docx?|xlsx?|odt|ods|rtf|pdf|pptx?|txt|tmp|indd|cdr)|untitled.*|без имени.*|document\d*"
    r"|\(?(anonymous|unspecified)\)?|документ\d*"
    r"|документ microsoft.*|слайд \d+|powerpoint presentation|презентация powerpoint|\W*|.{1,2})",
    re.IGNORECASE | re.DOTALL,
)


def extract_file(body: bytes, *, url: str, media_type: str | None) -> Document:
    """The Document of a file; ``notice`` says why it has no text or not all of it.

    Notices: needs_ocr, encrypted, broken, too_large, no_text_in_format, doc_without_converter. Raises FileError, one
    line, only for bytes that can't be what their type and name say (an error page sent as a PDF).
    """
    kind = format_of(body, media_type=media_type, url=url)
    try:
        reading = _read(kind, body, media_type)
    except NoTextError as reason:
        reading = Reading(root=blocks(()), notice=str(reason))
    return _document(reading, url)


def _read(kind: Format, body: bytes, media_type: str | None) -> Reading:
    if len(body) > MAX_BODY:
        raise NoTextError("too_large")
    try:
        if kind in (Format.TEXT, Format.CSV):
            return (read_text if kind is Format.TEXT else read_csv)(body, media_type)
        if kind not in _READERS:
            raise NoTextError(_NOTICES.get(kind, "no_text_in_format"))
        return _READERS[kind](body)
    except (NoTextError, MemoryError):
        raise
    except Exception as error:  # parsers of hostile bytes raise whatever comes: to us the file is broken
        raise NoTextError("broken") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how calamine's Rust gives up; not an Exception
            raise
        raise NoTextError("broken") from error


def _document(reading: Reading, url: str) -> Document:
    title = _title(reading, url)
    _drop_title(reading.root, title)
    rendered = render(reading.root, url)
    return Document(
        title=title,
        language=_language(f"{title}\n{rendered.text}"),
        published=None,
        kind=PageKind.DOCUMENT,
        markdown=rendered.markdown,
        text=rendered.text,
        links=(*rendered.links, *_new_links(reading.links, rendered.links)),
        extractor=Extractor.FILE,
        notice=reading.notice or (None if rendered.text else "no_text_in_format"),
    )


def _new_links(links: tuple[Link, ...], known: tuple[Link, ...]) -> Iterator[Link]:
    seen = set(known)
    for link in links:
        if link not in seen and urlsplit(link.url).scheme in ("http", "https", "mailto", "tel"):
            seen.add(link)
            yield link


def _language(text: str) -> str | None:
    from crawler.core.language import language_of

    return language_of(text)


def _title(reading: Reading, url: str) -> str:
    """The file's own title unless a program made it up, else its first heading, else its name."""
    if reading.title and not _NO_TITLE.fullmatch(" ".join(reading.title.split())):
        return " ".join(reading.title.split())
    heading = next(reading.root.iter("h1", "h2"), None)
    words = _words(heading) if heading is not None and not _in_workbook(reading.root) else ""
    return words or file_name(url)


def _in_workbook(root: etree._Element) -> bool:
    return len(root) > 1 and root[0].tag == "h2" and root[1].tag == "table"


def _words(heading: etree._Element) -> str:
    return " ".join("".join(map(str, heading.itertext())).split())


def _drop_title(root: etree._Element, title: str) -> None:
    """A Document's title is not part of its text: the heading that says the same at the top goes."""
    if len(root) and root[0].tag in ("h1", "h2") and _words(root[0]) == title and not _in_workbook(root):
        root.remove(root[0])


def file_name(url: str) -> str:
    """The name of the file in an address, decoded, without the ending.

    >>> file_name("https://example.by/files/%D0%A3%D0%BA%D0%B0%D0%B7_12.pdf")
    'Указ 12'
    """
    raw = unquote_to_bytes(urlsplit(url).path.rpartition("/")[2])
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        name = raw.decode("cp1251", "replace")
    stem, _, ending = name.rpartition(".")
    kept = stem if stem and is_ending(ending) else name
    return " ".join(re.sub(r"[_\x00-\x1f\x7f]+", " ", kept).split()) or url


def structure_digest(body: bytes) -> str | None:
    """A digest (32 hex digits) of what a file shows beside its text: number of pages and raster images.

    Two files with the same text and the same structure are one document generated twice; a scan that was replaced has
    another structure. None where the format has no such structure or can't be read.
    """
    try:
        kind = format_of(body, media_type=None, url="")
        parts = list(_structure(kind, body)) if len(body) <= MAX_BODY else []
    except (ValueError, NoTextError):
        return None
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32] if parts else None


def _structure(kind: Format, body: bytes) -> Iterator[str]:
    if kind is Format.PDF:
        yield from picture_digests(body)
    if kind in _PICTURES:
        container = Container(body)
        pictures = [container.read(name) for name in container.names(_PICTURES[kind])]
        yield from ["zip", *sorted(hashlib.sha256(picture).hexdigest() for picture in pictures)]
