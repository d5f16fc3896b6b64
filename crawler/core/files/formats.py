"""Which format a file has: by its first bytes, then by the media type it was sent with, then by its name's ending."""

import re
from enum import StrEnum
from urllib.parse import urlsplit

from crawler.core.files.reading import FileError
from storage.said import Said


class Format(StrEnum):
    PDF = "PDF"
    DOCX = "DOCX"
    XLSX = "XLSX"
    XLS = "XLS"
    ODS = "ODS"
    RTF = "RTF"
    ODT = "ODT"
    DOC = "DOC"
    TEXT = "TEXT"
    CSV = "CSV"
    SLIDES = "SLIDES"
    ARCHIVE = "ARCHIVE"
    MEDIA = "MEDIA"
    LOCKED = "LOCKED"  # an office file encrypted as a whole
    HTML = "HTML"
    UNKNOWN = "UNKNOWN"


_MAGIC = (
    (b"{\\rtf", Format.RTF),
    (b"Rar!", Format.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", Format.ARCHIVE),
    (b"\x1f\x8b", Format.ARCHIVE),
    (b"BZh", Format.ARCHIVE),
    (b"\xfd7zXZ", Format.ARCHIVE),
    (b"\x89PNG", Format.MEDIA),
    (b"\xff\xd8\xff", Format.MEDIA),
    (b"GIF8", Format.MEDIA),
    (b"II*\x00", Format.MEDIA),
    (b"MM\x00*", Format.MEDIA),
    (b"RIFF", Format.MEDIA),
    (b"ID3", Format.MEDIA),
    (b"OggS", Format.MEDIA),
    (b"\x1aE\xdf\xa3", Format.MEDIA),
    (b"AT&TFORM", Format.MEDIA),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SLACK = re.IGNORECASE | re.DOTALL
_HTML = re.compile(rb"\s*(<\?xml[^>]{0,200}\?>\s*)?(<!--.{0,2000}?-->\s*)*<(!doctype\s+html|html|head|body)\b", _SLACK)

# Streams of an OLE file (MS-CFB keeps their names as UTF-16) tell what it holds.
_OLE_STREAMS = (
    ("EncryptedPackage", Format.LOCKED),
    ("WordDocument", Format.DOC),
    ("Workbook", Format.XLS),
    ("Book", Format.XLS),
    ("PowerPoint Document", Format.SLIDES),
)
_ZIP_MEMBERS = (
    (b"word/", Format.DOCX),
    (b"xl/", Format.XLSX),
    (b"ppt/", Format.SLIDES),
    (b"application/vnd.oasis.opendocument.text", Format.ODT),
    (b"application/vnd.oasis.opendocument.spreadsheet", Format.ODS),
    (b"application/vnd.oasis.opendocument", Format.SLIDES),
)
_ENDINGS = {
    "pdf": Format.PDF, "docx": Format.DOCX, "docm": Format.DOCX, "dotx": Format.DOCX, "xlsx": Format.XLSX,
    "xlsm": Format.XLSX, "xlsb": Format.XLSX, "xls": Format.XLS, "ods": Format.ODS, "rtf": Format.RTF,
    "odt": Format.ODT, "doc": Format.DOC, "dot": Format.DOC, "txt": Format.TEXT, "csv": Format.CSV, "tsv": Format.CSV,
    "ppt": Format.SLIDES, "pptx": Format.SLIDES, "pps": Format.SLIDES, "ppsx": Format.SLIDES, "odp": Format.SLIDES,
    "zip": Format.ARCHIVE, "rar": Format.ARCHIVE, "7z": Format.ARCHIVE, "gz": Format.ARCHIVE, "tar": Format.ARCHIVE,
    "bz2": Format.ARCHIVE, "xz": Format.ARCHIVE,
}  # fmt: skip
_MEDIA_TYPES = {
    "application/pdf": Format.PDF,
    "application/x-pdf": Format.PDF,
    "application/msword": Format.DOC,
    "application/rtf": Format.RTF,
    "text/rtf": Format.RTF,
    "text/plain": Format.TEXT,
    "text/csv": Format.CSV,
    "text/tab-separated-values": Format.CSV,
    "application/vnd.ms-excel": Format.XLS,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": Format.DOCX,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": Format.XLSX,
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": Format.SLIDES,
    "application/vnd.ms-powerpoint": Format.SLIDES,
    "application/vnd.oasis.opendocument.text": Format.ODT,
    "application/vnd.oasis.opendocument.spreadsheet": Format.ODS,
    "application/vnd.oasis.opendocument.presentation": Format.SLIDES,
    "application/zip": Format.ARCHIVE,
    "application/x-zip-compressed": Format.ARCHIVE,
    "application/x-rar-compressed": Format.ARCHIVE,
    "application/vnd.rar": Format.ARCHIVE,
    "application/x-7z-compressed": Format.ARCHIVE,
    "application/gzip": Format.ARCHIVE,
}
# These have no sure first bytes: what claims to be one of them is believed.
_BY_WORD = (Format.TEXT, Format.CSV)
_VAGUE = ("", "application/octet-stream", "binary/octet-stream", "application/download", "application/force-download",
          "application/x-download", "application/unknown")  # fmt: skip


def format_of(body: bytes, *, media_type: str | None, url: str) -> Format:
    """The format of a whole file. Raises FileError when the bytes can't be what type or name say.

    >>> format_of(b"%PDF-1.7 ...", media_type="text/html", url="https://example.by/a")
    <Format.PDF: 'PDF'>
    """
    found = _by_magic(body)
    claimed = _claimed(media_type, url)
    if found in (Format.HTML, None) and claimed not in (*_BY_WORD, Format.UNKNOWN):
        if found:
            raise FileError(Said("it says to be {claimed}, but the bytes are an HTML page", claimed=str(claimed)))
        raise FileError(Said("it says to be {claimed}, but the bytes are something else", claimed=str(claimed)))
    if found is Format.HTML:
        raise FileError(Said("the bytes are an HTML page, not a file"))
    if found is Format.UNKNOWN and claimed in (Format.DOC, Format.XLS, Format.SLIDES):
        return claimed  # an OLE file that is cut before its directory
    if found is None and claimed is Format.UNKNOWN:
        raise FileError(Said("neither the bytes nor the media type nor the name tell a known format"))
    return found or claimed


def is_document(media_type: str | None, url: str, head: bytes) -> bool:
    """Whether an answer is a file for ``extract_file`` rather than a page, a feed, a script or a picture.

    ``head``: the first bytes as fetched, a kilobyte or more. They are believed before the type and the name.
    """
    found = _by_magic(head)
    if found in (Format.HTML, Format.MEDIA):
        return False
    return found is not None or _claimed(media_type, url) not in (Format.UNKNOWN, Format.MEDIA)


def media_of(media_type: str | None) -> str:
    """The bare media type, lower case: ``text/plain; charset=x`` is ``text/plain``."""
    return (media_type or "").partition(";")[0].strip().lower()


def ending_of(url: str) -> str:
    """The ending of the address's last path segment, lower case without the dot; "" when it has none."""
    name = urlsplit(url).path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""


def is_ending(word: str) -> bool:
    """Whether the word is an ending of a file that is read here."""
    return word.lower() in _ENDINGS


def _claimed(media_type: str | None, url: str) -> Format:
    media = media_of(media_type)
    if media in _VAGUE or (media == "text/plain" and ending_of(url) in _ENDINGS):
        return _ENDINGS.get(ending_of(url), Format.TEXT if media == "text/plain" else Format.UNKNOWN)
    if media.partition("/")[0] in ("image", "audio", "video", "font"):
        return Format.MEDIA
    return _MEDIA_TYPES.get(media, Format.UNKNOWN)


def _by_magic(body: bytes) -> Format | None:
    head = body[:1024]
    if b"%PDF-" in head and not _HTML.match(head):
        return Format.PDF
    if head.startswith(_ZIP):
        return _inside_zip(body)
    if head.startswith(_OLE):
        names = (kind for name, kind in _OLE_STREAMS if name.encode("utf-16-le") + b"\0\0" in body)
        return next(names, Format.UNKNOWN)
    if _HTML.match(body[:4096].removeprefix(b"\xef\xbb\xbf")):
        return Format.HTML
    if head[4:8] == b"ftyp":
        return Format.MEDIA
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)


def _inside_zip(body: bytes) -> Format:
    """What a zip holds, by the names of its members; good enough for a cut file too."""
    edges = body[:4096] + body[-1_000_000:]
    found = [kind for mark, kind in _ZIP_MEMBERS if mark in edges]
    return found[0] if found else Format.ARCHIVE
