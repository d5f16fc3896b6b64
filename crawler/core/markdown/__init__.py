"""HTML written as Markdown and as plain text, faithfully: nothing a reader sees is lost, nothing is added.

>>> from lxml import html
>>> render(html.fromstring("<p>Тел. <a href='tel:+375172873706'>8 (017) 287-37-06</a></p>"), "https://mpt.example/").markdown
'Тел. [8 (017) 287-37-06](tel:+375172873706)'
"""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from lxml import etree

from crawler.core.markdown.blocks import to_markdown, to_text
from crawler.core.markdown.reader import Drop, Reader
from crawler.core.markdown.references import clean
from crawler.core.markdown.targets import ENDINGS
from storage.records import Attachment, Image, Link

__all__ = ["Drop", "Rendered", "clean", "render"]


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """One tree in both writings, and what it refers to (absolute addresses, in order, each pair once)."""

    markdown: str
    text: str
    links: tuple[Link, ...]
    images: tuple[Image, ...]
    attachments: tuple[Attachment, ...]


def render(
    root: etree._Element, base_url: str, *, drop: Drop | None = None, attachments: Collection[str] = ()
) -> Rendered:
    """Writes the tree below `root` as Markdown and as text.

    `drop` tells which elements to leave out (their tails stay). `attachments` are the endings that make a link an
    attached file (lower case, no dot); with none given, the usual ones. Linear in the size of the tree, safe at any
    depth; both writings are NFC.
    """
    reader = Reader(base_url, drop=drop, endings=frozenset(attachments) or frozenset(ENDINGS))
    reader.read(root)
    return Rendered(
        markdown=unicodedata.normalize("NFC", to_markdown(reader.blocks)),
        text=unicodedata.normalize("NFC", to_text(reader.blocks)),
        links=reader.references.links,
        images=reader.references.images,
        attachments=reader.references.attachments,
    )
