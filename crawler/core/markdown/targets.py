"""Where links and images of a page lead: absolute addresses, and which of them are attached files."""

import re
from functools import lru_cache
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree

ENDINGS: dict[str, str] = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "dot": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "docm": "application/vnd.ms-word.document.macroenabled.12",
    "rtf": "application/rtf",
    "odt": "application/vnd.oasis.opendocument.text",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xlsm": "application/vnd.ms-excel.sheet.macroenabled.12",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "csv": "text/csv",
    "ppt": "application/vnd.ms-powerpoint",
    "pps": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "ppsx": "application/vnd.openxmlformats-officedocument.presentationml.slideshow",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "zip": "application/zip",
    "rar": "application/vnd.rar",
    "7z": "application/x-7z-compressed",
    "gz": "application/gzip",
    "tgz": "application/gzip",
    "tar": "application/x-tar",
    "txt": "text/plain",
    "djvu": "image/vnd.djvu",
    "epub": "application/epub+zip",
    "sig": "application/pgp-signature",
    "p7s": "application/pkcs7-signature",
}
"""Endings that make a link a document where a profile names none, with their media types (IANA)."""

_LONG = 500  # characters: longer addresses are not remembered, a hostile page would fill the memory with them
_NO_ADDRESS = ("javascript:", "data:", "vbscript:", "about:", "blob:", "file:")
_PAGES = ("text/html", "application/xhtml+xml")
_LAZY_SOURCES = ("data-src", "data-original", "data-lazy-src", "data-lazy")


def absolute(base: str, href: str) -> str | None:
    """The address that `href` leads to; null for `#`, scripts and what is no URL.

    White space goes as in the URL standard: trimmed at the ends, tabs and line ends removed within.
    """
    return _remembered(base, href) if len(href) < _LONG else _absolute(base, href)


def _absolute(base: str, href: str) -> str | None:
    href = re.sub(r"[\t\n\r]", "", href.strip(" \t\n\r\f\x00\xa0\u200b\ufeff"))
    if not href or href == "#" or href.lower().startswith(_NO_ADDRESS):
        return None
    try:
        joined = urljoin(base, href)
        urlsplit(joined).port  # noqa: B018 (raises ValueError for what is no address)
    except ValueError:
        return None
    return joined


_remembered = lru_cache(maxsize=4096)(_absolute)


def media_type(anchor: etree._Element, url: str, endings: frozenset[str]) -> tuple[bool, str | None]:
    """Whether a link leads to an attached file, and the file's media type as far as page or ending tell."""
    declared = (anchor.get("type") or "").partition(";")[0].strip().lower()
    ending = ending_of(url)
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", declared) or declared in _PAGES:
        declared = ""
    attached = bool(declared) or ending in endings or anchor.get("download") is not None
    return attached and url.startswith(("http:", "https:", "ftp:")), declared or ENDINGS.get(ending)


def ending_of(url: str) -> str:
    """The ending of the URL's path in lower case, without its dot: "pdf"; empty when there is none."""
    try:
        name = unquote(urlsplit(url).path).rpartition("/")[2].rstrip()
    except ValueError:
        return ""
    return name.rpartition(".")[2].lower() if "." in name else ""


def image_source(image: etree._Element, base: str) -> str | None:
    """The address of the picture that a reader sees, lazily loaded ones included; null for tracking pixels."""
    if image.get("width") in ("0", "1") and image.get("height") in ("0", "1"):
        return None
    candidates = [image.get(name) for name in _LAZY_SOURCES]
    candidates += [image.get("src"), _first_of_set(image.get("srcset")), _first_of_set(image.get("data-srcset"))]
    return next((url for source in candidates if source and (url := absolute(base, source))), None)


def _first_of_set(srcset: str | None) -> str | None:
    """The first address of `srcset` ("a.jpg 1x, b.jpg 2x")."""
    words = (srcset or "").split()
    return words[0].rstrip(",") if words else None
