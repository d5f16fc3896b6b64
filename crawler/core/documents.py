"""A document for scripts and for people: its JSON keys, its Markdown file, its file name."""

import hashlib
import re
from typing import Any
from urllib.parse import unquote, urlsplit

from storage.records import Digests, Document


def document_json(document: Document, *, digests: Digests, url: str) -> dict[str, Any]:
    """The stable keys of a document in ``--json`` output and in ``export versions``."""
    return {
        "url": url,
        "kind": document.kind.value,
        "title": document.title,
        "language": document.language,
        "published": document.published,
        "markdown": document.markdown,
        "text": document.text,
        "links": [{"url": link.url, "text": link.text} for link in document.links],
        "images": [{"url": image.url, "alt": image.alt} for image in document.images],
        "attachments": [
            {"url": file.url, "text": file.text, "media_type": file.media_type} for file in document.attachments
        ],
        "digest": digests.content,
        "extractor": document.extractor.value,
        "root": document.root,
        "notice": document.notice,
    }


def empty_json(url: str) -> dict[str, Any]:
    """The same keys where there is no document."""
    texts = dict.fromkeys(("title", "language", "published", "markdown", "text", "digest", "extractor", "root"))
    lists: dict[str, Any] = {"links": [], "images": [], "attachments": []}
    return {"url": url, "kind": "other", **texts, **lists, "notice": None}


def sample_form(document: Document, *, url: str) -> str:
    """One file a page: title heading, Markdown, ``Source URL``.

    >>> from storage.records import Extractor, PageKind
    >>> made = Document(title="T", language="en", published=None, kind=PageKind.NEWS, markdown="Text.", text="Text.",
    ...     extractor=Extractor.PROFILE)
    >>> print(sample_form(made, url="https://a.example/t"))
    ## **T**
    <BLANKLINE>
    Text.
    <BLANKLINE>
    ---
    <BLANKLINE>
    **Source URL:** <https://a.example/t>
    <BLANKLINE>
    """
    heading = f"## **{document.title}**\n\n" if document.title else ""
    body = f"{document.markdown}\n\n" if document.markdown else ""
    return f"{heading}{body}---\n\n**Source URL:** <{url}>\n"


_UNSAFE = re.compile(r"[^\w.-]+", re.UNICODE)


def file_name(url: str) -> str:
    """A file name for a page: readable, safe on every system, distinct for distinct URLs.

    >>> file_name("https://mpt.gov.by/news/26-04-2017-1910")
    'news_26-04-2017-1910.4b81c0b3.md'
    """
    parts = urlsplit(url)
    path = unquote(parts.path + ("_" + parts.query if parts.query else ""))
    readable = _UNSAFE.sub("_", path).strip("._")[:80] or "index"
    return f"{readable}.{hashlib.sha256(url.encode()).hexdigest()[:8]}.md"
