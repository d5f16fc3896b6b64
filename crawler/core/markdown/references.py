"""What a tree refers to, in reading order: links with their words, images, attached and embedded files."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from crawler.core.markdown.model import Anchor, Piece, Sort
from crawler.core.markdown.targets import absolute, image_source, media_type
from storage.records import Attachment, Image, Link

EMBEDDED = {"iframe": "src", "embed": "src", "object": "data", "video": "src", "audio": "src"}
"""Elements that show another file in the page, with the attribute that names it."""

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069"
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)


def clean(text: str) -> str:
    """Text in NFC without what no reader sees: control characters, soft hyphens, zero-width and direction marks."""
    text = _INVISIBLE.sub("", text) if _INVISIBLE.search(text) else text
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


@dataclass(slots=True, eq=False)
class Reference:
    """A link while its words are being read."""

    url: str
    attached: bool
    media_type: str | None
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


class References:
    """Collects references; `noted` feeds words to the links that are open."""

    def __init__(self, base_url: str, endings: frozenset[str]) -> None:
        self._base = base_url
        self._endings = endings
        self._found: list[Reference] = []
        self._images: list[Image] = []
        self._open: list[Reference] = []
        self._serial = 0

    @property
    def links(self) -> tuple[Link, ...]:
        """All links, each address and text once."""
        return tuple(dict.fromkeys(Link(url=found.url, text=found.text) for found in self._found))

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """Links to files, each address and text once."""
        return tuple(dict.fromkeys(self._files()))

    @property
    def images(self) -> tuple[Image, ...]:
        """Images, each address and alternative text once."""
        return tuple(dict.fromkeys(self._images))

    def _files(self) -> Iterator[Attachment]:
        for found in self._found:
            if found.attached:
                yield Attachment(url=found.url, text=found.text, media_type=found.media_type)

    def noted(self, text: str) -> None:
        """Adds text to the links that are open."""
        for link in self._open:
            link.words.append(text)

    def linked(self, element: etree._Element, href: str | None, text: str | None) -> Reference | None:
        """Collects a link; null where it leads nowhere."""
        url = absolute(self._base, href) if href else None
        if url is None:
            return None
        attached, kind = media_type(element, url, self._endings)
        found = Reference(url, attached, kind, [clean(text)] if text else [])
        self._found.append(found)
        return found

    def opened(self, element: etree._Element, last: Piece | None) -> Anchor | None:
        """Opens a link, or goes on with the one just closed: formatting a part of its words cuts a link in two."""
        href = element.get("href")
        before = next((wrap for wrap in last.path if isinstance(wrap, Anchor)), None) if last else None
        same = before is not None and last is not None and last.sort is Sort.WORDS and bool(self._found)
        if same and before and before.url == self._found[-1].url == absolute(self._base, href or ""):
            self._open.append(self._found[-1])
            return before
        link = self.linked(element, href, None)
        if link is None:
            return None
        self._serial += 1
        self._open.append(link)
        return Anchor(link.url, self._serial)

    def closed(self) -> None:
        """Closes the link opened last."""
        self._open.pop()

    def image(self, element: etree._Element) -> Image | None:
        """Collects an image; null for one that no reader sees."""
        url = image_source(element, self._base)
        if url is None:
            return None
        self._images.append(Image(url=url, alt=" ".join(clean(element.get("alt") or "").split())))
        return self._images[-1]

    def embedded(self, element: etree._Element) -> None:
        """Collects a frame, a player, an embedded PDF as a link, so that its replacement is seen."""
        sources = [element.get(EMBEDDED[element.tag])]
        if element.tag in ("video", "audio"):
            sources.extend(child.get("src") for child in element.iter("source"))
        for source in sources:
            self.linked(element, source, element.get("title"))
