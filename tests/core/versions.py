"""Versions for tests: a document given by its parts, with the digests that the archive would keep."""

from dataclasses import replace
from datetime import UTC, datetime

from crawler.core.canonical import digests
from storage.records import Attachment, Document, Extractor, Image, Link, PageKind, Version

FIRST = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def version(
    text: str = "",
    *,
    title: str = "Тарифы на услуги связи",
    published: str | None = None,
    markdown: str | None = None,
    links: tuple[tuple[str, str], ...] = (),
    images: tuple[tuple[str, str], ...] = (),
    attachments: tuple[tuple[str, str], ...] = (),
    notice: str | None = None,
    number: int = 1,
) -> Version:
    """A version; links, images and attachments as (text, URL)."""
    document = Document(
        title=title,
        language="ru",
        published=published,
        kind=PageKind.DOCUMENT,
        markdown=text if markdown is None else markdown,
        text=text,
        links=tuple(Link(url=url, text=label) for label, url in links),
        images=tuple(Image(url=url, alt=label) for label, url in images),
        attachments=tuple(Attachment(url=url, text=label, media_type=None) for label, url in attachments),
        extractor=Extractor.PROFILE,
        notice=notice,
    )
    return Version(
        page_id=1,
        number=number,
        first_seen=FIRST,
        document=document,
        digests=digests(document),
        extractor_version="1",
        profile_version="1",
    )


def edited(before: Version, **parts: str | None) -> Version:
    """The next version: the same document with some parts replaced."""
    document = replace(before.document, **parts)  # type: ignore[arg-type]
    return replace(before, number=before.number + 1, document=document, digests=digests(document))
